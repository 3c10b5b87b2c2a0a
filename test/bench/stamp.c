// A command that prints when it started, in us of CLOCK_MONOTONIC.
#include <stdio.h>
#include <time.h>

int main(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  printf("stamp %ld\n", t.tv_sec * 1000000L + t.tv_nsec / 1000);
  return 0;
}

// A command that ends at once, or after as many milliseconds as it is told.
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc > 1) usleep(atoi(argv[1]) * 1000);
  return 0;
}

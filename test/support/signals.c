/* Signals as the shell cannot have them, 32 to 34 included.
 *   signals hear NAME              says "NAME ready", then "NAME number" for each signal, and its value where it has one
 *   signals die NUMBER             dies of it
 *   signals queue PID NUMBER VALUE sends it with a value (sigqueue(3)) */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int hear(const char *name) {
  uint64_t all = ~0ull;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, sizeof all);
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("%s ready\n", name);
  for (;;) {
    siginfo_t info;
    if (syscall(SYS_rt_sigtimedwait, &all, &info, NULL, sizeof all) < 0) continue;
    if (info.si_code == SI_QUEUE) printf("%s %d %d\n", name, info.si_signo, info.si_value.sival_int);
    else printf("%s %d\n", name, info.si_signo);
  }
}

static int die(int s) {
  uint64_t none = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
  return kill(getpid(), s);
}

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "hear")) return hear(argv[2]);
  if (argc == 3 && !strcmp(argv[1], "die")) return die(atoi(argv[2]));
  if (argc == 5 && !strcmp(argv[1], "queue")) return sigqueue((pid_t)atoi(argv[2]), atoi(argv[3]), (union sigval){ .sival_int = atoi(argv[4]) }) < 0;
  return 2;
}

// Runs commands in turn, round after round, and prints what each run took. Small and static, so that starting a process
// costs little and the same for all, and its own memory does not show as theirs.
//
//   run ROUNDS LIMIT_MS PEEK_MS command... ::: command...
//
// A line a run: index, wall time in us, user and system time in us (with what it waited for), peak memory in KiB, exit
// status (128+n for a signal). After LIMIT_MS a run and its process group are killed. The peak is the kernel's account at
// the end, which leaves out up to 31 pages of a sort and processor, and what /proc says after PEEK_MS (if not 0), which is
// exact; the larger of the two.
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t child;

static void stop(int signal) {
  (void)signal;
  if (child > 0) kill(-child, SIGKILL);
}

static long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static long microseconds(struct timeval t) { return t.tv_sec * 1000000L + t.tv_usec; }

static void alarm_in(long ms) {
  struct itimerval t = {.it_value = {ms / 1000, ms % 1000 * 1000}};
  setitimer(ITIMER_REAL, &t, NULL);
}

// The peak of a process that still runs, in KiB, or 0.
static long peek(pid_t pid) {
  char text[4096], path[32];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  text[length < 0 ? 0 : length] = 0;
  char *line = strstr(text, "VmHWM:");
  return line ? atol(line + 6) : 0;
}

static void run(int index, char **command, long limit, long peek_after) {
  static int null = -1;
  if (null < 0) null = open("/dev/null", O_RDWR | O_CLOEXEC);
  long start = now(), peak = 0;
  child = vfork();
  if (child == 0) {
    setpgid(0, 0);
    for (int i = 0; i < 3; i++) dup2(null, i);
    execvp(command[0], command);
    _exit(127);
  }
  alarm_in(limit);
  if (peek_after) {
    struct timespec pause = {peek_after / 1000, peek_after % 1000 * 1000000};
    nanosleep(&pause, NULL);
    peak = peek(child);
  }
  int status;
  struct rusage usage;
  while (wait4(child, &status, 0, &usage) < 0);
  long wall = now() - start;
  child = 0;
  alarm_in(0);
  printf("%d %ld %ld %ld %d\n", index, wall, microseconds(usage.ru_utime) + microseconds(usage.ru_stime),
         peak > usage.ru_maxrss ? peak : usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int main(int argc, char **argv) {
  if (argc < 5) return 64;
  struct sigaction action = {.sa_handler = stop};
  sigaction(SIGALRM, &action, NULL);
  for (int i = 4; i < argc; i++)
    if (strcmp(argv[i], ":::") == 0) argv[i] = NULL;
  for (long round = atol(argv[1]); round > 0; round--) {
    int index = 0;
    for (int i = 4; i < argc; i++)
      if (argv[i] && (i == 4 || !argv[i - 1])) run(index++, argv + i, atol(argv[2]), atol(argv[3]));
  }
  return 0;
}

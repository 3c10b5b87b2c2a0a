/* What a process sees of itself, and a launcher that starts a program in an odd state.
 *   probe show FILE ...                      writes the state of this process to FILE
 *   probe as [WISH...] -- program ...        ignore=N block=N close=FD fd=FD umask=OCTAL nofile=N, each as often as wanted */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void hex(FILE *out, const char *name, const char *text) {
  fprintf(out, "%s ", name);
  for (; *text; text++) fprintf(out, "%02x", (unsigned char)*text);
  fprintf(out, "\n");
}

static int show(int argc, char **argv, char **env) {
  char fds[16384] = "", line[512], path[64], link[256];
  int at = 0;
  for (int fd = 0; fd < 1024; fd++) { /* before anything of ours is open */
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0) continue;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(path, link, sizeof link - 1);
    link[n < 0 ? 0 : n] = 0;
    at += snprintf(fds + at, sizeof fds - (size_t)at, "fd %d %d %o %s\n", fd, flags, (unsigned)fcntl(fd, F_GETFL), link);
  }
  mode_t mask = umask(0);
  FILE *out = fopen(argv[2], "w");
  if (!out) return 1;
  umask(mask);
  fprintf(out, "pid %d\nppid %d\npgrp %d\nsid %d\numask %o\nnice %d\n", getpid(), getppid(), getpgrp(), getsid(0), mask, getpriority(PRIO_PROCESS, 0));
  fputs(fds, out);
  for (int i = 0; i < argc; i++) hex(out, "argv", argv[i]);
  for (char **e = env; *e; e++) hex(out, "env", *e);
  char cwd[4096];
  hex(out, "cwd", getcwd(cwd, sizeof cwd) ? cwd : "?");
  for (int r = 0; r < 16; r++) {
    struct rlimit l;
    if (getrlimit(r, &l) == 0) fprintf(out, "limit %d %llu %llu\n", r, (unsigned long long)l.rlim_cur, (unsigned long long)l.rlim_max);
  }
  FILE *status = fopen("/proc/self/status", "r");
  while (status && fgets(line, sizeof line, status))
    if ((!strncmp(line, "Sig", 3) && line[3] != 'Q') /* SigQ counts the signals of all the user's processes */ || !strncmp(line, "ShdPnd", 6) || !strncmp(line, "Threads", 7) || !strncmp(line, "Cap", 3) || !strncmp(line, "NoNewPrivs", 10)) fputs(line, out);
  fprintf(out, "children ");
  FILE *children = fopen("/proc/thread-self/children", "r");
  if (children && fgets(line, sizeof line, children)) fputs(line, out);
  fprintf(out, "\n");
  return fclose(out);
}

static int as(char **wish) {
  uint64_t blocked = 0;
  for (; *wish && strcmp(*wish, "--"); wish++) {
    char *value = strchr(*wish, '=');
    if (!value) return 2;
    int n = atoi(value + 1);
    if (!strncmp(*wish, "ignore=", 7)) {
      struct sigaction a = { .sa_handler = SIG_IGN };
      sigaction(n, &a, NULL);
    } else if (!strncmp(*wish, "block=", 6)) blocked |= 1ull << (n - 1);
    else if (!strncmp(*wish, "close=", 6)) close(n);
    else if (!strncmp(*wish, "fd=", 3)) {
      int fd = open("/dev/zero", O_RDONLY);
      dup2(fd, n);
      if (fd != n) close(fd);
    } else if (!strncmp(*wish, "umask=", 6)) umask((mode_t)strtol(value + 1, NULL, 8));
    else if (!strncmp(*wish, "nofile=", 7)) {
      struct rlimit l = { (rlim_t)n, (rlim_t)n };
      setrlimit(RLIMIT_NOFILE, &l);
    } else return 2;
  }
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &blocked, NULL, 8); /* musl's own call hides signals 32 to 34 */
  execvp(wish[1], wish + 1);
  return 127;
}

int main(int argc, char **argv, char **env) {
  if (argc > 2 && !strcmp(argv[1], "show")) return show(argc, argv, env);
  if (argc > 3 && !strcmp(argv[1], "as")) return as(argv + 2);
  return 2;
}

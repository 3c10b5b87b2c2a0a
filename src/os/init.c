/* A minimal init: the command runs as a child, and this process stays to hand signals on, to collect orphans, to stop
 * and continue with the child, and to end as it ends.
 *
 * Its one rule: every signal is held back, and taken from the kernel one at a time. So no handler runs and none is lost,
 * from before the fork on; and a fault of our own, which cannot be held back, still ends us (signal(7)). */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "native.h"

static pid_t child, ours; /* ours: our process group. The child leads its own */

/* Hands the terminal on stdin from one process group to another. A terminal that is not ours, or that another group has,
 * is left alone. SIGTTOU is held back, so that we may do it from the background too (tcsetpgrp(3)). */
static void hand_over(pid_t from, pid_t to) {
  if (tcgetpgrp(0) == from) tcsetpgrp(0, to);
}

/* Holds no pipe open that the command has closed. A terminal that we may have to hand over again is kept; and as process
 * 1 the standard streams, for others reach the container's log through /proc/1/fd/1. */
static void let_go(void) {
  int first = getpid() == 1 ? 3 : tcgetpgrp(0) < 0 ? 0 : 1;
  if (syscall(SYS_close_range, first, ~0u, 0) < 0) /* before Linux 5.9 */
    for (int fd = first; fd < TRACKED; fd++) close(fd);
}

/* Starts the child. 0 when it has become the command, else -errno. Both steps that another process may see are the
 * child's own, and done before the command runs: so two of us in a row do not take the terminal from one another. */
static int32_t start(int32_t first) {
  int32_t r = 0;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    setpgid(0, 0);
    hand_over(ours, getpid());
    r = pf_become(first);
    _exit(write(ends[1], &r, sizeof r) < 0);
  }
  close(ends[1]);
  while (read(ends[0], &r, sizeof r) < 0 && errno == EINTR) {} /* ends with the exec, or with the child */
  if (r == 0) return 0;
  waitpid(child, NULL, 0);
  hand_over(child, ours);
  return r;
}

/* Stops as the child has, so that the shell above notices, until it continues us. Where the child only wants the
 * terminal, and we have it, it gets that instead. The process group of a session's leader is no shell's job: there we
 * stay, for nobody would continue us, and a SIGTSTP would discard a SIGCONT that waits (signal(7)). The same for a group
 * whose shell is gone is done by the kernel, which lets SIGTSTP stop none of its members. */
static void stop(int s) {
  const uint64_t tstp = 1ull << (SIGTSTP - 1);
  if ((s == SIGTTIN || s == SIGTTOU) && tcgetpgrp(0) == ours) {
    hand_over(ours, child);
    kill(-child, SIGCONT);
  } else if (getsid(0) != ours) {
    hand_over(child, ours);
    raise(SIGTSTP);
    syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &tstp, NULL, sizeof tstp);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &tstp, NULL, sizeof tstp);
    hand_over(ours, child);
  }
}

/* Collects what has ended, orphans too. Returns whether the child is among it, and how it ended. */
static int collect(int *end) {
  int over = 0, status;
  for (pid_t p; (p = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
    if (p != child) continue;
    if (WIFSTOPPED(status)) stop(WSTOPSIG(status));
    else over = 1, *end = status;
  }
  return over;
}

/* Hands a signal on; what was queued with a value keeps it, where it goes to one process. */
static void forward(int s, siginfo_t *info, int whole) {
  if (whole || info->si_code != SI_QUEUE || syscall(SYS_rt_sigqueueinfo, child, s, info) < 0) kill(whole ? -child : child, s);
}

/* Runs argv from `first` on as a child, and returns when it has ended: its exit code, or 128 + the signal that ended it;
 * -errno where it could not be started, as pf_exec. Signals go to the child, or to its whole process group; then what is
 * left of it gets a SIGTERM when the child has ended. SIGCONT goes to all in any case, for ctrl-z has stopped all. */
int32_t pf_init(int32_t first, int32_t group) {
  int end = 0;
  int32_t r = pf_hold();
  if (r == 0) r = pf_step_down(); /* itself too: without CAP_KILL not even root may signal another's process (kill(2)) */
  if (r < 0) return r;
  ours = getpgrp();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  r = start(first);
  if (r < 0) return r;
  signal(SIGTSTP, SIG_DFL);
  let_go();
  for (int over = 0; !over;) {
    siginfo_t info;
    int s = (int)syscall(SYS_rt_sigtimedwait, &every_signal, &info, NULL, sizeof every_signal);
    if (s == SIGCONT) hand_over(ours, child);
    if (s > 0 && (s != SIGCHLD || info.si_code <= 0)) forward(s, &info, group || s == SIGCONT);
    if (s == SIGCHLD) over = collect(&end);
  }
  hand_over(child, ours);
  if (group) kill(-child, SIGTERM);
  return WIFEXITED(end) ? WEXITSTATUS(end) : 128 + WTERMSIG(end);
}

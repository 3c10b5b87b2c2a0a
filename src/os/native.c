/* The binary's door to the platform: what scriptc's Node API does not offer, one job a function.
 *
 * Texts and bytes come as (pointer, length), borrowed for the call and not terminated. Unless it says otherwise a
 * function returns 0 or more, or -errno. Nothing here allocates but a question, a line and a job. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "native.h"

extern char **environ;

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4 /* linux/close_range.h */
#endif

/* --- what was inherited, noted before any TypeScript runs ------------------------------------------------------- */

enum { SLICE = 128 };

/* The signals whose disposition is changed here or in the runtime. An exec gives back the default of what is caught,
 * and keeps what is ignored (execve(2)): so a bit for each tells all that can have been inherited. */
static const int touched[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGCHLD };
enum { TOUCHED = sizeof touched / sizeof *touched };

static char **original_argv; /* as the kernel laid it out: bytes, not text */
static int original_argc;
static int ignored[TOUCHED];

/* The signals that are answered, as a mask. */
static const uint64_t answered = 1ull << (SIGHUP - 1) | 1ull << (SIGINT - 1) | 1ull << (SIGQUIT - 1) | 1ull << (SIGTERM - 1);
static uint64_t inherited_mask; /* by system call: musl's own calls hide signals 32 to 34 */
static uint64_t inherited_fds[TRACKED / 64];
static volatile sig_atomic_t last_signal;

static int has(const uint64_t *set, int fd) { return (int)(set[fd / 64] >> (fd % 64) & 1); }

/* Which of the descriptors 0 to 1023 are open: a poll answers for many, and /proc need not be there. */
static void open_fds(uint64_t *set) {
  struct pollfd f[SLICE];
  for (int from = 0; from < TRACKED; from += SLICE) {
    for (int i = 0; i < SLICE; i++) f[i] = (struct pollfd){ .fd = from + i };
    int polled = poll(f, SLICE, 0) >= 0; /* it takes no more at once than the soft limit, which may be small */
    for (int i = 0; i < SLICE; i++)
      if (polled ? !(f[i].revents & POLLNVAL) : fcntl(from + i, F_GETFD) >= 0) set[(from + i) / 64] |= 1ull << ((from + i) % 64);
  }
}

__attribute__((constructor)) static void at_start(void) {
  /* musl's constructors get no arguments. The kernel's layout is argc, argv.., NULL, envp.. (System V ABI, 3.4.1). */
  char **p = environ - 1;
  int n = 0;
  while ((uintptr_t)p[-1 - n] != (uintptr_t)n) n++;
  original_argc = n;
  original_argv = p - n;
  for (int i = 0; i < TOUCHED; i++) {
    struct sigaction a;
    sigaction(touched[i], NULL, &a);
    ignored[i] = a.sa_handler == SIG_IGN;
  }
  /* A SIGTERM that was inherited as blocked would never reach us; what else is blocked stays so, and waits for the command. */
  syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &answered, &inherited_mask, sizeof answered);
  open_fds(inherited_fds);
  for (int fd = 0; fd < 3; fd++) /* else the next socket becomes a standard stream, and our words go to the peer */
    if (!has(inherited_fds, fd)) {
      int got = open("/dev/null", O_RDWR | O_CLOEXEC);
      if (got >= 0 && got != fd) {
        dup3(got, fd, O_CLOEXEC);
        close(got);
      }
    }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_DFL); /* where it is ignored nobody learns how a child ended (wait(2)) */
}

/* --- the end: becoming the command ------------------------------------------------------------------------------ */

/* Collects children that ended and that nobody waits for: orphans, where we are process 1. */
int32_t pf_reap(void) {
  int n = 0;
  while (waitpid(-1, NULL, WNOHANG) > 0) n++;
  return n;
}

/* What was not inherited is not handed on: the runtime's sockets are not close-on-exec. */
static void keep_ours(void) {
  for (int fd = 3; fd < TRACKED;) { /* what was not inherited ends with us; above what is tracked nothing is ours */
    if (has(inherited_fds, fd)) {
      fd++;
      continue;
    }
    int last = fd;
    while (last + 1 < TRACKED && !has(inherited_fds, last + 1)) last++;
    if (syscall(SYS_close_range, fd, last, CLOSE_RANGE_CLOEXEC) < 0) /* before Linux 5.11 */
      for (int one = fd; one <= last; one++) fcntl(one, F_SETFD, FD_CLOEXEC);
    fd = last + 1;
  }
}

/* Whom the command runs as; nobody is asked for where it is preflight's own user. */
enum { GROUPS = 65536 }; /* NGROUPS_MAX (setgroups(2)) */
static struct {
  int asked;
  uid_t uid;
  gid_t gid;
  size_t n;
  gid_t groups[GROUPS];
} user;

/* Is each of these groups one of those, or the user's own? */
static int covered(const gid_t *these, size_t n, const gid_t *those, size_t m) {
  for (size_t i = 0, k; i < n; i++) {
    for (k = 0; k < m && those[k] != these[i]; k++) {}
    if (k == m && these[i] != user.gid) return 0;
  }
  return 1;
}

static int in_groups_already(void) {
  static gid_t now[GROUPS];
  int n = getgroups(GROUPS, now);
  return n >= 0 && covered(now, (size_t)n, user.groups, user.n) && covered(user.groups, user.n, now, (size_t)n);
}

/* By system call, in the order in which each still has the right: musl's own functions speak to all threads, which a child
 * of ours does not have. What this process is already needs no right. A step from which CAP_SETUID or CAP_SETGID leads
 * back is none: only root loses them by it. */
int32_t pf_step_down(void) {
  if (!user.asked) return 0;
  uid_t uid = getuid();
  gid_t gid = getgid();
  if (syscall(SYS_setgroups, user.n, user.groups) < 0 && !(errno == EPERM && in_groups_already())) return -errno;
  if (syscall(SYS_setresgid, user.gid, user.gid, user.gid) < 0) return -errno;
  if (syscall(SYS_setresuid, user.uid, user.uid, user.uid) < 0) return -errno;
  if (user.uid == 0) return 0;
  int back = uid != user.uid && syscall(SYS_setresuid, -1, uid, -1) == 0;
  return back || (gid != user.gid && syscall(SYS_setresgid, -1, gid, -1) == 0) ? -EPERM : 0;
}

/* What a child that has stepped down meets: may it, and has it access to the path, where there is one? A child, for what
 * it gave up is gone with it; an errno fits into its exit status. */
static int32_t as_user(const char *path, int mode) {
  pid_t child = fork();
  if (child < 0) return -errno;
  if (child == 0) {
    int e = -pf_step_down();
    if (!e && path && faccessat(AT_FDCWD, path, mode, AT_EACCESS) < 0) e = errno;
    _exit(e);
  }
  int status;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) return -errno;
  return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/* From now on the command is to run as this user, with these groups (native u32 each); tried at once. */
int32_t pf_run_as(uint32_t uid, uint32_t gid, const uint8_t *groups, size_t n) {
  if (n > sizeof user.groups) return -E2BIG;
  user.uid = uid;
  user.gid = gid;
  user.n = n / sizeof *user.groups;
  if (n) memcpy(user.groups, groups, n);
  user.asked = 1;
  return as_user(NULL, 0);
}

/* 0: the user by whose rights files are opened, 1: its group; 2: the user that the command runs as, 3: its group. */
double pf_id(int32_t which) {
  int theirs = which >= 2 && user.asked;
  return which & 1 ? (theirs ? user.gid : getegid()) : theirs ? user.uid : geteuid();
}

int32_t pf_hold(void) {
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, &every_signal, NULL, sizeof every_signal);
  return last_signal ? -EINTR : 0;
}

int32_t pf_become(int32_t first) {
  if (first < 1 || first >= original_argc) return -EINVAL;
  keep_ours();
  for (int i = 0; i < TOUCHED; i++) signal(touched[i], ignored[i] ? SIG_IGN : SIG_DFL);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &inherited_mask, NULL, sizeof inherited_mask);
  int32_t r = pf_step_down();
  if (r < 0) return r;
  execvp(original_argv[first], original_argv + first);
  return -errno;
}

/* Becomes argv from `first` on, byte for byte, with everything else as it was inherited. Returns only where it failed:
 * with -EINTR where a signal came that nobody has heard of yet. One that comes later meets its inherited disposition. */
int32_t pf_exec(int32_t first) {
  int32_t r = pf_hold();
  if (r < 0) return r;
  pf_reap();
  r = pf_become(first);
  signal(SIGPIPE, SIG_IGN); /* the reason is still to be said */
  return r;
}

/* --- the end that must not be --------------------------------------------------------------------------------------- */

static int bug_exit;

static void bug(void) {
  static const char words[] = "preflight: a bug, please report it\n";
  if (write(2, words, sizeof words - 1)) {}
  _exit(bug_exit);
}

/* preflight ends by process.exit, which runs no handlers (_Exit(3)). Whoever comes here was thrown out of a callback, which
 * the runtime has said, or has nothing left to wait for. */
int32_t pf_bug(int32_t code) {
  bug_exit = code;
  return -atexit(bug);
}

/* --- signals ---------------------------------------------------------------------------------------------------- */

/* All four come through here, so that pf_exec knows of them; then the runtime's own handler is told. SIGHUP and SIGQUIT
 * come to it as SIGTERM, for it listens to no others; pf_signal says which it was. */
static struct sigaction on_int, on_term;

static void hand_on(int s) {
  int e = errno;
  last_signal = s;
  if (s == SIGINT) on_int.sa_handler(s);
  else on_term.sa_handler(SIGTERM);
  errno = e;
}

int32_t pf_signals(void) {
  struct sigaction a = { .sa_handler = hand_on, .sa_flags = SA_RESTART };
  sigaction(SIGINT, NULL, &on_int);
  sigaction(SIGTERM, NULL, &on_term);
  if ((on_int.sa_flags | on_term.sa_flags) & SA_SIGINFO || on_int.sa_handler == SIG_DFL || on_term.sa_handler == SIG_DFL) return -EINVAL;
  for (int i = 0; i < TOUCHED; i++) /* nohup stays nohup */
    if (answered >> (touched[i] - 1) & 1 && (!ignored[i] || touched[i] == SIGINT || touched[i] == SIGTERM)) sigaction(touched[i], &a, NULL);
  return 0;
}

int32_t pf_signal(void) {
  int s = last_signal;
  return s ? s : SIGTERM;
}

/* --- files ------------------------------------------------------------------------------------------------------ */

/* A path as the system calls want it. */
static int32_t path_of(const uint8_t *p, size_t n, char out[4096]) {
  if (n >= 4096) return -ENAMETOOLONG;
  if (memchr(p, 0, n)) return -EINVAL;
  memcpy(out, p, n);
  out[n] = 0;
  return 0;
}

/* stat(2), or lstat(2): little-endian u64 each of mode, uid, gid, size, mtime in ms, inode. */
int32_t pf_stat(const uint8_t *p, size_t n, int32_t follow, uint8_t *out, size_t room) {
  char path[4096];
  struct stat s;
  int32_t bad = path_of(p, n, path);
  if (bad || room < 48) return bad ? bad : -EINVAL;
  if ((follow ? stat : lstat)(path, &s) < 0) return -errno;
  uint64_t ms = (uint64_t)s.st_mtim.tv_sec * 1000 + (uint64_t)s.st_mtim.tv_nsec / 1000000;
  uint64_t v[6] = { s.st_mode, s.st_uid, s.st_gid, (uint64_t)s.st_size, ms, s.st_ino };
  memcpy(out, v, sizeof v);
  return 0;
}

/* access(2) as the command will be judged: by its user, or by our effective ids. */
int32_t pf_access(const uint8_t *p, size_t n, int32_t mode) {
  char path[4096];
  int32_t bad = path_of(p, n, path);
  if (bad) return bad;
  if (user.asked) return as_user(path, mode);
  return faccessat(AT_FDCWD, path, mode, AT_EACCESS) < 0 ? -errno : 0;
}

/* The file system of a path, statvfs(3): u64 each of its bytes, those free, its inodes, those free. What is kept for root
 * counts as taken. */
int32_t pf_space(const uint8_t *p, size_t n, uint8_t *out, size_t room) {
  char path[4096];
  struct statvfs s;
  int32_t bad = path_of(p, n, path);
  if (bad || room < 32) return bad ? bad : -EINVAL;
  if (statvfs(path, &s) < 0) return -errno;
  uint64_t v[4] = { s.f_blocks * s.f_frsize, s.f_bavail * s.f_frsize, s.f_files, s.f_favail };
  memcpy(out, v, sizeof v);
  return 0;
}

/* Is anything in the folder? 1, or 0 where it is empty. */
int32_t pf_entries(const uint8_t *p, size_t n) {
  char path[4096];
  int32_t bad = path_of(p, n, path);
  DIR *folder = bad ? NULL : opendir(path);
  if (!folder) return bad ? bad : -errno;
  int some = 0;
  for (struct dirent *e; !some && (e = readdir(folder));) some = strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
  closedir(folder);
  return some;
}

/* The names in the folder, each with a NUL behind it, as many as there is room for. Returns their length. */
int32_t pf_names(const uint8_t *p, size_t n, uint8_t *out, size_t room) {
  char path[4096];
  int32_t bad = path_of(p, n, path);
  DIR *folder = bad ? NULL : opendir(path);
  if (!folder) return bad ? bad : -errno;
  size_t used = 0;
  for (struct dirent *e; (e = readdir(folder));) {
    size_t length = strlen(e->d_name) + 1;
    if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") || length > room - used) continue;
    memcpy(out + used, e->d_name, length);
    used += length;
  }
  closedir(folder);
  return (int32_t)used;
}

/* At most `room` bytes from `offset` on. Never waits: O_NONBLOCK keeps a FIFO or a device from holding us. */
int32_t pf_read(const uint8_t *p, size_t n, double offset, uint8_t *out, size_t room) {
  char path[4096];
  int32_t bad = path_of(p, n, path);
  if (bad) return bad;
  int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY), e = 0;
  if (fd < 0) return -errno;
  if (offset > 0 && lseek(fd, (off_t)offset, SEEK_SET) < 0) e = errno;
  size_t got = 0;
  while (!e && got < room) {
    ssize_t r = read(fd, out + got, room - got);
    if (r < 0 && errno == EINTR) continue;
    if (r < 0) e = errno;
    if (r <= 0) break;
    got += (size_t)r;
  }
  close(fd);
  return e ? -e : (int32_t)got;
}

/* The rest of one file into another; 0 or an errno. */
static int copy(int from, int to) {
  uint8_t chunk[16384];
  for (;;) {
    ssize_t r = read(from, chunk, sizeof chunk);
    if (r <= 0) return r ? errno : 0;
    for (ssize_t done = 0, w; done < r; done += w)
      if ((w = write(to, chunk + done, (size_t)(r - done))) < 0) return errno;
  }
}

/* Copies this program to a path, or into a folder under its name. It is written beside that and renamed, so that nobody
 * finds half of it and one that runs can be replaced; no signal leaves the rest lying. -1000 - errno where the program
 * itself cannot be read. */
int32_t pf_install(const uint8_t *p, size_t n) {
  char path[4096 + 16], beside[sizeof path + 16];
  struct stat s;
  int32_t bad = path_of(p, n, path);
  if (bad) return bad;
  int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if (from < 0) return -1000 - errno;
  if (stat(path, &s) == 0 && S_ISDIR(s.st_mode)) strcat(path, "/preflight");
  strcat(strcpy(beside, path), ".XXXXXX");
  uint64_t before;
  syscall(SYS_rt_sigprocmask, SIG_BLOCK, &answered, &before, sizeof answered);
  int to = mkostemp(beside, O_CLOEXEC), e = to < 0 ? errno : copy(from, to);
  if (to >= 0) {
    if (!e && fchmod(to, 0755) < 0) e = errno;
    if (close(to) < 0 && !e) e = errno; /* what a network file system could not write it says here */
    if (!e && rename(beside, path) < 0) e = errno;
    if (e) unlink(beside);
  }
  close(from);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
  return -e;
}

/* --- the standard streams --------------------------------------------------------------------------------------- */

/* Writes all that somebody reads. Of stderr, beside a command's start, what nobody takes within 200 ms in all is lost; of
 * stdout, where it is the product, what nobody takes for 2 s. A terminal is opened anew, not to wait: one that is
 * stopped polls writable with a byte of room, and the inherited description must keep its mode. */
int32_t pf_write(int32_t fd, const uint8_t *p, size_t n) {
  static int own[3] = { -1, -1, -1 }, patience[3] = { 0, 2000, 200 };
  if (fd < 1 || fd > 2) return -EBADF;
  if (own[fd] < 0) {
    char path[] = "/proc/self/fd/0";
    path[sizeof path - 2] = (char)('0' + fd);
    own[fd] = isatty(fd) ? open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : fd;
    if (own[fd] < 0) own[fd] = fd;
  }
  size_t done = 0;
  while (done < n) {
    struct pollfd f = { .fd = own[fd], .events = POLLOUT };
    int r = poll(&f, 1, 10);
    if (r < 0 && errno != EINTR) return -errno;
    size_t part = n - done < 4096 ? n - done : 4096; /* PIPE_BUF: what a pipe that polls writable takes at once */
    ssize_t w = r > 0 ? write(own[fd], p + done, part) : 0;
    if (w < 0 && errno != EINTR && errno != EAGAIN) return -errno;
    if (w > 0) {
      done += (size_t)w;
      if (fd == 1) patience[fd] = 2000;
      continue;
    }
    if (w < 0) poll(NULL, 0, 10);
    patience[fd] -= 10;
    if (patience[fd] <= 0) return -EAGAIN;
  }
  return 0;
}

/* Columns of the terminal, or -errno where it is none. */
int32_t pf_columns(int32_t fd) {
  struct winsize w;
  return ioctl(fd, TIOCGWINSZ, &w) < 0 ? -errno : w.ws_col;
}

/* Variables whose names begin so. */
int32_t pf_variables(const uint8_t *prefix, size_t n) {
  int32_t found = 0;
  for (char **e = environ; *e; e++) found += strncmp(*e, (const char *)prefix, n) == 0;
  return found;
}

/* Descriptors that can still be opened. */
int32_t pf_descriptors(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  int room = limit.rlim_cur < TRACKED ? (int)limit.rlim_cur : TRACKED;
  uint64_t now[TRACKED / 64] = { 0 };
  open_fds(now);
  for (int fd = 0, end = room; fd < end; fd++) room -= has(now, fd);
  return room;
}

/* --- sockets ---------------------------------------------------------------------------------------------------- */

/* Can a TCP socket of this family (4 or 6) be made? Where it cannot the runtime would end the process: no descriptor is
 * left (EMFILE, ENFILE), or the kernel has no IPv6 (EAFNOSUPPORT). */
int32_t pf_socket(int32_t family) {
  int fd = socket(family == 6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  close(fd);
  return 0;
}

/* The runtime's own writes come here: it closes a socket on which one fails, and what the peer said before it closed is lost, be it
 * the reason. So a write that meets a reset counts as done while something is to be read; the end is heard behind it. */
ssize_t send(int fd, const void *p, size_t n, int flags) {
  ssize_t r = sendto(fd, p, n, flags, NULL, 0);
  int e = errno;
  char byte;
  if (r < 0 && (e == EPIPE || e == ECONNRESET) && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) return (ssize_t)n;
  errno = e;
  return r;
}

/* Is a socket of ours connected to itself on this port (a simultaneous open, RFC 9293 3.5)? */
int32_t pf_self_connected(int32_t port) {
  for (int fd = 3, gaps = 0; fd < TRACKED && gaps < 16; fd++) {
    struct sockaddr_storage a = { 0 }, b = { 0 };
    socklen_t la = sizeof a, lb = sizeof b;
    if (getsockname(fd, (void *)&a, &la) < 0) {
      gaps = errno == EBADF ? gaps + 1 : 0;
      continue;
    }
    gaps = 0;
    if (a.ss_family != AF_INET && a.ss_family != AF_INET6) continue;
    if (ntohs(((struct sockaddr_in *)&a)->sin_port) != port || getpeername(fd, (void *)&b, &lb) < 0) continue;
    if (la == lb && memcmp(&a, &b, la) == 0) return 1;
  }
  return 0;
}

/* A Unix stream socket that is connected, or -errno at once: Linux never lets it wait when it is non-blocking
 * (unix(7); a full backlog is EAGAIN). "@name" is abstract. */
static int unix_connect(const uint8_t *p, size_t n) {
  struct sockaddr_un a = { .sun_family = AF_UNIX };
  if (n == 0 || n >= sizeof a.sun_path) return -ENAMETOOLONG;
  if (memchr(p, 0, n)) return -EINVAL;
  memcpy(a.sun_path, p, n);
  if (user.asked && p[0] != '@' && as_user(a.sun_path, W_OK) == -EACCES) return -EACCES; /* what connect(2) asks for */
  if (p[0] == '@') a.sun_path[0] = 0;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + (p[0] == '@' ? 0 : 1));
  if (connect(fd, (struct sockaddr *)&a, length) == 0) return fd;
  int e = errno;
  close(fd);
  return -e;
}

/* Does somebody accept on the Unix socket? */
int32_t pf_unix(const uint8_t *p, size_t n) {
  int fd = unix_connect(p, n);
  if (fd >= 0) close(fd);
  return fd < 0 ? fd : 0;
}

/* --- threads: what the event loop cannot wait for --------------------------------------------------------------- */

typedef void (*answer_fn)(double id, int32_t code, const uint8_t *text, size_t n, void *context);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static answer_fn on_answer;
static void *answer_context;
static atomic_int threads;

/* One listener for all threads; while there is one the event loop does not end by itself. */
int32_t pf_listen(answer_fn f, void *context) {
  pthread_mutex_lock(&lock);
  on_answer = f;
  answer_context = context;
  pthread_mutex_unlock(&lock);
  return 0;
}

int32_t pf_unlisten(answer_fn f, void *context) {
  (void)f, (void)context;
  pthread_mutex_lock(&lock);
  on_answer = NULL;
  pthread_mutex_unlock(&lock);
  return 0;
}

static void answer(double id, int32_t code, const char *text, size_t n) {
  pthread_mutex_lock(&lock);
  if (on_answer) on_answer(id, code, (const uint8_t *)text, n, answer_context);
  pthread_mutex_unlock(&lock);
}

/* A detached thread with a small stack and all signals blocked: they belong to the main thread. At most 64. */
static int32_t start(void *(*run)(void *), void *argument) {
  if (atomic_fetch_add(&threads, 1) >= 64) {
    atomic_fetch_sub(&threads, 1);
    return -EBUSY;
  }
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 128 * 1024);
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  pthread_t thread;
  int e = pthread_create(&thread, &attributes, run, argument);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  pthread_attr_destroy(&attributes);
  if (e) atomic_fetch_sub(&threads, 1);
  return -e;
}

struct question {
  double id;
  int family;
  char host[256];
};

static void *resolve(void *argument) {
  struct question *q = argument;
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_family = q->family }, *list = NULL;
  int r = getaddrinfo(q->host, NULL, &hints, &list), e = errno;
  char text[12288];
  size_t n = 0;
  for (struct addrinfo *a = r ? NULL : list; a && n + INET6_ADDRSTRLEN + 16 < sizeof text; a = a->ai_next) {
    const struct sockaddr_in6 *six = (void *)a->ai_addr;
    const void *address = a->ai_family == AF_INET6 ? (void *)&six->sin6_addr : (void *)&((struct sockaddr_in *)a->ai_addr)->sin_addr;
    if (!inet_ntop(a->ai_family, address, text + n, (socklen_t)(sizeof text - n))) continue;
    n += strlen(text + n);
    text[n++] = ' ';
  }
  if (list) freeaddrinfo(list);
  answer(q->id, r == EAI_SYSTEM ? -1000 - e : r, text, n);
  free(q);
  atomic_fetch_sub(&threads, 1);
  return NULL;
}

/* getaddrinfo(3) for one family (4 or 6): musl gives up on both where one is never answered. The answer is 0 or an
 * EAI_ code (EAI_SYSTEM as -1000 - errno), and the addresses, each followed by a blank. */
int32_t pf_resolve(double id, int32_t family, const uint8_t *host, size_t n) {
  if (n == 0 || n > 255) return -ENAMETOOLONG;
  if (memchr(host, 0, n)) return -EINVAL;
  struct question *q = malloc(sizeof *q);
  if (!q) return -ENOMEM;
  q->id = id;
  q->family = family == 6 ? AF_INET6 : AF_INET;
  memcpy(q->host, host, n);
  q->host[n] = 0;
  int32_t r = start(resolve, q);
  if (r < 0) free(q);
  return r;
}

struct visit {
  double id;
  char path[4096];
};

static void *go_there(void *argument) {
  struct visit *v = argument;
  struct stat s;
  char byte;
  if (stat(v->path, &s) == 0 && (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode))) {
    int fd = open(v->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0 && read(fd, &byte, 1) >= 0) errno = 0;
    if (fd >= 0) close(fd);
  }
  answer(v->id, 0, "", 0);
  free(v);
  atomic_fetch_sub(&threads, 1);
  return NULL;
}

/* Goes to the path and opens it, as far as that is harmless: on a file system that is dead it never comes back, and it
 * is better that a thread does not. The answer is 0, whatever it found. */
int32_t pf_visit(double id, const uint8_t *p, size_t n) {
  struct visit *v = malloc(sizeof *v);
  if (!v) return -ENOMEM;
  v->id = id;
  int32_t r = path_of(p, n, v->path);
  if (r == 0) r = start(go_there, v);
  if (r < 0) free(v);
  return r;
}

/* A line is a connection to a Unix socket or for datagrams whose bytes a thread waits for. It belongs to the thread, which frees it;
 * the main thread reaches it by its id, and only under the lock. */
struct line {
  double id;
  int fd, taken, closed;
  size_t n;
  pthread_cond_t changed;
  struct line *next;
  uint8_t bytes[8192];
};
static struct line *lines;

static struct line *line_of(double id) {
  struct line *l = lines;
  while (l && l->id != id) l = l->next;
  return l;
}

static void *receive(void *argument) {
  struct line *l = argument;
  for (;;) {
    ssize_t r = recv(l->fd, l->bytes, sizeof l->bytes, 0);
    if (r < 0 && errno == EINTR) continue;
    int code = r < 0 ? -errno : (int)r;
    pthread_mutex_lock(&lock);
    l->n = r < 0 ? 0 : (size_t)r;
    l->taken = 0;
    if (!l->closed && on_answer) on_answer(l->id, code, (const uint8_t *)"", 0, answer_context);
    while (!l->closed && !l->taken) pthread_cond_wait(&l->changed, &lock);
    int over = l->closed || code <= 0;
    if (over) {
      struct line **at = &lines;
      while (*at && *at != l) at = &(*at)->next;
      if (*at) *at = l->next;
    }
    pthread_mutex_unlock(&lock);
    if (over) break;
  }
  close(l->fd);
  pthread_cond_destroy(&l->changed);
  free(l);
  atomic_fetch_sub(&threads, 1);
  return NULL;
}

/* A line on a socket that is connected, or the errno why it is not. Answers: the number of bytes to take, 0 for the end, or
 * -errno. */
static int32_t attach(double id, int fd) {
  if (fd < 0) return fd;
  struct line *l = calloc(1, sizeof *l);
  int32_t r = l ? 0 : -ENOMEM;
  if (!r) {
    fcntl(fd, F_SETFL, 0); /* from here on the thread waits */
    l->id = id;
    l->fd = fd;
    pthread_cond_init(&l->changed, NULL);
    pthread_mutex_lock(&lock);
    r = start(receive, l);
    if (!r) {
      l->next = lines;
      lines = l;
    }
    pthread_mutex_unlock(&lock);
  }
  if (r) {
    close(fd);
    free(l);
  }
  return r;
}

/* A line to a Unix socket. */
int32_t pf_line(double id, const uint8_t *path, size_t n) { return attach(id, unix_connect(path, n)); }

/* A line of datagrams to an address in numbers: what others send is not heard, and that nobody is there is (udp(7)). Each
 * answer is one datagram, of which the first 8 KiB are kept. */
int32_t pf_datagrams(double id, const uint8_t *p, size_t n, int32_t port) {
  char host[64], service[12];
  struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV }, *a;
  if (n >= sizeof host || memchr(p, 0, n)) return -EINVAL;
  memcpy(host, p, n);
  host[n] = 0;
  snprintf(service, sizeof service, "%d", port);
  if (getaddrinfo(host, service, &hints, &a)) return -EINVAL;
  int fd = socket(a->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0), e = fd < 0 ? errno : 0;
  if (!e && connect(fd, a->ai_addr, a->ai_addrlen) < 0) e = errno, close(fd);
  freeaddrinfo(a);
  return attach(id, e ? -e : fd);
}

/* Says something on a line: the socket must take all of it at once. */
int32_t pf_say(double id, const uint8_t *p, size_t n) {
  pthread_mutex_lock(&lock);
  struct line *l = line_of(id);
  ssize_t sent = l ? send(l->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
  int32_t r = !l ? -ENOENT : sent < 0 ? -errno : (size_t)sent < n ? -EMSGSIZE : 0;
  pthread_mutex_unlock(&lock);
  return r;
}

/* Takes the bytes that were announced, and lets the thread go on. */
int32_t pf_take(double id, uint8_t *out, size_t room) {
  pthread_mutex_lock(&lock);
  struct line *l = line_of(id);
  int32_t r = -ENOENT;
  if (l) {
    size_t n = l->n < room ? l->n : room;
    memcpy(out, l->bytes, n);
    r = (int32_t)n;
    l->taken = 1;
    pthread_cond_signal(&l->changed);
  }
  pthread_mutex_unlock(&lock);
  return r;
}

/* Hangs up: nothing is announced any more. */
int32_t pf_hang_up(double id) {
  pthread_mutex_lock(&lock);
  struct line *l = line_of(id);
  if (l) {
    l->closed = 1;
    shutdown(l->fd, SHUT_RDWR);
    pthread_cond_signal(&l->changed);
  }
  pthread_mutex_unlock(&lock);
  return l ? 0 : -ENOENT;
}

/* --- programs --------------------------------------------------------------------------------------------------- */

enum { HEAD = 65536, TAIL = 2048, CHUNK = 16384, SIGNALLED = 256, LATE = 0x1000, KILLED = 0x2000 };

/* A program that runs for one look, in a session of its own. It belongs to its thread, which frees it; the main thread
 * reaches it under the lock, and signals it only until `dead`: from then on its pid may be somebody else's. */
struct job {
  double id;
  pid_t pid;
  int fd, dead;
  int32_t term, kill, end; /* milliseconds after it began */
  struct timespec began;
  struct job *next;
  size_t total, tailed;
  uint8_t text[HEAD + TAIL], chunk[CHUNK];
};
static struct job *jobs;

static int32_t since(const struct timespec *t) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int32_t)((now.tv_sec - t->tv_sec) * 1000 + (now.tv_nsec - t->tv_nsec) / 1000000);
}

/* Keeps the first HEAD bytes, and of the others the last TAIL. */
static void keep(struct job *j, const uint8_t *p, size_t n) {
  size_t room = j->total < HEAD ? HEAD - j->total : 0, first = n < room ? n : room;
  memcpy(j->text + (j->total < HEAD ? j->total : 0), p, first);
  j->total += n;
  p += first, n -= first;
  if (n > TAIL) p += n - TAIL, n = TAIL;
  size_t old = j->tailed + n > TAIL ? TAIL - n : j->tailed;
  memmove(j->text + HEAD, j->text + HEAD + (j->tailed - old), old);
  memcpy(j->text + HEAD + old, p, n);
  j->tailed = old + n;
}

/* Reads what is there, at most a mebibyte, so that who prints without end cannot hold us. */
static void drain(struct job *j) {
  for (int i = 0; i < 64 && j->fd >= 0; i++) {
    ssize_t r = read(j->fd, j->chunk, CHUNK);
    if (r < 0 && errno == EINTR) continue;
    if (r < 0 && errno == EAGAIN) return;
    if (r > 0) keep(j, j->chunk, (size_t)r);
    else close(j->fd), j->fd = -1;
  }
}

/* Ends what is left of its group, and waits until all of it that is ours to collect is collected: where we are process
 * 1 its orphans are, for whoever dies hands its children on first (exit_notify in the kernel). */
static void bury(struct job *j) {
  pthread_mutex_lock(&lock);
  j->dead = 1;
  kill(-j->pid, SIGKILL);
  pthread_mutex_unlock(&lock);
  for (int i = 0; i < 25;) {
    pid_t r = waitpid(-j->pid, NULL, WNOHANG);
    if (r < 0) return;
    if (r == 0) poll(NULL, 0, 1), i++;
  }
}

static void *attend(void *argument) {
  struct job *j = argument;
  int watch = (int)syscall(SYS_pidfd_open, j->pid, 0); /* Linux 5.3; without it, a look every 10 ms */
  int told = 0, code = LATE | KILLED;
  for (;;) {
    int32_t ms = since(&j->began);
    if (told < 1 && ms >= j->term) told = 1, kill(-j->pid, SIGTERM);
    if (told < 2 && ms >= j->kill) told = 2, kill(-j->pid, SIGKILL);
    siginfo_t end = { 0 };
    int over = waitid(P_PID, (id_t)j->pid, &end, WEXITED | WNOHANG | WNOWAIT) < 0 || end.si_pid != 0;
    drain(j); /* after the question whether it is over: then this is all that it wrote */
    if (over) code = (end.si_code == CLD_EXITED ? 0 : SIGNALLED) + end.si_status + (told > 0 ? LATE : 0) + (told > 1 ? KILLED : 0);
    if (over || ms >= j->end) break;
    int32_t pause = (told == 0 ? j->term : told == 1 ? j->kill : j->end) - ms;
    struct pollfd f[2] = { { .fd = j->fd, .events = POLLIN }, { .fd = watch, .events = POLLIN } };
    poll(f, 2, watch < 0 && pause > 10 ? 10 : pause);
  }
  if (watch >= 0) close(watch);
  if (j->fd >= 0) close(j->fd); /* a grandchild that left the group may hold the other end */
  bury(j);
  pthread_mutex_lock(&lock);
  struct job **at = &jobs;
  while (*at != j) at = &(*at)->next;
  *at = j->next;
  pthread_mutex_unlock(&lock);
  answer(j->id, code, (const char *)j->text, j->total < HEAD ? j->total : HEAD + j->tailed);
  free(j);
  atomic_fetch_sub(&threads, 1);
  return NULL;
}

/* Starts a program; its arguments, each with a NUL behind it. Its input is empty, its two outputs are one, its signals
 * are as a shell would give them. After `term` milliseconds its group gets SIGTERM, after `kill` SIGKILL, and at `end`
 * it is answered for in any case. The answer: the exit code or SIGNALLED + the signal, with LATE where it got SIGTERM
 * and KILLED where it got SIGKILL; and the first HEAD bytes that it wrote, and of the others the last TAIL. */
int32_t pf_run(double id, const uint8_t *args, size_t n, int32_t term, int32_t kill_at, int32_t end) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += args[i] == 0;
  if (count == 0 || args[n - 1] != 0) return -EINVAL;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
  struct job *j = malloc(sizeof *j);
  char **argv = malloc((count + 1) * sizeof *argv), *copy = malloc(n);
  int e = j && argv && copy ? 0 : ENOMEM;
  if (!e) {
    memcpy(copy, args, n);
    for (size_t i = 0, at = 0; i < count; at += strlen(copy + at) + 1) argv[i++] = copy + at;
    argv[count] = NULL;
    *j = (struct job){ .id = id, .fd = ends[0], .term = term, .kill = kill_at, .end = end };
    keep_ours();
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    clock_gettime(CLOCK_MONOTONIC, &j->began);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, ends[1], 1);
    posix_spawn_file_actions_adddup2(&files, ends[1], 2);
    posix_spawnattr_t how;
    posix_spawnattr_init(&how);
    sigset_t signals;
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&how, &signals);
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&how, &signals);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    e = posix_spawnp(&j->pid, argv[0], &files, &how, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&how);
  }
  close(ends[1]);
  if (!e) {
    pthread_mutex_lock(&lock);
    e = -start(attend, j);
    if (!e) j->next = jobs, jobs = j;
    pthread_mutex_unlock(&lock);
    if (e) bury(j);
  }
  if (e) close(ends[0]), free(j);
  free(copy);
  free(argv);
  return -e;
}

/* Ends all programs, and waits for that at most so many milliseconds. Returns how many are left. */
int32_t pf_end(int32_t ms) {
  for (int32_t waited = 0;; waited++) {
    int left = 0;
    pthread_mutex_lock(&lock);
    for (struct job *j = jobs; j; j = j->next, left++)
      if (!j->dead) kill(-j->pid, SIGKILL);
    pthread_mutex_unlock(&lock);
    if (left == 0 || waited >= ms) return left;
    poll(NULL, 0, 1);
  }
}

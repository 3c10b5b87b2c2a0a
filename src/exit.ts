/** How a run ends: exit codes, from which a restart policy, an orchestrator or a person can conclude what to do. */
export const USAGE = 64; // sysexits.h EX_USAGE: wrong arguments
export const BUG = 70; // EX_SOFTWARE: a bug in preflight
export const NOT_READY = 75; // EX_TEMPFAIL: not ready in time, or a report not written: trying again can help
export const WRONG = 78; // EX_CONFIG: will not pass by trying again
export const CANNOT_RUN = 126; // the command cannot be run (POSIX sh)
export const NOT_FOUND = 127; // the command is not found (POSIX sh)
export const SIGNAL = 128; // plus the number of the signal that ended the wait

/** Why execve(2) failed, by errno. */
export function execFailure(errno: number): string {
  switch (errno) {
    case 2:
    case 20:
      return "not found, or the interpreter that it names is not there";
    case 7:
      return "its arguments and environment are too long";
    case 8:
      return "it is neither a program nor a script that begins with #!";
    case 11:
      return "no further process is allowed (RLIMIT_NPROC, or pids.max of the cgroup)";
    case 13:
      return "permission denied";
    default:
      return `errno ${errno}`;
  }
}

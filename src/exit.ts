/** The exit codes: what a restart policy, an orchestrator or a person can conclude from the end of a run. */
export const USAGE = 64; // sysexits.h EX_USAGE: wrong arguments
export const BUG = 70; // EX_SOFTWARE: a bug in preflight
export const NOT_READY = 75; // EX_TEMPFAIL: not ready in time, trying again can help
export const WRONG = 78; // EX_CONFIG: will not pass by trying again
export const CANNOT_RUN = 126; // the command cannot be run (POSIX sh)
export const NOT_FOUND = 127; // the command is not found (POSIX sh)
export const SIGNAL = 128; // plus the number of the signal that ended the wait

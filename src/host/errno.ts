/** What an errno of Linux means for a path, in words (errno(3)). */

export const EPERM = 1;
export const ENOENT = 2;
export const EINTR = 4;
export const EAGAIN = 11;
export const EACCES = 13;
export const ENOTDIR = 20;
export const EINVAL = 22;
export const EPIPE = 32;
export const ENAMETOOLONG = 36;
export const ENOSYS = 38;
export const ELOOP = 40;

/** Why a file cannot be opened, read or written. */
export function reason(errno: number): string {
  switch (errno) {
    case EPERM:
      return "operation not permitted";
    case ENOENT:
      return "no such file";
    case 5:
      return "input/output error";
    case EAGAIN:
      return "resource temporarily unavailable";
    case 12:
      return "out of memory";
    case EACCES:
      return "permission denied";
    case 16:
      return "device or resource busy";
    case 19:
      return "no such device";
    case ENOTDIR:
      return "a part of its path is not a directory";
    case 21:
      return "it is a directory";
    case 23:
      return "too many open files in system";
    case 24:
      return "too many open files";
    case 26:
      return "text file busy";
    case 28:
      return "no space left on device";
    case 30:
      return "the file system is read-only";
    case ENAMETOOLONG:
      return "the name is too long";
    case ELOOP:
      return "too many symbolic links";
    case 75:
      return "value too large";
    case 107:
      return "transport endpoint is not connected";
    case 110:
      return "the file system does not answer";
    case 112:
      return "host is down";
    case 116:
      return "stale file handle";
    case 122:
      return "the disk quota is used up";
    default:
      return `errno ${errno}`;
  }
}

/** What is said of a report that could not be written. */
import { EAGAIN, EPIPE, reason } from "../host/errno.ts";

/** "" where it was, or where its reader has gone, who wanted no more. */
export function lost(errno: number): string {
  if (errno === 0 || errno === EPIPE) return "";
  return `the report could not be written: ${errno === EAGAIN ? "nobody reads it" : reason(errno)}`;
}

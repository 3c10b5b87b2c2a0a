/** What the platform tells of a path, on both sides of #os. */

export interface Entry {
  /** st_mode, type bits included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly inode: number;
}

/** A file system, in bytes and in inodes; what is kept for root counts as taken. One that does not count its inodes has 0. */
export interface Space {
  readonly size: number;
  readonly free: number;
  readonly inodes: number;
  readonly freeInodes: number;
}

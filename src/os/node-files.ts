/** Files, and the rights to them, on Node. */
import * as fs from "node:fs";
import type { Entry, Space } from "./entry.ts";
import { asRunner, isAsked } from "./node-user.ts";

export type { Entry, Space };

export function stat(path: string, follow: boolean): Entry | number {
  try {
    const s = follow ? fs.statSync(path) : fs.lstatSync(path);
    return { mode: s.mode, uid: s.uid, gid: s.gid, size: s.size, modified: Math.floor(s.mtimeMs), inode: s.ino };
  } catch (e) {
    return errnoOf(e);
  }
}

export function space(path: string): Space | number {
  try {
    const s = fs.statfsSync(path);
    return { size: s.blocks * s.bsize, free: s.bavail * s.bsize, inodes: s.files, freeInodes: s.ffree };
  } catch (e) {
    return errnoOf(e);
  }
}

export function access(path: string, mode: number): number {
  if (isAsked()) return asRunner(path, mode);
  try {
    fs.accessSync(path, mode);
    return 0;
  } catch (e) {
    return errnoOf(e);
  }
}

export function entries(path: string): number {
  try {
    const folder = fs.opendirSync(path);
    const first = folder.readSync();
    folder.closeSync();
    return first === null ? 0 : 1;
  } catch (e) {
    return 0 - errnoOf(e);
  }
}

export function names(path: string): readonly string[] | number {
  try {
    return fs.readdirSync(path);
  } catch (e) {
    return errnoOf(e);
  }
}

export function read(path: string, limit: number, offset = 0): Buffer | number {
  try {
    const flags = fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY;
    const fd = fs.openSync(path, flags);
    try {
      const room = Buffer.alloc(limit);
      let got = 0;
      while (got < limit) {
        const n = fs.readSync(fd, room, got, limit - got, offset > 0 ? offset + got : null);
        if (n === 0) break;
        got += n;
      }
      return room.subarray(0, got);
    } finally {
      fs.closeSync(fd);
    }
  } catch (e) {
    return errnoOf(e);
  }
}

/** The errno behind an exception of Node; EINVAL where there is none. */
export function errnoOf(e: unknown): number {
  const n = (e as NodeJS.ErrnoException).errno;
  return n === undefined ? 22 : Math.abs(n);
}

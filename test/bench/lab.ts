// The bench the figures work at: the programs that are here.
import { mkdirSync, rmSync } from "node:fs";
import { writeLocal } from "./job.ts";
import { type Peer, peers } from "./peers.ts";
import { folders, obtain, say } from "./source.ts";

export interface Tool extends Peer {
  readonly program: string;
}

export interface Lab {
  readonly quick: boolean;
  readonly tools: readonly Tool[];
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
  readonly helpers: {
    readonly run: string;
    readonly serve: string;
    readonly end: string;
    readonly stamp: string;
    readonly knock: string;
  };
}

/** Gets all programs, and says which cannot be had. */
export async function open(quick: boolean): Promise<Lab> {
  rmSync(folders.scratch, { recursive: true, force: true });
  mkdirSync(folders.scratch, { recursive: true });
  writeLocal(folders.scratch);
  const helper = (file: string): Promise<string> => obtain({ from: "c", file });
  const helpers = {
    run: await helper("run.c"),
    serve: await helper("serve.c"),
    end: await helper("end.c"),
    stamp: await helper("stamp.c"),
    knock: await helper("knock.c"),
  };
  const tools: Tool[] = [];
  const skipped: { name: string; why: string }[] = [];
  for (const peer of peers) {
    try {
      tools.push({ ...peer, program: await obtain(peer.source) });
    } catch (error) {
      const { message } = error as Error;
      say(`skipped ${peer.name}: ${message}`);
      skipped.push({ name: peer.name, why: message.replace(/ \(to ask again.*/, "") });
    }
  }
  return { quick, tools, skipped, helpers };
}

/** The catalogue. */
import type { Kind } from "../src/check.ts";
import { env } from "./env.ts";
import { file } from "./file.ts";
import { http } from "./http.ts";
import { tcp } from "./tcp.ts";

export const kinds: readonly Kind[] = [env, file, http, tcp];

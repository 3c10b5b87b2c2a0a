// The binary for arm64 keeps the basic promises: run by qemu's emulation of the processor, where the machine is another.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../../scripts/tools.ts";
import { basic } from "./basic.ts";

const QEMU = "qemu-aarch64-static";
const binary = join(root, "dist/preflight-linux-arm64");
const native = process.arch === "arm64";
const missing = !native && spawnSync(QEMU, ["--version"]).status !== 0;

basic(
  { name: "binary", command: native ? [binary] : [QEMU, binary] },
  missing ? `${QEMU} is missing: sh scripts/setup test` : false,
);

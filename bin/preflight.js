#!/usr/bin/env node
// Plain old syntax up to the import, so that an old Node gets one clear line instead of a syntax error.
var version = process.versions.node.split(".").map(Number);
if (version[0] < 22 || (version[0] === 22 && version[1] < 18)) {
  console.error("preflight: needs Node 22.18 or newer: this is " + process.versions.node);
  process.exit(64);
}
import("../src/author/entry.js");

import { test } from "tap";
import { called, idOf } from "../../src/host/accounts.ts";
import { octal, sized } from "../../src/host/files.ts";
import { reason } from "../../src/host/errno.ts";

void test("octal writes permissions with their leading zero", (t) => {
  t.equal(octal(0o644), "0644");
  t.equal(octal(0), "0000");
  t.equal(octal(0o104755), "4755");
  t.end();
});

void test("sized says a size in words", (t) => {
  const rows: readonly (readonly [number, string])[] = [
    [0, "0 bytes"],
    [1, "1 byte"],
    [1023, "1023 bytes"],
    [1024, "1 KiB"],
    [1_572_864, "1.5 MiB"],
    [1_048_575, "1 MiB"],
    [10 * 2 ** 30, "10 GiB"],
    [2 ** 60, "1024 PiB"],
  ];
  for (const [bytes, words] of rows) t.equal(sized(bytes), words);
  t.end();
});

void test("users are known by name and number", (t) => {
  t.equal(idOf("user", "root"), 0);
  t.equal(idOf("group", "root"), 0);
  t.equal(idOf("user", "1000"), 1000);
  t.equal(idOf("user", "no such user"), -1);
  t.equal(idOf("user", ""), -1);
  t.equal(called("user", 0), "root (0)");
  t.equal(called("group", 4_000_000_000), "4000000000");
  t.equal(reason(116), "stale file handle");
  t.equal(reason(999), "errno 999");
  t.end();
});

import t from "tap";
import { both } from "../support/artifacts.ts";
import { look, noMounts, reason, telling } from "../support/facts.ts";

t.setTimeout(120_000);
const arch = process.arch === "x64" ? "amd64" : process.arch;
const other = arch === "amd64" ? "arm64" : "amd64";

both("platform passes on the system and the processor, by any of their names", async (t, preflight) => {
  for (const name of ["linux", `linux/${arch}`, `linux/${process.arch}`, ["windows", `linux/${arch}`]])
    t.equal((await preflight.run(look(t, { platform: name }))).stdout, "started\n", [name].flat().join());
});

both("platform fails at once on another system or processor", async (t, preflight) => {
  for (const [name, want] of [
    [`linux/${other}`, `linux/${other}`],
    ["windows", "windows"],
    ["lin", "lin"],
    [["darwin", `linux/${other}`], `darwin or linux/${other}`],
  ] as const) {
    const r = await preflight.run(look(t, { platform: name }));
    t.equal(r.code, 78);
    t.equal(
      reason(r.stderr),
      `platform ${[name].flat().join(", ")}: is linux/${arch}, want ${want}\n  hint: build or pull for this platform: docker build --platform\n`,
    );
  }
});

if (noMounts === false) {
  both("platform compares the kernel's version number by number", async (t, preflight) => {
    const old = telling(preflight, t.testdir(), { "/proc/sys/kernel/osrelease": "5.9.16-generic\n" });
    for (const kernel of ["5", "5.9", "5.9.16", "4.99.99"])
      t.equal((await old.run(look(t, { platform: "linux", kernel }))).stdout, "started\n", kernel);
    for (const kernel of ["5.10", "5.9.17", "6", "10.0"]) {
      const r = await old.run(look(t, { platform: "linux", kernel }));
      t.equal(r.code, 78);
      t.equal(
        reason(r.stderr),
        `platform linux: the kernel is 5.9.16-generic, want ${kernel} or newer\n  hint: a container has the kernel of its host\n`,
      );
    }
  });

  both("platform does not pass where the kernel's version cannot be looked at", async (t, preflight) => {
    const mute = telling(preflight, t.testdir(), { "/proc/sys/kernel/osrelease": "" });
    for (const not of [false, true]) {
      const r = await mute.run(look(t, { platform: "linux", kernel: "1", not }));
      t.equal(r.code, 78);
      t.match(r.stderr, ": cannot be looked at: /proc/sys/kernel/osrelease: does not tell\n");
    }
  });
}

both("platform says what its names and versions must be", async (t, preflight) => {
  const r = await preflight.run(look(t, { platform: ["Linux", "linux/arm64/v8"], kernel: "5.x" }));
  t.equal(r.code, 78);
  for (const said of [
    'platform must be a system such as "linux", or "linux/amd64": got "Linux"\n',
    'platform must be a system such as "linux", or "linux/amd64": got "linux/arm64/v8"\n',
    'kernel must be a version such as "5.10": got "5.x"\n',
  ])
    t.match(r.stderr, said);
  t.match((await preflight.run(look(t, { platform: [] }))).stderr, "platform must name at least one\n");
});

/** The terminal goes to the command where the init has it, and comes back at the end. */
import { at, dumb, first, ordinary, ordinaryDumb, ordinaryTini, signals, tini } from "../support/inits.ts";
import { BASH, GROUPS, line, NONE, onTerminal, PROMPT, session } from "../support/session.ts";

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_Z = "\x1a";
const CTRL_BACKSLASH = "\x1c";

at([ordinary, first, ordinaryTini, tini, dumb], "the command has the terminal", async (t, seat) => {
  const out = await session(onTerminal([...seat.alone, ...GROUPS], seat.first), [
    ["", "group (\\d+) foreground \\1\n"],
  ]);
  t.notMatch(out, NONE);
});

at([ordinary, first], "the command reads what is typed, to its end", async (t, seat) => {
  const command = [...seat.alone, "sh", "-c", "echo begun; cat; echo over"];
  const out = await session(onTerminal(command, seat.first), [
    ["", "begun\n"],
    ["hello\n", "hello\n"],
    [CTRL_D, "over\n"],
  ]);
  t.notMatch(out, NONE);
});

at([ordinary, first, ordinaryTini, tini], "a key that is a signal reaches the command, once", async (t, seat) => {
  const out = await session(onTerminal([...seat.alone, signals, "hear", "it"], seat.first), [
    ["", "it ready\n"],
    [CTRL_C, "it 2\n"],
    [CTRL_BACKSLASH, "it 3\n"],
    [CTRL_C, "it 2\n"],
  ]);
  t.notMatch(out, NONE);
  t.same(out.match(/^it \d+$/gm), ["it 2", "it 3", "it 2"]);
});

at([ordinary], "a shell sees an end by ctrl-c as that of any command", async (t, seat) => {
  const out = await session(BASH, [
    [`${line([...seat.alone, "sh", "-c", "echo begun; exec sleep 60"])}\n`, "begun\n"],
    [CTRL_C, PROMPT], // what is typed before is flushed
    ['echo "ended with $?"\n', "ended with 130\n"],
  ]);
  t.notMatch(out, NONE);
});

const THEN_READ = 'read word; echo "got $word"';

at([ordinary, ordinaryDumb], "who comes after the command has the terminal again", async (t, seat) => {
  for (const command of ["true", "/nonesuch"]) {
    const script = `${line([...seat.alone, command])} 2>/dev/null; ${THEN_READ}`;
    const out = await session(BASH, [[`${line(["sh", "-c", script])}\nword\n`, "got word\n"]]);
    t.notMatch(out, NONE, command);
  }
});

at([ordinaryTini], "who comes after the command does not have the terminal again, with tini", async (t, seat) => {
  const script = `${line([...seat.alone, "true"])}; ${THEN_READ}`;
  const out = await session(BASH, [[`${line(["sh", "-c", script])}\n`, "Stopped"]]);
  t.notMatch(out, NONE);
});

at([ordinary, ordinaryDumb], "an init in the background leaves the terminal to the shell", async (t, seat) => {
  const out = await session(BASH, [
    [`${line([...seat.alone, "sh", "-c", "echo begun; exec sleep 60"])} &\n`, "begun\n"],
    [`${line(GROUPS)}\n`, "group (\\d+) foreground \\1\n"],
    ['kill %1; wait %1; echo "ended with $?"\n', "ended with 143\n"],
  ]);
  t.notMatch(out, NONE);
});

at(
  [ordinary],
  "an init that comes to the foreground gives the terminal to a command that asks for it",
  async (t, seat) => {
    const out = await session(BASH, [
      [`${line([...seat.alone, "sh", "-c", `echo begun; sleep 0.3; ${THEN_READ}`])} &\n`, "begun\n"],
      ["fg\nword\n", "got word\n"],
    ]);
    t.notMatch(out, NONE);
  },
);

at([ordinary], "ctrl-c reaches a command whose input is a pipe", async (t, seat) => {
  const out = await session(BASH, [
    [`sleep 60 | ${line([...seat.alone, signals, "hear", "it"])}\n`, "it ready\n"],
    [CTRL_C, "it 2\n"],
  ]);
  t.notMatch(out, NONE);
});

at([ordinary, first], "a shell as the command has job control", async (t, seat) => {
  const out = await session(onTerminal([...seat.alone, ...BASH], seat.first), [
    ["echo flags=$-\n", "flags=\\w*m"],
    ['sh -c "echo begun; exec sleep 60"\n', "begun\n"],
    [CTRL_Z, "Stopped"],
    ['kill %1; fg; echo "ended with $?"\n', "ended with 143"],
  ]);
  t.notMatch(out, NONE);
  t.notMatch(out, "no job control");
});

at([ordinary, first], "one init behind another has the terminal too", async (t, seat) => {
  const twice = [...seat.alone, ...ordinary.alone, "sh", "-c", `${line(GROUPS)}; ${THEN_READ}`];
  const out = await session(onTerminal(twice, seat.first), [
    ["", "group (\\d+) foreground \\1\n"],
    ["word\n", "got word\n"],
  ]);
  t.notMatch(out, NONE);
});

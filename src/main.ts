/** The story: arguments, configuration, plan, gate, report, and the command. The only place that exits. */
import { caught, exec, init, onBug, onSignal, reap, write } from "#os";
import { kinds } from "../checks/index.ts";
import { asksHealth, parse, strangers, UsageError, verify, type Command } from "./arguments.ts";
import { configure, readVariables } from "./configure.ts";
import * as code from "./exit.ts";
import { explain, explainJson } from "./explain.ts";
import { real } from "./gate/clock.ts";
import { Gate, type Outcome } from "./gate/gate.ts";
import type { Standing } from "./gate/standing.ts";
import { leaves } from "./plan.ts";
import { help, helpOf } from "./help.ts";
import { endAll } from "./host/command.ts";
import { decoded } from "./host/environment.ts";
import { EINTR, ENOENT, ENOTDIR } from "./host/errno.ts";
import { place } from "./install.ts";
import { secrets } from "./redact.ts";
import { choose, type Chosen } from "./report/choose.ts";
import { lost } from "./report/lost.ts";
import { clipped } from "./report/report.ts";
import { waiting } from "./report/text.ts";
import { quoted } from "./text.ts";
import { schema } from "./schema.ts";
import { VERSION } from "./version.ts";

function say(text: string): void {
  write(2, secrets.strike(`preflight: ${text}\n`));
}

function print(text: string): never {
  leave(0, write(1, text));
}

/** Ends. A report that is the product and could not be written is no success. */
function leave(exit: number, errno: number): never {
  const why = lost(errno);
  if (why !== "") say(why);
  process.exit(why !== "" && exit === 0 ? code.NOT_READY : exit);
}

/** The configuration is wrong. */
function refuse(mistakes: readonly string[], command: Command): never {
  const lines = secrets.strike(mistakes.map((m) => `${m}\n`).join(""));
  const health = command.verb === "health";
  write(2, health ? clipped(lines, "  …\n") : lines);
  process.exit(health ? 1 : code.WRONG);
}

function main(command: Command): void {
  if (command.verb === "version") print(`preflight ${VERSION}\n`);
  if (command.verb === "schema") print(`${schema(kinds)}\n`);
  if (command.verb === "help")
    print(command.words.length === 0 ? help(kinds) : helpOf(command.words.at(0) ?? "", kinds));
  if (command.verb === "install") {
    const why = place(command.words);
    if (why !== "") say(why);
    process.exit(why === "" ? 0 : code.WRONG);
  }
  const bad = readVariables(command);
  if (bad !== "") refuse([bad], command);
  verify(command);
  for (const stranger of strangers()) say(stranger);
  const plan = configure(command, kinds);
  if (plan.mistakes.length > 0) refuse(plan.mistakes, command);
  if (command.verb === "explain") {
    const json = command.value("format") === "json";
    const from = command.source("user");
    print(secrets.strike(json ? explainJson(plan, from) : explain(plan, from)));
  }

  const started = real.now();
  const chosen = choose(command, command.verb === "run" ? 2 : 1, started, real.now);
  const gate = new Gate(plan.checks, real, chosen.report.changed, (outcome) => {
    endAll(() => {
      end(command, outcome, chosen, listen);
    });
  });
  let listening = false;
  const listen = (): void => {
    if (listening) return;
    listening = true;
    setInterval(() => {
      if (!gate.over) chosen.report.tick(gate.standings, real.now());
    }, chosen.every);
    onSignal((signal) => {
      endAll();
      stopped(signal, gate.standings);
    });
  };
  const local = leaves(plan.checks).every((c) => c.instant); // then the command is a moment away: the quicker the better
  if (!local) listen();
  gate.start();
  if (local && !gate.over) listen();
}

/** A signal came: what it put an end to, and the end. */
function stopped(signal: number, standings: readonly Standing[]): never {
  say(waiting(signal, standings, real.now()));
  process.exit(code.SIGNAL + signal);
}

/** Becomes the command after a pass, or its init; else exits, or holds where that is asked for. */
function end(command: Command, outcome: Outcome, chosen: Chosen, listen: () => void): void {
  const ready = outcome.is === "passed";
  const failure = command.verb === "health" ? 1 : outcome.is === "failed" ? code.WRONG : code.NOT_READY;
  chosen.report.end(outcome, ready ? 0 : failure);
  if (!ready && command.verb === "run" && command.value("on-failure") === "hold") {
    listen();
    setInterval(reap, 1000); // as process 1 it gets the orphans of whoever looks around in the container
    say("holding for diagnosis: stop the container to end it");
    return;
  }
  if (!ready || command.at === 0) leave(ready ? 0 : failure, command.verb === "check" ? chosen.lost() : 0);
  if (command.init === "") unable(command, exec(command.at));
  init(command.at, command.init === "group", (status) => {
    if (status < 0) unable(command, 0 - status);
    process.exit(status);
  });
}

/** The command could not be started. */
function unable(command: Command, errno: number): never {
  if (errno === EINTR) stopped(caught(), []); // it came after the pass, before the exec
  const name = decoded(process.argv.at(command.at) ?? "");
  const missing = errno === ENOENT || errno === ENOTDIR;
  say(
    `cannot run ${quoted(name, 4096)}: ${missing && !name.includes("/") ? "not found in PATH" : code.execFailure(errno)}`,
  );
  process.exit(missing ? code.NOT_FOUND : code.CANNOT_RUN);
}

const bug = asksHealth(process.argv) ? 1 : code.BUG;
onBug(bug);
try {
  main(parse(process.argv.map((word) => decoded(word))));
} catch (e) {
  const usage = e instanceof UsageError;
  const text = e instanceof Error ? e.message : String(e);
  say(usage ? text : `a bug, please report it: ${text}`);
  process.exit(usage && bug === code.BUG ? code.USAGE : bug);
}

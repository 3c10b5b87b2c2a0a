/** All checks at once, each on its own, until the answer is known. */
import { Deadline, fail, pass, wait, type Mood, type Verdict } from "../check.ts";
import { label, leaves, type Check } from "../plan.ts";
import type { Clock, Timer } from "./clock.ts";
import { pause } from "./pace.ts";
import { Standing, type State } from "./standing.ts";

/** A peer's refusal counts when it was repeated this many milliseconds later: an init server may be replaced. */
const TWICE = 1000;
/** Milliseconds for the only look of a check whose kind sets no time for one: a file may have to be hashed. */
const ONCE = 5000;
/** Checks whose time is up so soon after another's are late with it. */
const TOGETHER = 50;

/** What is said of a first look that has not ended. */
const UNHEARD = "no answer yet";

/** So many looks at peers are under way at once: what one holds while it waits for a descriptor is memory. */
const ABREAST = 64;

/** Milliseconds that a look may be late with its own reason before it is ended without one. */
const SLACK = 5;

/** Told what happens, while it happens. */
export type Watcher = (standing: Standing) => void;

/** How the run ended. */
export interface Outcome {
  readonly is: "passed" | "failed" | "late";
  readonly standings: readonly Standing[];
  /** Milliseconds. */
  readonly took: number;
}

/** Runs the checks to their end. It calls back once. */
export class Gate {
  readonly standings: readonly Standing[];
  readonly #clock: Clock;
  readonly #watch: Watcher;
  readonly #runs: readonly Run[];
  readonly #started: number;
  readonly #then: (outcome: Outcome) => void;
  /** Those that have not begun. */
  #held: Run[];
  /** Those whose look is due, and has to wait for others to end. */
  readonly #queue: Run[] = [];
  #looking = 0;
  #calling = false;
  /** Checks at the top that have not ended. */
  #open: number;
  /** A check that is needed did not pass: the run cannot. */
  #lost = false;
  /** All look once: then each does, for none can hold up the others for long. */
  readonly #once: boolean;
  /** May others than the instant checks begin? */
  #peers = false;
  #over = false;

  constructor(checks: readonly Check[], clock: Clock, watch: Watcher, then: (outcome: Outcome) => void) {
    this.#clock = clock;
    this.#watch = watch;
    this.#then = then;
    this.#started = clock.now();
    this.standings = checks.map((c) => new Standing(c));
    this.#runs = this.standings.map((s) => new Run(s, null));
    this.#held = [...this.#runs];
    this.#open = checks.length;
    this.#once = leaves(checks).every((c) => c.wait === 0);
  }

  /** What this machine says at once is asked first, all of it, and only then any peer. */
  start(): void {
    this.#begin();
    this.#peers = true;
    this.#settle();
    if (!this.#over) this.#begin();
  }

  /** Is the answer known? */
  get over(): boolean {
    return this.#over;
  }

  /** Gives everything up. Nothing is called back any more. */
  stop(): void {
    this.#over = true;
    for (const run of this.#runs) this.#drop(run);
  }

  /** Begins all that may. */
  #begin(): void {
    const held = this.#held;
    this.#held = [];
    for (const run of held) {
      if (this.#over || run.standing.over()) continue;
      if (!this.#may(run)) this.#held.push(run);
      else if (run.standing.check.probe === null) {
        this.#held.push(...run.members);
        this.#begin();
      } else this.#first(run);
    }
  }

  /** Have all checks passed that it comes after? Where one cannot any more, neither can this. */
  #may(run: Run): boolean {
    const s = run.standing;
    for (const name of s.check.after) {
      const before = find(this.standings, name);
      if (before === null || before.state === "passed") continue;
      if (before.over()) this.#end(run, before.state === "failed" ? "failed" : "dropped", `${name} did not pass`);
      else s.why = `comes after ${name}`;
      return false;
    }
    return this.#peers || s.check.instant || s.check.probe === null;
  }

  #first(run: Run): void {
    const s = run.standing;
    s.why = "";
    s.started = this.#clock.now();
    const budget = s.check.wait > 0 ? s.check.wait : s.check.timeout > 0 ? s.check.timeout : ONCE;
    run.deadline = new Deadline(s.started + budget, this.#clock.now);
    if (!s.check.instant) run.alarm = this.#clock.after(budget, () => this.#timeUp(run));
    this.#look(run);
  }

  /** Looks, or queues for it. */
  #look(run: Run): void {
    if (!counted(run.standing.check)) this.#ask(run);
    else if (this.#looking >= ABREAST) this.#queue.push(run);
    else {
      this.#looking++;
      this.#ask(run);
    }
  }

  /** A look at a peer has ended: the next may begin. A loop, for a look may end at once. */
  #next(): void {
    this.#looking--;
    if (this.#calling) return;
    this.#calling = true;
    while (this.#looking < ABREAST && this.#queue.length > 0) {
      const run = this.#queue.shift();
      if (run !== undefined && !run.standing.over() && !this.#over) this.#look(run);
    }
    this.#calling = false;
  }

  #ask(run: Run): void {
    const s = run.standing;
    const { check } = s;
    if (check.probe === null || run.deadline === null) return;
    s.looks++;
    if (s.state === "idle") {
      s.state = "waiting";
      s.why = UNHEARD;
    }
    const deadline = check.timeout > 0 ? run.deadline.within(check.timeout) : run.deadline;
    run.cut = s.looks > 1 && deadline.left() < check.timeout / 2;
    run.looking = true;
    check.probe.look(deadline, (verdict) => {
      run.looking = false;
      if (!s.over() && !this.#over) this.#judge(run, check.not ? inverted(verdict, check) : verdict);
      if (counted(check)) this.#next();
    });
  }

  #judge(run: Run, verdict: Verdict): void {
    const s = run.standing;
    switch (verdict.is) {
      case "pass":
        run.streak++;
        run.refused = -1;
        if (run.streak >= s.check.successes || s.check.wait === 0) this.#end(run, "passed", "");
        else this.#again(run, `${run.streak} of ${s.check.successes} looks passed in a row`, "answering");
        return;
      case "wait":
        run.streak = 0;
        run.refused = -1;
        s.hint = s.check.hint === "" ? verdict.advice : s.check.hint;
        s.details = verdict.details;
        this.#again(run, this.#hasty(run, verdict.mood) ? s.why : verdict.why, verdict.mood);
        return;
      case "fail": {
        run.streak = 0;
        s.hint = s.check.hint === "" ? verdict.advice : s.check.hint;
        s.details = verdict.details;
        const now = this.#clock.now();
        if (run.refused < 0) run.refused = now;
        if (verdict.from !== "peer" || now - run.refused >= TWICE) this.#end(run, "failed", verdict.why);
        else this.#again(run, verdict.why, "answering");
        return;
      }
    }
  }

  /** Was it the last look, with hardly any time, and heard nothing? Then what was said before it is the reason. */
  #hasty(run: Run, mood: Mood): boolean {
    return run.cut && mood === "silent" && (run.deadline?.left() ?? 0) < 10;
  }

  /** Looks again after a pause, or ends where no time is left. */
  #again(run: Run, why: string, mood: Mood): void {
    const s = run.standing;
    const changed = s.looks === 1 || s.why !== why;
    s.state = "waiting";
    s.why = why;
    const left = run.deadline?.left() ?? 0;
    if (left === 0 || s.check.wait === 0) {
      this.#timeUp(run);
      return;
    }
    if (changed) this.#watch(s);
    if (run.alarm === null) run.alarm = this.#clock.after(left, () => this.#timeUp(run));
    const ms = pause(this.#clock.now() - s.started, mood, this.#clock.random());
    if (ms < left) run.next = this.#clock.after(ms, () => this.#look(run));
  }

  #timeUp(run: Run): void {
    const s = run.standing;
    if (s.over() || this.#over) return;
    if (run.looking && !run.warned) {
      run.warned = true;
      run.alarm = this.#clock.after(SLACK, () => this.#timeUp(run));
      return;
    }
    const why = s.why === "" || s.why === UNHEARD ? "no answer" : s.why;
    this.#end(run, run.refused >= 0 ? "failed" : "late", why);
  }

  #end(run: Run, state: State, why: string): void {
    const s = run.standing;
    if (s.over()) return;
    for (const m of run.members) this.#drop(m);
    this.#finish(run, state, why);
    this.#watch(s);
    if (run.parent !== null) this.#decide(run.parent);
    else {
      this.#open--;
      if (state !== "passed" && !s.check.optional) this.#lost = true;
    }
    this.#settle();
    if (this.#held.length > 0 && !this.#over) this.#begin();
  }

  #finish(run: Run, state: State, why: string): void {
    const s = run.standing;
    s.state = state;
    s.why = why;
    s.ended = this.#clock.now();
    if (s.started === 0) s.started = s.ended;
    run.next?.cancel();
    run.alarm?.cancel();
  }

  #drop(run: Run): void {
    for (const m of run.members) this.#drop(m);
    if (!run.standing.over()) this.#finish(run, "dropped", run.standing.why);
  }

  /** A member has ended: is its group decided? */
  #decide(group: Run): void {
    const s = group.standing;
    if (s.over()) return;
    const states = s.members.map((m) => m.state);
    const any = s.check.kind === "any";
    const reasons = s.members.filter((m) => m.state === "failed" || m.state === "late" || m.state === "dropped");
    const why = reasons.map((m) => `${label(m.check)}: ${m.why}`).join("; ");
    const ended = s.members.every((m) => m.over());
    if (any ? states.includes("passed") : states.every((x) => x === "passed")) this.#close(group, "passed", "");
    else if (!any && states.includes("failed")) this.#close(group, "failed", why);
    else if (!any && (states.includes("late") || states.includes("dropped"))) this.#close(group, "late", why);
    else if (ended) this.#close(group, states.every((x) => x === "failed") ? "failed" : "late", why);
  }

  #close(group: Run, state: State, why: string): void {
    group.standing.started = this.#started;
    this.#end(group, state, why);
  }

  /** Ends the run where its answer is known; not before every instant check was looked at, so that all is reported. */
  #settle(): void {
    if (this.#over || !this.#peers || (this.#open > 0 && !(this.#lost && !this.#once))) return;
    this.#over = true;
    const needed = this.standings.filter((s) => !s.check.optional);
    const late = needed.some((s) => s.state === "late");
    for (const run of this.#runs) {
      if (late && run.standing.state === "waiting" && (run.deadline?.left() ?? TOGETHER) < TOGETHER) {
        this.#finish(run, "late", run.standing.why);
      } else this.#drop(run);
    }
    const failed = needed.some((s) => s.state === "failed");
    const passed = needed.every((s) => s.state === "passed");
    this.#then({
      is: failed ? "failed" : passed ? "passed" : "late",
      standings: this.standings,
      took: this.#clock.now() - this.#started,
    });
  }
}

const NO_RUNS: readonly Run[] = [];

/** What the gate keeps for a check beside its standing. */
class Run {
  readonly standing: Standing;
  readonly parent: Run | null;
  readonly members: readonly Run[];
  deadline: Deadline | null = null;
  alarm: Timer | null = null;
  next: Timer | null = null;
  /** A look is under way. */
  looking = false;
  /** Its time was up during a look, which has a little more to say why. */
  warned = false;
  /** The look was given less than half of its time, for the wait is nearly over. */
  cut = false;
  /** Passes in a row. */
  streak = 0;
  /** When a peer first refused, and has not said anything else since; or -1. */
  refused = -1;
  constructor(standing: Standing, parent: Run | null) {
    this.standing = standing;
    this.parent = parent;
    this.members = standing.check.probe === null ? standing.members.map((m) => new Run(m, this)) : NO_RUNS;
  }
}

/** Under `not` what holds must go away, and what does not is as wanted; what could not be looked at is neither. */
function inverted(verdict: Verdict, check: Check): Verdict {
  if (verdict.is === "wait") return verdict.mood === "unable" ? verdict : pass();
  if (verdict.is === "fail") return verdict.from === "unable" ? verdict : pass();
  return check.fixed ? fail("it holds, and must not") : wait("it holds, and must not", "answering");
}

/** Does a look of this check count towards those that may be under way at once? One that is the only one comes at once. */
function counted(check: Check): boolean {
  return !check.instant && check.wait > 0;
}

function find(standings: readonly Standing[], name: string): Standing | null {
  for (const s of standings) {
    if (label(s.check) === name) return s;
    const inside = find(s.members, name);
    if (inside !== null) return inside;
  }
  return null;
}

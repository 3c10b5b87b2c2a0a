/** Whom the command is to run as: --user read, HOME set, and the right to step down tried before anything is waited for. */
import { become, group, user } from "#os";
import type { Command } from "./arguments.ts";
import { accountOf, called, type Account } from "./host/accounts.ts";
import { setVariable } from "./host/environment.ts";
import { EINVAL, ENOSYS, EPERM, reason } from "./host/errno.ts";
import { short, visible } from "./text.ts";

/** Whom --user means, null where it is not said. What is wrong with it is added to the mistakes. */
export function chosen(command: Command, mistakes: string[]): Account | null {
  const spec = command.value("user");
  if (spec === "") return null;
  const wrong = (why: string): null => {
    mistakes.push(`preflight: ${command.source("user")} ${visible(short(spec))}: ${why}`);
    return null;
  };
  const account = accountOf(spec, user(), group());
  if (typeof account === "string") return wrong(account);
  setVariable("HOME", account.home);
  const errno = command.verb === "explain" ? 0 : become(account.uid, account.gid, account.groups);
  return errno === 0 ? account : wrong(refused(errno, account));
}

/** "user app (1000), group app (1000), groups audio (29), video (44)" */
export function described(a: Account): string {
  const groups = a.groups.map((g) => called("group", g)).join(", ");
  return `user ${called("user", a.uid)}, group ${called("group", a.gid)}, ${groups === "" ? "no other groups" : `groups ${groups}`}`;
}

function refused(errno: number, a: Account): string {
  if (errno === ENOSYS) return "this platform has no such users";
  if (errno === EINVAL) return `${described(a)}: not all of these are known in this user namespace`;
  if (errno !== EPERM) return `cannot become ${described(a)}: ${reason(errno)}`;
  return `uid ${user()} may not become ${described(a)}: only root with CAP_SETUID and CAP_SETGID may`;
}

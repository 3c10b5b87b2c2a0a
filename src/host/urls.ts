/** URLs taken apart by hand: `new URL` differs between the artifacts (it takes 256.1.1.1 on one of them). */
import { validHost } from "../net/address.ts";
import { family } from "../net/resolve.ts";
import { quoted } from "../text.ts";
import { FINE, wrong, type Judged } from "./judged.ts";

/** A port from 1 to 65535. */
export const PORT = /^0{0,4}(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$/;

export interface Url {
  readonly judged: Judged;
  /** In lower case, "" where there is none. */
  readonly scheme: string;
  /** As written, "" where there is none. */
  readonly password: string;
}

const ESCAPE = "in a user name or password, write # as %23, / as %2F, ? as %3F, @ as %40, : as %3A and % as %25";

/**
 * Takes a URL with an authority apart (RFC 3986, 3.2), with what databases add: several hosts ("mongodb://a:1,b:2/db")
 * and a scheme within a scheme ("jdbc:postgresql://"). A host may be missing where a path follows ("unix:///s"), except
 * for the web.
 */
export function url(value: string): Url {
  const m = /^([A-Za-z][A-Za-z0-9+.-]{0,31}(?::[A-Za-z][A-Za-z0-9+.-]{0,31})?):\/\/([^/?#]*)/.exec(value);
  if (m === null)
    return { judged: wrong('not a URL: it does not begin with a scheme and "://"'), scheme: "", password: "" };
  const scheme = (m[1] ?? "").toLowerCase();
  const authority = m[2] ?? "";
  const at = authority.lastIndexOf("@");
  const user = authority.slice(0, Math.max(0, at));
  const colon = user.indexOf(":");
  const password = colon < 0 ? "" : user.slice(colon + 1);
  const rest = value.slice((m[0] ?? "").length);
  const split = at < 0 && rest.includes("@"); // a "/", "?" or "#" in the password ended the authority too early
  return { judged: parts(value, scheme, user, authority.slice(at + 1), rest, split ? ESCAPE : ""), scheme, password };
}

function parts(value: string, scheme: string, user: string, hosts: string, rest: string, hint: string): Judged {
  const odd = /[\s\u0000-\u001f\u007f]/.exec(value);
  if (odd !== null)
    return wrong(
      `not a URL: a blank or control character at character ${value.indexOf(odd[0]) + 1}`,
      "write a blank as %20",
    );
  if (user.includes("@")) return wrong("not a URL: more than one @ in front of the host", ESCAPE);
  for (const piece of value.split("%").slice(1)) {
    if (!/^[0-9A-Fa-f]{2}/.test(piece))
      return wrong("not a URL: a % without two hexadecimal digits behind it", "write % as %25");
  }
  if (hosts === "") {
    const bare = user === "" && rest.length > 1 && !/^(?:https?|wss?)$/.test(scheme);
    return bare ? FINE : wrong("not a URL: it names no host", hint);
  }
  for (const one of hosts.split(",")) {
    const h = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(one);
    const six = h === null ? "" : (h[1] ?? "");
    const name = h === null ? "" : (h[2] ?? "");
    if (h === null || !(six === "" ? named(name) : family(six) === 6))
      return wrong("not a URL: its host is not a name or an address", hint);
    const port = h[3] ?? "";
    const numbered = port === "" ? !one.endsWith(":") : PORT.test(port);
    if (!numbered) return wrong("not a URL: its port is not one from 1 to 65535", hint);
  }
  return FINE;
}

/** A name as URLs have them: percent-encoded and international ones are taken as they are. */
function named(name: string): boolean {
  return validHost(name) || (/[%\u0080-\uffff]/.test(name) && !/[<>"^`{|}\\]/.test(name));
}

/** The scheme must be one of these; "jdbc" stands for all that begin so. */
export function schemed(scheme: string, wanted: readonly string[], list: string): Judged {
  if (wanted.length === 0 || wanted.includes(scheme) || wanted.includes(scheme.split(":").at(0) ?? "")) return FINE;
  return wrong(`scheme is ${quoted(scheme)}, want ${list}`);
}

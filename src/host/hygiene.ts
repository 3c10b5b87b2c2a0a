/** What happens to a value on its way into a container: quotes, line ends and blanks that nobody meant to put there. */
import { FINE, wrong, type Judged } from "./judged.ts";

/** What is odd about the value, whatever it is for. Where it stands may be told, what stands there may not. */
export function hygiene(value: string, format: string): Judged {
  if (value.startsWith("\ufeff")) {
    return wrong("begins with a byte order mark (U+FEFF)", "save the file that it comes from as UTF-8 without BOM");
  }
  const cr = value.indexOf("\r");
  if (cr >= 0) {
    const where =
      cr === value.length - 1 ? "ends with a carriage return" : `has a carriage return at character ${cr + 1}`;
    return wrong(where, "the file that it comes from has Windows line ends: save it with LF alone (dos2unix)");
  }
  const trimmed = value.trim();
  if (trimmed === "") return wrong("nothing but blanks");
  const head = !value.startsWith(trimmed);
  const tail = !value.endsWith(trimmed);
  if (head || tail) {
    const line = value.endsWith("\n");
    const how =
      head && tail
        ? "begins and ends with a blank"
        : head
          ? "begins with a blank"
          : line
            ? "ends with a line end"
            : "ends with a blank";
    return wrong(
      how,
      `remove it where the value is set${line ? ", as with printf instead of echo" : ""}, or say raw: true`,
    );
  }
  const first = value.slice(0, 1);
  const quotes = first === '"' || first === "'";
  if (quotes && value.length > 1 && value.endsWith(first) && !(format === "json" && first === '"')) {
    const kept =
      'docker run --env-file, and a list item such as - NAME="…" in Compose, keep quotes as part of the value';
    return wrong(`wrapped in ${first === '"' ? "double" : "single"} quotes`, `${kept}: remove them`);
  }
  const open = value.indexOf("${");
  if (open >= 0 && value.includes("}", open)) {
    const hint =
      "nothing replaced it on the way: docker run --env-file does not, Compose and shells do not within single quotes";
    return wrong(`an unresolved "\${…}" at character ${open + 1}`, hint);
  }
  return FINE;
}

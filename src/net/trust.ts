/** Which certificates are trusted, and which is shown: PEM files that a check names, or the trust store of the system. */
import { addCertificate, addKey, newChain, read } from "#os";
import { unable, wait, type Complaint, type Verdict } from "../check.ts";
import { field, type Field, type Options } from "../fields.ts";
import { troubleOf } from "../host/trouble.ts";
import { secrets } from "../redact.ts";
import { quoted } from "../text.ts";
import { isPem, lineOf, pem, type Block, type Pem } from "./pem.ts";
import { CERTIFICATE, LIMIT, Loaded, loaded, NOTHING, system } from "./roots.ts";

/** What every kind takes that can speak TLS. A kind whose `key` is something else leaves that one out: `cert` can hold it. */
export function tlsFields(): readonly Field[] {
  return [
    field("text", "ca", "a file in PEM, or its text, with the certificates that are trusted instead of the system's"),
    field(
      "list",
      "cert",
      "files in PEM with the client certificate that is shown, and its key unless `key` names that",
    ),
    field("text", "key", "the file in PEM with the private key of `cert`"),
    field(
      "text",
      "servername",
      "the name that is asked for, and must be in the certificate, where it is not the host's",
    ),
    field("flag", "insecure", "do not verify the server's certificate", "false"),
  ];
}

/** What is wrong with the files that are named, as far as they are there; `key` as for `Trust`. */
export function mistrusted(o: Options, key: string): readonly Complaint[] {
  const out: Complaint[] = [];
  for (const l of [trusted(o.text("ca")), owned(o.list("cert"), key)])
    if (l.why !== "" && l.errno === 0) out.push({ field: l.field, text: l.why });
  if (o.given("ca") && o.flag("insecure"))
    out.push({ field: "insecure", text: 'goes not with "ca": it trusts everybody' });
  return out;
}

/** Whom a check trusts and what it shows, by its tlsFields. The files are read anew for each look, and understood once. */
export class Trust {
  /** Chains for a session, -1 for none; good after `refresh`. */
  trusted = -1;
  own = -1;
  /** "" where it is the host's. */
  readonly name: string;
  readonly insecure: boolean;
  /** Where trust comes from, as a message continues: "", or " in ca". */
  readonly ours: boolean;
  readonly #ca: string;
  readonly #cert: readonly string[];
  readonly #key: string;

  /** `key` is the text of the field of that name, "" where it means something else; `insecure`: a URL may ask for it too. */
  constructor(o: Options, key: string, insecure = false) {
    this.#ca = o.text("ca");
    this.#cert = o.list("cert");
    this.#key = key;
    this.name = o.text("servername");
    this.insecure = insecure || o.flag("insecure");
    this.ours = this.#ca !== "";
    for (const given of [...this.#cert, key]) if (isPem(given)) secrets.add(given);
  }

  /** Reads the files; a verdict where there are none to go by. */
  refresh(): Verdict | null {
    const ca = this.insecure ? NOTHING : this.ours ? trusted(this.#ca) : system();
    const own = owned(this.#cert, this.#key);
    this.trusted = ca.chain;
    this.own = own.chain;
    return missing(ca) ?? missing(own);
  }
}

// --- internal ---

/** The cure where a system trusts nobody. */
const COPY =
  'COPY --from=alpine /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ brings one; or name a file in "ca" or SSL_CERT_FILE';

/** Chains by what they were made of. */
const known = new Map<string, number>();

function missing(l: Loaded): Verdict | null {
  if (l.why === "") return null;
  if (l.field === "") return unable(l.why, COPY);
  if (l.errno === 0) return unable(`${l.field} ${l.why}`);
  const trouble = troubleOf(l.errno, l.path);
  const why = `${l.field} ${quoted(l.path)}: ${trouble.why}`;
  return trouble.is === "wrong" ? unable(why, trouble.hint) : wait(why, "unable", trouble.hint);
}

/** The PEM that a field names, or is. */
class Source {
  readonly field: string;
  readonly given: string;
  readonly bytes: Buffer;
  readonly errno: number;
  readonly pem: Pem;
  constructor(field: string, given: string) {
    const bytes = isPem(given) ? Buffer.from(given) : read(given, LIMIT);
    this.field = field;
    this.given = given;
    this.errno = typeof bytes === "number" ? bytes : 0;
    this.bytes = typeof bytes === "number" ? Buffer.alloc(0) : bytes;
    this.pem = pem(this.bytes);
  }
  /** Says what is wrong with it. */
  wrong(why: string): Loaded {
    const name = isPem(this.given) ? "" : `${quoted(this.given)} `;
    return new Loaded(-1, this.field, `${name}${why}`, this.errno, this.given);
  }
  at(block: Block): string {
    return `in line ${lineOf(this.bytes, block.at)}`;
  }
}

function trusted(ca: string): Loaded {
  if (ca === "") return NOTHING;
  const source = new Source("ca", ca);
  if (source.errno !== 0 || source.pem.why !== "") return source.wrong(source.pem.why);
  const key = `ca ${source.bytes.toString("latin1")}`;
  const before = known.get(key);
  if (before !== undefined) return loaded(before);
  const certificates = source.pem.blocks.filter((b) => b.label === CERTIFICATE);
  if (certificates.length === 0)
    return source.wrong(`holds no certificate, but ${article(source.pem.blocks.at(0)?.label ?? "")}`);
  const chain = newChain();
  for (const b of certificates)
    if (!addCertificate(chain, b.der)) return source.wrong(`holds a certificate that cannot be read, ${source.at(b)}`);
  known.set(key, chain);
  return loaded(chain);
}

/** Our own certificate, with its chain and its key: all of them from these files. */
function owned(files: readonly string[], key: string): Loaded {
  if (files.length === 0)
    return key === ""
      ? NOTHING
      : new Loaded(-1, "key", 'goes with "cert", the certificate that it is the key of', 0, "");
  const sources = files.map((f) => new Source("cert", f));
  if (key !== "") sources.push(new Source("key", key));
  for (const s of sources) if (s.errno !== 0 || s.pem.why !== "") return s.wrong(s.pem.why);
  const all = sources.map((s) => s.bytes.toString("latin1")).join("\n");
  const before = known.get(all);
  if (before !== undefined) return loaded(before);
  const chain = newChain();
  let certificates = 0;
  for (const s of sources) {
    for (const b of s.pem.blocks) {
      if (b.label !== CERTIFICATE) continue;
      if (!addCertificate(chain, b.der)) return s.wrong(`holds a certificate that cannot be read, ${s.at(b)}`);
      certificates++;
    }
  }
  const first = sources.at(0) ?? new Source("cert", "");
  if (certificates === 0) return first.wrong("holds no certificate");
  for (const s of sources) {
    for (const b of s.pem.blocks) {
      if (!b.label.endsWith("PRIVATE KEY")) continue;
      if (b.encrypted)
        return s.wrong(`holds a key that is encrypted, ${s.at(b)}: there is nobody to ask for its passphrase`);
      const errno = addKey(chain, b.der);
      if (errno === 129) return s.wrong(`holds the key of another certificate, ${s.at(b)}`);
      if (errno !== 0)
        return s.wrong(`holds a key that cannot be read, ${s.at(b)}: want RSA, or EC on P-256, P-384 or P-521`);
      known.set(all, chain);
      return loaded(chain);
    }
  }
  return (sources.at(-1) ?? first).wrong("holds no private key");
}

function article(label: string): string {
  return `a block of ${quoted(label)}`;
}

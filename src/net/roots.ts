/** The certificates that this machine trusts: those of the variables that name some, or of the system's bundle. */
import { addCertificate, names, newChain, platformRoots, read } from "#os";
import { variable } from "../host/environment.ts";
import { quoted } from "../text.ts";
import { pem } from "./pem.ts";

/** What came of files: a chain, or why there is none. */
export class Loaded {
  readonly chain: number;
  /** The field that names what is wrong, and the errno where it cannot be read. */
  readonly field: string;
  readonly why: string;
  readonly errno: number;
  readonly path: string;
  constructor(chain: number, field: string, why: string, errno: number, path: string) {
    this.chain = chain;
    this.field = field;
    this.why = why;
    this.errno = errno;
    this.path = path;
  }
}
export function loaded(chain: number): Loaded {
  return new Loaded(chain, "", "", 0, "");
}
export const NOTHING = loaded(-1);

/** Bytes of a file that are read. */
export const LIMIT = 1_048_576;
export const CERTIFICATE = "CERTIFICATE";

/** What the system trusts: read once. */
export function system(): Loaded {
  if (store !== null) return store;
  const found = collected();
  if (found.why === "") store = found;
  return found;
}

// --- internal ---

/** Where the usual systems keep the certificates that they trust, all in one file (crypto/x509/root_linux.go of Go). */
const BUNDLES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine
  "/etc/pki/tls/certs/ca-bundle.crt", // Fedora
  "/etc/ssl/ca-bundle.pem", // openSUSE
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // RHEL
  "/etc/ssl/cert.pem", // Alpine, macOS
];
const NO_ROOTS: readonly Buffer[] = [];
let store: Loaded | null = null;

/** Kept while nothing was found for it, for a chain is never freed. */
let empty = -1;

function collected(): Loaded {
  const file = variable("SSL_CERT_FILE") ?? "";
  const folders = variable("SSL_CERT_DIR") ?? "";
  const usual = file === "" && folders === "";
  const paths: string[] = file === "" ? [] : [file];
  for (const folder of folders.split(":").filter((f) => f !== "")) {
    const list = names(folder);
    if (typeof list === "number") return new Loaded(-1, "SSL_CERT_DIR", "cannot be read", list, folder);
    for (const name of list) paths.push(`${folder}/${name}`);
  }
  if (empty < 0) empty = newChain();
  const chain = empty;
  let count = 0;
  for (const der of usual ? platformRoots() : NO_ROOTS) if (addCertificate(chain, der)) count++;
  for (const path of usual ? BUNDLES : paths) {
    if (usual && count > 0) break;
    const bytes = read(path, LIMIT);
    if (typeof bytes !== "number") count += added(chain, bytes);
    else if (path === file) return new Loaded(-1, "SSL_CERT_FILE", "cannot be read", bytes, file);
  }
  if (count > 0) return loaded(chain);
  if (file !== "") return new Loaded(-1, "SSL_CERT_FILE", `names ${quoted(file)}, which holds no certificate`, 0, file);
  if (!usual) return new Loaded(-1, "SSL_CERT_DIR", `names ${quoted(folders)}, where no certificate is`, 0, "");
  return new Loaded(-1, "", "there is no trust store in this image", 0, "");
}

/** How many it holds. One that cannot be read is passed over: a store holds many, and some are of newer sorts than we know. */
function added(chain: number, bytes: Buffer): number {
  let count = 0;
  for (const b of pem(bytes).blocks) if (b.label === CERTIFICATE && addCertificate(chain, b.der)) count++;
  return count;
}

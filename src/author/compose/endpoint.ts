/** The hosts and ports that a text names: URLs, `host:port`, and variables that are called after a host. */

export interface Endpoint {
  readonly host: string;
  /** Undefined where none is written. */
  readonly port: number | undefined;
  /** Of the URL it stood in, "" elsewhere. */
  readonly scheme: string;
}

/** Schemes whose URL names no host. */
const HOSTLESS = /^(?:file|sqlite\d?|s3|gs|az|data|mailto|secret|vault|memory|mem|env|unix|docker-image)$/;

/** What is called so is a name of the service's own, or says where it is to listen. */
const OWN =
  /^(?:HOST|HOSTNAME|VIRTUAL_HOST|LETSENCRYPT_HOST|SERVER_NAME|SERVER_HOST)$|LISTEN|BIND|ADVERTISED|CORS|ORIGIN|ALLOWED/;

/** The endpoints in a variable; `sibling` gives the variable of another name, for DB_PORT beside DB_HOST. */
export function endpointsOf(
  name: string,
  value: string,
  sibling: (name: string) => string | undefined,
): readonly Endpoint[] {
  if (OWN.test(name)) return [];
  const urls = [...value.matchAll(/([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#\s"']*)/g)];
  if (urls.length > 0) {
    return urls.flatMap((m) => {
      const scheme = (m[1] ?? "").toLowerCase();
      if (HOSTLESS.test(scheme)) return [];
      const authority = (m[2] ?? "").replace(/^.*@/, "");
      return authority.split(",").flatMap((a) => hostPort(a, scheme));
    });
  }
  const words = value.split(/[\s,]+/).filter((w) => w !== "");
  if (words.length > 0 && words.every((w) => /^[A-Za-z][\w.-]*:\d{2,5}$/.test(w)))
    return words.flatMap((w) => hostPort(w, ""));
  const called = /^(.*?)_?(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS|HOSTS|SERVERS|ENDPOINT)$/.exec(name);
  if (called === null || words.length !== 1 || !/^[A-Za-z][\w-]*$/.test(value)) return [];
  const port = Number(sibling(`${called[1] ?? ""}_PORT`) ?? "");
  return [{ host: value, port: port > 0 ? port : undefined, scheme: "" }];
}

function hostPort(text: string, scheme: string): readonly Endpoint[] {
  const m = /^([A-Za-z][\w.-]*)(?::(\d{1,5}))?$/.exec(text);
  return m === null ? [] : [{ host: m[1] ?? "", port: m[2] === undefined ? undefined : Number(m[2]), scheme }];
}

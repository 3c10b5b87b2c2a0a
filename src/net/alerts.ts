/** What a server means that ends TLS with an alert. */
import { refuse, wait, type Verdict } from "../check.ts";

/** An alert by its number (RFC 8446, section 6; RFC 5246, 7.2): what a server says when it ends TLS. */
export function alerted(number: number, ours: boolean): Verdict {
  const name = ALERTS.split("|").find((a) => a.startsWith(`${number} `)) ?? "";
  const called = name === "" ? "an alert without a name" : name.slice(name.indexOf(" ") + 1);
  const why = `the server ends TLS: ${called} (alert ${number})`;
  if (TEMPORARY.includes(number)) return wait(why, "answering");
  if (CERTIFICATES.includes(number))
    return refuse(why, ours ? "it does not take our client certificate" : 'it wants a client certificate: give "cert"');
  if (number === 40)
    return refuse(
      why,
      `no version or cipher in common${ours ? "" : ', or it wants a client certificate: give "cert"'}`,
    );
  return refuse(why, number === 112 ? 'it is asked for a name that it does not have: see "servername"' : "");
}

// --- internal ---

/** Alerts by their numbers (RFC 8446, section 6; RFC 5246, section 7.2). A text, for as a map it would be made at every start. */
const ALERTS =
  "10 unexpected message|20 bad record mac|22 record overflow|40 handshake failure|42 bad certificate|" +
  "43 unsupported certificate|44 certificate revoked|45 certificate expired|46 certificate unknown|47 illegal parameter|" +
  "48 unknown ca|49 access denied|50 decode error|51 decrypt error|70 protocol version|71 insufficient security|" +
  "80 internal error|86 inappropriate fallback|90 user canceled|100 no renegotiation|109 missing extension|" +
  "110 unsupported extension|112 unrecognized name|113 bad certificate status response|115 unknown psk identity|" +
  "116 certificate required|120 no application protocol";
/** Alerts of a server that has trouble of its own. */
const TEMPORARY: readonly number[] = [80, 90];
/** Alerts about the client's certificate. */
const CERTIFICATES: readonly number[] = [42, 43, 44, 45, 46, 48, 49, 116];

/* TLS as a filter, without a socket: the peer's bytes go in, bytes for the peer come out, and TypeScript moves them. A client
 * over mbedTLS (mbedtls.h says what of it is built), which is touched by nobody who asks for no TLS.
 *
 * Bytes come as (pointer, length), borrowed for the call. A handle is a number from 0; what is negative is no handle. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mbedtls/oid.h"
#include "mbedtls/psa_util.h"
#include "mbedtls/ssl.h"
#include "mbedtls/x509_crt.h"
#include "psa/crypto.h"

/* How a session ends, as tls-native.ts reads it; an alert is BROKEN_ALERT - its number. */
enum { MALFORMED = -1, CLOSED = -2, OLD = -3, BROKEN_ALERT = -1000 };
/* Why a chain is not trusted, as bits. */
enum { DATES = 1, ISSUER = 2, PURPOSE = 4, WEAK = 8 };
enum { ROOM = 4096, DEPTH = 10 };

/* --- chains: certificates that are trusted, or our own with its key ----------------------------------------------- */

struct chain {
  mbedtls_x509_crt certificates;
  mbedtls_pk_context key;
};
static struct chain **chains;
static int32_t chain_count;

static struct chain *chain_of(int32_t id) { return id >= 0 && id < chain_count ? chains[id] : NULL; }

/* A new chain, empty. It is never freed, for each is of a configuration. */
int32_t pf_tls_chain(void) {
  struct chain *c = calloc(1, sizeof *c), **more = c ? realloc(chains, (size_t)(chain_count + 1) * sizeof *more) : NULL;
  if (!more) return free(c), -ENOMEM;
  chains = more;
  mbedtls_x509_crt_init(&c->certificates);
  mbedtls_pk_init(&c->key);
  chains[chain_count] = c;
  return chain_count++;
}

/* Adds a certificate in DER. */
int32_t pf_tls_certificate(int32_t id, const uint8_t *der, size_t n) {
  struct chain *c = chain_of(id);
  return c && mbedtls_x509_crt_parse_der(&c->certificates, der, n) == 0 ? 0 : -EINVAL;
}

/* Gives it the private key of its first certificate, in DER: -EINVAL where it cannot be read, -EKEYREJECTED where it is
 * the key of another. */
int32_t pf_tls_key(int32_t id, const uint8_t *der, size_t n) {
  struct chain *c = chain_of(id);
  if (psa_crypto_init() != PSA_SUCCESS) return -EIO;
  if (!c || mbedtls_pk_parse_key(&c->key, der, n, NULL, 0, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE)) return -EINVAL;
  return mbedtls_pk_check_pair(&c->certificates.pk, &c->key, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE) ? -EKEYREJECTED : 0;
}

/* --- sessions ----------------------------------------------------------------------------------------------------- */

struct session {
  mbedtls_ssl_context ssl;
  mbedtls_ssl_config conf;
  uint8_t in[ROOM], *out;
  size_t in_from, in_to, out_n, out_room;
  const mbedtls_x509_crt *seen[DEPTH]; /* the chain as it was verified, the peer's own certificate first */
  char protocols[256];
  const char *list[16];
};
static struct session **sessions;
static int32_t session_count;

static struct session *session_of(int32_t id) { return id >= 0 && id < session_count ? sessions[id] : NULL; }

/* What goes out is ours, and so small. */
static int on_send(void *context, const unsigned char *p, size_t n) {
  struct session *s = context;
  if (s->out_n + n > s->out_room) {
    uint8_t *more = realloc(s->out, s->out_n + n + ROOM);
    if (!more) return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    s->out = more;
    s->out_room = s->out_n + n + ROOM;
  }
  memcpy(s->out + s->out_n, p, n);
  s->out_n += n;
  return (int)n;
}

static int on_receive(void *context, unsigned char *p, size_t n) {
  struct session *s = context;
  size_t have = s->in_to - s->in_from;
  if (have == 0) return MBEDTLS_ERR_SSL_WANT_READ;
  if (n > have) n = have;
  memcpy(p, s->in + s->in_from, n);
  s->in_from += n;
  return (int)n;
}

static int on_verify(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags) {
  struct session *s = context;
  (void)flags;
  if (depth < DEPTH) s->seen[depth] = certificate;
  return 0;
}

int32_t pf_tls_free(int32_t id) {
  struct session *s = session_of(id);
  if (!s) return -EBADF;
  sessions[id] = NULL;
  mbedtls_ssl_free(&s->ssl);
  mbedtls_ssl_config_free(&s->conf);
  free(s->out);
  free(s);
  return 0;
}

/* A new session. `name` is sent as SNI unless it is empty; `trust` and `own` are chains, or -1; `protocols` are offered by
 * ALPN, each with a NUL behind it. The peer is judged by pf_tls_peer: the handshake goes on, so that the reason can be told. */
int32_t pf_tls_new(const uint8_t *name, size_t name_n, int32_t trust, int32_t own, const uint8_t *protocols, size_t n) {
  int32_t id = 0;
  while (id < session_count && sessions[id]) id++;
  if (id == session_count) {
    struct session **more = realloc(sessions, (size_t)(id + 1) * sizeof *more);
    if (!more) return -ENOMEM;
    sessions = more;
    sessions[session_count++] = NULL;
  }
  struct session *s = psa_crypto_init() == PSA_SUCCESS ? calloc(1, sizeof *s) : NULL; /* it does so once */
  char host[256];
  if (!s || name_n >= sizeof host || n >= sizeof s->protocols) return free(s), -EINVAL;
  sessions[id] = s;
  mbedtls_ssl_init(&s->ssl);
  mbedtls_ssl_config_init(&s->conf);
  struct chain *ca = chain_of(trust), *mine = chain_of(own);
  memcpy(host, name, name_n);
  host[name_n] = 0;
  memcpy(s->protocols, protocols, n);
  for (size_t at = 0, i = 0; at < n && i < 15; at += strlen(s->protocols + at) + 1) s->list[i++] = s->protocols + at;
  int bad = mbedtls_ssl_config_defaults(&s->conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  mbedtls_ssl_conf_rng(&s->conf, mbedtls_psa_get_random, MBEDTLS_PSA_RANDOM_STATE);
  mbedtls_ssl_conf_authmode(&s->conf, MBEDTLS_SSL_VERIFY_OPTIONAL);
  mbedtls_ssl_conf_verify(&s->conf, on_verify, s);
  if (ca) mbedtls_ssl_conf_ca_chain(&s->conf, &ca->certificates, NULL);
  if (!bad && mine) bad = mbedtls_ssl_conf_own_cert(&s->conf, &mine->certificates, &mine->key);
  if (!bad && s->list[0]) bad = mbedtls_ssl_conf_alpn_protocols(&s->conf, s->list);
  if (!bad) bad = mbedtls_ssl_setup(&s->ssl, &s->conf);
  if (!bad) bad = mbedtls_ssl_set_hostname(&s->ssl, name_n ? host : NULL);
  if (bad) return pf_tls_free(id), -ENOMEM;
  mbedtls_ssl_set_bio(&s->ssl, s, on_send, on_receive, NULL);
  return id;
}

/* Bytes from the peer. Returns how many were taken: all, or as many as there is room for until they are read. */
int32_t pf_tls_put(int32_t id, const uint8_t *p, size_t n) {
  struct session *s = session_of(id);
  if (!s) return -EBADF;
  memmove(s->in, s->in + s->in_from, s->in_to - s->in_from);
  s->in_to -= s->in_from;
  s->in_from = 0;
  if (n > ROOM - s->in_to) n = ROOM - s->in_to;
  memcpy(s->in + s->in_to, p, n);
  s->in_to += n;
  return (int32_t)n;
}

/* Bytes for the peer. Returns how many were handed out. */
int32_t pf_tls_get(int32_t id, uint8_t *p, size_t room) {
  struct session *s = session_of(id);
  if (!s) return -EBADF;
  size_t n = s->out_n < room ? s->out_n : room;
  if (n == 0) return 0;
  memcpy(p, s->out, n);
  memmove(s->out, s->out + n, s->out_n - n);
  s->out_n -= n;
  return (int32_t)n;
}

/* The end that an error of mbedTLS is, or 1 where it only wants more. */
static int32_t ended(struct session *s, int r) {
  switch (r) {
  case MBEDTLS_ERR_SSL_WANT_READ:
  case MBEDTLS_ERR_SSL_WANT_WRITE:
  case MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET: return 1;
  case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE: return BROKEN_ALERT - s->ssl.MBEDTLS_PRIVATE(in_msg)[1];
  case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
  case MBEDTLS_ERR_SSL_CONN_EOF: return CLOSED;
  case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION: return OLD;
  default: return MALFORMED;
  }
}

/* Goes on with the handshake: 1 it wants more, 0 it is done, else how it ended. */
int32_t pf_tls_step(int32_t id) {
  struct session *s = session_of(id);
  if (!s) return -EBADF;
  int r = mbedtls_ssl_handshake(&s->ssl);
  return r == 0 ? 0 : ended(s, r);
}

/* What the peer says: bytes, 0 where none are there yet, else how it ended. */
int32_t pf_tls_read(int32_t id, uint8_t *p, size_t room) {
  struct session *s = session_of(id);
  if (!s) return -EBADF;
  int r;
  do r = mbedtls_ssl_read(&s->ssl, p, room);
  while (r == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET);
  if (r > 0) return r;
  int32_t end = r == 0 ? CLOSED : ended(s, r);
  return end > 0 ? 0 : end;
}

/* Says something to the peer. */
int32_t pf_tls_write(int32_t id, const uint8_t *p, size_t n) {
  struct session *s = session_of(id);
  if (!s) return -EBADF;
  for (size_t done = 0; done < n;) {
    int r = mbedtls_ssl_write(&s->ssl, p + done, n - done);
    if (r <= 0) return MALFORMED;
    done += (size_t)r;
  }
  return 0;
}

/* Says that nothing more will be said. */
int32_t pf_tls_bye(int32_t id) {
  struct session *s = session_of(id);
  return s ? mbedtls_ssl_close_notify(&s->ssl) : -EBADF;
}

/* --- who the peer is ---------------------------------------------------------------------------------------------- */

struct text {
  char *p;
  size_t n, room;
};

/* Adds bytes; what could part lines, fields or names becomes "?". */
static void add(struct text *t, const uint8_t *p, size_t n) {
  for (size_t i = 0; i < n && t->n < t->room; i++) t->p[t->n++] = p[i] < 0x20 || p[i] == 0x7f ? '?' : (char)p[i];
}
static void mark(struct text *t, char c) {
  if (t->n < t->room) t->p[t->n++] = c;
}

/* What is called by a name: its CN, else its O, else its OU. */
static const mbedtls_x509_buf *called(const mbedtls_x509_name *list, int only_cn) {
  static const char *const oids[] = { MBEDTLS_OID_AT_CN, MBEDTLS_OID_AT_ORGANIZATION, MBEDTLS_OID_AT_ORG_UNIT };
  for (int i = 0; i < (only_cn ? 1 : 3); i++)
    for (const mbedtls_x509_name *a = list; a; a = a->next)
      if (a->oid.len == 3 && memcmp(a->oid.p, oids[i], 3) == 0) return &a->val;
  return NULL;
}

/* The names that a certificate is for: those of subjectAltName, without any its CN. */
static void add_names(struct text *t, const mbedtls_x509_crt *c) {
  int some = 0;
  for (const mbedtls_x509_sequence *a = &c->subject_alt_names; a; a = a->next) {
    int sort = a->buf.tag & 0x1f;
    char ip[INET6_ADDRSTRLEN];
    if (sort == MBEDTLS_X509_SAN_DNS_NAME) add(t, a->buf.p, a->buf.len);
    else if (sort != MBEDTLS_X509_SAN_IP_ADDRESS || (a->buf.len != 4 && a->buf.len != 16)) continue;
    else if (inet_ntop(a->buf.len == 4 ? AF_INET : AF_INET6, a->buf.p, ip, sizeof ip)) add(t, (uint8_t *)ip, strlen(ip));
    mark(t, '\n');
    some = 1;
  }
  const mbedtls_x509_buf *cn = some ? NULL : called(&c->subject, 1);
  if (cn) add(t, cn->p, cn->len), mark(t, '\n');
}

static void add_date(struct text *t, const mbedtls_x509_time *d) {
  char iso[32];
  int n = snprintf(iso, sizeof iso, "%04d-%02d-%02dT%02d:%02d:%02dZ", d->year, d->mon, d->day, d->hour, d->min, d->sec);
  add(t, (uint8_t *)iso, (size_t)n);
  mark(t, '\t');
}

/* After the handshake: version, why the chain is not trusted as bits, ALPN; a line for each certificate of the chain with
 * its two dates, whether it is its own issuer, and how its subject and its issuer are called; an empty line; and the names
 * that the first of them is for, a line each. Returns the length. */
int32_t pf_tls_peer(int32_t id, uint8_t *p, size_t room) {
  struct session *s = session_of(id);
  if (!s) return -EBADF;
  struct text t = { (char *)p, 0, room };
  uint32_t flags = mbedtls_ssl_get_verify_result(&s->ssl) & ~(uint32_t)MBEDTLS_X509_BADCERT_CN_MISMATCH;
  const uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
  const uint32_t weak = MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY;
  const uint32_t purpose = MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE;
  int flaws = (flags & dates ? DATES : 0) | (flags & weak ? WEAK : 0) | (flags & purpose ? PURPOSE : 0) | (flags & ~(dates | weak | purpose) ? ISSUER : 0);
  const char *alpn = mbedtls_ssl_get_alpn_protocol(&s->ssl), *version = mbedtls_ssl_get_version(&s->ssl);
  add(&t, (const uint8_t *)version, strlen(version));
  mark(&t, '\t');
  mark(&t, (char)('A' + flaws));
  mark(&t, '\t');
  if (alpn) add(&t, (const uint8_t *)alpn, strlen(alpn));
  mark(&t, '\n');
  for (int i = 0; i < DEPTH && s->seen[i]; i++) {
    const mbedtls_x509_crt *c = s->seen[i];
    const mbedtls_x509_buf *subject = called(&c->subject, 0), *issuer = called(&c->issuer, 0);
    add_date(&t, &c->valid_from);
    add_date(&t, &c->valid_to);
    mark(&t, c->subject_raw.len == c->issuer_raw.len && memcmp(c->subject_raw.p, c->issuer_raw.p, c->issuer_raw.len) == 0 ? '1' : '0');
    mark(&t, '\t');
    if (subject) add(&t, subject->p, subject->len);
    mark(&t, '\t');
    if (issuer) add(&t, issuer->p, issuer->len);
    mark(&t, '\n');
  }
  mark(&t, '\n');
  if (s->seen[0]) add_names(&t, s->seen[0]);
  return (int32_t)t.n;
}

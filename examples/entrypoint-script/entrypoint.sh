#!/bin/bash
# What stands in front of many a service: look at the settings, wait for the database, become the service.
set -euo pipefail

log() { echo "entrypoint: $*" >&2; }

die() {
  log "error: $*"
  exit 1
}

# from_file NAME: $NAME, or else the contents of the file that $NAME_FILE names
from_file() {
  local name=$1 file="${1}_FILE"
  if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
    die "both $name and $file are set, set one of them"
  fi
  if [ -n "${!file:-}" ]; then
    [ -f "${!file}" ] || die "$file: no such file: ${!file}"
    export "$name"="$(cat "${!file}")"
  fi
  [ -n "${!name:-}" ] || die "neither $name nor $file is set"
}

# wait_for HOST PORT: until the port is open, $WAIT tries a second apart at most
wait_for() {
  local tries=0
  until timeout 2 bash -c ": </dev/tcp/$1/$2" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt "$WAIT" ] || die "$1:$2 is not there after $tries tries"
    log "waiting for $1:$2"
    sleep 1
  done
}

: "${WAIT:=30}" "${DB_HOST:=db}" "${DB_PORT:=5432}"

: "${PUBLIC_URL:?must be set}"
case $PUBLIC_URL in
http://* | https://*) ;;
*) die "PUBLIC_URL must start with http:// or https://" ;;
esac

export PORT="${PORT:-8080}"
case $PORT in
*[!0-9]*) die "PORT must be a number" ;;
esac

from_file API_KEY

key=/run/secrets/tls.key
[ -s "$key" ] || die "$key is missing or empty"
[ "$(stat -c %a "$key")" = 400 ] || die "$key must have mode 400"

[ -d /data ] && [ -w /data ] || die "/data is not writable"

wait_for "$DB_HOST" "$DB_PORT"

exec "$@"

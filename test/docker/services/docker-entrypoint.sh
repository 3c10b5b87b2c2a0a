#!/bin/bash
# The official image's first start: on an empty data folder a temporary server that listens on its socket only, the scripts
# of /docker-entrypoint-initdb.d, a stop, and then the real server. No data outlives a test, so none is synced.
set -e
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  initdb --no-sync --username="$user" --pwfile=<(echo "${POSTGRES_PASSWORD:?}")
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  pg_ctl -o "-c fsync=off -c listen_addresses=''" -w start
  [ "$user" = postgres ] || createdb -U "$user" "$user"
  for script in /docker-entrypoint-initdb.d/*.sql; do
    psql -v ON_ERROR_STOP=1 -U "$user" -f "$script"
  done
  pg_ctl -m fast -w stop
  echo "PostgreSQL init process complete; ready for start up."
fi
exec "$@" -c fsync=off -c listen_addresses='*'

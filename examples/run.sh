# What the ./run of each example shares: its image, the clock, and leaving nothing behind. Read with ".", not run.
set -eu
cd "$(dirname "$0")"
example=$(basename "$PWD")
image=preflight-$example
label=preflight.lab=$example

if ! docker image inspect preflight >/dev/null 2>&1; then
  echo "$example: first, at the root of the repository: npm run image" >&2
  exit 1
fi

# Removes what carries the label: containers, networks, volumes, and the image where it was made for this run alone.
clean() {
  docker ps -aq --filter "label=$label" | xargs -r docker rm -f -v >/dev/null
  docker network ls -q --filter "label=$label" | xargs -r docker network rm >/dev/null
  docker volume ls -q --filter "label=$label" | xargs -r docker volume rm >/dev/null
  [ -n "${PREFLIGHT_LAB:-}" ] || docker images --format '{{.Repository}}:{{.Tag}}' "$image" | xargs -r docker rmi >/dev/null
}
trap clean EXIT
trap 'exit 130' INT TERM
clean

# build [ARGUMENTS]: the image of this folder's Dockerfile, on $BASE where that is set
build() { docker build -q ${BASE:+--build-arg "BASE=$BASE"} -t "$image" "$@" . >/dev/null; }

# start NAME ARGUMENTS...: docker run -d, whose client may complain about a wait that it has itself broken off
start() {
  name=$1
  shift
  complaint=$(docker run -d --name "$name" --label "$label" "$@" 2>&1) || { echo "$complaint" >&2; return 1; }
}

# ask CONTAINER FORMAT: what the engine knows, such as {{.State.Status}}
ask() { docker inspect -f "$2" "$1"; }

# until_ok COMMAND...: runs it until it succeeds, half a minute at least
until_ok() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ "$tries" -lt 600 ] || { echo "$example: still not: $*" >&2; exit 1; }
    sleep 0.05
  done
}

# until_is CONTAINER FORMAT WANTED: waits for an answer of the engine
until_is() { until_ok is "$@"; }
is() { [ "$(ask "$1" "$2")" = "$3" ]; }

# until_says CONTAINER TEXT: waits until its log holds the text
until_says() { until_ok says "$@"; }
says() { docker logs "$1" 2>&1 | grep -q "$2"; }

# seconds FROM TO: between two of the engine's timestamps, such as {{.State.StartedAt}}
seconds() {
  printf '%s\n%s\n' "$1" "$2" | awk -F'[T:Z]' '{ t[NR] = $2 * 3600 + $3 * 60 + $4 } END { d = t[2] - t[1]; if (d < -43200) d += 86400; if (d < 0) d = 0; printf "%.2f s\n", d }'
}

# show COMMAND...: the command as a user types it, and what it says, indented
show() {
  echo "\$ $*"
  "$@" 2>&1 | sed 's/^/  /'
}

# code COMMAND...: the same, with its exit code
code() {
  echo "\$ $*"
  rc=0
  said=$("$@" 2>&1) || rc=$?
  [ -z "$said" ] || printf '%s\n' "$said" | sed 's/^/  /'
  echo "  exit code $rc"
}

echo "engine $(docker version -f '{{.Server.Version}}')"

# Sourced by the scripts: a namespace and a run folder for each, removed at exit (KEEP=1 keeps the folder).
# A script that needs more than one namespace calls theirs $NS-something.
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
NAME=$(basename "$0" .sh)
NS=trunkline$$
PIDS=()
RC=0
PROGRAMS=${CARGO_TARGET_DIR:-$ROOT/target}/release
SBC=${SBC:-$PROGRAMS/sbc}
EXAMPLES=${EXAMPLES:-$PROGRAMS/examples}
export SID=${SID:-${XDG_CACHE_HOME:-$HOME/.cache}/interop-sid}
VENV=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/interop-venv}
export PYTHONPATH=$HERE PYTHONDONTWRITEBYTECODE=1 HERE

skip() { echo "SKIP  $NAME: $*"; exit 77; }
need() { local p; for p; do command -v "$p" >/dev/null || skip "$p is missing (install.sh)"; done; }
[ "$(id -u)" = 0 ] || skip "network namespaces need root"
# built PROGRAM ..: of ours, as .ci/run builds them.
built() { local p; for p; do [ -x "$p" ] || { echo "FAIL  $NAME: no $p (README.md tells how to build it)"; exit 1; }; done; }

W=$(mktemp -d "${TMPDIR:-/tmp}/trunkline-interop.XXXXXX")
export W
chmod 755 "$W"
cd "$W" || exit 1

# ok LABEL WANTED GOT: one line per check.
ok() { if [ "$2" = "$3" ]; then echo "ok    $1"; else echo "FAIL  $1: wanted $2, got $3"; RC=1; fi; }
# start LOG COMMAND..: in the background of the namespace, $LAST is its process.
start() { local log=$1; shift; ip netns exec "$NS" "$@" >"$W/$log" 2>&1 </dev/null & LAST=$!; PIDS+=("$LAST"); }
stop() { kill -INT "$1" 2>/dev/null; wait "$1" 2>/dev/null; }
# end PROCESS..: at once, whatever it does.
end() { kill -KILL "$@" 2>/dev/null; wait "$@" 2>/dev/null; }
inside() { ip netns exec "$NS" "$@"; }
namespaces() { ip netns list | awk -v own="$NS" '$1 == own || index($1, own "-") == 1 { print $1 }'; }
# wait_port PORT [ADDRESS]
wait_port() {
  for _ in $(seq 100); do
    inside ss -Hlntu "sport = :$1" | grep -q "${2:+$2:$1}" && return 0
    [ -z "${SBC_PID:-}" ] || kill -0 "$SBC_PID" 2>/dev/null || break
    sleep .1
  done
  echo "FAIL  $NAME: port ${2:+$2:}$1 never opened"; tail -n 5 "$W"/*.log; exit 1
}
# until_true SECONDS COMMAND..: tries ten times a second.
until_true() {
  local tries=$(($1 * 10)); shift
  for _ in $(seq "$tries"); do "$@" >/dev/null 2>&1 && return 0; sleep .1; done
  return 1
}
# statistic FILE COLUMN: the last value of a column of a SIPp statistics file.
statistic() { awk -F';' -v name="$2" 'NR==1 { for (i = 1; i <= NF; i++) if ($i == name) column = i } END { print $column }' "$1"; }
cleanup() {
  local status=$? p net
  trap - EXIT
  for p in "${PIDS[@]}"; do kill -CONT "$p" 2>/dev/null; kill "$p" 2>/dev/null; disown "$p" 2>/dev/null; done
  for net in $(namespaces); do
    for p in $(ip netns pids "$net" 2>/dev/null); do kill -9 "$p" 2>/dev/null; done
    ip netns del "$net" 2>/dev/null
  done
  cd /
  if [ -n "${KEEP:-}" ]; then echo "logs: $W"; else rm -rf "$W"; fi
  exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM

ip netns add "$NS" && ip -n "$NS" link set lo up || exit 1

# sbc_up: its configuration is the standard input.
sbc_up() {
  built "$SBC"
  cat >sbc.toml
  start sbc.log "$SBC" run sbc.toml
  SBC_PID=$LAST
  local port
  for port in $(sed -n '/^listen *=/s/[^"]*"[^"]*:\([0-9]\{1,\}\)[^"]*"/\1 /gp' sbc.toml | tr -d ']'); do wait_port "$port"; done
}
# sbc_between PBX_TRANSPORT TRUNK_TRANSPORT: the exchange at 5062 meets port 5060, the provider at 5090 port 5080.
sbc_between() {
  sbc_up <<TOML
[pbx]
listen = ["$1:127.0.0.1:5060"]
hosts = ["$1:127.0.0.1:5062"]
options_interval = 0
watchdog = 0

[trunk]
listen = ["$2:127.0.0.1:5080"]
hosts = ["$2:127.0.0.1:5090"]
options_interval = 0
watchdog = 0
${3:-}
TOML
}
# sbc_ends: Ctrl-C ends it cleanly, and it holds no call any more.
sbc_ends() {
  kill -INT "$SBC_PID"
  wait "$SBC_PID"
  ok "sbc ends cleanly" 0 $?
  SBC_PID=
}
# scenario NAME KEY=VALUE..: scenarios/NAME.xml with each @KEY@ or @KEY:DEFAULT@ filled in, as the file $SCENARIO.
scenario() {
  local name=$1 pair edits=(); shift
  for pair; do edits+=(-e "s|@${pair%%=*}(:[^@]*)?@|${pair#*=}|g"); done
  SCENARIO=$(mktemp "$W/$name.XXXXXX.xml")
  sed -E "${edits[@]}" -e 's|@[A-Z]+:([^@]*)@|\1|g' "$HERE/scenarios/$name.xml" >"$SCENARIO"
}
# capture FILE FILTER: tcpdump until `stop $DUMP`.
capture() {
  start "$1.log" tcpdump -i lo -n -U -p --immediate-mode -s 0 -B 32768 -w "$1" "$2"
  DUMP=$LAST
  until_true 5 grep -q 'listening on' "$1.log"
}
end_capture() { sleep .3; stop "$DUMP"; }
# dns_up: nsd serves trunk.test and stun.test at 127.0.0.53, and e164.test, the zone of the tests of e164.
dns_up() {
  need nsd dig
  mkdir -p dns
  for f in nsd.conf trunk.test.zone stun.test.zone; do sed "s#@W@#$W#g" "$HERE/conf/dns/$f" >"dns/$f"; done
  cp "$ROOT/e164/tests/vectors/enum.zone" dns/e164.test.zone
  start nsd.log nsd -d -c "$W/dns/nsd.conf"
  NSD=$LAST
  until_true 10 sh -c "ip netns exec $NS dig @127.0.0.53 +short +time=1 +tries=1 link01.trunk.test | grep -q 127"
}

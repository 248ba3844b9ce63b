# Sourced by the scripts: a namespace and a run folder for each, removed at exit (KEEP=1 keeps the folder).
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
NAME=$(basename "$0" .sh)
NS=trunkline$$
PIDS=()
RC=0
SBC=${SBC:-${CARGO_TARGET_DIR:-$ROOT/target}/release/sbc}

skip() { echo "SKIP  $NAME: $*"; exit 77; }
need() { local p; for p; do command -v "$p" >/dev/null || skip "$p is missing (install.sh)"; done; }
[ "$(id -u)" = 0 ] || skip "network namespaces need root"
[ -x "$SBC" ] || { echo "FAIL  $NAME: no $SBC (cargo build --release -p trunkline-examples)"; exit 1; }

W=$(mktemp -d "${TMPDIR:-/tmp}/trunkline-interop.XXXXXX")
cd "$W" || exit 1

# ok LABEL WANTED GOT: one line per check.
ok() { if [ "$2" = "$3" ]; then echo "ok    $1"; else echo "FAIL  $1: wanted $2, got $3"; RC=1; fi; }
# start LOG COMMAND..: in the background of the namespace, $LAST is its process.
start() { local log=$1; shift; ip netns exec "$NS" "$@" >"$W/$log" 2>&1 </dev/null & LAST=$!; PIDS+=("$LAST"); }
stop() { kill -INT "$1" 2>/dev/null; wait "$1" 2>/dev/null; }
inside() { ip netns exec "$NS" "$@"; }
wait_port() {
  for _ in $(seq 100); do inside ss -Hlntu "sport = :$1" | grep -q . && return 0; sleep .1; done
  echo "FAIL  $NAME: port $1 never opened"; exit 1
}
# statistic FILE COLUMN: the last value of a column of a SIPp statistics file.
statistic() { awk -F';' -v name="$2" 'NR==1 { for (i = 1; i <= NF; i++) if ($i == name) column = i } END { print $column }' "$1"; }
cleanup() {
  local status=$?
  trap - EXIT
  for p in "${PIDS[@]}"; do kill "$p" 2>/dev/null; done
  for p in $(ip netns pids "$NS" 2>/dev/null); do kill -9 "$p" 2>/dev/null; done
  ip netns del "$NS" 2>/dev/null
  cd /
  if [ -n "${KEEP:-}" ]; then echo "logs: $W"; else rm -rf "$W"; fi
  exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM

ip netns add "$NS" && ip -n "$NS" link set lo up || exit 1

# sbc_up PBX_TRANSPORT TRUNK_TRANSPORT: pbx side on 5060 towards 5062, trunk side on 5080 towards 5090.
sbc_up() {
  start sbc.log "$SBC" run --pbx-listen 127.0.0.1:5060 --pbx-peer "$1:127.0.0.1:5062" \
    --trunk-listen 127.0.0.1:5080 --trunk-peer "$2:127.0.0.1:5090"
  SBC_PID=$LAST
  wait_port 5060
  wait_port 5080
}
# sbc_ends: Ctrl-C ends it cleanly, and it holds no call any more.
sbc_ends() {
  kill -INT "$SBC_PID"
  wait "$SBC_PID"
  ok "sbc ends cleanly" 0 $?
}

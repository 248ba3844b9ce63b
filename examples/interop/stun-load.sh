#!/bin/bash
# stun-load.sh [ROUNDS [SECONDS [CLIENTS]]]: requests per second of CPU time of `stun_server` and of coturn, both on
# processor 0, the load on processor 1. The servers take turns; what counts is the median. Not part of run-all.sh.
. "$(dirname "$0")/lib.sh"
need turnserver taskset python3
built "$EXAMPLES/stun_server" "$PROGRAMS/stun_load"
rounds=${1:-5} seconds=${2:-2} clients=${3:-64}
start coturn.log taskset -c 0 turnserver -n -L 127.0.0.1 -p 3478 -S --no-rfc5780 --no-software-attribute \
  --no-tls --no-dtls --no-tcp --no-cli -l stdout --simple-log --pidfile "$W/turn.pid" --userdb "$W/turn.db"
coturn=$LAST
start stun_server.log taskset -c 0 "$EXAMPLES/stun_server" --rate 0 127.0.0.2:3478
ours=$LAST
wait_port 3478 127.0.0.1
wait_port 3478 127.0.0.2
# cpu PROCESS: nanoseconds of all its threads.
cpu() { cat "/proc/$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%.0f\n", sum }'; }
# round NAME PROCESS ADDRESS
round() {
  local before after line
  before=$(cpu "$2")
  line=$(inside taskset -c 1 "$PROGRAMS/stun_load" "$3:3478" "$seconds" "$clients")
  after=$(cpu "$2")
  awk -v name="$1" -v cpu=$((after - before)) -v answered="${line%% *}" -v line="$line" \
    'BEGIN { printf "%-12s %9.0f requests per CPU second  (%s)\n", name, answered / cpu * 1e9, line }'
}
for _ in $(seq "$rounds"); do
  round coturn "$coturn" 127.0.0.1
  round stun_server "$ours" 127.0.0.2
done | tee rounds
python3 - <<'PY'
from statistics import median
rates = {}
for line in open("rounds"):
    name, rate, *_ = line.split()
    rates.setdefault(name, []).append(float(rate))
theirs, ours = (median(rates[name]) for name in ("coturn", "stun_server"))
print(f"medians: coturn {theirs:.0f}, stun_server {ours:.0f}: {ours / theirs:.2f} times as many")
PY

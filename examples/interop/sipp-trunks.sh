#!/bin/bash
# SIPp as exchange and as both hosts of the trunk: strict alternation, then one host dies in three ways
# at 50 calls per second. P000-26.
. "$(dirname "$0")/lib.sh"
need sipp tcpdump python3 nft

# host N [KEY=VALUE..]: one host of the trunk, its process is ${HOSTS[N]}.
HOSTS=()
host() {
  local n=$1; shift
  scenario host "$@"
  start "host$n.log" sipp -sf "$SCENARIO" -i "127.0.1.$n" -p 5060 -t t1 -nostdin
  HOSTS[n]=$LAST
  wait_port 5060 "127.0.1.$n"
}
trunk() {
  sbc_up <<'TOML'
[pbx]
listen = ["tcp:127.0.0.1:5068"]
hosts = ["tcp:127.0.2.1:5062"]
options_interval = 0
watchdog = 0

[trunk]
listen = ["tcp:127.0.0.1:5080"]
networks = ["127.0.1.0/24"]
hosts = ["tcp:link01.trunk.test:5060", "tcp:link02.trunk.test:5060"]
options_interval = 5
suspect_interval = 1
watchdog = 0

[resolver]
servers = ["127.0.0.53:53"]
TOML
}
# caller CALLS RATE HOLD: in the background.
caller() {
  scenario caller "TO=+49301234[call_number]" "HOLD=$3"
  start caller.log timeout 90 sipp -sf "$SCENARIO" 127.0.0.1:5068 -i 127.0.2.1 -p 5062 -t t1 -m "$1" -r "$2" -l 1000 -nostdin \
    -trace_stat -stf caller.csv -fd 1 -trace_err -error_file caller.err
  CALLER=$LAST
}
# caller_ends LABEL CALLS
caller_ends() {
  wait "$CALLER"
  ok "$1: exit status of the caller" 0 $?
  ok "$1: successful calls" "$2" "$(statistic caller.csv 'SuccessfulCall(C)')"
}
# judge LABEL CAPTURE CALLS LIMIT: what the capture says, LIMIT in milliseconds. Status 75: all is well but for the
# limit, which a busy machine can exceed.
judge() {
  python3 - "$@" <<'PY'
import collections, sys
from capture import check, done, failed, sip
label, path, calls, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
HOSTS = ("127.0.1.1", "127.0.1.2")
begun, moved, byes = {}, {}, 0
hosts, rings, answers, cancels = collections.Counter(), collections.Counter(), collections.Counter(), 0
waiting = {}
for m in sip(path, {5060, 5068}):
    if m.src == "127.0.2.1" and m.method == "INVITE":
        begun.setdefault(m.call, m.time)
    elif m.dst == "127.0.2.1" and m.answers("INVITE") and m.status > 100:
        moved.setdefault(m.call, m.time - begun[m.call])
    elif m.dst == "127.0.2.1" and m.method == "BYE":
        byes += 1
    elif m.dst in HOSTS and m.method == "INVITE" and " tag=" not in m.get("to") and ";tag=" not in m.get("to"):
        waiting[m.call] = m.number
    elif m.src in HOSTS and m.answers("INVITE"):
        number = waiting.get(m.call)
        if m.status == 180:
            rings[number] += 1
        if m.status == 200:
            answers[number] += 1
            hosts[m.src] += 1
print(f"      {label}: longest time to the first 18x or 200 {max(moved.values(), default=0) * 1000:.0f} ms, answered by {dict(hosts)}")
check(f"{label}: calls that the exchange began", calls, len(begun))
check(f"{label}: callees that rang once", calls, sum(count == 1 for count in rings.values()))
check(f"{label}: callees that rang twice", [], [number for number, count in rings.items() if count > 1])
check(f"{label}: callees that answered once", calls, sum(count == 1 for count in answers.values()))
check(f"{label}: BYE that the exchange received", 0, byes)
if len(sys.argv) > 5:
    check(f"{label}: calls of each host", [calls // 2, calls // 2], [hosts[host] for host in HOSTS])
late = sorted(round(time * 1000) for time in moved.values() if time * 1000 > limit)
if late and not failed():
    print(f"      {label}: {len(late)} calls without an answer after {limit:.0f} ms, {late[:3]} to {late[-3:]}")
    sys.exit(75)
check(f"{label}: calls without an answer after {limit:.0f} ms", [], late[:5] + late[-5:])
done()
PY
}
finish() {
  end "${HOSTS[@]}"
  sbc_ends
}

dns_up
# P000-26: strict alternation.
host 1; host 2; trunk
capture alternation.pcap 'tcp port 5060 or tcp port 5068'
caller 1000 100 100
caller_ends alternation 1000
end_capture
judge alternation alternation.pcap 1000 1000 equal || RC=1
finish

# variant LABEL LIMIT: the host of link01 dies after five seconds by the command in $DEATH. Three tries for the limit.
variant() {
  local status=75
  for _ in 1 2 3; do
    [ $status = 75 ] || break
    host 1 "${@:3}"; host 2; trunk
    capture "$1.pcap" 'tcp port 5060 or tcp port 5068'
    caller 600 50 2000
    sleep 5
    eval "$DEATH"
    caller_ends "$1" 600
    end_capture
    judge "$1" "$1.pcap" 600 "$2"
    status=$?
    finish
    inside nft flush ruleset
  done
  [ $status = 0 ] || { [ $status != 75 ] || echo "FAIL  $1: too late three times"; RC=1; }
}
# shellcheck disable=SC2016
DEATH='end "${HOSTS[1]}"' variant "process gone" 200
# Nothing gets through to the host any more; what it has heard it still answers. (A host that is stopped between
# its 180 and its 200 would keep that call, as it should.)
silence() { printf 'table ip t {\nchain c {\ntype filter hook input priority 0\nip daddr 127.0.1.1 tcp dport 5060 drop\n}\n}\n' | inside nft -f -; }
DEATH=silence variant "port silent" 10000
DEATH=: variant "503" 200 CALLS=100
[ $RC = 0 ] || tail -n 20 caller.err sbc.log 2>/dev/null
exit $RC

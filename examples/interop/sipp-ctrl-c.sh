#!/bin/bash
# Ctrl-C in the middle of calls: new ones are refused, those that end by themselves meanwhile end as ever, the
# others are hung up on at both parties after the grace time and recorded, and sbc ends by itself.
. "$(dirname "$0")/lib.sh"
need sipp python3 tcpdump

sbc_between udp udp $'[limits]\ngrace = 3\n[output]\nrecords = "calls.jsonl"'
scenario host
start callee.log sipp -sf "$SCENARIO" -i 127.0.0.1 -p 5090 -nostdin
wait_port 5090
capture drain.pcap 'udp port 5062 or udp port 5063 or udp port 5064 or udp port 5090'
# ten calls that would stand for a minute, five that end in the grace time, one that comes too late.
scenario caller TO=+498007722375 HOLD=60000
start long.log sipp -sf "$SCENARIO" 127.0.0.1:5060 -i 127.0.0.1 -p 5062 -m 10 -r 50 -nostdin
sleep 1
scenario caller TO=+498007722376 HOLD=1500
start short.log sipp -sf "$SCENARIO" 127.0.0.1:5060 -i 127.0.0.1 -p 5063 -m 5 -r 50 -nostdin
short=$LAST
sleep .7
from=$(date +%s%N)
kill -INT "$SBC_PID"
sleep .3
scenario caller-refused TO=+498007722377 STATUS=503
inside timeout 10 sipp -sf "$SCENARIO" 127.0.0.1:5060 -i 127.0.0.1 -p 5064 -m 1 -nostdin >late.log 2>&1
ok "a call that comes after Ctrl-C is refused" 0 $?
wait "$short"
ok "calls that end in the grace time" 0 $?
wait "$SBC_PID"
ok "sbc ends cleanly" 0 $?
took=$((($(date +%s%N) - from) / 1000000))
ok "it ends when the grace time is over ($took ms)" true "$([ $took -ge 2500 ] && [ $took -le 6000 ] && echo true)"
ok "records of the calls that sbc ended" 10 "$(grep -c "\"reason\":\"shut_down\"" calls.jsonl)"
end_capture
python3 - <<'PY' || RC=1
from capture import check, done, sip
answered, byes, refusals = set(), {"long": set(), "short": set(), "callee": set()}, []
for m in sip("drain.pcap", {5062, 5063, 5064, 5090}):
    if m.status == 200 and m.answers("INVITE") and m.dport == 5062:
        answered.add(m.call)
    if m.method == "BYE" and m.dport != 5060:
        byes[{5062: "long", 5063: "short", 5090: "callee"}.get(m.dport, "callee")].add(m.call)
    if m.status == 503 and m.dport == 5064:
        refusals.append(m.get("retry-after") is not None)
check("calls that stood", 10, len(answered))
check("BYE to the callers whose calls stood", 10, len(byes["long"]))
check("BYE to the callers who hung up themselves", 0, len(byes["short"]))
check("BYE to the callee", 15, len(byes["callee"]))
check("503 tells when to try again", True, bool(refusals) and all(refusals))
done()
PY
[ $RC = 0 ] || tail -n 20 sbc.log
exit $RC

#!/bin/bash
# CANCEL while it rings and a busy callee: both cross the call and leave nothing behind.
. "$(dirname "$0")/lib.sh"
need sipp
sbc_between udp udp
for pair in "caller-cancels callee-rings" "caller-refused callee-busy"; do
  read -r caller callee_scenario <<<"$pair"
  scenario "$caller" TO=+498007722375 STATUS=486
  start callee.log sipp -sf "$HERE/scenarios/$callee_scenario.xml" -i 127.0.0.1 -p 5090 -nostdin
  callee=$LAST
  wait_port 5090
  inside timeout 60 sipp -sf "$SCENARIO" 127.0.0.1:5060 -i 127.0.0.1 -p 5062 -m 50 -r 25 -nostdin \
    -trace_err -error_file "$caller.err" >"$caller.log" 2>&1
  ok "$caller: 50 calls" 0 $?
  stop "$callee"
done
sbc_ends
ok "calls that sbc tells of" 100 "$(grep -c 'call ended' sbc.log)"
[ $RC = 0 ] || tail -n 20 ./*.err sbc.log 2>/dev/null
exit $RC

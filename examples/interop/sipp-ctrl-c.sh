#!/bin/bash
# Ctrl-C in the middle of calls: both parties are hung up on, and sbc ends by itself.
. "$(dirname "$0")/lib.sh"
need sipp
# byes FILE: how many calls a trace has a BYE of, repetitions aside.
byes() { awk '/^BYE /{bye=1} bye && /^Call-ID:/{print; bye=0}' "$1" | sort -u | wc -l; }

sbc_between udp udp
start callee.log sipp -sn uas -i 127.0.0.1 -p 5090 -nostdin -trace_msg -message_file callee.msg
wait_port 5090
start caller.log sipp -sn uac 127.0.0.1:5060 -s +498007722375 -i 127.0.0.1 -p 5062 -m 10 -r 50 -d 60000 -nostdin -trace_msg -message_file caller.msg
for _ in $(seq 100); do [ "$(grep -c answered sbc.log)" = 10 ] && break; sleep .1; done
ok "calls that stand" 10 "$(grep -c answered sbc.log)"
sbc_ends
ok "calls that sbc ended" 10 "$(grep -c 'call ended reason=shut down' sbc.log)"
ok "BYE to the callee" 10 "$(byes callee.msg)"
ok "BYE to the caller" 10 "$(byes caller.msg)"
[ $RC = 0 ] || tail -n 20 sbc.log
exit $RC

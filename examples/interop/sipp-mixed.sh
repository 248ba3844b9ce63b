#!/bin/bash
# A caller over UDP reaches a callee over TCP, and the other way round.
. "$(dirname "$0")/lib.sh"
need sipp
for pair in "udp u1 tcp t1" "tcp t1 udp u1"; do
  read -r pbx pbx_mode trunk trunk_mode <<<"$pair"
  sbc_between "$pbx" "$trunk"
  start callee.log sipp -sn uas -i 127.0.0.1 -p 5090 -t "$trunk_mode" -nostdin
  callee=$LAST
  wait_port 5090
  inside timeout 60 sipp -sn uac 127.0.0.1:5060 -s +498007722375 -i 127.0.0.1 -p 5062 -t "$pbx_mode" -m 50 -r 25 -d 200 -nostdin >caller.log 2>&1
  ok "$pbx to $trunk: 50 calls" 0 $?
  stop "$callee"
  sbc_ends
done
[ $RC = 0 ] || tail -n 20 sbc.log
exit $RC

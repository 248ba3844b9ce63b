#!/bin/bash
# SIPp plays its recordings of RFC 4733 events through the relay: the digits arrive digit for digit.
. "$(dirname "$0")/lib.sh"
need sipp tcpdump python3
recordings=/usr/share/sip-tester
[ -f $recordings/dtmf_2833_1.pcap ] || skip "$recordings/dtmf_2833_1.pcap is missing (install.sh)"
scenario host
start callee.log sipp -sf "$SCENARIO" -i 127.0.0.1 -p 5090 -mi 127.0.0.1 -mp 7000 -nostdin
wait_port 5090
sbc_between udp udp
# Each once: two plays of one recording carry the same timestamp, which is one event by RFC 4733.
dialled="314*92#65087"
action=
for ((i = 0; i < ${#dialled}; i++)); do
  digit=${dialled:i:1}
  case $digit in '*') digit=star ;; '#') digit=pound ;; esac
  action="$action<nop><action><exec play_pcap_audio=\"$recordings/dtmf_2833_$digit.pcap\"/></action></nop><pause milliseconds=\"300\"/>"
done
capture digits.pcap 'udp and dst port 7000'
scenario host
scenario caller TO=+498007722375 HOLD=100 "ACTION=$action"
inside timeout 30 sipp -sf "$SCENARIO" 127.0.0.1:5060 -i 127.0.0.1 -p 5062 -mi 127.0.0.1 -mp 7200 -m 1 -nostdin >caller.log 2>&1
ok "call with digits: exit status of the caller" 0 $?
end_capture
python3 - "$dialled" <<'PY' || RC=1
import sys
from capture import check, digits, done, rtp
check("digits that arrived", sys.argv[1], digits(rtp("digits.pcap", 7000), 101))
done()
PY
sbc_ends
ok "digits in the log" 0 "$(grep -cF "$dialled" sbc.log)"
[ $RC = 0 ] || tail -n 20 sbc.log
exit $RC

#!/bin/bash
# SIPp plays its g711a.pcap through the relay; the callee echoes; tcpdump counts on the far sides.
. "$(dirname "$0")/lib.sh"
need sipp tcpdump python3
pcap=/usr/share/sip-tester/g711a.pcap
[ -f $pcap ] || skip "$pcap is missing (install.sh)"

# count FILE PORT: RTP packets of a capture that went to a UDP port.
count() { python3 -c 'import sys; from capture import rtp; print(sum(1 for _ in rtp(sys.argv[1], int(sys.argv[2]))))' "$@"; }

want=$(python3 -c 'import sys; from capture import packets; print(sum(1 for _ in packets(sys.argv[1])))' $pcap)
sbc_between udp udp
start callee.log sipp -sn uas -i 127.0.0.1 -p 5090 -mi 127.0.0.1 -mp 7000 -rtp_echo -nostdin
wait_port 5090
capture media.pcap 'udp and (dst port 7000 or dst port 7200)'
scenario caller TO=+498007722375 HOLD=8500 "ACTION=<nop><action><exec play_pcap_audio=\"$pcap\"/></action></nop>"
inside timeout 60 sipp -sf "$SCENARIO" 127.0.0.1:5060 -i 127.0.0.1 -p 5062 -mi 127.0.0.1 -mp 7200 \
  -m 1 -nostdin -trace_err -error_file caller.err >caller.log 2>&1
ok "call with audio: exit status of the caller" 0 $?
end_capture
ok "audio packets that reached the callee" "$want" "$(count media.pcap 7000)"
ok "echoed packets that came back to the caller" "$want" "$(count media.pcap 7200)"
sbc_ends
[ $RC = 0 ] || tail -n 20 caller.err sbc.log 2>/dev/null
exit $RC

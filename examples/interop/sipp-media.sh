#!/bin/bash
# SIPp plays its g711a.pcap through the relay; the callee echoes; tcpdump counts on the far sides.
. "$(dirname "$0")/lib.sh"
need sipp tcpdump python3
pcap=/usr/share/sip-tester/g711a.pcap
[ -f $pcap ] || skip "$pcap is missing (install.sh)"

# count FILE [DESTINATION PORT]: packets of a capture, all or those to one UDP port.
count() {
  python3 - "$@" <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
link = struct.unpack(order + "I", data[20:24])[0]
skip = {1: 14, 113: 16}[link]
offset, found = 24, 0
while offset < len(data):
    length = struct.unpack(order + "I", data[offset + 8:offset + 12])[0]
    packet = data[offset + 16 + skip:offset + 16 + length]
    header = (packet[0] & 15) * 4
    port = struct.unpack(">H", packet[header + 2:header + 4])[0]
    found += len(sys.argv) < 3 or port == int(sys.argv[2])
    offset += 16 + length
print(found)
PY
}

want=$(count $pcap)
sbc_up udp udp
start callee.log sipp -sn uas -i 127.0.0.1 -p 5090 -mi 127.0.0.1 -mp 7000 -rtp_echo -nostdin
wait_port 5090
start tcpdump.log tcpdump -i lo -n -U -w media.pcap -B 4096 'udp and (dst port 7000 or dst port 7200)'
dump=$LAST
for _ in $(seq 50); do grep -q 'listening on' tcpdump.log && break; sleep .1; done
sed "s#@PCAP@#$pcap#" "$HERE/scenarios/caller-plays-pcap.xml" >caller.xml
inside timeout 60 sipp -sf caller.xml 127.0.0.1:5060 -s 200 -i 127.0.0.1 -p 5062 -mi 127.0.0.1 -mp 7200 \
  -m 1 -nostdin -trace_err -error_file caller.err >caller.log 2>&1
ok "call with audio: exit status of the caller" 0 $?
sleep .5
stop "$dump"
ok "audio packets that reached the callee" "$want" "$(count media.pcap 7000)"
ok "echoed packets that came back to the caller" "$want" "$(count media.pcap 7200)"
sbc_ends
[ $RC = 0 ] || tail -n 20 caller.err sbc.log 2>/dev/null
exit $RC

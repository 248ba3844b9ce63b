#!/bin/bash
# tshark judges a call through the relay, both legs: nothing malformed, its loss and jitter are those of the
# record, and everything the sbc sends carries DSCP 46. P000-7, P000-32.
. "$(dirname "$0")/lib.sh"
need sipp tcpdump tshark python3
recording=/usr/share/sip-tester/g711a.pcap
[ -f $recording ] || skip "$recording is missing (install.sh)"
# The recording with gaps, also of several packets, and with packets up to 12 ms early or late.
python3 - $recording <<'PY'
import random, struct, sys
from capture import write
random.seed(3550)
data = open(sys.argv[1], "rb").read()
order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
at, frames = 24, []
while at < len(data):
    seconds, part, length = struct.unpack(order + "III", data[at : at + 12])
    frames.append((seconds + part / 1e6, data[at + 16 : at + 16 + length]))
    at += 16 + length
gaps = set(random.sample(range(10, len(frames) - 10), 9)) | {100, 101, 102, 180, 181}
kept = [(time + (random.uniform(0, 0.024) if index else 0), frame) for index, (time, frame) in enumerate(frames) if index not in gaps]
write("gaps.pcap", sorted(kept, key=lambda pair: pair[0]))
print(f"      {len(frames)} packets, {len(gaps)} left out")
PY

scenario host
start callee.log sipp -sf "$SCENARIO" -i 127.0.1.1 -p 5060 -t t1 -mi 127.0.1.1 -mp 7000 -rtp_echo -nostdin
wait_port 5060
sbc_up <<'TOML'
[pbx]
listen = ["tcp:127.0.0.1:5068"]
hosts = ["tcp:127.0.2.1:5062"]
options_interval = 0
watchdog = 0

[trunk]
listen = ["tcp:127.0.0.1:5060"]
hosts = ["tcp:127.0.1.1:5060"]
options_interval = 2
watchdog = 0

[output]
records = "calls.jsonl"
TOML
capture call.pcap 'udp or tcp'
scenario caller TO=+498007722375 HOLD=8000 "ACTION=<nop><action><exec play_pcap_audio=\"$W/gaps.pcap\"/></action></nop>"
inside timeout 60 sipp -sf "$SCENARIO" 127.0.0.1:5068 -i 127.0.2.1 -p 5062 -t t1 -mi 127.0.2.1 -mp 7200 -m 1 -nostdin >caller.log 2>&1
ok "call with audio: exit status of the caller" 0 $?
sbc_ends
end_capture

shark() { tshark -nr call.pcap -d tcp.port==5068,sip "$@" 2>tshark.err; }
ok "SIP messages that tshark reads" true "$([ "$(shark -Y sip | wc -l)" -ge 12 ] && echo true)"
ok "RTP packets that tshark reads" true "$([ "$(shark -Y rtp | wc -l)" -ge 800 ] && echo true)"
ok "malformed packets" "" "$(shark -Y _ws.malformed)"
ok "packets of the sbc without DSCP 46" "" "$(shark -Y 'ip.src == 127.0.0.1 && ip.dsfield.dscp != 46' | head -n 5)"
ok "SIP packets of the sbc with DSCP 46" true "$(shark -Y 'ip.src == 127.0.0.1 && sip && ip.dsfield.dscp == 46' | grep -q . && echo true)"
ok "RTP packets of the sbc with DSCP 46" true "$(shark -Y 'ip.src == 127.0.0.1 && rtp && ip.dsfield.dscp == 46' | grep -q . && echo true)"
shark -q -z rtp,streams >streams.txt
sed -n 's/^ /     /p' streams.txt
python3 - <<'PY' || RC=1
import json, re
from capture import check, done

# Columns: start, end, source, port, destination, port, SSRC, payload, packets, lost (share), deltas, jitters.
streams = {}
for line in open("streams.txt"):
    found = re.match(r"\s*[\d.]+\s+[\d.]+\s+(\S+)\s+(\d+)\s+(\S+)\s+(\d+)\s+0x\w+\s+\S+\s+(\d+)\s+(-?\d+)\s+\([-\d.]+%\)\s+(.*)", line)
    if found:
        numbers = [float(number) for number in re.findall(r"[\d.]+", found.group(7))]
        streams[(found.group(1), found.group(3))] = (int(found.group(4)), int(found.group(5)), int(found.group(6)), numbers[-2], numbers[-1])
check("streams of both legs, both ways", 4, len(streams))

record = [json.loads(line) for line in open("calls.jsonl")][-1]["media"]
for party, source, other in (("caller", "127.0.2.1", "127.0.1.1"), ("callee", "127.0.1.1", "127.0.2.1")):
    incoming, outgoing = streams.get((source, "127.0.0.1")), streams.get(("127.0.0.1", other))
    if not incoming or not outgoing:
        check(f"{party}: streams", "two", f"{list(streams)}")
        continue
    told = record[party]
    print(f"      {party}: tshark {incoming[1]} packets, {incoming[2]} lost, mean jitter {incoming[3]} ms, on the far side {outgoing[3]} ms; record {told}")
    check(f"{party}: packets of the record", incoming[1], told["packets_received"])
    check(f"{party}: lost packets of the record", incoming[2], told["lost"])
    check(f"{party}: some were lost", True, incoming[2] > 0)
    # The sbc reads a packet between its two passes: what a busy machine delays there lies between these two.
    low, high = sorted((incoming[3], outgoing[3]))
    check(f"{party}: jitter of the record agrees within 1 %", True, low * 0.99 <= told["jitter_ms"] <= high * 1.01)
    check(f"{party}: nothing was lost on the way through", (incoming[1], incoming[2]), (outgoing[1], outgoing[2]))
done()
PY
[ $RC = 0 ] || tail -n 20 sbc.log tshark.err
exit $RC

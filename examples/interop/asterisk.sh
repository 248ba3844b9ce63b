#!/bin/bash
# asterisk.sh [MINUTES]: Asterisk 22 is the exchange behind the sbc, SIPp its phones and the provider:
# calls both ways, hold and resume, blind transfer, and five calls per second for MINUTES (1).
. "$(dirname "$0")/lib.sh"
need sipp tcpdump python3
[ -x "$SID/usr/sbin/asterisk" ] || skip "no Asterisk in $SID (install.sh)"
minutes=${1:-1}
recording=/usr/share/sip-tester/g711a.pcap
[ -f $recording ] || skip "$recording is missing (install.sh)"

# in_sid COMMAND..: inside the extracted root, the run folder at /mnt; its /dev and /proc exist for that process only.
# shellcheck disable=SC2016
SIDSH='mount --bind /dev "$SID/dev" && mount --bind /proc "$SID/proc" && mount --bind "$W" "$SID/mnt" && exec chroot "$SID" "$@"'
asterisk() { inside sh -c "$SIDSH" sh asterisk -C /mnt/asterisk/asterisk.conf -rx "$*" 2>/dev/null; }
mkdir -p asterisk/run
for f in "$HERE"/conf/asterisk/*; do sed "s#@LIB@#/usr/lib/$(uname -m)-linux-gnu#g" "$f" >"asterisk/${f##*/}"; done
start asterisk.log sh -c "$SIDSH" sh asterisk -f -n -C /mnt/asterisk/asterisk.conf
booted() { asterisk core waitfullybooted | grep -q fully; }
until_true 60 booted
ok "Asterisk 22 has booted" 0 $?
asterisk core show version

# The provider is 127.0.1.1, Asterisk 127.0.3.1, its phones 127.0.4.1 and 127.0.4.2.
# answer WHO ADDRESS TRANSPORT SCENARIO KEY=VALUE..: a callee that echoes audio.
answer() {
  local who=$1 address=$2 transport=$3 name=$4; shift 4
  scenario "$name" "$@"
  start "$who.log" sipp -sf "$SCENARIO" -i "$address" -p 5060 -t "$transport" -mi "$address" -mp 7000 -rtp_echo -nostdin \
    -trace_err -error_file "$who.err"
  wait_port 5060 "$address"
}
# calls WHO ADDRESS NEXT TRANSPORT CALLS RATE SCENARIO KEY=VALUE..: a caller.
calls() {
  local who=$1 address=$2 next=$3 transport=$4 calls=$5 rate=$6 name=$7; shift 7
  scenario "$name" "$@"
  inside timeout $((60 + calls / rate)) sipp -sf "$SCENARIO" "$next" -i "$address" -p 5070 -t "$transport" -mi "$address" -mp 7200 \
    -m "$calls" -r "$rate" -l 1000 -nostdin -trace_err -error_file "$who.err" -trace_stat -stf "$who.csv" -fd 1 >"$who.log" 2>&1
}
play="<nop><action><exec play_pcap_audio=\"$recording\"/></action></nop>"
sbc_up <<'TOML'
[pbx]
listen = ["tcp:127.0.0.1:5068"]
hosts = ["tcp:127.0.3.1:5060"]
watchdog = 0

[trunk]
listen = ["tcp:127.0.0.1:5080"]
hosts = ["tcp:127.0.1.1:5060"]
options_interval = 0
watchdog = 0

[output]
records = "calls.jsonl"
TOML
capture asterisk.pcap 'tcp port 5060 or tcp port 5080 or udp port 5060 or udp port 7000 or udp port 7200'

# Hold and resume, on a call of the first phone.
answer provider 127.0.1.1 t1 host-is-held
provider=$LAST
calls phone1 127.0.4.1 127.0.3.1:5060 u1 1 1 phone-holds TO=+4930123456 "PCAP=$recording"
ok "a phone calls, holds, resumes" 0 $?
end "$provider"

# Blind transfer of a call of the provider.
answer phone1 127.0.4.1 u1 phone-refers TO=phone2
phone1=$LAST
answer phone2 127.0.4.2 u1 host
phone2=$LAST
calls provider 127.0.1.1 127.0.0.1:5080 t1 1 1 caller-is-transferred TO=+4989123401 FROM=+4930123456 HOLD=6000 "ACTION=$play"
ok "the provider calls a phone, which transfers the call" 0 $?
end "$phone1"
end_capture
python3 - <<'PY' || RC=1
import re
from capture import check, done, rtp, sip
def direction(message):
    found = re.findall(rb"a=(sendrecv|sendonly|recvonly|inactive)", message.body)
    return found[0].decode() if found else "sendrecv"
offers, answers, refer, called, started = [], [], None, None, None
last = {}
for m in sip("asterisk.pcap", {5060, 5080}):
    if m.dst == "127.0.1.1" and m.method == "INVITE" and not refer:
        offers.append(direction(m))
    if m.src == "127.0.1.1" and m.status == 200 and m.answers("INVITE") and not refer:
        answers.append(direction(m))
    if m.method == "REFER":
        refer = refer or m.time
    if m.dst == "127.0.4.2" and m.method == "INVITE":
        called = called or m.time
check("offers that reach the provider: call, hold, resume", ["sendrecv", "sendonly", "sendrecv"], offers)
check("answers of the provider", ["sendrecv", "recvonly", "sendrecv"], answers)
check("the transfer makes Asterisk call the second phone", True, bool(refer and called and called > refer))
if called:
    flows = list(rtp("asterisk.pcap", 7000))
    heard = sum(p.flow[3] == "127.0.4.2" and p.time > called for p in flows)
    back = sum(p.flow[3] == "127.0.1.1" and p.time > called + 1 for p in rtp("asterisk.pcap", 7200))
    print(f"      after the transfer the second phone heard {heard} packets, the provider {back}")
    check("the second phone hears the provider", True, heard > 100)
    check("the provider hears the second phone", True, back > 100)
done()
PY

# Load: three calls per second out, two in.
answer provider 127.0.1.1 t1 host
long=$((minutes * 60))
calls phones 127.0.4.1 127.0.3.1:5060 u1 $((3 * long)) 3 caller 'TO=+4930[call_number]' FROM=phone1 HOLD=2000 "ACTION=$play" &
out=$!
calls trunk 127.0.1.1 127.0.0.1:5080 t1 $((2 * long)) 2 caller TO=+4989123402 FROM=+4930123456 HOLD=2000 "ACTION=$play"
ok "$((2 * long)) calls of the provider" 0 $?
wait $out
ok "$((3 * long)) calls of the phones" 0 $?
ok "calls of the provider that succeeded" $((2 * long)) "$(statistic trunk.csv 'SuccessfulCall(C)')"
ok "calls of the phones that succeeded" $((3 * long)) "$(statistic phones.csv 'SuccessfulCall(C)')"
sleep 1
ok "calls that Asterisk still holds" "0 active channels" "$(asterisk core show channels count | sed -n 's/^\(0 active channels\).*/\1/p')"
sbc_ends
ok "records" $((5 * long + 2)) "$(wc -l <calls.jsonl)"
end "$phone2"
[ $RC = 0 ] || tail -n 20 ./*.err asterisk.log sbc.log 2>/dev/null
exit $RC

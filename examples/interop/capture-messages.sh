#!/bin/bash
# capture-messages.sh [FOLDER]: what other programs send in calls, registrations and queries, captured with tcpdump, one file
# for each kind of message in FOLDER; the example inspect of sip-core has to accept all of them. So were the vectors in
# sip-core/tests/vectors/captured made, whose README tells of the rest. linphonec and sipsak take part where they are
# installed (linphone-cli, sipsak).
. "$(dirname "$0")/lib.sh"
need sipp baresip kamailio tcpdump python3
[ -x "$SID/usr/sbin/asterisk" ] || skip "no Asterisk in $SID (install.sh)"
built "$EXAMPLES/inspect"
messages=$W/messages
[ -z "${1:-}" ] || messages=$(cd "$OLDPWD" && mkdir -p "$1" && realpath "$1")
mkdir -p "$messages"
# baresip and linphonec ignore loopback.
ip -n "$NS" link add e0 type veth peer name e1
ip -n "$NS" link set e0 up
ip -n "$NS" link set e1 up
ip -n "$NS" addr add 203.0.113.1/24 dev e0
ip -n "$NS" route add default dev e0
lib=/usr/lib/$(uname -m)-linux-gnu

# Asterisk takes longest to boot.
# shellcheck disable=SC2016
SIDSH='mount --bind /dev "$SID/dev" && mount --bind /proc "$SID/proc" && mount --bind "$W" "$SID/mnt" && exec chroot "$SID" "$@"'
asterisk() { inside sh -c "$SIDSH" sh asterisk -C /mnt/asterisk/asterisk.conf -rx "$*" 2>/dev/null; }
mkdir -p asterisk/run
for f in "$HERE"/conf/asterisk/*; do sed "s#@LIB@#$lib#g" "$f" >"asterisk/${f##*/}"; done
start asterisk.log sh -c "$SIDSH" sh asterisk -f -n -C /mnt/asterisk/asterisk.conf

sed "s#@LIB@#$lib#g" "$HERE/conf/kamailio/proxy.cfg" >proxy.cfg
start kamailio.log kamailio -DD -E -m 32 -M 4 -f "$W/proxy.cfg" -Y "$W" -w "$W"
wait_port 5060 203.0.113.1
capture messages.pcap 'udp or tcp'

# SIPp calls SIPp.
start sipp-uas.log sipp -sn uas -i 203.0.113.1 -p 5070 -nostdin
wait_port 5070
inside timeout 20 sipp -sn uac 203.0.113.1:5070 -i 203.0.113.1 -p 5071 -m 1 -d 100 -nostdin >sipp-uac.log 2>&1
ok "SIPp calls SIPp" 0 $?

# baresip calls baresip through Kamailio, one over UDP and one over TCP.
# phone FOLDER PORT TRANSPORT
phone() {
  mkdir -p "$1"
  sed -e "s#@FOLDER@#$W/$1#g" -e "s#@HERTZ@#440#g" -e "s#@PORT@#$2#g" -e "s#@CONTROL@#$(($2 + 1000))#g" "$HERE/conf/baresip/config" >"$1/config"
  echo "<sip:$1@203.0.113.1;transport=$3>;regint=60;answermode=auto;audio_codecs=pcma" >"$1/accounts"
  : >"$1/contacts"
  start "$1.log" baresip -f "$W/$1"
  wait_port "$(($2 + 1000))"
}
control() { inside python3 "$HERE/baresip.py" "$@"; }
phone bob 5090 tcp
phone alice 5062 udp
until_true 5 grep -qa '200 OK' bob.log && until_true 5 grep -qa '200 OK' alice.log
ok "baresip registers with Kamailio over UDP and TCP" 0 $?
control 6062 dial CALL_ESTABLISHED 10 sip:bob@203.0.113.1 >call.log
ok "baresip calls baresip through Kamailio" 0 $?
control 6062 hangup CALL_CLOSED 5 >>call.log
ok "baresip hangs up" 0 $?

# SIPp calls SIPp through Asterisk, and asks it for what it can do.
booted() { asterisk core waitfullybooted | grep -q fully; }
until_true 60 booted
ok "Asterisk has booted" 0 $?
scenario host
start phone2.log sipp -sf "$SCENARIO" -i 127.0.4.2 -p 5060 -nostdin
wait_port 5060 127.0.4.2
scenario caller TO=phone2 FROM=phone1 HOLD=500 ACTION=
inside timeout 20 sipp -sf "$SCENARIO" 127.0.3.1:5060 -i 127.0.4.1 -p 5060 -m 1 -nostdin >phone1.log 2>&1
ok "SIPp calls SIPp through Asterisk" 0 $?
scenario options
inside timeout 20 sipp -sf "$SCENARIO" 127.0.3.1:5060 -i 127.0.4.1 -p 5061 -m 1 -nostdin >options.log 2>&1
ok "SIPp asks Asterisk what it can do" 0 $?

if command -v linphonec >/dev/null; then
  mkdir -p linphone/.local/share/linphone
  printf '[sip]\nsip_port=5082\nuse_ipv6=0\n[sound]\n' >linphone/rc
  (sleep 3; echo "soundcard use files"; sleep 1; echo "call sip:echo@203.0.113.1:5070"; sleep 4; echo "terminate all"; sleep 1; echo quit) |
    HOME=$W/linphone inside timeout 20 linphonec -c "$W/linphone/rc" >linphone.log 2>&1
  ok "linphonec calls SIPp" 1 "$(($(grep -cE '[Cc]onnected|answered' linphone.log) > 0))"
else
  echo "note  linphonec is not installed"
fi
if command -v sipsak >/dev/null; then
  inside timeout 8 sipsak -U -s sip:carol@203.0.113.1:5060 -C sip:carol@203.0.113.1:5999 -x 60 >sipsak.log 2>&1
  ok "sipsak registers with Kamailio" 0 $?
else
  echo "note  sipsak is not installed"
fi
end_capture

# One file for each program and kind of message, the first of its kind.
python3 - "$messages" <<'PY'
import os
import sys
from capture import sip

folder = sys.argv[1]
# By the port that they send from; over TCP Kamailio and baresip connect to each other from any port.
programs = {5060: "kamailio", 5062: "baresip", 5070: "sipp", 5071: "sipp", 5082: "linphone"}
for message in sip("messages.pcap", {5060, 5062, 5070, 5071, 5082, 5090}):
    if message.src == "127.0.3.1":
        program = "asterisk"
    elif message.src.startswith("127.0.4."):
        # Scenarios of ours.
        continue
    elif message.is_tcp:
        program = "kamailio" if 5060 == message.sport or 5090 == message.dport else "baresip-tcp"
    else:
        program = programs.get(message.sport, "sipsak")
    kind = f"{message.status}-{message.get('cseq').split()[-1]}" if message.status else message.method
    path = os.path.join(folder, f"{program}-{kind.lower()}.sip")
    if not os.path.exists(path):
        with open(path, "wb") as file:
            file.write(message.raw)
PY
for name in sipp-invite sipp-ack sipp-bye sipp-180-invite sipp-200-invite sipp-200-bye \
  baresip-register baresip-invite baresip-ack baresip-bye baresip-tcp-register baresip-tcp-200-invite baresip-tcp-200-bye \
  kamailio-100-invite kamailio-200-register kamailio-invite kamailio-200-invite kamailio-ack kamailio-bye \
  asterisk-100-invite asterisk-200-invite asterisk-invite asterisk-ack asterisk-bye asterisk-200-bye; do
  [ -f "$messages/$name.sip" ] || ok "$name.sip" captured missing
done
for file in "$messages"/*.sip; do
  "$EXAMPLES/inspect" "$file" >inspect.log 2>&1
  status=$?
  ok "inspect accepts $(basename "$file")" 0 $status
  [ $status = 0 ] || cat inspect.log
done
"$EXAMPLES/inspect" messages.pcap >inspect.log 2>&1
ok "inspect accepts the capture itself" 0 $?
ok "with all that is in it" 1 $(($(grep -c '^message ' inspect.log) >= 30))
[ $RC = 0 ] || tail -n 5 ./*.log
exit $RC

#!/bin/bash
# baresip as exchange and baresip as provider call each other through the relay. The exchange sends 440 Hz,
# the provider 660 Hz; in what each records the other's tone dominates for at least three seconds.
. "$(dirname "$0")/lib.sh"
need baresip python3
[ -f /usr/lib/baresip/modules/sndfile.so ] || skip "baresip-core is missing (install.sh)"
# baresip ignores loopback, so everything lives on an interface of its own.
ip -n "$NS" link add e0 type veth peer name e1
ip -n "$NS" link set e0 up
ip -n "$NS" link set e1 up
ip -n "$NS" addr add 203.0.113.1/24 dev e0
ip -n "$NS" route add default dev e0

# phone FOLDER NUMBER HERTZ PORT NEXT-PORT
phone() {
  mkdir -p "$1"
  sed -e "s#@FOLDER@#$W/$1#g" -e "s#@HERTZ@#$3#g" -e "s#@PORT@#$4#g" -e "s#@CONTROL@#$(($4 + 1000))#g" "$HERE/conf/baresip/config" >"$1/config"
  echo "<sip:$2@203.0.113.1;transport=tcp>;outbound=\"sip:203.0.113.1:$5;transport=tcp\";regint=0;answermode=auto;audio_codecs=pcma" >"$1/accounts"
  : >"$1/contacts"
  start "$1.log" baresip -f "$W/$1"
  wait_port "$(($4 + 1000))"
  wait_port "$4"
}
phone exchange +4989123456 440 5062 5068
phone provider +4930123456 660 5090 5080
sbc_up <<'TOML'
[pbx]
listen = ["tcp:203.0.113.1:5068"]
hosts = ["tcp:203.0.113.1:5062"]
options_interval = 0
watchdog = 0

[trunk]
listen = ["tcp:203.0.113.1:5080"]
hosts = ["tcp:203.0.113.1:5090"]
options_interval = 0
watchdog = 0
TOML
command() { inside python3 "$HERE/baresip.py" "$@"; }
# tone LABEL FILE HERTZ OTHER
tone() { python3 "$HERE/tone.py" "$@" || RC=1; }
# call LABEL FROM PORT NUMBER
call() {
  rm -f ./*/*.wav
  command $(($3 + 1000)) dial CALL_ESTABLISHED 10 "$4" >"call-$2.log"
  ok "$1 is answered" 0 $?
  sleep 5
  command $(($3 + 1000)) hangup CALL_CLOSED 5 >>"call-$2.log"
  ok "$1 ends" 0 $?
  sleep 1
  tone "$1: the exchange hears the provider" exchange/*-dec.wav 660 440
  tone "$1: the provider hears the exchange" provider/*-dec.wav 440 660
}
call "call of the exchange" exchange 5062 "sip:+4930123456@203.0.113.1"
call "call of the provider" provider 5090 "sip:+4989123456@203.0.113.1"
sbc_ends
[ $RC = 0 ] || tail -n 20 ./*.log
exit $RC

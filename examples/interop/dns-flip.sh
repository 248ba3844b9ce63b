#!/bin/bash
# nsd gives link01 another address: the first call after the TTL goes there. P000-27.
. "$(dirname "$0")/lib.sh"
need sipp tcpdump python3 nsd dig
dns_up
for n in 1 3; do
  scenario host
  start "host$n.log" sipp -sf "$SCENARIO" -i "127.0.1.$n" -p 5060 -t t1 -nostdin
  wait_port 5060 "127.0.1.$n"
done
sbc_up <<'TOML'
[pbx]
listen = ["tcp:127.0.0.1:5068"]
hosts = ["tcp:127.0.2.1:5062"]
options_interval = 0
watchdog = 0

[trunk]
listen = ["tcp:127.0.0.1:5080"]
networks = ["127.0.1.0/24"]
hosts = ["tcp:link01.trunk.test:5060"]
options_interval = 0
watchdog = 0

[resolver]
servers = ["127.0.0.53:53"]
TOML
capture flip.pcap 'tcp port 5060'
# call NUMBER
call() {
  scenario caller "TO=$1" HOLD=100
  inside timeout 30 sipp -sf "$SCENARIO" 127.0.0.1:5068 -i 127.0.2.1 -p 5062 -t t1 -m 1 -nostdin >caller.log 2>&1
  ok "call to $1" 0 $?
}
call +4930100
call +4930101
sed -i -e 's/^link01 .*/link01 IN A 127.0.1.3/' -e 's/root.trunk.test. 1 /root.trunk.test. 2 /' dns/trunk.test.zone
kill -HUP "$NSD"
# shellcheck disable=SC2016
until_true 10 sh -c 'ip netns exec "$0" dig @127.0.0.53 +short link01.trunk.test | grep -qx 127.0.1.3' "$NS"
ok "nsd serves the new address" 0 $?
sleep 2.2
call +4930102
call +4930103
end_capture
python3 - <<'PY' || RC=1
from capture import check, done, sip
seen = [(m.number, m.dst) for m in sip("flip.pcap", {5060}) if m.method == "INVITE"]
check("addresses of the four calls", [("+4930100", "127.0.1.1"), ("+4930101", "127.0.1.1"), ("+4930102", "127.0.1.3"), ("+4930103", "127.0.1.3")], seen)
done()
PY
sbc_ends
[ $RC = 0 ] || tail -n 20 sbc.log
exit $RC

#!/bin/bash
# The trunk as the provider and the exchange see it: both hosts call two Mediation Servers, strangers are refused,
# addresses are numeric, numbers are E.164, limits hold and emergency calls pass them.
# P000-3, P000-5, P000-6, P000-18, P000-28, P000-35, P000-36, P000-42, P000-47, P000-50, P000-58.
. "$(dirname "$0")/lib.sh"
need sipp tcpdump python3
dns_up
# Mediation Servers at 127.0.2.1 and 127.0.2.2, hosts of the trunk at 127.0.1.1 and 127.0.1.2.
for at in 127.0.1.1:5060 127.0.1.2:5060 127.0.2.1:5068 127.0.2.2:5068; do
  scenario host
  start "host-$at.log" sipp -sf "$SCENARIO" -i "${at%:*}" -p "${at#*:}" -t t1 -nostdin
  wait_port "${at#*:}" "${at%:*}"
done
sbc_up <<'TOML'
[pbx]
listen = ["tcp:127.0.0.1:5068"]
hosts = ["tcp:127.0.2.1:5068", "tcp:127.0.2.2:5068"]
options_interval = 2
watchdog = 0

[trunk]
listen = ["tcp:127.0.0.1:5080"]
networks = ["127.0.1.0/24"]
hosts = ["tcp:link01.trunk.test:5060", "tcp:link02.trunk.test:5060"]
options_interval = 2
watchdog = 4
channels = 4

[numbers]
area_code = "89"
emergency = ["110", "112"]

[limits]
calls = 100

[resolver]
servers = ["127.0.0.53:53"]
TOML
capture inbound.pcap 'tcp port 5060 or tcp port 5068 or tcp port 5080'
# call LABEL SCENARIO FROM-ADDRESS TO-PORT CALLS KEY=VALUE..
port=6000
call() {
  local label=$1 name=$2 address=$3 to=$4 calls=$5; shift 5
  scenario "$name" "$@"
  inside timeout 30 sipp -sf "$SCENARIO" "127.0.0.1:$to" -i "$address" -p $((++port)) -t t1 -m "$calls" -r 20 -l 4 -nostdin \
    -trace_err -error_file "$port.err" >caller.log 2>&1
  ok "$label" 0 $?
}
# P000-47: 100 calls of the provider.
call "50 calls of link01" caller 127.0.1.1 5080 50 'TO=+49891234[call_number]' FROM=+493012345 HOLD=50
call "50 calls of link02" caller 127.0.1.2 5080 50 'TO=+49891235[call_number]' FROM=+493012345 HOLD=50
# P000-5: strangers, at both sides.
call "a stranger's INVITE at the side of the trunk" caller-refused 127.0.9.9 5080 1 TO=+498912349 STATUS=403
call "a stranger's INVITE at the side of the exchange" caller-refused 127.0.9.9 5068 1 TO=+493012349 STATUS=403
call "the provider's INVITE at the side of the exchange" caller-refused 127.0.1.1 5068 1 TO=+493012349 STATUS=403
# P000-6, P000-35: four spellings; P000-36: short numbers.
for number in 0891234567 0049891234567 +49891234567 '(089)%2012%2034-567'; do
  call "the exchange calls $number" caller 127.0.2.1 5068 1 "TO=$number" "FROM=$number" HOLD=50
done
for number in 110 112 115 11833; do call "the exchange calls $number" caller 127.0.2.1 5068 1 "TO=$number" FROM=0891234567 HOLD=50; done
call "a number that no rule covers" caller-refused 127.0.2.1 5068 1 TO=somebody STATUS=404
# P000-18, P000-42: four calls stand, the fifth is refused, 112 passes.
scenario caller 'TO=+49305[call_number]' HOLD=6000
start long.log timeout 30 sipp -sf "$SCENARIO" 127.0.0.1:5068 -i 127.0.2.2 -p 5999 -t t1 -m 4 -r 20 -nostdin
long=$LAST
sleep 1
call "the fifth call" caller-refused 127.0.2.1 5068 1 TO=+4930999 STATUS=503
call "112 although all channels are taken" caller 127.0.2.1 5068 1 TO=112 HOLD=50
wait $long
ok "the four calls" 0 $?
# P000-58
call "OPTIONS of the provider" options 127.0.1.1 5080 1
ok "the missing OPTIONS of link02 are told" true "$(grep -q 'no OPTIONS.*link02' sbc.log && echo true)"
end_capture
python3 - <<'PY' || RC=1
import collections, re
from capture import check, done, sip
E164 = re.compile(r"^\+[1-9][0-9]{1,14}$")
MEDIATION, TRUNK = ("127.0.2.1", "127.0.2.2"), ("127.0.1.1", "127.0.1.2")
order, towards, options, names, retry, reasons = [], [], [], set(), [], []
opened = {}
for m in sip("inbound.pcap", {5060, 5068, 5080}):
    if m.src != "127.0.0.1":
        if m.method == "INVITE":
            opened[m.call] = m
        continue
    # P000-50: what the sbc calls itself is numeric.
    for name in ("via", "contact"):
        for key, value in m.headers:
            if key == name and (name == "contact" or m.method):
                names.add(re.sub(r":\d+.*", "", re.sub(r"^.*(?:sip:|SIP/2.0/TCP )(?:[^@;>]*@)?", "", value)))
    if m.method == "INVITE" and m.dst in MEDIATION:
        order.append(m.dst)
    if m.method == "INVITE" and m.dst in TRUNK:
        towards.append((m.number, re.search(r"sip:([^@]*)@", m.get("from")).group(1)))
    if m.method == "OPTIONS" and m.dst in TRUNK:
        options.append((m.dst, re.sub(r"^sips?:|[:;>].*", "", m.uri), re.search(r"sip:([^:;>]*)", m.get("to")).group(1)))
    if m.status == 503:
        retry.append(m.get("retry-after"))
    if m.status == 404:
        reasons.append(bool(m.start.split(" ", 2)[2]) and bool(m.get("warning") or m.get("reason") or m.start.split(" ", 2)[2]))
check("calls to the Mediation Servers", {server: 50 for server in MEDIATION}, dict(collections.Counter(order)))
check("they alternate strictly", True, all(a != b for a, b in zip(order, order[1:])))
check("Contact and Via are numeric and ours", {"127.0.0.1"}, names)
ordinary = [pair for pair in towards if not pair[0].startswith("11")]
check("Request-URIs of the four spellings", ["+49891234567"] * 4, [to for to, _ in ordinary[:4]])
check("From of the four spellings", ["+49891234567"] * 4, [caller for _, caller in ordinary[:4]])
check("every From and ordinary Request-URI is E.164", [], [p for p in towards if not E164.match(p[1])] + [p for p in ordinary if not E164.match(p[0])])
check("short numbers are untouched", ["110", "112", "115", "11833", "112"], [to for to, _ in towards if to.startswith("11")])
check("hosts in OPTIONS", {("127.0.1.1", "link01.trunk.test", "link01.trunk.test"), ("127.0.1.2", "link02.trunk.test", "link02.trunk.test")}, set(options))
check("503 tells when to try again", True, len(retry) == 1 and retry[0] is not None and int(re.match(r"\d+", retry[0]).group()) > 0)
check("404 tells the reason", [True], reasons)
done()
PY
sbc_ends
[ $RC = 0 ] || tail -n 20 ./*.err sbc.log 2>/dev/null
exit $RC

#!/bin/bash
# dial-plans.sh: Asterisk 22 and Kamailio 5.6 load the German plan as `dialplan convert` writes it, and send every number of a
# list where `dialplan test` does; Asterisk's own sample dial plans are read, and nothing of them passes unseen.
. "$(dirname "$0")/lib.sh"
need kamailio python3
[ -x "$SID/usr/sbin/asterisk" ] || skip "no Asterisk in $SID (install.sh)"
DIALPLAN=${DIALPLAN:-$PROGRAMS/dialplan}
built "$DIALPLAN"
cp "$HERE/conf/dial-plans/germany.toml" "$HERE/conf/dial-plans/numbers.txt" .
lib=/usr/lib/$(uname -m)-linux-gnu
mapfile -t numbers < <(sed -n '/^#[ ]/d; s/ .*//p' numbers.txt)
echo "      ${#numbers[@]} numbers"
# What cannot be expressed is told; here that are names and numbers of rules, and rules written as several.
for form in asterisk kamailio-dialplan kamailio-drouting; do
  "$DIALPLAN" convert --to $form germany.toml >written.$form 2>told.$form
  ok "$form is written" 0 $?
  ok "what is told of $form leaves out no rule and no route" "" "$(grep 'left out' told.$form)"
done
"$DIALPLAN" test germany.toml --dial-plan munich --voice-policy staff -- "${numbers[@]}" >ours.txt 2>ours.err
ok "all of it compiles" "" "$(cat ours.err)"

# Asterisk: a Local channel for each number; the log tells what is executed. No trunk is there, so that the next one is asked.
# shellcheck disable=SC2016
SIDSH='mount --bind /dev "$SID/dev" && mount --bind /proc "$SID/proc" && mount --bind "$W" "$SID/mnt" && exec chroot "$SID" "$@"'
asterisk() { inside sh -c "$SIDSH" sh asterisk -C /mnt/asterisk/asterisk.conf -rx "$*" 2>/dev/null; }
mkdir -p asterisk/run
sed "s#@LIB@#$lib#g" "$HERE/conf/asterisk/asterisk.conf" >asterisk/asterisk.conf
{ echo '[modules]'; echo autoload=no; printf 'load => %s.so\n' pbx_config app_dial res_clioriginate bridge_simple; } >asterisk/modules.conf
printf '[logfiles]\nexecuted => verbose(3),warning,error\n' >asterisk/logger.conf
cp written.asterisk asterisk/extensions.conf
start asterisk.log sh -c "$SIDSH" sh asterisk -f -n -C /mnt/asterisk/asterisk.conf
booted() { asterisk core waitfullybooted | grep -q fully; }
until_true 60 booted
ok "Asterisk has booted" 0 $?
ok "extensions in the plan of Asterisk" "$(grep -c ',1,Goto' written.asterisk)" \
  "$(asterisk dialplan show munich | grep -c '1\. Goto')"
for number in "${numbers[@]}"; do asterisk channel originate "Local/$number@munich" application Hangup >/dev/null; done
idle() { asterisk core show channels count | grep -q '^0 active channels'; }
until_true 10 idle
ok "Asterisk is at rest" 0 $?

# Kamailio: the rows as tables of db_text; a request for each number is answered with what it becomes and where it goes.
mkdir -p tables
cp /usr/share/kamailio/dbtext/kamailio/{version,dialplan,dr_gateways,dr_rules,dr_gw_lists,dr_groups} tables/
python3 "$HERE/db_text.py" tables written.kamailio-dialplan written.kamailio-drouting
sed "s#@LIB@#$lib#g; s#@W@#$W#g" "$HERE/conf/dial-plans/kamailio.cfg" >kamailio.cfg
start kamailio.log kamailio -f kamailio.cfg -DD -E
wait_port 5060 127.0.0.1
inside python3 - "${numbers[@]}" >kamailio.txt <<'PY'
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
    peer.bind(("127.0.0.1", 5070))
    peer.settimeout(5)
    for n, number in enumerate(sys.argv[1:]):
        user = number.replace("#", "%23")
        request = (f"OPTIONS sip:{user}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK{n}\r\n"
                   f"From: <sip:a@a.test>;tag=1\r\nTo: <sip:b@a.test>\r\nCall-ID: {n}\r\nCSeq: 1 OPTIONS\r\n"
                   "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
        peer.sendto(request.encode(), ("127.0.0.1", 5060))
        lines = peer.recv(4096).decode().split("\r\n")
        sent = [line.split(":", 1)[1].split() for line in lines if line.startswith("X-Sent:")]
        print(number, *[f"{there}={way.replace('%23', '#')}" for there, way in sent] or ["-"])
PY
ok "Kamailio answers all" ${#numbers[@]} "$(wc -l <kamailio.txt)"

python3 - <<'PY' || RC=1
import re
from capture import check, done
wanted, alone, ours, asterisk, kamailio = {}, set(), {}, {}, {}
for line in open("numbers.txt"):
    if not line.startswith("# "):
        number, called, *trunks = line.split()
        if trunks[-1:] == ["alone"]:
            trunks.pop()
            alone.add(number)
        wanted[number] = [f"{called}@{trunk}" for trunk in trunks]
for line in open("ours.txt"):
    number, said = line.split(maxsplit=1)
    ours[number] = [f"{a}@{b}" for a, b in re.findall(r"(\S+) by ([^,\s]+)", said)]
for line in open("asterisk/run/executed"):
    found = re.search(r'Executing \[\S+\] Dial\("Local/(\S+)@munich-\w+;2", "PJSIP/([^"]+)"\)', line)
    if found:
        asterisk.setdefault(found[1], []).append(found[2])
for line in open("kamailio.txt"):
    number, *ways = line.split()
    kamailio[number] = [] if ways == ["-"] else [way.split("=")[1] for way in ways]
check("numbers in the list", True, len(wanted) >= 40)
for who, found in [("dialplan", ours), ("Asterisk", asterisk), ("Kamailio", kamailio)]:
    is_right = lambda n, w: (found.get(n, []) == w) == (n not in alone or found is ours)
    other = {n: (w, found.get(n, [])) for n, w in wanted.items() if not is_right(n, w)}
    check(f"numbers that {who} sends elsewhere", {}, other)
done()
PY

# The other direction: every line of Asterisk's samples becomes something, is told, or decides nothing.
samples=("$SID"/usr/share/asterisk/conf/*/extensions*.conf*)
ok "there are samples" true "$([ -f "${samples[0]}" ] && echo true)"
for sample in "${samples[@]}"; do
  echo "      $(basename "$(dirname "$sample")")/$(basename "$sample")"
  "$DIALPLAN" convert --from asterisk --to csv "$sample" >sample.csv 2>sample.told
  python3 "$HERE/unseen.py" "$sample" sample.told sample.csv || RC=1
done
[ $RC = 0 ] || tail -n 20 kamailio.log asterisk/run/executed 2>/dev/null
exit $RC

#!/bin/bash
# sip-judges.sh [FILE..]: Kamailio's module sanity judges messages, by default those that the example write_messages of
# sip-core writes, and three broken ones that it must not like.
. "$(dirname "$0")/lib.sh"
need kamailio python3
[ $# -gt 0 ] || built "$EXAMPLES/write_messages"
files=()
for f; do files+=("$(cd "$OLDPWD" && realpath "$f")"); done
sed "s#@LIB@#/usr/lib/$(uname -m)-linux-gnu#g" "$HERE/conf/kamailio/sanity.cfg" >sanity.cfg
start kamailio.log kamailio -DD -E -m 32 -M 4 -f "$W/sanity.cfg" -Y "$W" -w "$W"
wait_port 5060
# judge FILE..: a verdict for each.
judge() {
  inside python3 - "$W/kamailio.log" "$@" <<'PY'
import re
import socket
import sys
import time

log = open(sys.argv[1], errors="replace")
log.read()
to_kamailio = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for path in sys.argv[2:]:
    with open(path, "rb") as file:
        to_kamailio.sendto(file.read(), ("127.0.0.1", 5060))
    # What cannot be parsed at all comes to no route.
    end, told, verdict = time.time() + 3, "", None
    while not verdict and time.time() < end:
        told += log.read()
        verdict = re.search(r"JUDGED (.*)", told)
        time.sleep(0.01)
    print(path.split("/")[-1], verdict[1].strip() if verdict else f"unread: {told.strip()[-200:]}", flush=True)
PY
}
if [ ${#files[@]} -gt 0 ]; then
  judge "${files[@]}"
  exit
fi
mkdir written broken
"$EXAMPLES/write_messages" written || { echo "FAIL  $NAME: write_messages"; exit 1; }
sed 's/^CSeq: 4711 OPTIONS/CSeq: 4711 INVITE/' written/01-options.sip >broken/cseq.sip
sed 's/^Content-Length: 0/Content-Length: 7/' written/01-options.sip >broken/length.sip
sed 's/^Content-Length: 0/Content-Length: 7/' written/26-callee.sip >broken/response.sip
judge written/* >verdicts
count=$(find written -type f | wc -l)
ok "at least twenty messages" 1 $((count >= 20))
ok "Kamailio has judged them" "$count" "$(wc -l <verdicts)"
while read -r name verdict; do ok "$name" sane "$verdict"; done <verdicts
while read -r name verdict; do ok "$name, which is broken" insane "$verdict"; done < <(judge broken/*)
[ $RC = 0 ] || tail -n 20 kamailio.log
exit $RC

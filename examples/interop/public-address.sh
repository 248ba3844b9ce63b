#!/bin/bash
# The public address for all calls: two coturn servers that nsd names in SRV records, the first of which is then stopped;
# what was sent is counted on the wire, too. E001-63, C004-196, C004-197, C004-200, C004-245.
. "$(dirname "$0")/lib.sh"
need turnserver tcpdump
built "$EXAMPLES/public_address"
dns_up
# server ADDRESS
server() {
  start "coturn-$1.log" turnserver -n -L "$1" -p 3478 -S --no-tls --no-dtls --no-tcp --no-cli -l stdout --simple-log \
    --pidfile "$W/$1.pid" --userdb "$W/$1.db"
}
server 127.0.1.11
first=$LAST
server 127.0.1.12
wait_port 3478 127.0.1.11
wait_port 3478 127.0.1.12
# kept OPTION..: who has told, what failed before, and what it cost, in one line; then what was on the wire.
kept() {
  capture asked.pcap 'udp and dst port 3478'
  inside timeout 60 "$EXAMPLES/public_address" --dns 127.0.0.53:53 "$@" 2>&1 | sed -E 's/ sees 127\.0\.[0-9.]+:[0-9]+$//' | uniq | paste -sd'|'
  end_capture
  tcpdump -n -r asked.pcap 2>/dev/null | grep -c IP >wire
}
ok 'a domain: one request for all calls' '127.0.1.11:3478|100 calls, 1 requests: 127.0.0.1' "$(kept stun.test --calls 100)"
ok 'and one datagram' 1 "$(cat wire)"
ok 'a host: one request for each call of a client' '127.0.1.12:3478|20 calls, 20 requests: 127.0.0.1' "$(kept two.stun.test:3478 --calls 20 --per-call)"
ok 'and as many datagrams' 20 "$(cat wire)"
end "$first"
ok 'the first server is gone: the second one is asked' '127.0.1.12:3478|100 calls, 5 requests: 127.0.0.1' "$(kept stun.test --calls 100)"
ok 'the dead one four times, the other one once' 5 "$(cat wire)"
ok 'no such domain: the next server of the list' \
  'server 0 failed: DNS: the name does not exist|127.0.1.12:3478|10 calls, 1 requests: 127.0.0.1' "$(kept none.test.stun.test 127.0.1.12)"
end "$NSD"
ok 'no name server: the next server of the list' \
  'server 0 failed: DNS: no answer|127.0.1.12:3478|10 calls, 1 requests: 127.0.0.1' "$(kept stun.test 127.0.1.12)"
[ $RC = 0 ] || tail -n 12 ./*.log
exit $RC

#!/bin/bash
# coturn and the classic programs, both ways: `stun_client` and `nat_type` ask coturn; turnutils and the classic
# client ask `stun_server`. E001-63, E001-81, E001-86.
. "$(dirname "$0")/lib.sh"
need turnserver turnutils_stunclient turnutils_natdiscovery stun
built "$EXAMPLES"/{stun_client,nat_type,stun_server}
start coturn.log turnserver -n -L 127.0.0.1 -L 127.0.0.2 -p 3478 --alt-listening-port=3479 -S \
  --no-tls --no-dtls --no-cli -l stdout --simple-log --pidfile "$W/turn.pid" --userdb "$W/turn.db"
start stun_server.log "$EXAMPLES/stun_server" --change-requests --response-ports 127.0.0.3:3478 127.0.0.4:3479
for ip in 127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4; do wait_port 3478 $ip; wait_port 3479 $ip; done

# same COMMAND..: whether the port that a client says it has is the one that it says the server sees.
same() { inside timeout 60 "$@" | sed -E 's/.* port ([0-9]+) as 127\.0\.0\.1:([0-9]+)$/\1 \2/' | awk '{ print ($1 == $2) ? "yes" : "no: " $0 }'; }
ok 'stun_client at coturn: its address' yes "$(same "$EXAMPLES/stun_client" 127.0.0.1:3478)"
ok 'nat_type at coturn' 'open internet|endpoint-independent|endpoint-independent|left alone' \
  "$(inside timeout 60 "$EXAMPLES/nat_type" 127.0.0.1:3478 | sed -nE 's/^(type|mapping|filtering|payloads): *//p' | paste -sd'|')"

# says TIMES PATTERN LABEL COMMAND..
says() { local wanted=$1 pattern=$2 label=$3; shift 3; ok "$label" "$wanted" "$(inside timeout 30 "$@" 2>&1 | grep -cE -- "$pattern")"; }
says 2 'UDP reflexive addr: 127.0.0.1:' 'turnutils_stunclient: the address' turnutils_stunclient 127.0.0.3
says 2 'Other addr: : 127.0.0.4:3479' 'turnutils_stunclient: the other address' turnutils_stunclient 127.0.0.3
says 1 'error 420' 'turnutils_stunclient: PADDING is refused' turnutils_stunclient 127.0.0.3
says 1 'Endpoint Independent Mapping' 'turnutils_natdiscovery: mapping' turnutils_natdiscovery -m 127.0.0.3
says 1 'Response origin: : 127.0.0.4:3479' 'turnutils_natdiscovery: CHANGE-REQUEST is carried out' turnutils_natdiscovery -f 127.0.0.3
says 1 'Endpoint Independent Filtering' 'turnutils_natdiscovery: filtering' turnutils_natdiscovery -f 127.0.0.3
says 2 'No ALG: Mapped == XOR-Mapped' 'turnutils_natdiscovery: RESPONSE-PORT is carried out' turnutils_natdiscovery -t -T 1 127.0.0.3
says 1 'successful hairpinning' 'turnutils_natdiscovery: hairpinning' turnutils_natdiscovery -H 127.0.0.3
says 1 'Primary: Open' 'the classic client: open' stun 127.0.0.3
says 1 'Return value is 0x000000' 'the classic client: one answer' stun 127.0.0.3 1
[ $RC = 0 ] || tail -n 12 ./*.log
exit $RC

#!/bin/bash
# coturn, aioice and the classic programs, both ways: `stun_client`, `nat_type` and `turn_relay` ask coturn; turnutils
# and the classic client ask `stun_server`; aioice is the peer behind the relay. E001-63, E001-81, E001-86.
. "$(dirname "$0")/lib.sh"
need turnserver turnutils_stunclient turnutils_natdiscovery stun
[ -x "$VENV/bin/python" ] || skip "$VENV is missing (install.sh)"
built "$EXAMPLES"/{stun_client,nat_type,stun_server,turn_relay}
# relay ADDRESS OPTION..: coturn as a relay for alice.
relay() {
  local address=$1; shift
  start "relay-$address.log" turnserver -n -L "$address" -E "$address" -p 3478 --lt-cred-mech -u alice:secret -r example.org \
    --allow-loopback-peers --no-tls --no-dtls --no-cli -v -l stdout --simple-log --pidfile "$W/$address.pid" \
    --userdb "$W/$address.db" "$@"
}
relay 127.0.0.5
relay 127.0.0.6 --stale-nonce=1
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

for ip in 127.0.0.5 127.0.0.6; do wait_port 3478 $ip; done
# relayed URI USER PASSWORD [PEER] [OPTION..]: what became of 50 datagrams, or why there was none.
relayed() {
  inside timeout 30 "$EXAMPLES/turn_relay" "$@" 2>&1 |
    grep -oE 'none lost|does not accept the credential|UnknownIssuer|not valid for name|timed out|came back wrong|(needs|nor) .*' | head -n 1
}
ok 'turn_relay at coturn over UDP' 'none lost' "$(relayed turn:127.0.0.5 alice secret)"
ok 'turn_relay at coturn over TCP' 'none lost' "$(relayed 'turn:127.0.0.5?transport=tcp' alice secret)"
ok 'turn_relay with a wrong password' 'does not accept the credential' "$(relayed 'turn:127.0.0.5?transport=udp' alice guess)"
ok 'turn_relay with a wrong name' 'does not accept the credential' "$(relayed 'turn:127.0.0.5?transport=tcp' bob secret)"
ok 'turn_relay with a nonce that has become stale' 'none lost' "$(relayed turn:127.0.0.6 alice secret --pause 2.5)"
ok 'coturn says so' yes "$(grep -qiE 'stale|wrong nonce' relay-127.0.0.6.log && echo yes)"
start peer.log "$VENV/bin/python" -u "$HERE/turn-peer.py" 127.0.0.5
until_true 10 grep -q : peer.log
peer=$(sed -n 1p peer.log)
for transport in udp tcp; do
  ok "turn_relay over ${transport^^}, aioice at the far end" 'none lost' "$(relayed "turn:127.0.0.5?transport=$transport" alice secret "$peer")"
done
ok 'aioice has got them all' 100 "$(grep -c '^160 ' peer.log)"
[ $RC = 0 ] || tail -n 12 ./*.log
exit $RC

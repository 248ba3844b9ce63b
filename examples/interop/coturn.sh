#!/bin/bash
# coturn, aioice and the classic programs, both ways: `stun_client`, `tokio_client`, `nat_type` and `turn_relay` ask
# coturn, over UDP, TCP and TLS, by address and by SRV records of nsd; turnutils and the classic client ask
# `stun_server`; aioice is the peer behind the relay. E001-63, E001-81, E001-86.
. "$(dirname "$0")/lib.sh"
need turnserver turnutils_stunclient turnutils_natdiscovery stun openssl
[ -x "$VENV/bin/python" ] || skip "$VENV is missing (install.sh)"
built "$EXAMPLES"/{stun_client,tokio_client,nat_type,stun_server,turn_relay}
# authority NAME: makes NAME.pem and its key, by which certificates are signed.
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" -keyout "$1.key" -out "$1.pem" 2>openssl.log
}
authority ca
authority stranger
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=relay' -keyout relay.key -out relay.csr 2>>openssl.log
openssl x509 -req -in relay.csr -CA ca.pem -CAkey ca.key -days 2 -out relay.pem 2>>openssl.log \
  -extfile <(echo 'subjectAltName=DNS:stun.test,IP:127.0.0.5')
# relay ADDRESS OPTION..: coturn as a relay for alice.
relay() {
  local address=$1; shift
  start "relay-$address.log" turnserver -n -L "$address" -p 3478 --lt-cred-mech -u alice:secret -r example.org \
    --allow-loopback-peers --no-dtls --no-cli -v -l stdout --simple-log --pidfile "$W/$address.pid" \
    --cert "$W/relay.pem" --pkey "$W/relay.key" --userdb "$W/$address.db" "$@"
}
# An IPv6 address that is not loopback, as coturn relays to no other kind.
ip -n "$NS" addr add 2001:db8::5/128 dev lo
relay 127.0.0.5 -E 127.0.0.5 -E 2001:db8::5
relay 127.0.0.6 -E 127.0.0.6 --stale-nonce=1
relay 127.0.0.7 -E 127.0.0.7 --alternate-server 127.0.0.5:3478
dns_up
start coturn.log turnserver -n -L 127.0.0.1 -L 127.0.0.2 -p 3478 --alt-listening-port=3479 -S \
  --no-tls --no-dtls --no-cli -l stdout --simple-log --pidfile "$W/turn.pid" --userdb "$W/turn.db"
start stun_server.log "$EXAMPLES/stun_server" --change-requests --response-ports 127.0.0.3:3478 127.0.0.4:3479
for ip in 127.0.0.1 127.0.0.2 127.0.0.3 127.0.0.4; do wait_port 3478 $ip; wait_port 3479 $ip; done
for ip in 127.0.0.5 127.0.0.6 127.0.0.7; do wait_port 3478 $ip; wait_port 5349 $ip; done

# same COMMAND..: whether the port that a client says it has is the one that it says the server sees.
same() { inside timeout 60 "$@" | sed -E 's/.* port ([0-9]+) as 127\.0\.0\.1:([0-9]+)$/\1 \2/' | awk '{ print ($1 == $2) ? "yes" : "no: " $0 }'; }
ok 'stun_client at coturn: its address' yes "$(same "$EXAMPLES/stun_client" 127.0.0.1:3478)"
# by URI OPTION..: who says that it sees the client, over what; or why not.
by() {
  inside timeout 60 "$EXAMPLES/tokio_client" --dns 127.0.0.53:53 "$@" 2>&1 |
    sed -nE 's/^(127\.[0-9.:]+) is seen as \1 by (.*)$/\2/p; s/.*(UnknownIssuer|not valid for name).*/\1/p' | head -n 1
}
ok 'tokio_client at coturn over TCP' '127.0.0.5:3478 over TCP' "$(by 127.0.0.5 --tcp)"
ok 'tokio_client over TLS, by address' '127.0.0.5:5349 over TLS' "$(by stuns:127.0.0.5 --ca ca.pem)"
ok 'tokio_client over TLS, by SRV' '127.0.0.5:5349 over TLS' "$(by stuns:stun.test --ca ca.pem)"
ok 'tokio_client over TLS, by another authority' UnknownIssuer "$(by stuns:stun.test --ca stranger.pem)"
ok 'tokio_client over TLS, by another name' 'not valid for name' "$(by stuns:other.stun.test:5349 --ca ca.pem)"
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
ok 'turn_relay at coturn, by SRV' 'none lost' "$(relayed turn:stun.test alice secret --dns 127.0.0.53:53)"
ok 'turn_relay over TLS, by SRV' 'none lost' "$(relayed turns:stun.test alice secret --dns 127.0.0.53:53 --ca ca.pem)"
ok 'turn_relay over TLS with a wrong password' 'does not accept the credential' "$(relayed turns:127.0.0.5 alice guess --ca ca.pem)"
ok 'turn_relay over TLS, by another authority' UnknownIssuer "$(relayed turns:127.0.0.5 alice secret --ca stranger.pem)"
ok 'turn_relay over TLS, by another name' 'not valid for name' "$(relayed turns:127.0.0.5 alice secret --ca ca.pem --name other.test)"
ok 'turn_relay over TLS with a nonce that has become stale' 'none lost' "$(relayed turns:127.0.0.6 alice secret --ca ca.pem --name stun.test --pause 2.5)"
ok 'turn_relay with an IPv6 address' 'none lost' "$(relayed turn:127.0.0.5 alice secret --relay v6)"
ok 'turn_relay with an even port and the next one, which was kept' 'none lost' "$(relayed turn:127.0.0.5 alice secret --relay even)"
ok 'turn_relay over TLS with an even port and the next one' 'none lost' "$(relayed turns:127.0.0.5 alice secret --ca ca.pem --relay even)"
# coturn 4.6 knows ADDITIONAL-ADDRESS-FAMILY under the number of a draft only: the IPv4 address alone has to do.
ok 'turn_relay with both families' 'none lost' "$(relayed turn:127.0.0.5 alice secret --relay both)"
for transport in udp tcp; do
  ok "turn_relay is sent on over ${transport^^}" 127.0.0.5 \
    "$(inside timeout 30 "$EXAMPLES/turn_relay" "turn:127.0.0.7?transport=$transport" alice secret 2>&1 | sed -nE 's/^allocated (127[0-9.]*):.*/\1/p' | head -n 1)"
done
start peer.log "$VENV/bin/python" -u "$HERE/turn-peer.py" 127.0.0.5
until_true 10 grep -q : peer.log
peer=$(sed -n 1p peer.log)
for transport in udp tcp; do
  ok "turn_relay over ${transport^^}, aioice at the far end" 'none lost' "$(relayed "turn:127.0.0.5?transport=$transport" alice secret "$peer")"
done
ok 'turn_relay over TLS, aioice at the far end' 'none lost' "$(relayed turns:127.0.0.5 alice secret "$peer" --ca ca.pem)"
ok 'aioice has got them all' 150 "$(grep -c '^160 ' peer.log)"
[ $RC = 0 ] || tail -n 12 ./*.log
exit $RC

#!/bin/bash
# `port_test` across a firewall and a NAT of the kernel: what nftables drops, and in which direction, is what it
# reports. C004-203, C004-240.
#
#   client 192.168.1.2 - router 192.168.1.1, 203.0.113.10 - server 203.0.113.1
. "$(dirname "$0")/lib.sh"
need nft
built "$EXAMPLES/port_test"
for net in router client; do ip netns add "$NS-$net"; ip -n "$NS-$net" link set lo up; done
ip link add eth0 netns "$NS" type veth peer name outside netns "$NS-router"
ip link add inside netns "$NS-router" type veth peer name eth0 netns "$NS-client"
ip -n "$NS" addr add 203.0.113.1/24 dev eth0
ip -n "$NS-router" addr add 203.0.113.10/24 dev outside
ip -n "$NS-router" addr add 192.168.1.1/24 dev inside
ip -n "$NS-client" addr add 192.168.1.2/24 dev eth0
for at in "$NS eth0" "$NS-router outside" "$NS-router inside" "$NS-client eth0"; do
  # shellcheck disable=SC2086
  set -- $at
  ip -n "$1" link set "$2" up
done
ip -n "$NS-client" route add default via 192.168.1.1
ip -n "$NS" route add 192.168.1.0/24 via 203.0.113.10
ip netns exec "$NS-router" sysctl -qw net.ipv4.ip_forward=1

# rules FILTER NAT: of the router.
rules() {
  ip netns exec "$NS-router" nft -f - <<N || RC=1
flush ruleset
table ip test {
  chain through {
    type filter hook forward priority 0; $1
  }
  chain outward {
    type nat hook postrouting priority 100; $2
  }
}
N
}
ask() { ip netns exec "$NS-client" timeout 60 "$EXAMPLES/port_test" 203.0.113.1:3478 30000-30999 2>&1; }
# lines: with one space, the client's port left out, in one line.
lines() { sed -E 's/ +/ /g; s/:[0-9]+, port/, port/' | paste -sd'|'; }

ulimit -n 4096
# One of the ports belongs to a call.
start taken.log python3 -c 'import socket, time; s = socket.socket(type=socket.SOCK_DGRAM); s.bind(("203.0.113.1", 30777)); time.sleep(100)'
wait_port 30777
start server.log "$EXAMPLES/port_test" server 203.0.113.1:3478 30000-30999
until_true 5 grep -q taken server.log
ok 'the server says which port is taken' 'taken: [30777]' "$(sed -n 2p server.log)"

rules '' ''
ok 'all is open' '30000-30776 open|30777 closed to the server|30778-30999 open|seen as 192.168.1.2, port kept: yes' "$(ask | lines)"
closed='udp dport 30100-30199 drop; udp sport 30300-30309 drop; udp dport 30400 drop; udp sport 30500 drop'
found='30000-30099 open|30100-30199 closed to the server|30200-30299 open|30300-30309 closed from the server'
found+='|30310-30399 open|30400 closed to the server|30401-30499 open|30500 closed from the server'
found+='|30501-30776 open|30777 closed to the server|30778-30999 open|seen as'
rules "$closed" ''
ok 'what is dropped on the way there, and what on the way back' "$found 192.168.1.2, port kept: yes" "$(ask | lines)"
# As most firewalls are: what was not asked for does not get in.
rules "$closed; ct state established accept; iifname outside drop" ''
ok 'behind a firewall that lets in answers alone' "$found 192.168.1.2, port kept: yes" "$(ask | lines)"
rules "$closed" 'oifname "outside" masquerade'
ok 'behind a NAT' "$found 203.0.113.10, port kept: yes" "$(ask | lines)"
rules '' 'oifname "outside" masquerade'
ok 'behind a NAT that keeps ports' 'seen as 203.0.113.10, port kept: yes' "$(ask | tail -n 1 | lines)"
rules '' 'oifname "outside" masquerade fully-random'
ok 'behind a NAT that does not' 'seen as 203.0.113.10, port kept: no' "$(ask | tail -n 1 | lines)"
rules 'udp dport 3478 drop' ''
ok 'the control port is closed' NoServer "$(ask | grep -o NoServer)"
[ $RC = 0 ] || tail -n 12 ./*.log
exit $RC

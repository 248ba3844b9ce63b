#!/bin/bash
# nat-types.sh [NAT ..]: kernels as NATs of every type of RFC 3489, judged by `nat_type` at coturn (RFC 5780), at stund
# (RFC 3489) and at `stun_server`, and by the classic client at `stun_server`. E001-81 to E001-88, C004-240.
#
#   client 192.168.N.2 - NAT 203.0.113.(10+N) - servers 203.0.113.1 and .2 (coturn), .3 and .4 (stund), .5 and .6 (ours)
. "$(dirname "$0")/lib.sh"
need turnserver stund stun nft iptables
built "$EXAMPLES"/{nat_type,stun_server}
# An address of its own: otherwise that changes with each port which is added.
ip -n "$NS" link add bridge address 02:00:00:00:00:01 type bridge
for n in 1 2 3 4 5 6; do ip -n "$NS" addr add 203.0.113.$n/24 dev bridge; done
ip -n "$NS" link set bridge up
start coturn.log turnserver -n -L 203.0.113.1 -L 203.0.113.2 -p 3478 --alt-listening-port=3479 -S \
  --no-tls --no-dtls --no-tcp --no-cli -l stdout --simple-log --pidfile "$W/turn.pid" --userdb "$W/turn.db"
start stund.log stund -h 203.0.113.3 -a 203.0.113.4 -p 3478 -o 3479
start stun_server.log "$EXAMPLES/stun_server" --change-requests 203.0.113.5:3478 203.0.113.6:3479
for n in 1 2 3 4 5 6; do wait_port 3478 203.0.113.$n; wait_port 3479 203.0.113.$n; done

# nft 1.0.6 needs the line breaks before the closing braces.
outward() {
  echo "chain outward {
    type nat hook postrouting priority 100; oifname \"outside\" $1
  }"
}
replies_only='chain through {
    type filter hook forward priority 0; policy drop; ct state established,related accept; iifname "inside" accept
  }'
# rules NAT CLIENT PUBLIC
rules() {
  case $1 in
    open) ;;
    full-cone)
      echo "chain inward {
        type nat hook prerouting priority -100; iifname \"outside\" meta l4proto udp dnat to $2
      }"
      outward "snat to $3"
      ;;
    restricted-cone)
      # By the port inside as well: what another port has sent to lets nothing in.
      echo "set seen {
        type inet_service . ipv4_addr; flags dynamic,timeout; timeout 300s;
      }
      chain notice {
        type filter hook forward priority -5; iifname \"inside\" meta l4proto udp update @seen { udp sport . ip daddr }
      }
      chain inward {
        type nat hook prerouting priority -100; iifname \"outside\" udp dport . ip saddr @seen dnat to $2
      }"
      outward "snat to $3"
      ;;
    restricted-port-cone) outward masquerade; echo "$replies_only" ;;
    symmetric) outward 'masquerade fully-random'; echo "$replies_only" ;;
    symmetric-by-address)
      outward "meta l4proto udp snat ip to $3 : jhash ip daddr . udp sport mod 20000 seed 0x1234 offset 40000"
      echo "$replies_only"
      ;;
    firewall) echo "$replies_only" ;;
    blocked)
      outward masquerade
      echo 'chain through {
        type filter hook forward priority 0; meta l4proto udp drop
      }'
      ;;
  esac
}
# nat NAT N: the client's namespace behind a router of its own, which $1 makes a NAT.
nat() {
  local router=$NS-nat$2 client=$NS-client$2 net
  for net in "$router" "$client"; do ip netns add "$net"; ip -n "$net" link set lo up; done
  ip link add outside netns "$router" type veth peer name "nat$2" netns "$NS"
  ip link add inside netns "$router" type veth peer name eth0 netns "$client"
  ip -n "$NS" link set "nat$2" master bridge up
  ip -n "$router" addr add 203.0.113.$((10 + $2))/24 dev outside
  ip -n "$router" addr add "192.168.$2.1/24" dev inside
  ip -n "$client" addr add "192.168.$2.2/24" dev eth0
  ip -n "$router" link set outside up
  ip -n "$router" link set inside up
  ip -n "$client" link set eth0 up
  ip -n "$client" route add default via "192.168.$2.1"
  ip netns exec "$router" sysctl -qw net.ipv4.ip_forward=1
  # Only those use it that do not translate.
  ip -n "$NS" route add "192.168.$2.0/24" via 203.0.113.$((10 + $2))
  if [ "$1" = symmetric-iptables ]; then
    ip netns exec "$router" iptables -t nat -A POSTROUTING -o outside -j MASQUERADE --random-fully
  else
    printf 'table ip nat {\n%s\n}\n' "$(rules "$1" "192.168.$2.2" 203.0.113.$((10 + $2)))" |
      ip netns exec "$router" nft -f - || { echo "FAIL  rules of $1"; RC=1; }
  fi
}
# told FILE: type, mapping, filtering, port kept, of a report.
told() { sed -nE 's/^(type|mapping|filtering|port kept): *//p' "$1" | paste -sd'|'; }


# behind N LOG COMMAND..
asked=()
behind() {
  local net=$NS-client$1 log=$2; shift 2
  timeout 120 ip netns exec "$net" "$@" >"$log" 2>&1 </dev/null &
  PIDS+=($!) asked+=($!)
}
wanted=()
n=0
while IFS='|' read -r name classic report; do
  n=$((n + 1))
  [ $# = 0 ] || [[ " $* " == *" $name "* ]] || continue
  nat "$name" $n
  behind $n "$name-coturn.log" "$EXAMPLES/nat_type" 203.0.113.1:3478
  behind $n "$name-stund.log" "$EXAMPLES/nat_type" --classic 203.0.113.3:3478
  behind $n "$name-ours.log" "$EXAMPLES/nat_type" 203.0.113.5:3478
  behind $n "$name-classic.log" stun 203.0.113.5
  wanted+=("$name|$classic|$report")
done <<'NATS'
open|0x000001|open internet|endpoint-independent|endpoint-independent|yes
full-cone|0x000013|full cone|endpoint-independent|endpoint-independent|yes
restricted-cone|0x000015|restricted cone|endpoint-independent|address-dependent|yes
restricted-port-cone|0x000017|restricted port cone|endpoint-independent|address and port-dependent|yes
symmetric|0x000018|symmetric|address and port-dependent|address and port-dependent|no
symmetric-by-address|0x000018|symmetric|address-dependent|address and port-dependent|no
symmetric-iptables|0x000018|symmetric|address and port-dependent|address and port-dependent|no
firewall|0x00000b|symmetric UDP firewall|endpoint-independent|address and port-dependent|yes
blocked|0x00001c|UDP blocked|cannot tell|cannot tell|cannot tell
NATS
[ ${#asked[@]} -gt 0 ] || { echo "FAIL  $NAME: no such NAT"; exit 1; }
wait "${asked[@]}"
for line in "${wanted[@]}"; do
  IFS='|' read -r name classic report <<<"$line"
  for server in coturn stund ours; do
    ok "$name at $server: ${report%%|*}" "$report" "$(told "$name-$server.log")"
  done
  ok "$name by the classic client at ours: $classic" "$classic" "$(sed -n 's/^Return value is //p' "$name-classic.log")"
done
[ $RC = 0 ] || tail -n 12 ./*.log
exit $RC

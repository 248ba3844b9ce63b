#!/bin/bash
# nsd serves the zone of ENUM that the tests of e164 read, and the program finds what the table at its end says.
. "$(dirname "$0")/lib.sh"
LOOKUP=${LOOKUP:-$PROGRAMS/enum_lookup}
built "$LOOKUP"
dns_up
count=0
while read -r _ number service expected; do
  [ "$service" != '*' ] || service=
  got=$(inside timeout 30 "$LOOKUP" --server 127.0.0.53:53 --zone e164.test "$number" ${service:+"$service"} 2>&1 | paste -sd' ')
  ok "$number ${service:-all services}" "$expected" "$got"
  count=$((count + 1))
done < <(grep '^;> ' dns/e164.test.zone)
ok "all rows of the table" 12 $count
# the server is gone
end "$NSD"
got=$(inside timeout 30 "$LOOKUP" --server 127.0.0.53:53 --zone e164.test +4989840798 2>&1)
ok "no server" "ENUM: no answer" "$got"
[ $RC = 0 ] || tail -n 20 nsd.log
exit $RC

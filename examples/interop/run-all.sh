#!/bin/bash
# Runs every script, or those named. A skipped one (exit status 77) fails the run.
cd "$(dirname "$0")" || exit 1
failed=()
begin=$SECONDS
run() {
  local from=$SECONDS status
  echo "== $*"
  timeout -k 30 400 "$@"
  status=$?
  [ $status = 0 ] || failed+=("$* (status $status)")
  echo "== $*: $((SECONDS - from)) s"
}
if [ $# -gt 0 ]; then
  for script; do run "./$script"; done
else
  run ./sip-judges.sh
  run ./capture-messages.sh
  run ./sipp-calls.sh udp
  run ./sipp-calls.sh tcp
  run ./sipp-mixed.sh
  run ./sipp-media.sh
  run ./sipp-refusals.sh
  run ./sipp-ctrl-c.sh
  run ./sipp-trunks.sh
  run ./sipp-inbound.sh
  run ./dns-flip.sh
  run ./enum.sh
  run ./dtmf.sh
  run ./tshark-oracle.sh
  run ./baresip-audio.sh
  run ./asterisk.sh
  run ./dial-plans.sh
  run ./ladder-page.sh
  run ./coturn.sh
  run ./public-address.sh
  run ./nat-types.sh
  run ./port-test.sh
fi
echo "== all in $((SECONDS - begin)) s"
for name in "${failed[@]}"; do echo "== FAILED: $name"; done
[ ${#failed[@]} = 0 ]

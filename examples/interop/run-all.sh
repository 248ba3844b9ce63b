#!/bin/bash
# Runs every script. A skipped one (exit status 77) fails the run.
cd "$(dirname "$0")" || exit 1
failed=0
run() {
  echo "== $*"
  "$@"
  local status=$?
  [ $status = 0 ] || { failed=1; echo "== $* ended with status $status"; }
}
run ./sipp-calls.sh udp
run ./sipp-calls.sh tcp
run ./sipp-mixed.sh
run ./sipp-media.sh
run ./sipp-refusals.sh
run ./sipp-ctrl-c.sh
exit $failed

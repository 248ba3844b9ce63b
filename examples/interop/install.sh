#!/bin/bash
# Installs the peers from Debian's packages, where they are missing. Needs root.
set -e
missing=
for pair in sipp:sip-tester tcpdump:tcpdump ip:iproute2 ss:iproute2 python3:python3; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
done
[ -n "$missing" ] || exit 0
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 $missing

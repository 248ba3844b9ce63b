#!/bin/bash
# Installs the peers where they are missing: Debian 12's packages, aioice from PyPI, and Debian sid's Asterisk 22
# unpacked into a folder of its own (300 MB, ${SID:-~/.cache/interop-sid}). Needs root; silent and quick when all is there.
set -e
export DEBIAN_FRONTEND=noninteractive
missing=
for pair in sipp:sip-tester tcpdump:tcpdump ip:iproute2 ss:iproute2 python3:python3 nsd:nsd dig:bind9-dnsutils \
  baresip:baresip-core kamailio:kamailio tshark:tshark chromium:chromium mmdebstrap:mmdebstrap nft:nftables \
  iptables:iptables openssl:openssl turnserver:coturn stun:stun-client stund:stun-server; do
  command -v "${pair%%:*}" >/dev/null || missing="$missing ${pair##*:}"
done
# The module is there without what it needs to make an environment.
/usr/bin/python3 -c 'import ensurepip' 2>/dev/null || missing="$missing python3-venv"
if [ -n "$missing" ]; then
  # None of these is to run as a service.
  if [ ! -e /usr/sbin/policy-rc.d ]; then
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod +x /usr/sbin/policy-rc.d
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  echo 'wireshark-common wireshark-common/install-setuid boolean false' | debconf-set-selections
  apt-get update -qq
  # shellcheck disable=SC2086
  apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io $missing >/dev/null
fi

# aioice is newer on PyPI, in a folder of its own (${VENV:-~/.cache/interop-venv}).
venv=${VENV:-${XDG_CACHE_HOME:-$HOME/.cache}/interop-venv}
if ! "$venv/bin/python" -c 'import aioice' 2>/dev/null; then
  mkdir -p "$(dirname "$venv")"
  /usr/bin/python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check 'aioice==0.13.*'
fi

# Asterisk left Debian after version 11; sid has it. Its maintainer scripts are not run.
root=${SID:-${XDG_CACHE_HOME:-$HOME/.cache}/interop-sid}
if [ ! -x "$root/usr/sbin/asterisk" ]; then
  mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' | grep -v security | sort -u | head -n 1)}
  rm -rf "$root.new"
  mkdir -p "$(dirname "$root")"
  mmdebstrap --quiet --variant=extract --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Check-Valid-Until "false"' \
    --include=asterisk,libc6 sid "$root.new" "$mirror"
  for l in bin sbin lib lib64; do [ -e "$root.new/$l" ] || ln -s "usr/$l" "$root.new/$l"; done
  mkdir -p "$root.new"/{tmp,dev,proc,mnt,etc,run,var/lib/asterisk}
  chmod 1777 "$root.new/tmp"
  [ -f "$root.new/etc/passwd" ] || echo 'root:x:0:0::/:/bin/sh' >"$root.new/etc/passwd"
  [ -f "$root.new/etc/group" ] || echo 'root:x:0:' >"$root.new/etc/group"
  # Without a name server that can be reached Asterisk waits seconds for every host name.
  rm -f "$root.new/etc/resolv.conf"
  printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$root.new/etc/resolv.conf"
  rm -rf "$root"
  mv "$root.new" "$root"
fi

#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# unpack_prometheus.sh DIR: puts Debian's prometheus, promtool, pushgateway and node_exporter under DIR
# (DIR/usr/bin/…) without installing them: no service starts, no user is added. Does nothing when they are there.
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 DIR" >&2
  exit 2
fi

mkdir -p "$1"
target=$(cd "$1" && pwd)
download=$(mktemp -d "$target/.download-XXXXXX")
trap 'rm -rf "$download"' EXIT
cd "$download"

unpack() {  # package, program…
  package=$1
  shift
  # Only an unpacking that was completed counts.
  [ -e "$target/.$package-unpacked" ] && [ -x "$target/usr/bin/$1" ] && return
  if ! apt-get -q download "$package" >log 2>&1; then
    cat log >&2
    echo "$0: cannot download the Debian package '$package' (are the package lists there? apt-get update)" >&2
    exit 1
  fi
  dpkg-deb -x "$package"_*.deb "$target"
  for program; do
    "$target/usr/bin/$program" --version >/dev/null 2>&1
  done
  touch "$target/.$package-unpacked"
}

unpack prometheus promtool prometheus
unpack prometheus-pushgateway prometheus-pushgateway
unpack prometheus-node-exporter prometheus-node-exporter

#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# unpack_nginx.sh DIR: puts Debian's nginx under DIR (DIR/usr/sbin/nginx) without installing it: no service starts.
# Does nothing when it is there already.
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 DIR" >&2
  exit 2
fi

# Only an unpacking that was completed counts.
mkdir -p "$1"
target=$(cd "$1" && pwd)
[ -e "$target/.nginx-unpacked" ] && [ -x "$target/usr/sbin/nginx" ] && exit 0

download=$(mktemp -d "$target/.download-XXXXXX")
trap 'rm -rf "$download"' EXIT
cd "$download"
if ! apt-get -q download nginx >log 2>&1; then
  cat log >&2
  echo "$0: cannot download the Debian package 'nginx' (are the package lists there? apt-get update)" >&2
  exit 1
fi
dpkg-deb -x nginx_*.deb "$target"
"$target/usr/sbin/nginx" -v 2>/dev/null
touch "$target/.nginx-unpacked"

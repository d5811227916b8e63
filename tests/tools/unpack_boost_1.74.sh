#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# unpack_boost_1.74.sh DIR: puts the headers of Debian's Boost 1.74 under DIR (DIR/usr/include/boost) without
# installing them: that would remove those of 1.81. Does nothing when they are there already.
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 DIR" >&2
  exit 2
fi

# Only an unpacking that was completed counts.
mkdir -p "$1"
target=$(cd "$1" && pwd)
[ -e "$target/.boost-unpacked" ] && exit 0

download=$(mktemp -d "$target/.download-XXXXXX")
trap 'rm -rf "$download"' EXIT
cd "$download"
if ! apt-get -q download libboost1.74-dev >log 2>&1; then
  cat log >&2
  echo "$0: cannot download the Debian package 'libboost1.74-dev' (are the package lists there? apt-get update)" >&2
  exit 1
fi
dpkg-deb -x libboost1.74-dev_*.deb "$target"
touch "$target/.boost-unpacked"

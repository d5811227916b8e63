#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# unpack_sshd.sh DIR: puts Debian's OpenSSH server under DIR (DIR/usr/sbin/sshd) without installing it: no service
# starts. With it what it needs, and nss_wrapper, so that it finds the users of a test.
# Does nothing when it is there already.
set -eu

if [ $# -ne 1 ]; then
  echo "usage: $0 DIR" >&2
  exit 2
fi

# Only an unpacking that was completed counts.
mkdir -p "$1"
target=$(cd "$1" && pwd)
[ -e "$target/.sshd-unpacked" ] && [ -x "$target/usr/sbin/sshd" ] && exit 0

download=$(mktemp -d "$target/.download-XXXXXX")
trap 'rm -rf "$download"' EXIT
cd "$download"
if ! apt-get -q download openssh-server libwrap0 libnss-wrapper >log 2>&1; then
  cat log >&2
  echo "$0: cannot download the Debian package 'openssh-server' (are the package lists there? apt-get update)" >&2
  exit 1
fi
for package in ./*.deb; do
  dpkg-deb -x "$package" "$target"
done
mkdir -p "$target/lib"
ln -sf "$target"/usr/lib/*/libwrap.so.0 "$target"/usr/lib/*/libnss_wrapper.so "$target/lib/"
touch "$target/.sshd-unpacked"

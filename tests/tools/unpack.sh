#!/bin/sh
# SPDX-License-Identifier: BSL-1.0
# unpack.sh WHAT DIR: puts Debian packages under DIR without installing them: no service starts, no user is added and
# no package has to go for them. Does nothing when they are there already. WHAT:
#   prometheus  prometheus, promtool, its push gateway and node exporter, in DIR/usr/bin
#   nginx       DIR/usr/sbin/nginx
#   sshd        DIR/usr/sbin/sshd; in DIR/lib what it needs, and nss_wrapper, so that it finds the users of a test
#   boost_1.74  DIR/usr/include/boost: its package cannot be installed beside that of 1.81
set -eu

usage() {
  echo "usage: $0 prometheus|nginx|sshd|boost_1.74 DIR" >&2
  exit 2
}
[ $# -eq 2 ] || usage

case $1 in
  prometheus)
    packages="prometheus prometheus-pushgateway prometheus-node-exporter"
    files="usr/bin/prometheus usr/bin/promtool usr/bin/prometheus-pushgateway usr/bin/prometheus-node-exporter" ;;
  nginx) packages=nginx files=usr/sbin/nginx ;;
  sshd)
    packages="openssh-server libwrap0 libnss-wrapper"
    files="usr/sbin/sshd lib/libwrap.so.0 lib/libnss_wrapper.so" ;;
  boost_1.74) packages=libboost1.74-dev files=usr/include/boost/asio.hpp ;;
  *) usage ;;
esac

mkdir -p "$2"
target=$(cd "$2" && pwd)
marker=$target/.$1-unpacked

# Only an unpacking that was completed counts.
is_complete() {
  [ -e "$marker" ] || return 1
  for file in $files; do
    [ -e "$target/$file" ] || return 1
  done
}
is_complete && exit 0

download=$(mktemp -d "$target/.download-XXXXXX")
trap 'rm -rf "$download"' EXIT
cd "$download"
# One word each, on purpose.
if ! apt-get -q download $packages >log 2>&1; then
  cat log >&2
  echo "$0: cannot download the Debian packages $packages (are the package lists there? apt-get update)" >&2
  exit 1
fi
for package in ./*.deb; do
  dpkg-deb -x "$package" "$target"
done
if [ "$1" = sshd ]; then
  mkdir -p "$target/lib"
  ln -sf "$target"/usr/lib/*/libwrap.so.0 "$target"/usr/lib/*/libnss_wrapper.so "$target/lib/"
fi
touch "$marker"
is_complete || { echo "$0: the packages $packages do not hold all of: $files" >&2; exit 1; }

#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Makes a Debian 13 tree with GIMP 3, this project's build dependencies and ONNX Runtime, so that a
# Debian 12 machine tests GIMP 3 too. Prints the tree's path; reuses the tree while the list of
# packages is unchanged. Exit status 77: no tree can be made here (the reason is on stderr).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/debian.sh"

suite=trixie
cache=${WHYLAYER_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/whylayer-tests}
tree=$cache/debian-13
stamp=etc/whylayer-test-tree
# Locales: a decimal comma, and the language that has a catalogue.
locales="de_DE zh_CN"
hash=$(printf '%s\n' $suite $tree_packages $locales | sort | sha256sum | cut -d ' ' -f 1)

skip () { echo "make-tree: no Debian 13 tree: $*" >&2; exit 77; }
is_current () { [ "$(cat "$tree/$stamp" 2> /dev/null)" = "$hash" ]; }

if is_current; then echo "$tree"; exit 0; fi
[ "$(id -u)" = 0 ] || skip "making one needs root"
command -v mmdebstrap > /dev/null || skip "mmdebstrap is not installed"
mirror=$(debian_mirror)
[ -n "$mirror" ] || skip "apt on this machine knows no Debian archive"

mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9
if is_current; then echo "$tree"; exit 0; fi   # made while we waited
rm -rf "$cache"/debian-13.tmp.*                # left by a killed run: we hold the lock

new=$cache/debian-13.tmp.$$
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[ -f $keyring ] || keyring=
mmdebstrap --variant=apt --mode=root ${keyring:+--keyring=$keyring} \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  --aptopt='Acquire::Check-Valid-Until "false"' \
  --include="$(echo $tree_packages | tr ' ' ,)" \
  --customize-hook="for l in $locales; do chroot \"\$1\" localedef -i \$l -f UTF-8 \$l.UTF-8; done" \
  --customize-hook="echo $hash > \"\$1/$stamp\"" \
  $suite "$new" "$mirror" >&2 9>&- || { rm -rf "$new"; skip "mmdebstrap failed"; }

rm -rf "$tree"
mv "$new" "$tree"
echo "$tree"

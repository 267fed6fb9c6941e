# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Debian packages by purpose and the few apt questions, for install.sh and the tests. Source it.

# What the core and the command line need to build, on Debian 12 and 13 alike.
build_packages="gcc libc6-dev meson ninja-build pkgconf gettext libglib2.0-dev libopenblas-dev
  libprotobuf-c-dev protobuf-c-compiler libjson-glib-dev nettle-dev libgdk-pixbuf-2.0-dev
  libpng-dev libgegl-dev libbabl-dev"

# A host and its development files, by GIMP generation.
gimp2_packages="gimp libgimp2.0-dev"
gimp3_packages="gimp libgimp-3.0-dev"

# What drives a host in the tests: a display, a session bus, eyes and hands.
driver_packages="xvfb xauth xdotool imagemagick dbus dbus-x11 at-spi2-core python3 python3-numpy
  python3-pil python3-pyatspi adwaita-icon-theme fonts-dejavu-core fonts-droid-fallback procps"

# The Debian 13 tree: GIMP 3 with its Python, and ONNX Runtime for the oracle tests.
tree_packages="ca-certificates $build_packages $gimp3_packages $driver_packages gimp-data libgimp-3.0-bin
  gir1.2-gimp-3.0 python3-gi python3-onnx python3-onnxruntime libonnx-testdata locales"

# What all tests need on this machine: its GIMP, the references, and the maker of the tree.
test_packages ()
{
  echo $build_packages $driver_packages locales parallel mmdebstrap debian-archive-keyring libonnx-testdata python3-onnx
  case $(debian_release) in
    12) echo $gimp2_packages libatk-adaptor libgail-common python3-torch python3-torchvision ;;
    *) echo $gimp3_packages python3-gi gir1.2-gimp-3.0 python3-onnxruntime python3-torch ;;
  esac
}

# The Debian release of this machine as a number (12, 13, ...), or nothing.
debian_release () { sed -n 's/^\([0-9]\+\).*/\1/p' /etc/debian_version 2> /dev/null; }

# Those of the named packages that are not installed, one per line.
missing_packages ()
{
  local package
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || echo "$package"
  done
}

# URI of the Debian archive this machine already uses for apt.
debian_mirror ()
{
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2> /dev/null |
    sed -n 's/^Debian|Debian|//p' | head -n 1
}

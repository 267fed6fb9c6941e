#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: install-catalogues.sh DIR   (run by Meson) copies every built catalogue to DIR
set -e
cd "$MESON_BUILD_ROOT/po"
for catalogue in */LC_MESSAGES/whylayer.mo; do
  install -D -m 644 "$catalogue" "${DESTDIR-}$1/$catalogue"
done

#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# usage: parallel.sh PICTURES RESULTS SHARDS [OPTION of `whylayer batch`...]
# Explains a folder in shards with GNU parallel and joins the reports. Run it again after it was
# stopped, and it goes on where it was.
#
# On several machines, which all see PICTURES and RESULTS under the same path (NFS) and have
# whylayer: put them into $HOSTS as parallel's --sshlogin takes them, such as
#   HOSTS=1/one.example,1/two.example,: parallel.sh pictures results 16 --method occlusion
# (1/: one shard at a time, for a shard uses all cores itself; ':' is this machine.)
set -eu
pictures=$(realpath "$1") results=$(realpath -m "$2") shards=$3
shift 3
mkdir -p "$results"

# A shard with failed pictures ends with status 1, which is no reason to stop the others.
status=0
seq "$shards" | parallel --jobs "${JOBS:-1}" --sshlogin "${HOSTS:-:}" --quote \
  "${WHYLAYER:-whylayer}" batch "$pictures" -o "$results" --shard "{}/$shards" --resume "$@" || status=$?

set --
for i in $(seq "$shards"); do set -- "$@" "$results/report-$i-of-$shards.jsonl"; done
"${WHYLAYER:-whylayer}" merge "$@" -o "$results/report.jsonl"
[ "$status" = 0 ] || exit 1

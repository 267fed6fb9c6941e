#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Explains a folder as a Slurm job array, one shard a task. PICTURES and RESULTS lie where every node
# sees them. The array's size is the number of shards:
#
#   job=$(sbatch --parsable --array=1-16 --cpus-per-task=4 slurm-array.sh PICTURES RESULTS --method occlusion)
#   sbatch --dependency=afterany:$job --wrap 'whylayer merge RESULTS/report-*-of-16.jsonl -o RESULTS/report.jsonl'
#
# A task that was stopped or requeued goes on where it was. It keeps to the cores and the memory that
# Slurm gives it. Any first index will do: 1-16, 0-15, 100-115.
#SBATCH --job-name=whylayer
#SBATCH --requeue
set -eu
pictures=$1 results=$2
shift 2

shards=$SLURM_ARRAY_TASK_COUNT
step=${SLURM_ARRAY_TASK_STEP:-1}
shard=$(((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN) / step + 1))
if [ "$(((SLURM_ARRAY_TASK_MAX - SLURM_ARRAY_TASK_MIN) / step + 1))" != "$shards" ]; then
  echo "slurm-array.sh: the array has gaps: give it a range, such as --array=1-16" >&2
  exit 2
fi
# Status 1 says that some pictures failed, as their report lines say: the task itself is done.
"${WHYLAYER:-whylayer}" batch "$pictures" -o "$results" --shard "$shard/$shards" --resume \
  --threads "${SLURM_CPUS_PER_TASK:-0}" "$@" || [ $? = 1 ]

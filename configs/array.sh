#!/bin/sh
#SBATCH --array=1-4 --cpus-per-task=2 --time=01:00:00 --signal=B:TERM@120
# One search for each task of a SLURM array, each with a seed and a run of its own.
#   cd configs && sbatch array.sh
exec hpsearch run digits.yaml --name "digits-$SLURM_ARRAY_TASK_ID" --workers "$SLURM_CPUS_PER_TASK" --quiet \
    --set search.seed="$SLURM_ARRAY_TASK_ID" --set search.trials=25

#!/bin/sh
# Prints running, success or failed for the job of that number, as the cluster-generic executor wants it (SLURM).
# A job that squeue no longer knows (MinJobAge) is looked up in the accounting database, if there is one.
state=$(squeue --noheader --states=all --format=%T --jobs="$1" 2>/dev/null) || state=
[ -n "$state" ] || state=$(sacct --noheader --allocations --parsable2 --format=State --jobs="$1" 2>/dev/null)
case $state in
    COMPLETED) echo success ;;
    BOOT_FAIL* | CANCELLED* | DEADLINE* | FAILED* | NODE_FAIL* | OUT_OF_MEMORY* | TIMEOUT*) echo failed ;;
    *) echo running ;;
esac

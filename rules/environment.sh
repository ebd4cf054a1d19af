# The environment of every job, whoever starts it: each job's shell reads this file first.
#
# source rules/environment.sh BIN SRC    BIN: folder of the interpreter; SRC: src of this checkout
#
# What is not named here is unset: a thread policy, a processor's capability, a plotting backend or an interpreter's
# option of the caller would decide bytes or break jobs. Kept is what finds files, the network, and a cluster's own.

set -euo pipefail

kept='HOME|USER|LOGNAME|PATH|LD_LIBRARY_PATH|TMP|TEMP|TMPDIR|TEMPDIR|SLURM_.*|CUDA_VISIBLE_DEVICES'
kept+='|[A-Za-z]*_(proxy|PROXY)|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|npm_config_.*'
kept+='|(OMP|GOTO|OPENBLAS|MKL|NUMEXPR|VECLIB)_(NUM|MAXIMUM)_THREADS' # Snakemake sets them: a job's threads
kept+='|OMP_WAIT_POLICY'                                              # how to wait; the bytes are the same

unset -f $(compgen -A function)
for name in $(compgen -e); do
  [[ $name =~ ^($kept)$ ]] || unset "$name"
done

export PATH="$1:$PATH" PYTHONPATH="$2" PYTHONNOUSERSITE=1 PYTHONHASHSEED=0
export LC_ALL=C.UTF-8 PYTHONUTF8=1 # files and messages are UTF-8
export CUBLAS_WORKSPACE_CONFIG=:4096:8 # products on a graphics card add in one order

# A thread that waits for another spins only for a moment: as fast as spinning on where the job has the cores to itself,
# and three times as fast where it has not. A waiting policy of your own stays. The bytes are the same.
[[ -v OMP_WAIT_POLICY ]] || export GOMP_SPINCOUNT=10000
# Jobs keep the memory they have had: handing it back after each training step and taking it again costs several hundred
# page faults a step.
export MALLOC_TRIM_THRESHOLD_=2000000000 MALLOC_MMAP_THRESHOLD_=1000000000

# Whoever is killed cannot say so: its shell does, into the log of the job.
python() {
  local code=0
  command python "$@" || code=$?
  if ((code > 128)); then
    local signal
    signal=$(kill -l $((code - 128)))
    case $signal in
      KILL) echo "killed (SIGKILL): most often out of memory; run fewer jobs at a time (--cores), or give it more" ;;
      TERM | INT) echo "stopped (SIG$signal), by hand or by a time limit" ;;
      *) echo "ended by SIG$signal: a fault of the interpreter, a library or the machine; a full disk can do it, too" ;;
    esac >&2
  fi
  return $code
}

"""A SLURM cluster of two nodes on this machine: the real daemons, as root, without systemd.

    python tests/workflow/slurm_cluster.py start FOLDER     # then sbatch, squeue, snakemake --profile profiles/slurm
    python tests/workflow/slurm_cluster.py stop FOLDER

Needs the Debian packages slurmctld, slurmd, slurm-client and munge, and a machine that has no SLURM of its own: the
configuration must lie in /etc/slurm, because Snakemake drops every SLURM_* variable inside jobs.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
CONFIG = Path("/etc/slurm/slurm.conf")
NODES = ("n1", "n2")
CPUS = 4  # of each node, as SLURM counts them; the machine may have fewer
MEMORY = 6000  # MB of each node, likewise

SLURM_CONF = """\
# written by tests/workflow/slurm_cluster.py
ClusterName=specdnn
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
# memory is enforced: looked at each second, and a job above its request is killed
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SchedulerParameters=sched_interval=2,batch_sched_delay=0
# a node whose daemon has died counts as down after so many seconds; its jobs are then requeued
SlurmdTimeout=10
SlurmctldParameters=idle_on_node_suspend
ReturnToService=2
EnforcePartLimits=ALL
MinJobAge=3600
KillWait=2
SlurmdParameters=config_overrides
{nodes}
PartitionName=main Nodes={names} Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str | None:
    """The reason why no cluster can be started here, or None."""
    missing = [name for name in PROGRAMS if not find(name)]
    if missing:
        return f"needs SLURM (Debian: slurmctld slurmd slurm-client munge); missing: {', '.join(missing)}"
    if os.geteuid() != 0:
        return "needs root, to run SLURM's daemons"
    if CONFIG.is_symlink() and not CONFIG.exists():
        return None  # left behind by a cluster that was not stopped
    if CONFIG.exists():
        return f"{CONFIG} exists: this machine has a SLURM of its own, or another test cluster runs"
    return None


def find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def configuration(folder: Path) -> str:
    host = socket.gethostname().split(".")[0]
    port, *ports = free_ports(1 + len(NODES))
    size = f"CPUs={CPUS} RealMemory={MEMORY}"
    lines = [
        f"NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} {size} State=UNKNOWN"
        for node, port in zip(NODES, ports, strict=True)
    ]
    return SLURM_CONF.format(folder=folder, host=host, port=port, nodes="\n".join(lines), names=",".join(NODES))


def wait_until(condition, what: str, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise RuntimeError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)


def states() -> list[str]:
    """The state of each node, as sinfo prints it."""
    return subprocess.run(["sinfo", "-h", "-N", "-o", "%T"], text=True, capture_output=True).stdout.split()


def processes_of(node: str) -> list[int]:
    """What the node runs, SLURM's own supervisors first: they would report the death of a job before dying."""
    supervisors, others = set(), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"SLURMD_NODENAME={node}\0" not in (process / "environ").read_text(errors="replace"):
                continue
            others.append(int(process.name))
            parent = Path("/proc", (process / "stat").read_text().rpartition(")")[2].split()[1])
            if (parent / "comm").read_text().startswith("slurmstepd"):
                supervisors.add(int(parent.name))
        except OSError:
            continue  # ended in the meantime
    return [*supervisors, *others]


def kill_node(folder: Path, node: str, with_its_jobs: bool) -> None:
    """Ends the node's daemon; with its jobs: as if the machine had lost its power."""
    daemon = int((folder / f"slurmd-{node}.pid").read_text())
    for process in [daemon, *(processes_of(node) if with_its_jobs else [])]:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def revive_node(folder: Path, node: str) -> None:
    subprocess.run([find("slurmd"), "-c", "-N", node], check=True)
    wait_until(lambda: states() == ["idle"] * len(NODES), "the nodes are idle")


def start(folder: Path) -> None:
    """Raises RuntimeError with the reason where it cannot be started."""
    if reason := why_not():
        raise RuntimeError(reason)
    folder = folder.resolve()
    for name in ("state", *(f"spool-{node}" for node in NODES)):
        (folder / name).mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o400)
    (folder / "slurm.conf").write_text(configuration(folder))
    CONFIG.parent.mkdir(exist_ok=True)
    CONFIG.unlink(missing_ok=True)
    CONFIG.symlink_to(folder / "slurm.conf")
    files = {"socket": "munge.socket", "key-file": "munge.key", "log-file": "munged.log", "pid-file": "munged.pid"}
    flags = [f"--{flag}={folder}/{name}" for flag, name in {**files, "seed-file": "munged.seed"}.items()]
    subprocess.run([find("munged"), "--force", *flags], check=True, capture_output=True)
    subprocess.run([find("slurmctld"), "-c", "-i"], check=True)
    for node in NODES:
        subprocess.run([find("slurmd"), "-c", "-N", node], check=True)
    wait_until(lambda: states() == ["idle"] * len(NODES), "the nodes are idle")


def stop(folder: Path) -> None:
    """Ends the daemons that `start` has started in this folder, and the jobs that they run.

    Raises RuntimeError where the cluster that runs is another one, whose jobs are not ours to cancel.
    """
    folder = folder.resolve()
    if CONFIG.exists() and CONFIG.resolve() != folder / "slurm.conf":
        raise RuntimeError(f"{CONFIG} is of another cluster ({CONFIG.resolve().parent}); nothing was stopped")
    subprocess.run(["scancel", "--user", "root"], capture_output=True)
    for name in ("slurmctld", *(f"slurmd-{node}" for node in NODES), "munged"):
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(int((folder / f"{name}.pid").read_text()), signal.SIGTERM)
    CONFIG.unlink(missing_ok=True)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("start", "stop"):
        sys.exit(__doc__)
    try:
        {"start": start, "stop": stop}[sys.argv[1]](Path(sys.argv[2]))
    except RuntimeError as error:
        sys.exit(f"{sys.argv[0]}: {error}")

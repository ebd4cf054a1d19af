"""The Makefile's own steps: the Python that it takes, pip's mirrors, and results that it adopts."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from support import ROOT, script_module


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("sys.version_info = (3, 14, 0)", "is Python 3.14.0; 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.11"),
        ("sys.version_info = (3, 10, 9)", "is Python 3.10.9; 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.11"),
        ("sys.modules['ensurepip'] = None", "lacks venv or ensurepip; on Debian and Ubuntu: apt install python3-venv"),
    ],
)
def test_a_python_that_cannot_make_the_environment_is_refused_in_a_sentence(setting: str, says: str):
    code = f"import sys, runpy; {setting}; runpy.run_path('src/python_check.py')"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, f"{sys.executable} {says}\n")


@pytest.fixture
def index() -> Iterator[tuple[str, list[str]]]:
    """An empty package index on this machine: its address, and the paths that it has been asked for."""
    asked: list[str] = []

    class Recorder(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Recorder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.parametrize(
    ("config", "variables", "asked"),
    [
        ("[global]\nindex-url = {index}/file\n", {}, ["/file/tiny/"]),
        ("[global]\nindex_url = {index}/file\n[install]\nindex-url = {index}/install\n", {}, ["/install/tiny/"]),
        ("[global]\nindex-url = {index}/file\n", {"PIP_INDEX_URL": "{index}/pip"}, ["/pip/tiny/"]),
        (
            "[global]\nindex-url = {index}/a\nextra-index-url =\n  {index}/b\n  {index}/c\n",
            {},
            ["/a/tiny/", "/b/tiny/", "/c/tiny/"],
        ),
        ("", {"PIP_INDEX_URL": "{index}/pip", "UV_INDEX_URL": "{index}/uv"}, ["/uv/tiny/"]),
    ],
)
def test_uv_asks_where_pip_would(index, config: str, variables: dict, asked: list[str], tmp_path: Path):
    address, paths = index
    (tmp_path / "pip.conf").write_text(config.format(index=address))
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    given |= {"HOME": str(tmp_path), "PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "UV_NO_CACHE": "1"}
    given |= {name: value.format(index=address) for name, value in variables.items()}
    flags = ["pip", "install", "--no-config", "--target", str(tmp_path / "there"), "tiny==1"]
    done = subprocess.run(
        [sys.executable, "src/uv_as_pip.py", *flags], cwd=ROOT, env=given, capture_output=True, text=True
    )
    assert "tiny" in done.stderr
    assert sorted(set(paths)) == asked


def test_a_lock_is_made_from_the_index_alone(index, tmp_path: Path):
    address, paths = index
    (tmp_path / "requirements.in").write_text("tiny==1\n")
    given = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    given |= {"HOME": str(tmp_path), "UV_NO_CACHE": "1"}
    given |= {"PIP_INDEX_URL": f"{address}/all", "PIP_EXTRA_INDEX_URL": f"{address}/some"}
    flags = ["pip", "compile", "--no-config", "--generate-hashes", str(tmp_path / "requirements.in")]
    subprocess.run([sys.executable, "src/uv_as_pip.py", *flags], cwd=ROOT, env=given, capture_output=True)
    assert set(paths) == {"/all/tiny/"}


def test_every_setting_of_pip_that_uv_has_is_handed_on():
    uv_as_pip = script_module("uv_as_pip")
    listed = (
        "global.cert='/ca.pem'\nglobal.client-cert='/me.pem'\nglobal.proxy='http://proxy:3128'\nglobal.timeout='60'\n"
        "global.trusted-host='\\na\\nb:81'\n:env:.find-links='/wheels /more'\nlist.format='columns'\n"
    )
    assert uv_as_pip.variables(listed) == {
        "SSL_CERT_FILE": "/ca.pem",
        "SSL_CLIENT_CERT": "/me.pem",
        "ALL_PROXY": "http://proxy:3128",
        "UV_INSECURE_HOST": "a b:81",
        "UV_FIND_LINKS": "/wheels,/more",
    }
    assert uv_as_pip.environment({"SSL_CERT_FILE": "/mine"}, listed)["SSL_CERT_FILE"] == "/mine"


def test_a_demo_is_refused_before_it_is_built_where_the_port_is_taken_or_npm_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    hindrance = script_module("demo_check").hindrance
    runtime = tmp_path / "runtime.mjs"
    monkeypatch.setenv("PATH", str(tmp_path))  # no npm there
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        assert hindrance(str(taken), runtime) == (
            f"port {taken} cannot be used (Address already in use): make demo PORT={taken + 1}"
        )
    assert hindrance(str(taken), runtime).startswith("npm is not there")
    runtime.touch()
    assert hindrance(str(taken), runtime) is None
    assert hindrance("web", runtime) == "PORT=web: expected a number from 1 to 65535"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (1, "not restored: some results are not those of params.yaml; run dvc repro"),
        (255, "not restored: DVC could not compare them, for the reason above; in a tarball without .git: git init"),
        (0, None),
    ],
)
def test_restore_tells_results_that_differ_from_a_dvc_that_fails(code: int, says: str | None, tmp_path: Path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name, script in {
        "dvc": f"[ $1 = stage ] || {{ echo what dvc says; exit {code}; }}",
        "snakemake": "exit 0",
    }.items():
        tool = tmp_path / ".venv/bin" / name
        tool.parent.mkdir(parents=True, exist_ok=True)
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
    command = ["make", "--silent", "--no-print-directory", "VENV=.venv", "--old-file=.venv/ready", "restore"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode == 0) == (says is None)
    assert done.stdout.endswith(f"what dvc says\n{says}\n" if says else "what dvc says\n")

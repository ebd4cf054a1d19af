"""`uv ...` with what pip has been told of indexes, proxies and certificates, by pip.conf or PIP_*: uv reads neither.

A UV_ variable of your own that names an index leaves uv alone. A lock is made from the index itself: a folder or an
index beside it may hold only the files for this machine, and the lock would then know only their hashes.
"""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_EXTRA_INDEX_URL",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "client-cert": "SSL_CLIENT_CERT",
    "proxy": "ALL_PROXY",
}
BESIDE = ("UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_INDEX_STRATEGY")  # what no lock is made from
SECTIONS = ("global", "install", ":env:")  # of pip, each over those before it


def variables(listed: str) -> dict[str, str]:
    """What `pip config list` prints, in uv's words."""
    settings: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listed.splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if section in settings and key in VARIABLES:
            separator = "," if key == "find-links" else " "
            settings[section][VARIABLES[key]] = separator.join(ast.literal_eval(value).split())
    found = {name: value for section in SECTIONS for name, value in settings[section].items()}
    if "UV_EXTRA_INDEX_URL" in found:  # as pip looks: in all of them; the lock's hashes say which file is meant
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return found


def environment(given: Mapping[str, str], listed: str) -> dict[str, str]:
    """The caller's environment, and what pip has been told where that says nothing."""
    own = any(name.startswith("UV_") and "INDEX" in name for name in given)
    return {**({} if own else variables(listed)), **given}


if __name__ == "__main__":
    asked = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(asked, check=True, capture_output=True, encoding="utf-8").stdout
    uv = str(Path(sys.executable).with_name("uv"))
    told = environment(os.environ, listed)
    if sys.argv[1:3] == ["pip", "compile"]:
        told = {name: value for name, value in told.items() if name not in BESIDE}
    os.execve(uv, [uv, *sys.argv[1:]], told)

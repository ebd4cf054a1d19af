"""Refuse, in a sentence, a Python that `make env` cannot use. Any Python 3 must be able to read this file."""

import sys
from importlib.util import find_spec

if not (3, 11) <= sys.version_info < (3, 14):
    version = ".".join(map(str, sys.version_info[:3]))
    sys.exit(f"{sys.executable} is Python {version}; 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.11")
if not (find_spec("venv") and find_spec("ensurepip")):
    sys.exit(f"{sys.executable} lacks venv or ensurepip; on Debian and Ubuntu: apt install python3-venv")

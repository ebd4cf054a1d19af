"""Refuse, in a sentence, a demo that could not be served or built in the end: src/demo_check.py PORT RUNTIME."""

import shutil
import socket
import sys
from pathlib import Path


def hindrance(port: str, runtime: Path) -> str | None:
    """What stands in the way: another program at the port, or no npm where the runtime is not there yet."""
    if not (port.isdecimal() and 0 < int(port) < 2**16):
        return f"PORT={port}: expected a number from 1 to 65535"
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does it
        try:
            listener.bind(("127.0.0.1", int(port)))
        except OSError as error:
            other = int(port) + 1 if int(port) < 2**16 - 1 else 8000
            return f"port {port} cannot be used ({error.strerror}): make demo PORT={other}"
    if not runtime.exists() and not shutil.which("npm"):
        return "npm is not there, and the demo's runtime comes from its registry; on Debian and Ubuntu: apt install npm"
    return None


if __name__ == "__main__":
    if why := hindrance(sys.argv[1], Path(sys.argv[2])):
        sys.exit(why)

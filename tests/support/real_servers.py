"""Servers of other people's making on ports of this machine, for tunnels to lead to: PostgreSQL, sshd, an HTTP server.

Each is a program or a thread of its own, listens on 127.0.0.1 alone, and leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import getpass
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from ssmtui.loopback import free_port
from tests.support.wait import wait_until

SECONDS = 60.0
"""How long a command may take."""


def missing(*programs: str) -> str:
    """Why a test cannot be run here, for it to skip with; empty when all programs are on PATH."""
    absent = [program for program in programs if shutil.which(program) is None]
    return f"not on PATH: {', '.join(absent)}" if absent else ""


@dataclass
class Ran:
    """How a command ended."""

    code: int
    output: str
    errors: str


async def run(
    *command: str, stdin: bytes | None = None, environment: Mapping[str, str] | None = None, timeout: float = SECONDS
) -> Ran:
    """Run a command to its end; one that takes longer than ``timeout`` is killed, and fails the test."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, **(environment or {})},
    )
    try:
        async with asyncio.timeout(timeout):
            output, errors = await process.communicate(stdin)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ran(process.returncode or 0, output.decode(errors="replace"), errors.decode(errors="replace"))


# HTTP


def body(size: int) -> bytes:
    """What ``GET /SIZE`` answers."""
    return random.Random(size).randbytes(size)


class _HttpServer(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


class _Http(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """``/SIZE``: a body of so many bytes, which only its size decides."""
        self._answer(body(int(self.path.strip("/"))))

    def do_PUT(self) -> None:
        """The digest of what was sent."""
        digest, left = hashlib.sha256(), int(self.headers["Content-Length"])
        while left:
            data = self.rfile.read(min(left, 65_536))
            if not data:
                self.close_connection = True
                return
            digest.update(data)
            left -= len(data)
        self._answer(digest.hexdigest().encode())

    def _answer(self, data: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Be quiet."""


@contextmanager
def http_server() -> Iterator[int]:
    """The port of an HTTP server with a thread for each connection."""
    server = _HttpServer(("127.0.0.1", 0), _Http)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# PostgreSQL


@cache
def no_postgres() -> str:
    """Why no PostgreSQL can be run here; empty when one can."""
    if sys.platform == "win32":
        return "PostgreSQL is run as on Unix here"
    return missing("initdb", "postgres", "psql", "pgbench")


def _nobody() -> dict[str, Any]:
    """What makes a process that of the user nobody."""
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@asynccontextmanager
async def postgres() -> AsyncIterator[int]:
    """The port of a fresh PostgreSQL that trusts the user ``postgres``. Run by root it is the user nobody's: PostgreSQL
    refuses root."""
    as_whom = _nobody() if os.geteuid() == 0 else {}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    with tempfile.TemporaryDirectory(prefix="ssmtui-postgres-", ignore_cleanup_errors=True) as place:
        if as_whom:
            os.chown(place, as_whom["user"], as_whom["group"])
        data, port = str(Path(place) / "data"), free_port()
        options = ("-A", "trust", "-U", "postgres", "--no-sync", "--no-instructions", "-E", "UTF8", "--locale=C")
        made = await asyncio.create_subprocess_exec(
            "initdb", "-D", data, *options,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=place, env=environment, **as_whom,
        )  # fmt: skip
        assert await made.wait() == 0
        log = Path(place) / "log"
        settings = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_wal_size=64MB")
        with log.open("wb") as output:
            server = await asyncio.create_subprocess_exec(
                "postgres", "-D", data, "-p", str(port), *(word for setting in settings for word in ("-c", setting)),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=place, env=environment, **as_whom,
            )  # fmt: skip
        try:
            await wait_until("PostgreSQL to be ready", lambda: b"ready to accept" in log.read_bytes(), 30)
            yield port
        finally:
            if server.returncode is None:
                server.terminate()
            await server.wait()


# OpenSSH


# Run by root it wants a user and a folder of its own, which a machine where it was never installed has not: here it
# sees both, and nobody else does. $1 is shown as /etc/passwd.
_ENTER = 'mount --bind "$1" /etc/passwd && mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd && shift && exec "$@"'
_APART = ("unshare", "--mount", "--", "sh", "-c", _ENTER, "sh")


@cache
def no_sshd() -> str:
    """Why no sshd can be run here; empty when one can."""
    if sys.platform == "win32":
        return "sshd is run as on Unix here"
    if absent := missing("sshd", "ssh", "ssh-keygen"):
        return absent
    if os.geteuid() != 0:
        return ""
    if absent := missing("unshare"):
        return absent
    tried = subprocess.run([*_APART, "/etc/passwd", "true"], capture_output=True, text=True, check=False)
    return f"no mount namespace for sshd: {tried.stderr.strip()}" if tried.returncode else ""


@dataclass
class SshServer:
    """An sshd for whoever runs the tests, by a key of its own."""

    port: int
    key: Path
    place: Path
    """A folder that is removed with it."""
    process: asyncio.subprocess.Process

    @property
    def user(self) -> str:
        """Who may log in."""
        return getpass.getuser()

    def options(self, proxy: str) -> list[str]:
        """ssh's options to reach it through ``proxy``, a ProxyCommand, and no other way."""
        settings = {
            "ProxyCommand": proxy,
            "IdentityFile": str(self.key),
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": str(self.place / "known_hosts"),
            "StrictHostKeyChecking": "no",
            "BatchMode": "yes",
            "LogLevel": "ERROR",
            "User": self.user,
        }
        return ["-F", "none", *(word for name, value in settings.items() for word in ("-o", f"{name}={value}"))]


def _users() -> str:
    """/etc/passwd with sshd's user."""
    users = Path("/etc/passwd").read_text()
    return users if "\nsshd:" in users else f"{users}sshd:x:74:74::/run/sshd:/usr/sbin/nologin\n"


def _sftp_server() -> str:
    """The sftp server beside the sshd that is on PATH, or sshd's own."""
    found = shutil.which("sshd")
    beside = Path(found).resolve().parent.parent / "lib/openssh/sftp-server" if found else Path("/nonexistent")
    return str(beside) if beside.exists() else "internal-sftp"


def _keys(place: Path, source: str) -> str:
    if not source:
        return f"AuthorizedKeysFile {place / 'authorized_keys'}\n"
    # As the package ec2-instance-connect has it, less the signatures that its program checks.
    command = f"{shutil.which('curl')} -sf {source}"
    return f"AuthorizedKeysFile none\nAuthorizedKeysCommand {command}\nAuthorizedKeysCommandUser nobody\n"


@asynccontextmanager
async def ssh_server(keys_from: str = "") -> AsyncIterator[SshServer]:
    """An sshd that lets in whoever runs the tests; with ``keys_from``, in which ``%u`` is the user, only with the keys
    that curl finds there."""
    with tempfile.TemporaryDirectory(prefix="ssmtui-sshd-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        for name in ("host_key", "key"):
            made = await run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / name))
            assert made.code == 0, made.errors
        (place / "authorized_keys").write_text((place / "key.pub").read_text())
        port = free_port()
        (place / "sshd_config").write_text(
            f"ListenAddress 127.0.0.1:{port}\nHostKey {place / 'host_key'}\nPidFile none\n"
            f"{_keys(place, keys_from)}StrictModes no\nUsePAM no\n"
            f"PasswordAuthentication no\nPermitRootLogin prohibit-password\nMaxStartups 100\n"
            f"Subsystem sftp {_sftp_server()}\n"
        )
        program = shutil.which("sshd")  # it starts itself again, and wants to know where it is
        assert program is not None
        command = [program, "-D", "-e", "-f", str(place / "sshd_config")]
        if os.geteuid() == 0:
            (place / "passwd").write_text(_users())
            command = [*_APART, str(place / "passwd"), *command]
        log = place / "log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        try:
            await wait_until("sshd to listen", lambda: b"Server listening" in log.read_bytes(), 20, log.read_bytes)
            yield SshServer(port, place / "key", place, process)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()

"""Where keepers listen: a socket each, in a directory for its owner alone. Everything here blocks, for a moment."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import stat
import struct
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ssmtui import __version__
from ssmtui.errors import ConfigurationError
from ssmtui.private_file import make_private

OURS_ALONE = 0o077
"""Bits of a mode that let others in."""
OLD = 10.0
"""Seconds after which a socket that nobody listens at is one that a killed keeper has left."""
LONGEST = 103
"""Bytes of a socket's name (``sun_path`` of macOS; Linux has four more)."""
MOST_KEEPERS = 32
"""Sockets that are looked at."""
_NAME = re.compile(r"keep-[0-9a-f]{8,32}")
_UNSAID = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")
"""What changes with AWS_ACCESS_KEY_ID, and is a secret."""
_OF_NETWORK = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSMTUI_MESSAGE_ENDPOINTS", "SSMTUI_STREAM_HOSTS")
"""What else decides whether AWS is reached, beside proxies."""


def is_possible() -> bool:
    """Whether this system has sockets that say who is at their other end."""
    return sys.platform != "win32"


def likeness(arguments: tuple[str | None, ...], environment: Mapping[str, str]) -> str:
    """The same for two runs of the same release that ask AWS in the same way: with these ``arguments``, and what the
    ``environment`` says of AWS and of the way there. A keeper takes sessions only from a screen that is like it:
    another one's credentials may be another account's, which would know nothing of them, and it may not reach AWS."""
    said = {name: value for name, value in environment.items() if name.startswith("AWS_") and name not in _UNSAID}
    said |= {name: value for name, value in environment.items() if name in _OF_NETWORK}
    # A proxy counts by its host: its password stays out of it.
    proxies = {
        name.lower(): value.rpartition("@")[2].rpartition("//")[2]
        for name, value in environment.items()
        if name.lower().endswith("_proxy")
    }
    facts = (__version__, arguments, environment.get("HOME"), sorted(said.items()), sorted(proxies.items()))
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def checked(directory: Path) -> Path:
    """``directory``, made where there is none. Raises :class:`ssmtui.errors.ConfigurationError` where somebody else
    could put a socket there, and OSError."""
    make_private(directory)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & OURS_ALONE:
        raise ConfigurationError(
            f"{directory} is not a directory that you alone may use",
            title="There is no safe place for the keeper's socket",
            remedy="Remove it, or set XDG_RUNTIME_DIR to a directory of your own.",
        )
    return directory


def socket_of(directory: Path, owner: str) -> Path:
    """The name of the socket of the keeper whose id in the ledger is ``owner``."""
    return directory / f"keep-{owner[:12]}"


def listen(file: Path) -> socket.socket:
    """A socket at ``file`` that only this person may connect to. Raises OSError, and
    :class:`ssmtui.errors.ConfigurationError` where the name is longer than sockets may have."""
    if len(os.fsencode(file)) > LONGEST:
        raise ConfigurationError(
            f"{file} is too long a name for a socket",
            title="There is no place for the keeper's socket",
            remedy="Set XDG_RUNTIME_DIR to a directory with a shorter name.",
        )
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(file))
        listening.listen()
    except OSError:
        listening.close()
        raise
    finally:
        os.umask(before)
    return listening


def keepers(directory: Path) -> list[Path]:
    """The sockets in ``directory``, the latest first; none where there is no such directory or others may use it."""
    found: list[tuple[float, Path]] = []
    try:
        about = directory.lstat()
        if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & OURS_ALONE:
            return []
        with os.scandir(directory) as entries:
            for entry in entries:
                if _NAME.fullmatch(entry.name) is None:
                    continue
                with suppress(OSError):
                    seen = entry.stat(follow_symlinks=False)
                    if stat.S_ISSOCK(seen.st_mode):
                        found.append((seen.st_mtime, directory / entry.name))
    except OSError:
        return []
    return [path for _, path in sorted(found, reverse=True)[:MOST_KEEPERS]]


def tidy(directory: Path) -> None:
    """Remove the sockets of keepers that were killed."""
    for file in keepers(directory):
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            try:
                probe.connect(str(file))
            except ConnectionRefusedError:
                # One that is made just now is bound before it listens.
                if time.time() - file.lstat().st_mtime > OLD:
                    file.unlink()


def is_mine(connection: socket.socket) -> bool:
    """Whether the process at the other end is this person's. False where the system does not say."""
    try:
        return _peer(connection) == os.geteuid()
    except (OSError, AttributeError, struct.error):
        return False


if sys.platform == "linux":

    def _peer(connection: socket.socket) -> int:
        # struct ucred of socket(7): pid, uid, gid.
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("iII"))
        uid: int = struct.unpack("iII", credentials)[1]
        return uid

else:

    def _peer(connection: socket.socket) -> int:
        # getpeereid(3) of the BSDs and macOS.
        import ctypes

        library = ctypes.CDLL(None, use_errno=True)
        uid, gid = ctypes.c_uint32(), ctypes.c_uint32()
        if library.getpeereid(connection.fileno(), ctypes.byref(uid), ctypes.byref(gid)) != 0:
            raise OSError(ctypes.get_errno(), "getpeereid")
        return uid.value

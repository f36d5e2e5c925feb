"""Keys for EC2 Instance Connect, which lets one in for 60 seconds: the person's own, or some that nobody keeps.

Own ones are made anew every hour, in one of two files in turn: ssh reads both, and the one that a connection of a
moment ago was promised is not replaced before its hour is over.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from ssmtui.config import paths
from ssmtui.config.files import lock_of, locked, read_bounded, replace_private
from ssmtui.errors import ConfigurationError, UsageError

LASTS = 3600.0
"""Seconds for which a key of ours is used."""
MOST = 4096
"""Characters of a public key that EC2 Instance Connect takes (SendSSHPublicKey)."""


def places() -> tuple[Path, Path]:
    """The files of private keys that ssh has to try."""
    folder = paths.find().state / "ssh"
    return folder / "instance-connect-0", folder / "instance-connect-1"


def public_key_of(key: Path) -> str:
    """The public key that belongs to the private one in ``key``, from the file beside it. Raises
    :class:`ssmtui.errors.UsageError`."""
    file = key if key.suffix == ".pub" else key.with_name(key.name + ".pub")
    try:
        text = read_bounded(file, 4 * MOST).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(
            f"{file}: {why}",
            title="The public key cannot be read",
            remedy=f"`ssh-keygen -y -f {key}` prints it, or leave out --key.",
        ) from None
    words = text.split()
    if "\n" in text or len(words) < 2 or not words[0].isprintable() or len(text) > MOST:
        raise UsageError(f"{file} holds no public key of OpenSSH", title="The public key cannot be read")
    # Without the comment, which is often a name and a machine.
    return " ".join(words[:2])


def current(wall: float | None = None) -> str:
    """The public key of this hour, made if there is none. Blocks. Raises
    :class:`ssmtui.errors.ConfigurationError`."""
    now = time.time() if wall is None else wall
    place = places()[int(now // LASTS) % 2]
    try:
        with locked(lock_of(place)):
            if _age(place, now) > LASTS or not (public := _public(place)):
                public = _make(place, now)
            return public
    except OSError as error:
        raise ConfigurationError(
            f"{place}: {error.strerror or error}", title="No key can be made for EC2 Instance Connect"
        ) from error


def forget() -> None:
    """Remove the keys that were made, which the next connection would make again."""
    for place in places():
        for file in (place, place.with_name(place.name + ".pub"), lock_of(place)):
            with suppress(OSError):
                file.unlink()
    with suppress(OSError):
        places()[0].parent.rmdir()


def _age(place: Path, now: float) -> float:
    try:
        made = place.stat().st_mtime
    except FileNotFoundError:
        return LASTS + 1
    return abs(now - made)


def _public(place: Path) -> str:
    try:
        return public_key_of(place)
    except UsageError:
        return ""


def _make(place: Path, now: float) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    # The private one last, whose age says that there is a pair: stopped in between, both are made again.
    replace_private(place.with_name(place.name + ".pub"), f"{public} ssmtui\n".encode())
    replace_private(place, private)
    os.utime(place, (now, now))
    return public

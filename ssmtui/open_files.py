"""How many files and sockets this process may have open: raised at the start, and named where it is reached."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

REMEDY = "Close some tabs, or raise the limit (`ulimit -n`) and start ssmtui again."
_LARGEST = 10_240
"""What macOS takes at most where the hard limit is "unlimited" (OPEN_MAX of its <sys/syslimits.h>)."""
_before: list[tuple[int, int]] = []
"""The limits before they were raised: the first is the shell's."""
_SHELL = "/bin/sh"
_LOWER = 'ulimit -S -n "$1" 2>/dev/null; shift; exec "$@"'
_REACHED = (errno.EMFILE, errno.ENFILE)


def raise_limit() -> None:
    """Raise the soft limit to the hard one. Shells give 256 or 1,024, for programs that use select(2), while the hard
    limit is often a thousand times that. Where it cannot be raised it stays."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    _before.append((soft, hard))
    for wanted in (hard, _LARGEST):
        if soft == hard or soft == resource.RLIM_INFINITY:
            return
        with suppress(OSError, ValueError):
            if wanted == resource.RLIM_INFINITY or wanted > soft:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
                return


def as_before(command: Sequence[str]) -> list[str]:
    """``command`` as it must be started to have the soft limit that was there before :func:`raise_limit`: programs that
    use select(2) break above 1,024.

    A shell lowers the limit and becomes the program: changing ours meanwhile would have our own threads find it
    reached, and code between fork and exec is unsafe where there are threads. The shell takes no word of ``command``
    for its own.
    """
    if sys.platform == "win32" or not _before:
        return list(command)
    import resource

    soft, _ = _before[0]
    if soft == resource.getrlimit(resource.RLIMIT_NOFILE)[0] or not os.access(_SHELL, os.X_OK):
        return list(command)
    wanted = "unlimited" if soft == resource.RLIM_INFINITY else str(soft)
    return [_SHELL, "-c", _LOWER, _SHELL, wanted, *command]


def limit() -> int | None:
    """The soft limit; None where there is none."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def exhausted(error: BaseException | None) -> str:
    """What to say of ``error`` if it, or what it came of, is the limit of open files; empty if it is not."""
    for _ in range(8):
        if error is None:
            break
        if isinstance(error, OSError) and error.errno in _REACHED:
            number = limit() if error.errno == errno.EMFILE else None
            return "too many open files" if number is None else f"too many open files: the limit is {number}"
        error = _cause(error)
    return ""


def _cause(error: BaseException) -> BaseException | None:
    # urllib3 and botocore keep what happened as `reason` and `error`; the chain of Python may be cut by `from None`.
    for name in ("reason", "error"):
        kept = getattr(error, name, None)
        if isinstance(kept, BaseException):
            return kept
    kept = getattr(error, "kwargs", None)
    nested = kept.get("error") if isinstance(kept, dict) else None
    if isinstance(nested, BaseException):
        return nested
    return error.__cause__ or error.__context__

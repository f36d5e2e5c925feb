"""Works within a limit on address space (``ulimit -v``, RLIMIT_AS), as shared hosts and batch systems set it.

glibc sets 64 MB of address space aside for each thread that allocates, and 8 MB for its stack (mallopt(3),
pthread_create(3)). With a dozen threads that alone meets a limit of 600 MB, and libraries in C do not all survive an
allocation that fails. Little of it is ever used, so under a limit threads share two arenas and have small stacks.
"""

from __future__ import annotations

import sys
import threading
from contextlib import suppress

from ssmtui.errors import ConfigurationError

LEAST = 256 << 20
"""Bytes; a run of the demo takes 178 MB at most, `ssmtui connect` 160 MB."""
_STACK = 1 << 20
_M_ARENA_MAX = -8
"""``malloc.h``."""


def fit_limit() -> None:
    """Reduce the use of address space where there is a limit on it. Call it before threads are started.

    Raises :class:`ConfigurationError` where it is too small to start at all.
    """
    if sys.platform == "win32":
        return
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return
    if limit < LEAST:
        raise ConfigurationError(
            f"This shell limits a program to {limit >> 20} MB of address space. "
            f"ssmtui needs {LEAST >> 20} MB: raise the limit, for example with `ulimit -v {LEAST >> 10}`.",
            title="There is too little memory",
        )
    import ctypes

    threading.stack_size(_STACK)
    with suppress(OSError, AttributeError):  # a libc without arenas
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 2)

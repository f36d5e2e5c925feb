"""The log file: where it is, who may write to it, and what is taken out of every line.

Only ssmtui's own loggers and asyncio's are written: the AWS and web-socket libraries log tokens and keystrokes. The
redaction is the second fence, for text that comes inside a foreign error.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from ssmtui import inert
from ssmtui.errors import ConfigurationError
from ssmtui.private_file import (
    make_private,
    open_private,  # here, for the files may be gone when there is something to log
)

OWN = ("ssmtui", "asyncio")
MAX_BYTES = 1_000_000
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
REDACTED = "[redacted]"

_SECRETS = (
    # "TokenValue": "...", secret_access_key=..., SessionToken: ...
    r"(?i)((?:token_?value|session_?token|security_?token|secret_?access_?key|password|client_?secret|"
    r"(?:access|refresh|id|bearer)_?token|device_?code|code_?verifier|token_?code)"
    r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',&}]+",
    r"(?i)(x-amz-(?:security-token|signature|credential)[\"']?\s*[:=]\s*[\"']?)[^\s\"',&}]+",
    r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?)[^\r\n\"']+",
    # The user and the password in an address, up to its last @; a JSON web token.
    r"(?i)(\b[a-z][a-z0-9+.-]{0,20}://)[^\s/\"']*(?=@)",
    r"(\beyJ)[\w-]+\.[\w-]+\.[\w-]*",
)
"""As strings: ``re`` compiles them with the first entry, and the first frame has none to wait for."""
_ACCESS_KEY = r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b"


def redact(text: str) -> str:
    """``text`` without tokens, signatures and keys."""
    for pattern in _SECRETS:
        text = re.sub(pattern, rf"\g<1>{REDACTED}", text)
    return re.sub(_ACCESS_KEY, REDACTED, text)


class RedactingFormatter(logging.Formatter):
    """Takes secrets out of the whole entry, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        """The entry as it may be written."""
        return redact(super().format(record))


class PrivateFileHandler(logging.FileHandler):
    """A file for its owner alone, made when the first entry is written and started anew when it has grown large: the
    previous content is kept once, as ``.old``. A log that cannot be written neither stops the program nor writes over
    the screen.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(file, encoding="utf-8", delay=True)
        self.setFormatter(RedactingFormatter(FORMAT))

    def _open(self) -> Any:
        file = Path(self.baseFilename)
        if _size(file) > MAX_BYTES:
            file.replace(file.with_name(file.name + ".old"))
        return open(open_private(file), self.mode, encoding=self.encoding)

    def open_now(self) -> None:
        """Open the file now; raises ``OSError`` when it cannot be written."""
        self.stream = self._open()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one entry, if the file can be opened."""
        with suppress(OSError):
            if self.stream is None:
                make_private(Path(self.baseFilename).parent)
            elif os.fstat(self.stream.fileno()).st_size > MAX_BYTES:
                self.stream.close()
                self.stream = None  # opened anew by what follows
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's own name)
        """Say nothing: the screen is not ours to write on."""


def _size(file: Path) -> int:
    """Bytes of a plain file; 0 for anything else, which is not moved away either."""
    try:
        found = file.lstat()
    except OSError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def open_log(file: Path, level: int, *, must_open: bool = False) -> None:
    """Send what ssmtui logs from ``level`` up to ``file``, and nowhere else.

    With ``must_open`` the file is made at once, and :class:`ConfigurationError` is raised when it cannot be written.
    """
    close_log()
    handler = PrivateFileHandler(file)
    if must_open:
        try:
            handler.open_now()
        except OSError as error:
            raise ConfigurationError(
                f"{inert.line(str(file))}: {error.strerror or 'no permission'}",
                title="The log cannot be written",
                remedy="Give --log-file the name of a new file in a directory of your own.",
            ) from error
    handler.setLevel(level)
    for name in OWN:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.propagate = False
    # asyncio's DEBUG is about its selector, of use to nobody here.
    logging.getLogger("ssmtui").setLevel(level)


def close_log() -> None:
    """Undo :func:`open_log`, if it has been called."""
    for name in OWN:
        logger = logging.getLogger(name)
        for handler in _ours(logger):
            logger.removeHandler(handler)
            logger.propagate = True
            handler.close()


def open_files() -> list[Path]:
    """The log files in use that are not empty."""
    files = [Path(handler.baseFilename) for handler in _ours(logging.getLogger(OWN[0]))]
    return [file for file in files if file.exists()]


def _ours(logger: logging.Logger) -> list[PrivateFileHandler]:
    return [handler for handler in logger.handlers if isinstance(handler, PrivateFileHandler)]

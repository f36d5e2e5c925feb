"""The engines' host as it is, but telling in a file what took it long: ``python -m tests.fuzz.watched_host FILE``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from ssmtui.terminal import host, wire
from tests.fuzz.trial import SLOW_SECONDS


def watch(log: Path) -> None:
    """Write each slow message to ``log``, a JSON object a line, with the processor time it took."""
    answer = host.TerminalHost.answer

    def timed(self: host.TerminalHost, header: wire.Header, blob: bytes) -> tuple[dict[str, Any], bytes]:
        began = time.thread_time()
        told = answer(self, header, blob)
        took = time.thread_time() - began
        if took > SLOW_SECONDS:
            with log.open("a") as file:
                line = {"do": header["do"], "key": header.get("key"), "seconds": round(took, 3), "bytes": len(blob)}
                file.write(json.dumps(line) + "\n")
        return told

    host.TerminalHost.answer = timed  # type: ignore[method-assign]  # the host has no hook for it


if __name__ == "__main__":
    watch(Path(sys.argv.pop(1)))
    host.main()

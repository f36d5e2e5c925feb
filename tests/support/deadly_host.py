"""The engines' host, with engines that die, hang or fail on a word of the output.

The plain engine is left as it is, so that a quarantined session can be seen to go on.
"""

from __future__ import annotations

import os
import signal

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines, host
from ssmtui.terminal.engine import Engine
from ssmtui.terminal.screen import Effects

DIE, HANG, FAIL = b"<die>", b"<hang>", b"<fail>"


def _deadly(engine: Engine) -> Engine:
    feed = engine.feed

    def deadly_feed(data: bytes) -> Effects:
        if DIE in data:
            os.kill(os.getpid(), signal.SIGKILL)
        if HANG in data:
            while True:
                pass
        if FAIL in data:
            raise RuntimeError
        return feed(data)

    engine.feed = deadly_feed  # type: ignore[method-assign]  # a defect that no engine has
    return engine


def main() -> None:
    """Serve as the real host does."""
    create = engines.create

    def create_deadly(name: str | None, size: TerminalSize, scrollback_lines: int) -> Engine:
        engine = create(name, size, scrollback_lines)
        return engine if name == engines.BITTTY else _deadly(engine)

    engines.create = create_deadly
    host.main()


if __name__ == "__main__":
    main()

"""The engines' own process: all terminals of a run, driven by messages on stdin, answered on stdout (see ``wire``).

Run as ``python -m ssmtui.terminal.host [ENGINE]``. Engines parse what nodes print in native code, and fuzzing crashes
them now and then (docs/fuzzing.md). Here that costs neither the sessions nor the screen: the client starts another host
and restores each terminal from a snapshot and the output since. So this process holds no secret, opens no file or
socket, and may die at any moment.

One process serves all terminals, because one for each would cost tens of megabytes each. It answers one message at a
time, so whatever takes long (searching, copying, compressing) is cut into slices, and the client asks for the next one
when nothing more urgent waits. It imports little, because a person waits for its first answer.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import astuple
from typing import Any, BinaryIO

from ssmtui.model import TerminalSize
from ssmtui.terminal import engines, marks_wire, memory, wire
from ssmtui.terminal.engine import MAX_FEED, Engine
from ssmtui.terminal.host_marks import TerminalMarks
from ssmtui.terminal.line_watch import LineWatch
from ssmtui.terminal.marks import Find
from ssmtui.terminal.screen import Effects, Modes
from ssmtui.terminal.signs import LineEnd, OutputSigns

MEMORY_LIMIT = 2 << 30
"""Bytes of data that the process may have. All scrollbacks together may have half of it (``memory.TOTAL``)."""
REPLY_RATE = 8192
"""Bytes of answers that one terminal's program can cause in a second. More is an attack, or a loop: an answer that a
shell echoes may be a query again."""

HostAnswer = tuple[dict[str, Any], bytes]
"""Header and blob of a message."""


class _Terminal:
    """An engine, its marks, and what the client knows of it."""

    def __init__(self, engine: Engine, lines: int, cols: int) -> None:
        self.engine = engine
        self._lines = lines
        self.cols = cols
        self._limit = self.wanted
        self.marks = TerminalMarks(engine)
        self.told_modes: Modes | None = None
        self.signs = OutputSigns()
        self.told_end: LineEnd | None = None
        self.watch: LineWatch | None = None
        self._allowance = float(REPLY_RATE)
        self._counted = time.monotonic()

    @property
    def wanted(self) -> int:
        """Bytes that its scrollback takes when it is full."""
        return memory.wanted(self._lines, self.cols)

    def limit(self, scrollback_bytes: int) -> None:
        """Keep at most this much scrollback."""
        if scrollback_bytes != self._limit:
            self._limit = scrollback_bytes
            self.engine.limit(scrollback_bytes)

    def within_rate(self, replies: bytearray) -> bytes:
        """``replies``, or nothing when the program asks too fast: half an answer would be typed as text."""
        now = time.monotonic()
        self._allowance = min(REPLY_RATE, self._allowance + (now - self._counted) * REPLY_RATE)
        self._counted = now
        if len(replies) > self._allowance:
            return b""
        self._allowance -= len(replies)
        return bytes(replies)


class TerminalHost:
    """Answers one message at a time. What an engine raises closes its terminal, and the others go on."""

    def __init__(self, engine_name: str) -> None:
        self._engine_name = engine_name
        self._terminals: dict[int, _Terminal] = {}
        self._actions: dict[str, Callable[[_Terminal, wire.Header, bytes], HostAnswer]] = {
            "restore": self._restore,
            "feed": self._feed,
            "resize": self._resize,
            "scroll": self._scroll,
            "mark": self._mark,
            "search": self._search,
            "copy": self._copy,
            "link": self._link,
            "links": self._links,
            "count": self._count,
            "recolor": self._recolor,
            "watch": self._watch,
            "typed": self._typed,
            "compress": self._compress,
            "memory": self._memory,
            "rest": self._rest,
            "frame": self._frame,
            "text": self._text,
            "tail": self._tail,
            "replica": self._replica,
            "snapshot": self._snapshot,
        }

    def answer(self, header: wire.Header, blob: bytes) -> HostAnswer:
        """Do what a message asks, and return the answer.

        Raises :class:`~ssmtui.terminal.wire.WireError` for a message that the client cannot have sent: the host then
        ends. A terminal that is not open was closed meanwhile, or failed before: the answer says ``failed``, and the
        client opens it again.
        """
        kind, key = header.get("do"), header.get("key")
        if kind == "ping":
            return {}, b""
        key = wire.whole(header, "key")
        if kind == "close":
            return self._close(key)
        try:
            if kind == "open":
                return self._open(key, header)
            if key not in self._terminals:
                return {"failed": "it is not open"}, b""
            return self._actions[str(kind)](self._terminals[key], header, blob)
        except wire.WireError:
            raise
        except Exception as error:  # a fault in an engine: the other terminals go on
            self._close(key)
            return {"failed": type(error).__name__}, b""

    def _open(self, key: int, header: wire.Header) -> HostAnswer:
        """Make a terminal of its own engine: one whose output has killed libghostty is opened on bittty."""
        name = str(header.get("engine") or self._engine_name)
        self._close(key)
        size, lines = _size(header), wire.whole(header, "lines", 0, 1_000_000)
        self._terminals[key] = _Terminal(engines.create(name, size, lines), lines, size.cols)
        self._share_memory()
        return {}, b""

    def _close(self, key: int) -> HostAnswer:
        terminal = self._terminals.pop(key, None)
        if terminal is not None:
            terminal.engine.close()
            self._share_memory()
        return {}, b""

    def _restore(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        """Fill a terminal from a snapshot, which the client kept compressed. The output since is fed ``again``."""
        terminal.engine.restore(zlib.decompress(blob))
        terminal.marks.forget()
        return {}, b""

    def _feed(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        data = blob[:MAX_FEED]
        effects = terminal.engine.feed(data)
        terminal.marks.changed()
        terminal.signs.follow(data)
        if terminal.watch is not None:
            terminal.watch.follow(data)
        # Output that is parsed again after a restore: its answers, bells and titles were passed on the first time.
        if header.get("again"):
            terminal.signs.take_marks()
            if terminal.watch is not None:
                terminal.watch.take()
            return {}, b""
        return self._told(terminal, effects), terminal.within_rate(effects.replies)

    def _told(self, terminal: _Terminal, effects: Effects) -> dict[str, Any]:
        """What a feed caused, without what is as before: this is the answer to most messages."""
        answer: dict[str, Any] = {}
        if effects.title is not None:
            answer["title"] = effects.title
        if effects.bells:
            answer["bell"] = 1
        if effects.clipboard is not None:
            answer["clipboard"] = effects.clipboard.decode("utf-8", "replace")
        if effects.dropped:
            answer["dropped"] = effects.dropped
        if marks := terminal.signs.take_marks():
            answer["shell"] = wire.shell_to_wire(marks)
        end = terminal.signs.line_end
        if end is not terminal.told_end:
            terminal.told_end = end
            answer["end"] = int(end)
        if terminal.watch is not None:
            count, line = terminal.watch.take()
            if count:
                answer["found"] = [count, line]
            if terminal.watch.take_slow():
                answer["slow"] = True
        modes = terminal.engine.modes()
        if modes != terminal.told_modes:
            terminal.told_modes = modes
            answer["modes"] = wire.modes_to_wire(modes)
        return answer

    def _resize(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        size = _size(header)
        terminal.engine.resize(size)
        terminal.cols = size.cols
        self._share_memory()
        terminal.marks.changed()
        return {}, b""

    def _scroll(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        terminal.engine.scroll(wire.whole(header, "lines", -1_000_000, 1_000_000))
        terminal.marks.scrolled()
        return {}, b""

    def _mark(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        terminal.marks.apply(marks_wire.mark_from_wire(header.get("mark")))
        return {}, b""

    def _copy(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        """A slice of text that is copied: the first one with ``text``, which says what to copy, then the next ones."""
        marks, what = terminal.marks, header.get("text")
        if what == "selection":
            marks.copy_selection()
        elif (what == "output" and not marks.copy_output()) or (what is None and not marks.copies):
            return {"none": 1}, b""
        text = marks.copied()
        return ({"more": 1} if marks.copies else {}), text

    def _search(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        terminal.marks.work()
        return {}, b""

    def _link(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        x, y = (wire.whole(header, name, 0, 0xFFFF) for name in "xy")
        return {"address": terminal.marks.link_at(x, y)}, b""

    def _links(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        return {"links": terminal.marks.links()}, b""

    def _count(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        """A slice of counting, for a search in all panes: nothing is marked or moved by it."""
        find = marks_wire.mark_from_wire(header.get("find"))
        if not isinstance(find, Find):
            raise wire.WireError("only a search can be counted")
        return {"found": astuple(terminal.marks.count(find))}, b""

    def _share_memory(self) -> None:
        """Bound what all scrollbacks take together, now that terminals or sizes have changed."""
        most = memory.share([terminal.wanted for terminal in self._terminals.values()], memory.TOTAL)
        for terminal in self._terminals.values():
            terminal.limit(min(terminal.wanted, most))

    def _compress(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        """A slice of compressing; ``more`` asks for another one when the host has nothing else to do."""
        return {"more": int(terminal.engine.compress())}, b""

    def _memory(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        lines, size = terminal.engine.kept()
        return {"lines": lines, "size": size, "process": memory.resident()}, b""

    def _recolor(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        """The theme's colours. The report to a program that asked for it counts against the rate of answers."""
        effects = terminal.engine.recolor(wire.colors_from_wire(header.get("colors")))
        return {}, terminal.within_rate(effects.replies)

    def _watch(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        """Look for a pattern in what is printed from now on; without one, look for none."""
        terminal.watch = None
        if header.get("find") is not None:
            find = marks_wire.mark_from_wire(header["find"])
            if not isinstance(find, Find):
                raise wire.WireError("only a search can be watched for")
            terminal.watch = LineWatch(find, terminal.signs.line)
        return {}, b""

    def _typed(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        """Something was typed, and all that was printed until then has been fed."""
        if terminal.watch is not None:
            terminal.watch.typed()
        return {}, b""

    def _rest(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        terminal.engine.rest()
        return {}, b""

    def _frame(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        """Rows and marks in one answer, so that a selection is never drawn over rows of another moment."""
        frame, overlay = terminal.marks.frame(wire.whole(header, "since"))
        return wire.frame_to_wire(frame) | {"overlay": marks_wire.overlay_to_wire(overlay)}, b""

    def _text(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        return {"text": terminal.engine.text()}, b""

    def _tail(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        rows = terminal.engine.tail(wire.whole(header, "count", 1, 0xFFFF))
        return wire.tail_to_wire(rows, terminal.cols), b""

    def _replica(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        return {}, terminal.engine.replica()

    def _snapshot(self, terminal: _Terminal, header: wire.Header, blob: bytes) -> HostAnswer:
        """A snapshot, compressed at the fastest level: the client keeps one of every terminal."""
        snapshot = terminal.engine.snapshot(wire.whole(header, "limit", 0, wire.MAX_BLOB))
        return {}, zlib.compress(snapshot, 1) if snapshot else b""


def _size(header: wire.Header) -> TerminalSize:
    return TerminalSize(wire.whole(header, "cols"), wire.whole(header, "rows"))


def serve(host: TerminalHost, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until ``requests`` ends, which it does when the client dies, however it dies."""
    while (message := wire.read(requests)) is not None:
        header, blob = message
        told, data = host.answer(header, blob)
        answers.write(wire.pack({"n": header.get("n"), **told}, data))
        answers.flush()


def _limit_resources() -> None:
    """Bound the process's memory, and switch off core dumps: a crash must not write what was on the screen to a
    disk."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    for what, limit in ((resource.RLIMIT_DATA, MEMORY_LIMIT), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(what, (limit, limit))


def main() -> None:
    """Serve on stdin and stdout."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all processes of the terminal; it is for the client
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # a stray print of a library must not end up among the answers
    _limit_resources()
    name = sys.argv[1] if len(sys.argv) > 1 else engines.default_name()
    host = TerminalHost(name)
    answers.write(wire.pack({"engine": name}))
    answers.flush()
    serve(host, sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()

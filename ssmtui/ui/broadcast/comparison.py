"""Which members of a broadcast print something else than most. Pure: ``now`` comes in, in seconds of a clock that only
goes forward.

**What is compared.** A *line* begins with the first key that is typed to several sessions, and what each of them prints
from then on, echo and output, is kept, up to :data:`MOST` bytes. It is compared whenever all is quiet: before Enter as
it stands (completion may have gone another way in one of them), after Enter without the unfinished last line, which is
the next prompt. The first key after that begins the next line; so does one that comes sooner, if each session has an
unfinished line again. Where a key came before that, echo and output are mixed by chance, and that line is not compared
at all. Only sessions that have had every key of the line are.

**When it is the same.** Texts are compared as they are read (:func:`read`): without colours, with lines as they stand
after backspaces and carriage returns, and without times of day. If more than half agree, all others differ. If not, the
same is tried with each session's own names and addresses left out (:class:`OwnNames`), as prompts and ``hostname`` have
them, and then with all numbers left out as well, for what prints sizes or counts. If still no half agrees there is no
majority, and nobody differs from it: with ``uptime`` everybody is right. Of two sessions that disagree even so both
differ, for neither is most.

**What depends on the width.** Shells break a long line at the width of their terminal, after prompts of different
lengths. Such a break is left out of the echo; where one of them has moved up and down in it, nobody's echo is compared.
Programs lay out lists by the width, ``ls`` in columns from top to bottom: among terminals of several widths the words
of the output are compared, in any order.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ssmtui.model import Node

MOST = 16_384
"""Bytes that are kept of a session's line."""
QUIET, QUIET_AT_MOST = 0.2, 1.0
"""Seconds without output after which a line is compared: where all have printed something since the last key, and
where some have not."""
ECHO_WITHIN, ROUND_TRIPS = 1.5, 3.0
"""Seconds, and round trips to the node, within which a key is echoed: the longer of both."""
UNECHOED = 2
"""Characters that must be without an echo: one may be an answer to a question that shows none."""
LOOKED_AT = 1000
"""Characters of a paste that are looked at for one that is echoed."""
WIDEST = 2_048
"""Cells of a line in which a cursor can be moved."""
SHORTEST_NAME = 3
"""Characters of a name that is left out of a text; shorter ones are in every word."""

_LINE_ENDS = frozenset("\r\n\x03\x04")
"""Enter, and what gives a line up."""
_VERTICAL = re.compile(rb"\x1b\[\d*[AB]")
_WRAP = " \r"
"""What readline and zsh print to get past the right margin."""
_STRINGS = re.compile(r"\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)", re.DOTALL)
_COLORS = re.compile(r"\x1b\[[0-9;:]*m")
"""Left out of all text at once: what is left of most lines needs no more to be read."""
_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]?")
_CSI = re.compile(r"\x1b\[([0-9]*)([@-~])")
_TIMES = re.compile(r"\b\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\b")
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)*")
_BLANKS = re.compile(r"[ \t]+")
_OWN = "\N{HOUSE BUILDING}"
"""What stands for a session's own name."""


def read(data: bytes) -> list[str]:
    """The lines of ``data`` as a person reads them, without spaces at their ends. The first one is the echo of what was
    typed, the last one what comes after the last line break, maybe nothing."""
    echo, *output = _STRINGS.sub("", _COLORS.sub("", data.decode("utf-8", "replace"))).split("\n")
    return [_line(echo.replace(_WRAP, "")), *map(_line, output)]


def _line(text: str) -> str:
    """One line after what moves within it has been done."""
    text = text.removesuffix("\r").replace("\t", " ")
    if text.isprintable():
        return text.rstrip()
    cells: list[str] = []
    place = at = 0
    while at < len(text):
        character = text[at]
        if character == "\x1b":
            moved = _CSI.match(text, at)
            found = moved or _SEQUENCES.match(text, at)
            at = found.end() if found is not None else at + 1
            if moved is not None:
                place = _move(cells, place, min(int(moved[1][:5] or 1), WIDEST), moved[2], given=bool(moved[1]))
            continue
        at += 1
        if character == "\b":
            place = max(0, place - 1)
        elif character == "\r":
            place = 0
        elif character.isprintable():
            cells[place : place + 1] = [character]
            place += 1
    return "".join(cells).rstrip()


def _move(cells: list[str], place: int, count: int, what: str, *, given: bool) -> int:
    if what == "D":
        return max(0, place - count)
    if what == "C":
        place = min(place + count, max(WIDEST, place))
        cells += [" "] * (place - len(cells))
    elif what == "K" and not given:
        del cells[place:]
    elif what == "P":
        del cells[place : place + count]
    elif what == "@":
        cells[place:place] = [" "] * count
        del cells[max(WIDEST, place) :]
    return place


class OwnNames:
    """What a session calls itself: the names of its node, and its addresses."""

    def __init__(self, node: Node | None) -> None:
        names: set[str] = set()
        if node is not None:
            computer = node.computer_name
            names = {node.name, node.id, computer, computer.partition(".")[0], node.ip, node.public_ip}
            names |= {f"ip-{address.replace('.', '-')}" for address in (node.ip, node.public_ip) if address}
        longest = sorted((name for name in names if len(name) >= SHORTEST_NAME), key=len, reverse=True)
        self._pattern = (
            re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest))})(?![\w-])", re.IGNORECASE)
            if longest
            else None
        )

    def left_out(self, text: str) -> str:
        """``text`` with a sign for each of them."""
        return self._pattern.sub(_OWN, text) if self._pattern is not None else text


def differing(texts: Mapping[int, str], names: Mapping[int, OwnNames]) -> frozenset[int]:
    """Those of ``texts``, by session, that differ from most; see the top of this module."""
    if len(texts) < 2:
        return frozenset()
    easier: tuple[Callable[[int, str], str], ...] = (
        lambda key, text: _TIMES.sub("0:00", text),
        lambda key, text: names[key].left_out(text),
        lambda key, text: _BLANKS.sub(" ", _NUMBERS.sub("0", text)),
    )
    for leave_out in easier:
        texts = {key: leave_out(key, text) for key, text in texts.items()}
        most, count = Counter(texts.values()).most_common(1)[0]
        if count * 2 > len(texts):
            return frozenset(key for key, text in texts.items() if text != most)
    return frozenset(texts) if len(texts) == 2 else frozenset()


class Compared(NamedTuple):
    """What was found out."""

    differ: frozenset[int] | None
    """Those that differ from most; None where nothing was compared."""
    silent: frozenset[int]
    """Those that do not echo what the others do."""


NOTHING = Compared(None, frozenset())


@dataclass(slots=True)
class _Heard:
    """What one session has printed in the line."""

    printed: bytearray = field(default_factory=bytearray, repr=False)
    since_key: bool = False
    """Whether it has printed something since the last key."""
    unechoed: int = 0
    """Characters that it got since it printed last."""
    unechoed_since: float = 0.0


class Facts(NamedTuple):
    """What is known of a session that takes part."""

    node: Node | None = None
    cols: int = 0
    """Of its terminal."""
    round_trip: float | None = None
    """Seconds to its node and back; None while they are not known."""


class Comparison:
    """Follows what is typed to several sessions and what they print. Ask :meth:`look` at :meth:`next_look`, and what it
    is after each call of another method."""

    def __init__(self, facts: Callable[[int], Facts] = lambda session: Facts()) -> None:
        """``facts`` gives those of a session as they are now."""
        self._facts = facts
        self._heard: dict[int, _Heard] = {}
        """Those that have had every key of the line."""
        self._names: dict[int, OwnNames] = {}
        self._is_entered = False
        self._is_mixed = False
        self._is_compared = False
        self._changed_at = 0.0

    def forget(self, session: int) -> None:
        """``session`` takes no part any more."""
        self._heard.pop(session, None)
        self._names.pop(session, None)

    def clear(self) -> None:
        """The broadcast is over."""
        self._heard.clear()
        self._names.clear()
        self._is_entered = self._is_mixed = self._is_compared = False

    def sent(self, sessions: Collection[int], text: str, now: float) -> Compared:
        """``text`` was typed or pasted to ``sessions``: each key as its character, and one without a character as
        nothing. Returns what can be said of a line that this ends."""
        verdict = NOTHING
        if self._is_entered and (self._is_compared or self._have_prompts):
            verdict = self._compare() if not self._is_compared else NOTHING
            self._begin(sessions)
        elif self._is_entered:
            self._is_mixed = True
        elif not self._heard:
            self._begin(sessions)
        for key in self._heard.keys() - set(sessions):
            del self._heard[key]
        visible = sum(map(str.isprintable, text[:LOOKED_AT]))
        for heard in self._heard.values():
            heard.since_key = False
            if visible and not heard.unechoed:
                heard.unechoed_since = now
            heard.unechoed += visible
        self._is_entered = self._is_entered or not _LINE_ENDS.isdisjoint(text)
        self._is_compared = False
        self._changed_at = now
        return verdict

    def printed(self, session: int, data: bytes, now: float) -> None:
        """``session`` printed ``data``."""
        heard = self._heard.get(session)
        if heard is None:
            return
        heard.printed += data[: max(0, MOST - len(heard.printed))]
        heard.since_key, heard.unechoed = True, 0
        self._is_compared = False
        self._changed_at = now

    def next_look(self, now: float) -> float | None:
        """When to look; None: not before something happens."""
        if len(self._heard) < 2:
            return None
        found = [] if self._is_compared else [self._settles_at]
        # The others may echo the same key only after it is late here.
        found += [max(due, now + QUIET) for heard in self._late() if (due := self._due(*heard)) is not None]
        return min(found, default=None)

    def look(self, now: float) -> Compared:
        """What can be said now."""
        silent = self._silent(now)
        for key in silent:
            del self._heard[key]
        if self._is_compared or now < self._settles_at or len(self._heard) < 2:
            return Compared(None, silent)
        return Compared(self._compare().differ, silent)

    # Within

    def _compare(self) -> Compared:
        self._is_compared = True
        if self._is_mixed or len(self._heard) < 2:
            return NOTHING
        return Compared(differing(self._texts(), self._names), frozenset())

    @property
    def _have_prompts(self) -> bool:
        """Whether each session has printed something since the last key, and has an unfinished line now."""
        return all(
            heard.since_key and len(heard.printed) < MOST and not heard.printed.endswith(b"\n")
            for heard in self._heard.values()
        )

    def _begin(self, sessions: Iterable[int]) -> None:
        self._heard = {key: _Heard() for key in sessions}
        self._names = {key: self._names.get(key) or OwnNames(self._facts(key).node) for key in sessions}
        self._is_entered = self._is_mixed = False

    @property
    def _settles_at(self) -> float:
        quiet = QUIET if all(heard.since_key for heard in self._heard.values()) else QUIET_AT_MOST
        return self._changed_at + quiet

    def _texts(self) -> dict[int, str]:
        printed = {key: bytes(heard.printed) for key, heard in self._heard.items()}
        echo_is_read = not any(_VERTICAL.search(data.partition(b"\n")[0]) for data in printed.values())
        same_width = len({self._facts(key).cols for key in printed}) == 1
        texts = {}
        for key, data in printed.items():
            lines = read(data)
            if self._is_entered and len(data) < MOST:
                lines = lines[:-1]
            if not same_width and self._is_entered:
                lines[1:] = [" ".join(sorted(" ".join(lines[1:]).split()))]
            texts[key] = "\n".join(lines if echo_is_read or not self._is_entered else lines[1:])
        return texts

    def _late(self) -> list[tuple[int, _Heard]]:
        return [(key, heard) for key, heard in self._heard.items() if heard.unechoed >= UNECHOED]

    def _due(self, key: int, heard: _Heard) -> float | None:
        within = max(ECHO_WITHIN, ROUND_TRIPS * (self._facts(key).round_trip or 0.0))
        due = heard.unechoed_since + within
        return due if self._echoes() else None

    def _silent(self, now: float) -> frozenset[int]:
        late = self._late()
        if not late or not self._echoes():
            return frozenset()
        return frozenset(key for key, heard in late if now >= (self._due(key, heard) or now + 1))

    def _echoes(self) -> bool:
        """Whether more than half of the others echo: with all at a password prompt none is silent but all."""
        echoing = sum(not heard.unechoed for heard in self._heard.values())
        others = len(self._heard) - 1
        return others > 0 and echoing * 2 > others

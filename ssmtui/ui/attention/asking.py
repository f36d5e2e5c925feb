"""The language of watches: what is typed after ``:watch``, and what the dialog offers. Pure functions."""

from __future__ import annotations

import re
from typing import NamedTuple

from ssmtui import inert
from ssmtui.sessions.watching import NO_WATCH, SILENCE, Watch
from ssmtui.terminal.marks import MAX_PATTERN, Find
from ssmtui.terminal.pattern import SearchPattern
from ssmtui.ui.look.words import age

END, OFF = "end", "off"
SILENCES = (30.0, 300.0)
"""Seconds of silence that are offered."""

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_SILENCE = re.compile(r"silen(?:ce|t) ?(?:(\d{1,6}) ?(s|min|m|h|))?")


class UnusableWatch(ValueError):
    """What was asked for cannot be watched; the message says why, as a sentence without a full stop."""


class WatchOffer(NamedTuple):
    """A line of the dialog."""

    asked: str
    """What :func:`asked` reads."""
    label: str
    is_on: bool


def asked(text: str, watch: Watch) -> Watch:
    """What is watched when ``text`` is asked for beside ``watch``; what is asked for again is taken off. ``end``,
    ``silence 45`` (``s``, ``min``, ``h``), ``off``, ``/REGEX/``, or the text that a line contains. Raises
    :class:`UnusableWatch`."""
    text = text.strip()
    if not text:
        raise UnusableWatch("Nothing is named to watch for: end, silence 30, or a text to find")
    if text == OFF:
        return NO_WATCH
    if text == END:
        return Watch(not watch.end, watch.silence, watch.find)
    if (silence := _SILENCE.fullmatch(text)) is not None:
        seconds = _seconds(silence)
        return Watch(watch.end, None if seconds == watch.silence else seconds, watch.find)
    find = _find(text)
    return Watch(watch.end, watch.silence, None if find == watch.find else find)


def _seconds(silence: re.Match[str]) -> float:
    seconds = SILENCES[0] if silence[1] is None else int(silence[1]) * _UNITS[silence[2]]
    if not SILENCE[0] <= seconds <= SILENCE[1]:
        raise UnusableWatch(f"A silence lasts from {age(SILENCE[0])} to {age(SILENCE[1])}")
    return seconds


def _find(text: str) -> Find:
    is_regex = len(text) > 2 and text.startswith("/") and text.endswith("/")
    find = Find(text[1:-1], regex=True) if is_regex else Find(text)
    if len(find.pattern) > MAX_PATTERN:
        raise UnusableWatch(f"A pattern has {MAX_PATTERN} characters at most")
    if error := SearchPattern(find).error:
        raise UnusableWatch(f"{inert.line(text, 60)} is no regular expression: {inert.line(error, 100)}")
    return find


def offers(watch: Watch) -> list[WatchOffer]:
    """What the dialog offers to begin or to take off."""
    silences = [*SILENCES, *([watch.silence] if watch.silence is not None and watch.silence not in SILENCES else [])]
    found = [
        WatchOffer(END, "Its command ends", watch.end),
        *(WatchOffer(f"silence {s:.0f}", f"It is silent for {age(s)}", s == watch.silence) for s in silences),
    ]
    if watch.find is not None:
        found.append(WatchOffer(written(watch.find), f"It prints {written(watch.find)}", True))
    if watch:
        found.append(WatchOffer(OFF, "Watch it no more", False))
    return found


def written(find: Find) -> str:
    """A pattern as it is typed."""
    return f"/{find.pattern}/" if find.regex else find.pattern


def described(watch: Watch) -> str:
    """What is watched, in words; empty for nothing."""
    parts = ["the end of its command"] if watch.end else []
    if watch.silence is not None:
        parts.append(f"{age(watch.silence)} of silence")
    if watch.find is not None:
        parts.append(f"lines with {inert.line(written(watch.find), 40)}")
    return ", ".join(parts)

"""The language of watches, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ssmtui.model import Node, Scope, StartRequest
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.snapshots import SessionSnapshot
from ssmtui.sessions.states import SessionState
from ssmtui.sessions.watching import NO_WATCH, Watch, WatchHit, WatchKind
from ssmtui.terminal.marks import MAX_PATTERN, Find
from ssmtui.ui.attention import words
from ssmtui.ui.attention.asking import UnusableWatch, asked, described, offers


@pytest.mark.parametrize(
    ("text", "watch"),
    [
        ("end", Watch(end=True)),
        ("silence", Watch(silence=30.0)),
        ("silence 45", Watch(silence=45.0)),
        (" silent 2 min ", Watch(silence=120.0)),
        ("silence 1h", Watch(silence=3600.0)),
        ("ERROR", Watch(find=Find("ERROR"))),
        ("/^E\\d+/", Watch(find=Find("^E\\d+", regex=True))),
        ("/", Watch(find=Find("/"))),
        ("//", Watch(find=Find("//"))),
        ("silence of the lambs", Watch(find=Find("silence of the lambs"))),
    ],
)
def test_what_is_asked_for_is_watched_and_asked_for_again_is_taken_off(text: str, watch: Watch) -> None:
    assert asked(text, NO_WATCH) == watch
    assert asked(text, watch) == NO_WATCH


def test_watches_add_up_and_are_taken_off_together() -> None:
    watch = NO_WATCH
    for text in ("end", "silence 45", "ERROR"):
        watch = asked(text, watch)
    assert watch == Watch(end=True, silence=45.0, find=Find("ERROR"))
    assert described(watch) == "the end of its command, 45 s of silence, lines with ERROR"
    assert asked("silence 60", watch).silence == 60.0
    assert asked("off", watch) == NO_WATCH
    assert described(NO_WATCH) == ""


@pytest.mark.parametrize("text", ["", "  ", "silence 0", "silence 999999", "/(/", "x" * (MAX_PATTERN + 1)])
def test_what_cannot_be_watched_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(UnusableWatch) as refused:
        asked(text, NO_WATCH)
    assert str(refused.value)[0].isupper() or str(refused.value).startswith("/")


def test_everything_that_is_watched_is_offered_to_be_taken_off() -> None:
    watch = Watch(end=True, silence=45.0, find=Find("ERROR"))
    on = [offer for offer in offers(watch) if offer.is_on]
    assert [offer.asked for offer in on] == ["end", "silence 45", "ERROR"]
    for offer in on:
        watch = asked(offer.asked, watch)
    assert watch == NO_WATCH
    assert not any(offer.is_on or offer.asked == "off" for offer in offers(NO_WATCH))


SESSION = SessionSnapshot(
    1, "web;1\x1b", StartRequest("i-1"), Node("i-1", "web"), SessionState.OPEN, session_id="ops-1"
)


@pytest.mark.parametrize(
    ("hit", "text"),
    [
        (WatchHit(1, WatchKind.END, code=2, seconds=75.0), "Its command has ended with exit 2 after 1 min"),
        (WatchHit(1, WatchKind.END, seconds=0.4), "Its command has ended"),
        (WatchHit(1, WatchKind.SILENCE, seconds=30.0), "Silent for 30 s"),
        (WatchHit(1, WatchKind.FOUND, line="secret", count=3), "Printed 3 lines that you watch for"),
        (WatchHit(1, WatchKind.OVER), "The session is over"),
    ],
)
def test_what_happened_is_said_without_what_was_printed(hit: WatchHit, text: str) -> None:
    assert words.happened(SESSION, hit) == text
    facts = words.hook_facts(SESSION, hit, Scope("prod", "eu-west-1"))
    assert facts["WATCH_TEXT"] == text
    assert facts["WATCH_EVENT"] == hit.kind.value
    assert (facts["WATCH_TARGET"], facts["WATCH_NODE"], facts["WATCH_REGION"]) == ("i-1", "web", "eu-west-1")
    assert facts["WATCH_EXIT_CODE"] == ("2" if hit.code == 2 else "")
    assert all(value.isprintable() for value in facts.values())
    assert not any("secret" in value for value in facts.values())
    assert words.message(SESSION, hit).endswith(": secret") is (hit.line == "secret")


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        (EndCause.LEFT, "The session is detached"),
        (EndCause.TAKEN, "Another client has taken the session over"),
    ],
)
def test_a_session_that_goes_on_elsewhere_is_not_called_over(cause: EndCause, text: str) -> None:
    session = replace(SESSION, state=SessionState.DETACHED, end_cause=cause, left_alive=True)
    assert words.happened(session, WatchHit(1, WatchKind.OVER)) == text

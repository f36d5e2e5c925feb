"""What is said of tunnels."""

from __future__ import annotations

import pytest

from ssmtui.documents.port_forwards import parse
from ssmtui.errors import AccessDenied, TargetNotConnected
from ssmtui.forwards.tunnel import TunnelOptions, TunnelState
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.tunnels import words
from ssmtui.ui.tunnels.rows import rows_of
from tests.support.fake_tunnels import tunnel

NOW = 1_800_000_000.0


def text(lines: object) -> str:
    return "\n".join(line.text for line in lines)  # type: ignore[attr-defined]


@pytest.mark.parametrize("state", TunnelState)
@pytest.mark.parametrize("width", [30, 75, 195])
def test_each_state_is_told_within_the_width(state: TunnelState, width: int) -> None:
    error = TargetNotConnected(
        "x" * 50 + " is not connected", remedy="Check that it runs, and that its agent does. " * 3
    )
    one = tunnel(
        1, state=state, last_error=error, notice="Connection lost (code 1006); trying again.", started=NOW - 90
    )
    (row,) = rows_of([one])
    for line in words.full(row, NOW, width):
        assert len(line.text) <= width
    assert words.brief(row, NOW, width)


def test_what_is_over_says_why_and_what_is_in_trouble_says_when_it_tries_again() -> None:
    error = TargetNotConnected("web-1 is not connected", remedy="Check that it runs.")
    (failed,) = rows_of([tunnel(1, state=TunnelState.FAILED, error=error)])
    lines = words.brief(failed, NOW, 75)
    assert (lines[0].tone, lines[1].text) == (Tone.BAD, "Check that it runs.")
    (retrying,) = rows_of([tunnel(1, state=TunnelState.RETRYING, last_error=error, retry_in=12.0)])
    assert "The next try is in 12 s; r tries now." in text(words.brief(retrying, NOW, 195))
    (well,) = rows_of([tunnel(1, last_error=error)])
    assert "not connected" not in text(words.brief(well, NOW, 75)), "an error that is over is no news"
    assert "last error" in text(words.full(well, NOW, 75)), "and is known all the same"


def test_a_warning_names_its_key_and_exposure_is_said() -> None:
    warned = tunnel(1, "*:80:80")._replace(warning=AccessDenied("no", title="Your policy lacks something"))
    said = text(words.brief(rows_of([warned])[0], NOW, 75))
    assert "Warning (W): Your policy lacks something." in said
    assert "other machines may connect" in said
    assert [piece.text for piece in words.heading(rows_of([warned]))[0]][-1].strip() == "1 exposed"


def test_a_folded_group_names_the_one_that_is_in_trouble_and_all_its_members_in_full() -> None:
    bad = TargetNotConnected("it sleeps")
    members = [tunnel(1, "80", group="g"), tunnel(2, "5432", TunnelState.FAILED, group="g", error=bad)]
    (row,) = rows_of(members, ("g",))
    assert words.brief(row, NOW, 75)[0].text.startswith("127.0.0.1:5432: The node is not connected")
    assert all(one.address in text(words.full(row, NOW, 75)) for one in members)


def test_questions_say_what_they_cost() -> None:
    one = tunnel(1, connections=2)
    question, lines = words.stopping([one], "Stop")
    assert (question, lines[-1]) == ("Stop 127.0.0.1:5432?", "2 open connections will be reset.")
    question, lines = words.stopping([tunnel(place) for place in range(9)], "Restart")
    assert question == "Restart 9 tunnels?"
    assert lines[-1].strip() == "… and 3 more"


@pytest.mark.parametrize(
    ("forward", "told"),
    [
        ("*:8081:db:5432", "0.0.0.0:8081 leads to db:5432"),
        ("*:0:80", "0.0.0.0, on any free port, leads to port 80"),
        ("[::]:9:80", "[::]:9 leads to port 80"),
        ("*::80", "0.0.0.0:80 leads to port 80"),
    ],
)
def test_where_other_machines_could_connect_is_said(forward: str, told: str) -> None:
    assert words.listening(parse(forward)) == told


def test_texts_of_others_are_harmless() -> None:
    hostile = tunnel(1, "80", title="\x1b[2J\u202edb", options=TunnelOptions(group="\x07g", database_user="\x1bu"))
    said = (
        text(words.full(rows_of([hostile])[0], NOW, 75))
        + words.place(hostile)
        + "".join(words.title(rows_of([hostile])[0]))
    )
    assert all(character.isprintable() or character == "\n" for character in said)


@pytest.mark.parametrize("width", [60, 76, 195])
def test_the_latest_bars_are_never_cut_off(width: int) -> None:
    quiet = ((0, 0),) * 29
    (row,) = rows_of([tunnel(1, history=(*quiet, (1_000, 9_000)), received=7_800, sent=2_000)])
    (traffic,) = [cell.text for cell in words.brief(row, NOW, width) if "received" in cell.text]
    assert len(traffic) <= width
    assert traffic.endswith("█"), "what went through it a moment ago is at the end"


def test_clients_of_a_proxy_are_refused_and_others_are_reset() -> None:
    for forward, said in (("80", "3 reset"), ("socks:1080", "3 refused")):
        (row,) = rows_of([tunnel(1, forward, refused=3)])
        assert said in text(words.brief(row, NOW, 75))
        assert said in text(words.full(row, NOW, 75))

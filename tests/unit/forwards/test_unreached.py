"""What agents say of destinations, explained."""

from __future__ import annotations

import pytest

from ssmtui.forwards.unreached import is_about_destination, unreached

REFUSED = "Unable to connect to specified port: dial tcp 127.0.0.1:22: connect: connection refused"
CRASHED = (
    "document process failed unexpectedly: exit status 1 , check [ssm-document-worker]/[ssm-session-worker] log for "
    "crash reason"
)


@pytest.mark.parametrize(
    ("words", "title", "remedy"),
    [
        (REFUSED, "did not connect to db:22", "nothing listens there"),
        (CRASHED, "did not connect to db:22", "nothing listens there"),
        ("", "did not connect to db:22", "nothing listens there"),
        ("lookup db on 10.0.0.2:53: no such host", "did not connect to db:22", "looked up on the node"),
        ("lookup db on 10.0.0.2:53: read udp 10.0.0.7:4321->10.0.0.2:53: i/o timeout", "db:22", "give an address"),
        ("lookup db on 10.0.0.2:53: server misbehaving", "db:22", "try again"),
        ("dial tcp 10.1.2.3:22: i/o timeout", "db:22", "security groups"),
        ("dial tcp 10.1.2.3:22: connect: no route to host", "db:22", "routes"),
        ("Forwarding to IP address 169.254.169.254 is forbidden.", "refuses to connect to db:22", "credentials"),
        ("Forwarding to IP address localhost is forbidden.", "refuses to connect to db:22", "without a host"),
        ("Forwarding to IP address 127.0.0.1 is forbidden.", "refuses to connect to db:22", "without a host"),
        ("Forwarding to IP address ::1 is forbidden.", "refuses to connect to db:22", "without a host"),
    ],
)
def test_what_they_say_leads_to_what_can_be_done(words: str, title: str, remedy: str) -> None:
    error = unreached("db:22", words)
    assert title in error.title
    assert remedy in error.remedy
    assert words in error.detail
    assert error.exit_code == 255


def test_what_they_say_cannot_act_on_a_terminal() -> None:
    assert "\x1b" not in str(unreached("\x1b[2Jdb:22", "lookup \x1b]0;x\x07: no such host"))


@pytest.mark.parametrize(
    ("words", "is_about"),
    [
        ("Forwarding to IP address 10.0.0.1 is forbidden.", True),
        ("lookup db on 10.0.0.2:53: no such host", True),
        ("Your session timed out due to inactivity.", False),
        ("The lookup failed", False),
        ("", False),
    ],
)
def test_which_ends_are_the_destinations(words: str, is_about: bool) -> None:
    assert is_about_destination(words) is is_about

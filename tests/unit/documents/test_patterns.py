import time

import pytest

from ssmtui import time_limit
from ssmtui.documents.patterns import fits


@pytest.mark.parametrize(
    ("pattern", "value", "fit"),
    [
        ("b", "abc", True),
        ("^b", "abc", False),
        ("^a$", "a\n", False),
        (r"^a\z", "a", True),
        (r"(?m)^b$", "a\nb\nc", True),
        (r"(?i)^AB$", "ab", True),
        (r"(?i)k", "\N{KELVIN SIGN}", None),
        (r"^\w$", "é", False),
        (r"^\s$", "\v", False),
        (r"^[\s\d]$", "\v", False),
        (r"^[[:alpha:]_]+$", "ab_", True),
        (r"^[[:alpha:]]+$", "a1", False),
        (r"^[a&&b]+$", "a&b", True),
        (r"^[]a]+$", "]a", True),
        (r"^[^]a]$", "]", False),
        (r"^[\d-z]+$", "1-z", True),
        (r"^a{,2}$", "a{,2}", True),
        (r"^\Qa.b\E$", "a.b", True),
        (r"^\Qa.b\E$", "axb", False),
        (r"^\x41\x{42}$", "AB", True),
        (r"^(?P<n>a)(?<m>b)$", "ab", True),
        (r"^(a|b)*?c$", "abac", True),
        (r"^[^,$^&\(\)!;'\"<>\`{}\[\]\|#=]{3,}$", "db.internal", True),
        (r"^[^,$^&\(\)!;'\"<>\`{}\[\]\|#=]{3,}$", "a;b;c", False),
        (r"(?=a)a", "b", None),
        (r"(a)\1", "b", None),
        (r"a\Z", "b", None),
        (r"\p{Greek}", "b", None),
        (r"a*+", "b", None),
        (r"a{1001}", "b", None),
        (r"(?<n>a)(?<n>b)", "b", None),
        (r"[b-a]", "b", None),
        (r"[a", "b", None),
        (r"(a", "b", None),
        (r"a)", "b", None),
        ("*a", "b", None),
        ("\\", "b", None),
        ("(" * 51 + ")" * 51, "b", None),
        ("(" * 50 + ")" * 50 + "()", "b", True),
        ("a" * 2001, "b", None),
    ],
)
def test_patterns_are_read_as_the_agent_reads_them(pattern, value, fit):
    assert fits(pattern, value) is fit


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
def test_a_pattern_that_never_comes_to_an_end_is_the_services_and_costs_little():
    started = time.process_time()
    for _ in range(20):
        assert fits("^(a+)+$", "a" * 50 + "!") is None
    assert time.process_time() - started < 0.2


def test_where_nothing_can_be_stopped_only_tame_patterns_are_tried(monkeypatch):
    monkeypatch.setattr(time_limit, "AVAILABLE", False)
    assert fits(r"^[a-z]{1,80}x$", "no match") is False
    assert fits(r"^[a-z]{1,80}x$", "A" * 1001) is None
    assert fits("^(b+)+$", "b!") is None
    assert fits("^b*b*b*$", "b!") is None


@pytest.mark.skipif(not time_limit.AVAILABLE, reason="no timer on this system")
def test_a1_a_value_that_takes_too_long_says_nothing_about_the_next_one() -> None:
    assert fits("^(a+)+b$", "a" * 60) is None
    assert fits("^(a+)+b$", "aab") is True

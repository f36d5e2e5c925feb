from datetime import datetime

import pytest

from ssmtui.ui.look import words


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0 s"),
        (0.4, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (172_799, "47 h"),
        (172_800, "2 d"),
    ],
)
def test_an_age_is_in_the_largest_unit_that_fits(seconds, shown):
    assert words.age(seconds) == shown


def test_the_present_second_is_just_now():
    assert (words.ago(0.9), words.ago(14)) == ("just now", "14 s ago")


def test_counts_have_a_plural_and_separators():
    assert [words.count(number, "node") for number in (0, 1, 1204)] == ["0 nodes", "1 node", "1,204 nodes"]


def test_how_many_more_there_are_is_said_where_there_are_some():
    assert [words.and_more(number) for number in (-1, 0, 1, 1204)] == ["", "", " and 1 more", " and 1,204 more"]
    assert [words.and_more(number, "line") for number in (0, 1, 2)] == ["", " and 1 more line", " and 2 more lines"]


def test_a_line_is_made_of_each_of_the_first_and_of_no_other():
    made = []
    lines = words.indented(range(9), 2, lambda number: made.append(number) or f"{number}!", "number")
    assert lines == ["  0!", "  1!", "  … and 7 more numbers"]
    assert made == [0, 1]
    assert words.indented("ab", 2, str.upper) == ["  A", "  B"]


def test_sizes_are_in_thousands():
    assert (words.size(999), words.size(3400)) == ("999 B", "3.4 kB")


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("web", 5, "web  "),
        ("web-1", 5, "web-1"),
        ("web-10", 5, "web-…"),
        ("ü", 3, "ü  "),
        ("日本語", 4, "日 …"),
        ("x", 0, ""),
    ],
)
def test_a_fitted_text_has_exactly_the_width(text, width, shown):
    assert words.fit(text, width) == shown


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("ctrl+right_square_bracket", "ctrl+]"),
        ("slash", "/"),
        ("at", "@"),
        ("dollar_sign", "$"),
        ("ctrl+plus", "ctrl++"),
        ("f12", "f12"),
        ("ctrl+backslash", "ctrl+\\"),
        ("a", "a"),
    ],
)
def test_key_names_read_as_people_write_them_and_back(key, name):
    assert words.key_name(key) == name
    assert words.key_from_name(name) == key


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (250, "4 min 10 s"),
        (3600, "1 h"),
        (7985, "2 h 13 min"),
        (86400 * 6 + 7200 + 59, "6 d 2 h"),
    ],
)
def test_a_duration_is_in_two_units(seconds, shown):
    assert words.lasting(seconds) == shown


def test_a_moment_says_the_day_only_where_it_is_another_one():
    now = datetime(2026, 1, 15, 14, 2, 3).timestamp()
    assert words.moment(now - 3600, now) == "13:02"
    assert words.moment(now - 3600, now, seconds=True) == "13:02:03"
    assert words.moment(now - 3 * 86400, now) == "Mon 14:02"
    assert words.moment(now - 7 * 86400, now, seconds=True) == "8 Jan 14:02:03"
    assert words.moment(1e300, now) == "?"

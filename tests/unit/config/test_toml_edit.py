import difflib
import tomllib
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ssmtui.config.toml_edit import TomlChange, edited, renamed
from ssmtui.config.toml_scan import Path
from ssmtui.config.toml_values import MISSING, drop_empty, get, put, same
from ssmtui.errors import ConfigurationError
from tests.support.toml_texts import NASTY, paths, texts

VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.sampled_from([True, 7, -0.0, float("inf"), r"[A-Z]+-\d+", 'it\'s "so"', "two\nlines\r\n", "", "'''", '"""']),
    st.lists(st.sampled_from(["a", "b", "x", "i-1", 1]), max_size=4),
    st.dictionaries(st.sampled_from(["a", "x y", "command"]), st.sampled_from(["1", ["2", "3"]]), max_size=3),
)


def tables(data: Any, path: Path = ()) -> list[Path]:
    return [(), *(each for each in paths(data) if isinstance(get(data, each), dict))]


def test_every_single_edit_of_every_nasty_text() -> None:
    for name, text in NASTY.items():
        data = tomllib.loads(text)
        for path in paths(data):
            for value in (None, "new", 1, ["one", "two"], {"k": "v"}):
                check(name, text, path, value)
        for path in tables(data):
            check(name, text, (*path, "added key"), "new")
            check(name, text, (*path, "added", "table", "key"), ["a", {"b": 1}])


@settings(max_examples=60, deadline=None)
@given(texts(), st.data(), VALUES)
def test_every_edit_of_generated_texts(text: str, data: st.DataObject, value: object) -> None:
    there = tomllib.loads(text)
    known = paths(there)
    path = data.draw(st.sampled_from(known)) if known and data.draw(st.booleans()) else None
    if path is None:
        path = (*data.draw(st.sampled_from(tables(there))), *data.draw(st.sampled_from([("n w",), ("new", "er")])))
    check("generated", text, path, data.draw(st.sampled_from([None, value])))


def check(name: str, text: str, path: Path, value: object) -> None:
    """The data is what was wanted, and whatever lines are not the value's are the very same bytes in the same order."""
    before = tomllib.loads(text)
    old = get(before, path)
    try:
        result = edited(text, [TomlChange(path, value)])
    except ConfigurationError as error:
        if not isinstance(path[-1], int) or "array of tables" not in str(error):
            raise
        return
    wanted = tomllib.loads(text)
    if not (value is None and old is MISSING):
        put(wanted, path, MISSING if value is None else value)
    found = tomllib.loads(result)
    drop_empty(wanted, path)
    drop_empty(found, path)
    assert same(found, wanted), (name, path, value, result)

    added = [line for line in difflib.ndiff(text.splitlines(True), result.splitlines(True)) if line[0] == "+"]
    gone = [line for line in difflib.ndiff(text.splitlines(True), result.splitlines(True)) if line[0] == "-"]
    where = (name, path, value, text, result)
    if old is MISSING and value is not None and not is_in_brackets(gone):
        assert not [line for line in gone if not is_unfinished(line, text)], where
    if value is None and not is_in_brackets(gone):
        assert not [line for line in added if not is_unfinished("- " + line[2:].rstrip("\r\n"), text)], where
    assert count_comments(text) - count_comments(result) <= comments_of(old, gone), where
    if "\r\n" in text and "\n" not in text.replace("\r\n", ""):
        assert "\n" not in result.replace("\r\n", ""), where


def is_in_brackets(lines: list[str]) -> bool:
    return any(mark in line for line in lines for mark in "[{,]}")


def is_unfinished(line: str, text: str) -> bool:
    """The last line of a text without a line ending gets one."""
    return text.endswith(line[2:]) and not line.endswith("\n")


def count_comments(text: str) -> int:
    return sum(line.lstrip().startswith("#") for line in text.splitlines())


def comments_of(old: object, gone: list[str]) -> int:
    """A table takes its comments with it, and so does an array; texts may have lines that look like comments."""
    is_many = isinstance(old, dict | list) or "\n" in str(old)
    return sum(line[2:].lstrip().startswith("#") for line in gone) if is_many else 0


@settings(max_examples=40, deadline=None)
@given(texts(), st.data(), st.lists(VALUES, min_size=4, max_size=4))
def test_several_edits_together_are_what_they_are_one_by_one(
    text: str, data: st.DataObject, values: list[object]
) -> None:
    wanted, changes = tomllib.loads(text), []
    for value in values:
        known = [path for path in paths(wanted) if isinstance(path[-1], str)]
        inside = data.draw(st.sampled_from(tables(wanted)))
        new = data.draw(st.sampled_from([("n w",), ("new", "er"), ("new", "est")]))
        path = data.draw(st.sampled_from([*known, (*inside, *new)]))
        change = TomlChange(path, data.draw(st.sampled_from([None, value])))
        if not isinstance(get(wanted, path[:-1]), dict | type(MISSING)):
            continue  # what was a table may be a text by now
        if change.value is not None or get(wanted, path) is not MISSING:
            put(wanted, path, MISSING if change.value is None else change.value)
            changes.append(change)
    found = tomllib.loads(edited(text, changes))
    for change in changes:
        drop_empty(wanted, change.path)
        drop_empty(found, change.path)
    assert same(found, wanted)


@settings(max_examples=40, deadline=None)
@given(texts(), st.data())
def test_renaming_changes_the_name_and_nothing_else(text: str, data: st.DataObject) -> None:
    there = tomllib.loads(text)
    named = [path for path in paths(there) if isinstance(path[-1], str)]
    assume(named)
    path = data.draw(st.sampled_from(named))
    name = data.draw(st.sampled_from(["zz", "new name", 'say "x"', "it's", "z/z", "ö"]))
    result = renamed(text, path, (*path[:-1], name))
    assert same(get(tomllib.loads(result), (*path[:-1], name)), get(there, path))
    assert get(tomllib.loads(result), path) is MISSING
    assert renamed(result, (*path[:-1], name), path).count("\n") == text.count("\n")


def test_a_table_leaves_with_its_own_comments_only() -> None:
    text = "# file\n\n# about a\n[a]\nx = 1\n# still a\n\n# alone\n\n# about b\n[b]\ny = 2\n"
    assert edited(text, [TomlChange(("a",), None)]) == "# file\n\n# alone\n\n# about b\n[b]\ny = 2\n"
    assert edited(text, [TomlChange(("b",), None)]) == "# file\n\n# about a\n[a]\nx = 1\n# still a\n\n# alone\n"


def test_tables_that_leave_together_take_their_gaps_with_them() -> None:
    text = "[a]\nx = 1\n\n[b]\ny = 2\n\n# about c\n[c]\nz = 3\n"
    assert edited(text, [TomlChange(("b",), None), TomlChange(("c",), None)]) == "[a]\nx = 1\n"
    assert edited(text, [TomlChange(("c",), None), TomlChange(("a",), None)]) == "[b]\ny = 2\n"
    assert edited(text, [TomlChange((name,), None) for name in "abc"]) == ""


def test_a_new_table_stands_with_those_of_its_kind() -> None:
    text = "[profiles.a]\nx = 1\n\n# folders from here\n[folders.p]\ny = 1\n"
    changes = [TomlChange(("profiles", "new one", "x"), 1), TomlChange(("profiles", "new one", "y"), "z")]
    assert edited(text, changes) == text.replace("x = 1\n", 'x = 1\n\n[profiles."new one"]\nx = 1\ny = "z"\n')


def test_a_key_goes_with_the_keys_of_its_table_and_is_indented_as_they_are() -> None:
    text = "[profiles.a]\n    x=1 # one\n\n# about b\n[profiles.b]\n"
    assert edited(text, [TomlChange(("profiles", "a", "y"), 2)]) == text.replace("# one\n", "# one\n    y=2\n")


def test_elements_that_stay_keep_their_comments() -> None:
    text = "labels = [\n  'a', # first\n  # of old\n  'b', # second\n  'c' # third\n]\n"
    assert edited(text, [TomlChange(("labels",), ["a", "c", "d"])]) == (
        "labels = [\n  'a', # first\n  # of old\n  'c', # second\n  'd' # third\n]\n"
    )
    assert edited(text, [TomlChange(("labels",), ["a", "c"])]) == (
        "labels = [\n  'a', # first\n  # of old\n  'c' # third\n]\n"
    )
    assert edited(text, [TomlChange(("labels",), ["a", "b", "c", "d"])]) == text.replace(
        "'c' # third\n", "'c', # third\n  \"d\"\n"
    )


def test_quotes_stay_as_they_were() -> None:
    text = "a = 'x'\nb = \"x\"\nc = '''\nx\n'''\n"
    changes = [TomlChange(("a",), "y"), TomlChange(("b",), r"\d"), TomlChange(("c",), "y\nz\n")]
    assert edited(text, changes) == "a = 'y'\nb = \"\\\\d\"\nc = '''\ny\nz\n'''\n"


def test_what_is_as_wanted_is_not_touched() -> None:
    text = 'a = 0x1F\nb = "\\u0041"\n'
    assert edited(text, [TomlChange(("a",), 31), TomlChange(("b",), "A"), TomlChange(("c",), None)]) == text


def test_the_type_of_a_number_is_a_change() -> None:
    assert edited("a = 1\n", [TomlChange(("a",), True)]) == "a = true\n"
    assert edited("a = 1\n", [TomlChange(("a",), 1.0)]) == "a = 1.0\n"


def test_renaming_a_table_reaches_all_its_places_and_keeps_the_quotes() -> None:
    text = "profiles.x.a = 1\n[profiles.'x'.p]\n[profiles.x2]\n[q]\nx = 1\n"
    assert renamed(text, ("profiles", "x"), ("profiles", "y")) == (
        "profiles.y.a = 1\n[profiles.'y'.p]\n[profiles.x2]\n[q]\nx = 1\n"
    )


@pytest.mark.parametrize(
    ("text", "change", "why"),
    [
        ("a = \n", TomlChange(("a",), 1), "line 1"),
        ("a = 1\n", TomlChange(("a", "b"), 1), "is not a table"),
        ("a = [1]\n", TomlChange(("a", 5), 1), "a.5"),
        ("", TomlChange(("a",), object()), "object"),
        ("", TomlChange(("a",), "\ud800"), "UTF-8"),
        ("a = " + "[" * 3000 + "]" * 3000, TomlChange(("b",), 1), "deep"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_place(text: str, change: TomlChange, why: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        edited(text, [change])
    assert why in str(raised.value)


def test_renaming_to_a_name_that_is_taken_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="one of that name"):
        renamed("[a]\n[b]\n", ("a",), ("b",))
    with pytest.raises(ConfigurationError, match="not there"):
        renamed("[a]\n", ("c",), ("b",))


LONG = ["x" * 60, "y" * 60]


@pytest.mark.parametrize("value", [LONG, {"k": LONG}])
def test_a13_a_long_list_in_an_inline_table_keeps_crlf(value: object) -> None:
    assert_crlf(edited("a = { b = 1 }\r\n", [TomlChange(("a", "c"), value)]))


@settings(max_examples=60, deadline=None)
@given(texts(), st.data(), st.one_of(VALUES, st.sampled_from([LONG, {"k": LONG}, None])))
def test_control_a_crlf_file_stays_crlf_under_any_edit(text: str, data: st.DataObject, value: object) -> None:
    text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    assume("\r\n" in text)
    there = tomllib.loads(text)
    path = data.draw(st.sampled_from([*paths(there), *((*table, "n w") for table in tables(there))]))
    try:
        result = edited(text, [TomlChange(path, value)])
    except ConfigurationError:
        assume(False)
    assert_crlf(result)


def assert_crlf(text: str) -> None:
    assert "\n" not in text.replace("\r\n", "")

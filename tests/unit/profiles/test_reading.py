"""Reading: what the files say, what is wrong with them and where, and what is inherited."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.config.files import MAX_FILE
from ssmtui.config.toml_places import Places
from ssmtui.errors import ConfigurationError
from ssmtui.model import TerminalSize
from ssmtui.profiles import export, reading
from ssmtui.profiles.inheritance import combined
from ssmtui.profiles.keys import KEYS
from ssmtui.profiles.profile import FilePlace, Origin, Profiles, Several
from ssmtui.profiles.reading import parse
from ssmtui.profiles.shelves import DiskShelf

OWN, TEAM = Path("profiles.toml"), Path("profiles.d/team.toml")


def read(own: str, team: str = "") -> Profiles:
    return combined([parse(OWN, own), parse(TEAM, team, read_only=True)])


def told(profiles: Profiles) -> list[str]:
    return [str(problem) for problem in profiles.problems]


def test_every_value_arrives() -> None:
    found = read("""
[profiles.all]
folder = "a/b"
description = "d"
labels = ["x", "y"]
aws_profile = "prod"
region = "eu-west-1"
query = "name:web"
several = "first-online"
document = "Doc"
parameters = { one = "1", many = ["2", "3"] }
reason = "why"
reason_required = true
reason_pattern = "w.*"
reason_hint = "hint"
on_connect = "ls\\n"
size = "132x43"
scrollback_lines = 5
color = "red"
icon = "x"
recording = true
clipboard = "never"
guard = true
forwards = ["80"]
keep_alive = true
""")
    assert not found.problems
    profile = found.profiles["all"]
    values = profile.values
    assert (profile.folder, profile.place, profile.problem) == ("a/b", FilePlace(OWN, 2), "")
    assert (values.labels, values.several, values.largest) == (("x", "y"), Several.FIRST_ONLINE, TerminalSize(132, 43))
    assert dict(values.parameters) == {"one": ("1",), "many": ("2", "3")}
    rule = values.reason_rule
    assert (rule.required, rule.pattern, rule.hint) == (True, "w.*", "hint")
    assert (values.recording, values.guard, values.keep_alive, values.clipboard) == (True, True, True, "never")
    assert (values.forwards, values.scrollback_lines, values.color, values.icon) == (("80",), 5, "red", "x")
    assert profile.origins["keep_alive"] == Origin(FilePlace(OWN, 25), None)
    assert list(found.folders) == ["a", "a/b"]
    assert found.folders["a"].place is None


def test_the_nearest_counts_and_says_where_it_is_from() -> None:
    found = read("""
[folders.a]
color = "red"
icon = "1"
region = "eu-1"
description = "of a"
[folders."a/b"]
extends = "other"
icon = "2"
[folders.other]
region = "eu-2"
several = "all"
color = "green"
[profiles.p]
folder = "a/b"
query = "web"
icon = ""
""")
    profile = found.profiles["p"]
    values = profile.values
    assert (values.icon, values.color, values.region, values.several) == ("", "green", "eu-2", Several.ALL)
    assert values.description == ""
    assert profile.origins["icon"].folder is None
    assert profile.origins["region"] == Origin(FilePlace(OWN, 11), "other")
    assert "description" not in profile.origins
    assert found.folders["a"].values.description == "of a"
    assert found.folders["a/b"].values.color == "green"


def test_snippets_of_folders_are_added_up_and_the_nearest_of_a_name_counts() -> None:
    found = read("""
[folders.a.snippets]
one = "of a"
two = "of a"
[folders."a/b"]
snippets = { two = "of b" }
[profiles.p]
folder = "a/b"
target = "i-1"
[profiles.p.snippets.three]
text = "of p"
description = "d"
""")
    assert not found.problems
    profile = found.profiles["p"]
    texts = {name: one.text for name, one in profile.values.snippets.items()}
    assert texts == {"one": "of a", "two": "of b", "three": "of p"}
    assert {*found.folders["a/b"].values.snippets} == {"one", "two"}
    assert {*found.folders["a"].values.snippets} == {"one", "two"}
    assert export.effective(profile, found)["snippets"] == {
        "one": "of a",
        "two": "of b",
        "three": {"text": "of p", "description": "d"},
    }


def test_an_invalid_snippet_is_named_with_its_line_and_the_others_of_the_file_work() -> None:
    found = read("""
[profiles.p]
target = "i-1"
[profiles.p.snippets]
good = "ls"
bad = "tail {ask:}"
[profiles.q]
target = "i-1"
snippets = { ls = "ls" }
""")
    problem = "snippets cannot be used: the text of the snippet bad has an {ask:} without a question"
    assert told(found) == [f"profiles.toml, line 6: connection p: {problem}."]
    assert found.profiles["p"].problem == problem
    assert found.profiles["q"].values.snippets["ls"].text == "ls"


def test_snippets_for_all_sessions_are_those_of_all_files_and_the_first_of_a_name_counts() -> None:
    found = read(
        """
[snippets]
one = "own"
bad = 7
secret = "export KEY=AKIAABCDEFGHIJKLMNOP"
[snippets.long]
text = "x"
entre = true
""",
        '[snippets]\none = "team"\ntwo = { text = "team", enter = true }',
    )
    assert {name: one.text for name, one in found.snippets.items()} == {
        "one": "own",
        "two": "team",
        "secret": "export KEY=AKIAABCDEFGHIJKLMNOP",
    }
    assert told(found) == [
        "profiles.toml, line 4: the snippet bad must be a string, or a table with its text.",
        "profiles.toml, line 5: the snippet secret holds what looks like an AWS access key, and this file is no place "
        "for secrets. Let the node fetch it, or have it asked for: {ask:Question}.",
        "profiles.toml, line 8: the snippet long has entre; a snippet has text, description, enter.",
    ]
    assert told(read("snippets = 3"))[0].startswith("profiles.toml, line 1: snippets must be a table such as")


def test_parameters_belong_to_their_document() -> None:
    found = read("""
[folders.a]
document = "One"
parameters = { x = "1" }
[folders."a/b"]
document = "Two"
[profiles.same]
folder = "a"
target = "i-1"
document = "One"
[profiles.other]
folder = "a"
target = "i-1"
document = "Three"
[profiles.below]
folder = "a/b"
target = "i-1"
[profiles.own]
folder = "a"
target = "i-1"
parameters = { y = "2" }
""")
    assert {name: dict(one.values.parameters) for name, one in found.profiles.items()} == {
        "same": {"x": ("1",)},
        "other": {},
        "below": {},
        "own": {"y": ("2",)},
    }


def test_the_persons_own_counts_and_a_warning_says_so() -> None:
    found = read(
        '[profiles.p]\ntarget = "i-mine"\n[folders.a]\ncolor = "red"',
        '[profiles.p]\ntarget = "i-team"\n[folders.a]\ncolor = "green"\nicon = "t"\n'
        '[profiles.q]\ntarget = "i"\nfolder = "a"',
    )
    assert found.profiles["p"].values.target == "i-mine"
    assert told(found) == [
        "profiles.d/team.toml, line 1: connection p is not used: there is one in profiles.toml, line 1 already."
    ]
    assert not found.problems[0].is_error
    values = found.profiles["q"].values
    assert (values.color, values.icon, found.profiles["q"].read_only) == ("red", "t", True)
    assert not found.folders["a"].read_only


@pytest.mark.parametrize(
    ("text", "said", "is_error"),
    [
        ('colour = "red"', "line 3: connection p: there is no key colour. Did you mean color?", False),
        (
            'color = "purple"',
            "line 3: connection p: color must be one of red, yellow, green, cyan, blue, magenta",
            True,
        ),
        ('extends = "a"', "line 3: connection p: extends is for folders only.", False),
        ('query = "web"', "line 1: connection p has both target and query: one is enough.", True),
        (
            'on_connect = "AKIAIOSFODNN7EXAMPLE"',
            "line 3: connection p: on_connect holds what looks like an AWS",
            False,
        ),
        ("size = [1,\n 2]", "line 3: connection p: size must be columns and rows", True),
    ],
)
def test_problems_name_file_line_and_key(text: str, said: str, is_error: bool) -> None:
    found = read(f'[profiles.p]\ntarget = "i-1"\n{text}\n[profiles.q]\ntarget = "i-2"\n')
    assert [one for one in told(found) if one.startswith(f"profiles.toml, {said}")], told(found)
    assert found.problems[0].is_error == is_error
    assert bool(found.profiles["p"].problem) == is_error
    assert found.profiles["q"].problem == ""


def test_neither_target_nor_query() -> None:
    found = read("[profiles.p]\n")
    assert found.profiles["p"].problem == "it has neither target nor query"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ("shell = false", "it opens nothing: shell is false, and it has neither forwards nor a Port document"),
        ('shell = false\nforwards = ["80"]', ""),
        ('shell = false\ndocument = "Orders-Port"', ""),
        ("shell = true", ""),
    ],
)
def test_without_a_shell_there_is_a_tunnel_to_open(more: str, problem: str) -> None:
    found = read(f'[profiles.p]\ntarget = "i-1"\n{more}\n')
    assert found.profiles["p"].problem == problem
    assert [str(one) for one in found.problems] == (
        [f"profiles.toml, line 1: connection p {problem[3:]}."] if problem else []
    )


def test_what_may_be_secret_is_in_no_message_and_no_repr() -> None:
    found = read('[profiles.p]\ntarget = "i-1"\nparameters = 12345\non_connect = "hunter2"\n')
    assert "12345" not in told(found)[0]
    assert "hunter2" not in repr(found)
    assert "hunter2" not in repr(parse(OWN, '[profiles.p]\non_connect = "hunter2"\n'))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[profiles.p\n", "line 1: it is not valid TOML"),
        ("[profiles.p]\nlabels = [\n'a',\n\n", "line 2: it is not valid TOML"),
        ("a = " + "[" * 5000, "it is not valid TOML"),
        ("profiles.p" + ".a" * 3000 + " = 1", "it is not valid TOML: it is nested too deeply."),
        ("[profiles.p]\nsize = 0x" + "f" * 9000, "line 2: connection p: size must be columns"),
        ("[profiles.p]\na" + ".a" * 6000 + " = 1", "line 2: it is not read: a line has more than 5,000 dots."),
        ('version = "new"', "line 1: version must be a whole number."),
        ("version = 0", "line 1: nothing is known of version 0"),
        ("[profile.p]\ntarget = 'i-1'", "line 1: there is no profile here. Did you mean profiles?"),
        ("profiles = 7", "line 1: profiles must be tables"),
        ("[profiles]\np = 7", 'line 2: connection p must be a table, [profiles."p"].'),
        ('[profiles."a/b"]', "line 1: the name of connection a/b must not contain a slash, which separates folders"),
        ('[profiles."a\\u001bb"]', "line 1: the name of connection a�b must not contain control characters."),
        ('[profiles.""]', "line 1: the name of connection"),
        ('[folders."a//b"]', "line 1: the name of folder a//b is a path"),
        ('[folders."a"]\nextends = "b"', "line 2: folder a extends b, which is not a folder"),
        ('[folders."a"]\nguard = "yes"', "line 2: folder a: guard must be true or false, not 'yes'."),
    ],
)
def test_the_rest_works_whatever_one_file_holds(text: str, said: str) -> None:
    found = read(text, '[profiles.q]\ntarget = "i-2"\n')
    assert list(found.profiles)[-1] == "q"
    assert found.profiles["q"].problem == ""
    assert any(said in one for one in told(found)), told(found)


def test_a_circle_is_told_with_both_names_and_its_profiles_cannot_be_opened() -> None:
    found = read("""
[folders.a]
extends = "b"
[folders.b]
extends = "c"
[folders.c]
extends = "a/deep"
[folders."a/deep"]
[folders.itself]
extends = "itself"
[folders.fine]
extends = "a"
[profiles.p]
folder = "a/deep"
target = "i-1"
[profiles.q]
folder = "fine"
target = "i-1"
""")
    problems = told(found)
    assert "profiles.toml, line 3: folder a extends b, which inherits from a: a circle." in problems
    assert "profiles.toml, line 10: folder itself extends itself, which inherits from itself: a circle." in problems
    assert "folder a extends b" in found.profiles["p"].problem
    assert "folder a extends b" in found.profiles["q"].problem
    assert not any("fine" in one for one in problems)


def test_a_chain_may_be_long_and_a_folder_may_not_inherit_from_one_in_it() -> None:
    chain = "".join(f'[folders.f{number}]\nextends = "f{number + 1}"\n' for number in range(2000))
    found = read(chain + '[folders.f2000]\ncolor = "red"\n[profiles.p]\ntarget = "i-1"\nfolder = "f0"\n')
    assert found.profiles["p"].values.color == "red"
    inside = read('[folders.a]\nextends = "a/b"\n[profiles.p]\ntarget = "i-1"\nfolder = "a/b"\n')
    assert inside.profiles["p"].problem == "folder a extends a/b, which inherits from a: a circle"


def test_a_near_folder_is_named() -> None:
    found = read('[folders.a]\nextends = "prodd"\n[folders.prod]\n')
    assert told(found) == ["profiles.toml, line 2: folder a extends prodd, which is not a folder. Did you mean prod?"]


def test_a_wrong_value_of_a_folder_stops_those_that_would_inherit_it() -> None:
    found = read("""
[folders.a]
guard = "yes"
[profiles.inherits]
folder = "a"
target = "i-1"
[profiles.says]
folder = "a"
target = "i-1"
guard = true
""")
    assert found.profiles["inherits"].problem == "folder a: guard must be true or false, not 'yes'"
    assert found.profiles["says"].problem == ""


def test_many_problems_are_counted() -> None:
    found = parse(OWN, "[profiles.p]\n" + "".join(f"key{number} = 1\n" for number in range(300)))
    assert len(found.problems) == reading.MAX_PROBLEMS + 1
    assert found.problems[-1].text == "there are 100 more problems."


def test_a_newer_version_is_read() -> None:
    found = read('version = 9\n[profiles.p]\ntarget = "i-1"\n')
    assert found.profiles["p"].problem == ""
    assert told(found)[0].startswith("profiles.toml, line 1: it is of version 9, and this release knows 1")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda file: file.write_bytes(b"#" * (MAX_FILE + 1)), "is larger than 1,048,576 bytes"),
        (lambda file: file.write_bytes(b"a = 1\n\xff"), "is not UTF-8 text (line 2)"),
        (lambda file: file.mkdir(), "cannot be read: it is a directory"),
        (lambda file: os.mkfifo(file), "cannot be read: it is not a regular file"),
        (lambda file: file.symlink_to(file.parent / "none"), "is a link to something that is not there"),
        (lambda file: file.symlink_to(file), "cannot be read"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, make: object, said: str) -> None:
    file = tmp_path / "profiles.toml"
    make(file)  # type: ignore[operator]
    with pytest.raises(ConfigurationError) as raised:
        DiskShelf(file, file.with_name("profiles.d")).text(file)
    assert str(file) in raised.value.detail
    assert said in raised.value.detail


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    file = tmp_path / "profiles.toml"
    file.write_bytes(b"\xef\xbb\xbfversion = 1\n")
    assert not parse(file, DiskShelf(file, file.with_name("profiles.d")).text(file)).problems


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
TABLES = st.dictionaries(
    st.sampled_from(["p", "a", "a/b", "a/b/c", "x\x1b", "", "/"]),
    VALUES
    | st.dictionaries(
        st.sampled_from([*KEYS, "colour", "\x1b[31m"]), VALUES | st.sampled_from(["a", "a/b", "a/b/c"]), max_size=4
    ),
)


@settings(deadline=None, max_examples=60)
@given(st.fixed_dictionaries({}, optional={"profiles": TABLES | VALUES, "folders": TABLES | VALUES, "other": VALUES}))
def test_whatever_a_file_holds_the_messages_are_inert_and_nothing_is_raised(data: dict[str, object]) -> None:
    content = reading._FileReader(OWN, Places(""), read_only=False).content(data, 1)
    found = combined([content, parse(TEAM, '[profiles.q]\ntarget = "i-1"\nfolder = "a/b/c"', read_only=True)])
    assert "q" in found.profiles
    texts = [*map(str, found.problems), *(one.problem for one in [*found.profiles.values(), *found.folders.values()])]
    assert all(text.isprintable() for text in texts)


@given(st.text(alphabet="[]{}=\"'.#\n profiles1-\\", max_size=60))
def test_no_text_makes_it_raise(text: str) -> None:
    combined([parse(OWN, text)])


@pytest.mark.parametrize(
    ("line", "said", "shown"),
    [
        ("query = 5", "query must be a string, not 5", True),
        ('forwards = ["x"]', "forwards entry 1 must be [[BIND:]LOCAL:]PORT or [[BIND:]LOCAL:]HOST:PORT", True),
        # What a filter says of itself is no reason to show all of it.
        ("query = 'is:\"must be\"'", "query cannot be read as a filter at character", False),
    ],
)
def test_the_kind_of_a_problem_and_not_its_words_decides_whether_the_value_is_shown(
    line: str, said: str, shown: bool
) -> None:
    (one,) = [each for each in told(read(f"[profiles.web]\n{line}")) if said in each]
    assert (", not " in one) is shown

"""Any edits of any file: what it says is what was wanted, and taking them back gives every byte back."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.errors import ConfigurationError
from ssmtui.profiles import editing, undoing

BLOCKS = {
    "plain": '# of plain\n[profiles.plain]\ntarget = "i-1" # which\nunknown = [1,\n  2] # kept\n',
    "two words": '\n\n[profiles."two words"]\n  query   =  "name:web"\nfolder = "a/b"\n\n  # inside\nicon = "x"\n',
    "tables": '[profiles.tables]\ntarget = "i-3"\n[profiles.tables.parameters]\nx = "1" # one\ny = ["2"]\n',
    "inline": '[profiles.inline]\nparameters = { x = "1", y = ["2"] }\ntarget = "i-4"\n\n',
    "dotted": '[profiles.dotted]\nparameters.x = "1"\nparameters.z = """a\n[b]\n"""\nquery = "db"\n# end\n',
}
FOLDERS = '[folders."a/b"]\nguard = true # careful\n[folders.a]\n'
NAMES = st.sampled_from([*BLOCKS, "new", "näme [x]", 'quo"te'])
PARAMETERS = st.dictionaries(st.sampled_from(["x", "y", "n b"]), st.sampled_from(["1", ["2", "3"]]))
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "target": st.none() | st.sampled_from(["i-9", "${T}"]),
        "folder": st.none() | st.sampled_from(["a", "a/b", "c"]),
        "parameters": st.none()
        | st.dictionaries(st.sampled_from(["x", "y", "n b"]), st.sampled_from(["1", ["2", "3"]])),
        "on_connect": st.none() | st.sampled_from(["ls\n", 'a "b" \\ \t']),
        "scrollback_lines": st.none() | st.just(7),
        "guard": st.none() | st.booleans(),
    },
)
EDITS = st.one_of(
    st.tuples(st.just("put"), NAMES, VALUES),
    st.tuples(st.just("new"), NAMES, VALUES),
    st.tuples(st.just("delete"), NAMES, st.none()),
    st.tuples(st.just("rename"), NAMES, NAMES),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    chosen = draw(st.permutations(list(BLOCKS)))[: draw(st.integers(1, len(BLOCKS)))]
    parts = [BLOCKS[name] for name in chosen]
    parts.insert(draw(st.integers(0, len(parts))), FOLDERS)
    text = draw(st.sampled_from(["", "# first\nversion = 1\n\n"])) + "".join(parts)
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text


def made(text: str, edit: tuple[str, str, Any]) -> str:
    kind, name, more = edit
    if kind in ("put", "new"):
        return editing.put_profile(name, more, new=kind == "new")(text)
    if kind == "delete":
        return editing.delete_profile(name)(text)
    return editing.rename_profile(name, more)(text)


def wanted(data: dict[str, Any], edit: tuple[str, str, Any]) -> dict[str, Any] | None:
    """What the data are to be; None where the edit is to be refused."""
    kind, name, more = edit
    data = copy.deepcopy(data)
    profiles = data.setdefault("profiles", {})
    if (name in profiles) == (kind == "new"):
        return None
    if kind in ("put", "new"):
        said = profiles.setdefault(name, {})
        for key, value in more.items():
            said[key] = value
        profiles[name] = {key: value for key, value in said.items() if value is not None}
    elif kind == "delete":
        del profiles[name]
    else:
        if more in profiles and more != name:
            return None
        profiles[more] = profiles.pop(name)
    return data


def without_empty(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value or key != "profiles"}


@settings(deadline=None, max_examples=60)
@given(texts(), st.lists(EDITS, min_size=1, max_size=4))
def test_edits_do_what_they_say_and_can_be_taken_back(text: str, edits: list[tuple[str, str, Any]]) -> None:
    steps = [text]
    for edit in edits:
        expected = wanted(tomllib.loads(steps[-1]), edit)
        try:
            after = made(steps[-1], edit)
        except ConfigurationError:
            assert expected is None
            continue
        assert expected is not None
        assert without_empty(tomllib.loads(after)) == without_empty(expected)
        steps.append(after)
    now = steps[-1]
    for before, after in zip(reversed(steps[:-1]), reversed(steps[1:]), strict=True):
        now = undoing.undone(now, before, after)
    assert now == text


def valid(names: list[str], new: str) -> st.SearchStrategy[tuple[str, str, Any]]:
    """Edits that a file with all blocks does not refuse."""
    name = st.sampled_from(names)
    return st.one_of(
        st.tuples(st.just("put"), name, VALUES),
        st.tuples(st.just("new"), st.just(new), VALUES),
        st.tuples(st.just("delete"), name, st.none()),
        st.tuples(st.just("rename"), name, st.just(new)),
    )


@settings(deadline=None, max_examples=60)
@given(
    st.permutations([*BLOCKS.values(), FOLDERS]).map("".join),
    valid(["plain", "two words", "inline"], "new"),
    valid(["tables", "dotted"], "näme [x]"),
)
def test_an_edit_is_taken_back_from_under_another(
    text: str, first: tuple[str, str, Any], second: tuple[str, str, Any]
) -> None:
    after = made(text, first)
    undone = undoing.undone(made(after, second), text, after)
    alone = wanted(tomllib.loads(text), second)
    assert without_empty(tomllib.loads(undone)) == without_empty(alone or {})
    for comment in ("# of plain", "# careful", "  # inside"):
        if comment in made(text, second):
            assert comment in undone

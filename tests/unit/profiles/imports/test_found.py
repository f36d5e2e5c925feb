from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.query import parse
from ssmtui.model import Node
from ssmtui.profiles import export, reading
from ssmtui.profiles.imports import ours
from ssmtui.profiles.imports.found import Candidate, Imported, aimed_at, planned
from ssmtui.profiles.inheritance import combined
from ssmtui.profiles.profile import FilePlace, Profiles
from tests.support.filters import reads
from tests.unit.profiles.imports.test_aws_gate import read as read_aws_gate

FILE = Path("nodes.txt")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID = "i-0a1b2c3d4e5f60718"


def profiles_of(text: str) -> Profiles:
    return combined([reading.parse(FILE, text)])


def test_ids_with_and_without_names() -> None:
    imported = ours.read_ids(f"# mine\n{ID}\nmi-0a1b2c3d4e5f60718  the db # old\r\n\ni-0a1b2c3d, web/1\nweb-1\n", FILE)
    assert [(one.name, one.values["target"], one.place.line) for one in imported.found] == [
        (ID, ID, 2),
        ("the db", "mi-0a1b2c3d4e5f60718", 3),
        ("web/1", "i-0a1b2c3d", 5),
    ]
    assert [str(one) for one in imported.left] == ["nodes.txt, line 6: web-1 is not an id such as i-0a1b2c3d4e5f60718"]


def test_what_is_there_is_never_touched() -> None:
    there = profiles_of(f'[profiles.web]\ntarget = "{ID}"\n[profiles.db]\ntarget = "i-1"\n')
    place = FilePlace(FILE, 1)
    found = [Candidate(name, {"target": ID}, place) for name in ("web", "db", "db", "a/b", "a-b", "x" * 100, " \x1b ")]
    plan = planned(Imported(found), there, "new")
    long = "x" * 79 + "…"
    assert list(plan.new) == ["db (2)", "a-b", long, "�"]
    assert plan.renamed == {"db (2)": "db", "a-b": "a/b", long: "x" * 100, "�": " \x1b "}
    assert [one.text.partition(" is left out")[0] for one in plan.left] == ["web", "db (2)", "a-b"]
    assert all(values["folder"] == "new" for values in plan.new.values())
    assert not profiles_of(export.written(plan.new)).problems


def test_what_no_profile_may_hold_is_told() -> None:
    found = [Candidate("a", {"target": ID, "region": "no region!"}, FilePlace(FILE, 3))]
    plan = planned(Imported(found), Profiles())
    assert not plan.new
    assert str(plan.left[0]) == "nodes.txt, line 3: a is left out: region must be a region such as eu-west-1"


@given(st.text(min_size=1, max_size=12).filter(str.strip))
def test_a_name_finds_the_node_of_that_name(name: str) -> None:
    query = aimed_at(name).get("query", "")
    if not query.startswith("name:"):
        return
    found = parse(query, now=NOW)
    assert reads(query)
    assert found.select([NODE_ROWS.row(Node("i-1", name))]), query


@pytest.mark.parametrize("flat", [True, False])
def test_an_export_can_be_imported(flat: bool) -> None:
    known = profiles_of(
        '[folders.prod]\naws_profile = "prod"\nguard = true\n[folders."prod/db"]\nextends = "linux"\n'
        f'[folders.linux]\nlabels = ["x"]\n[folders.other]\n[profiles.a]\ntarget = "{ID}"\nfolder = "prod/db"\n'
        "parameters = { command = ['a', \"b\"] }\n"
    )
    text = export.toml(known.profiles.values(), known, flat=flat)
    again = profiles_of(text)
    assert again.profiles["a"].values == known.profiles["a"].values
    assert not again.problems
    assert list(again.folders) == ([] if flat else ["linux", "prod", "prod/db"])
    taken = ours.read_profiles(text, FILE).found[0]
    plan = planned(Imported([taken]), Profiles())
    assert profiles_of(export.written(plan.new)).profiles["a"].values == known.profiles["a"].values


def test_the_hosts_of_other_tools_make_a_file_that_can_be_read() -> None:
    plan = planned(read_aws_gate("hosts: [{alias: a/b, name: 'we\"b', region: eu-west-1}]"), Profiles())
    assert not profiles_of(export.written(plan.new)).problems

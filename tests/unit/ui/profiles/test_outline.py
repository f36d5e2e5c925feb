"""Which lines the view has, in each order, folded and searched."""

from __future__ import annotations

from typing import NamedTuple

from ssmtui.ui.profiles.view.outline import Order, Outline, Row
from tests.support.saved import made, make_folder, make_profile, many


class Use(NamedTuple):
    times: int = 0
    last: float = 0.0


def never(name: str) -> Use:
    return Use()


SAVED = made(
    make_folder("prod", guard=True),
    make_folder("prod/db"),
    make_folder("empty"),
    make_profile("shell 10", "prod/db", query="name:db", labels=("primary",)),
    make_profile("shell 2", "prod/db", query="name:db"),
    make_profile("Bastion", "prod", target="i-0123456789abcdef0"),
    make_profile("scratch", query="name:scratch"),
)


def told(rows: list[Row]) -> list[str]:
    return [
        "  " * row.depth + (f"{row.item.name}/ {row.amount}" if row.folder is not None else row.item.name)
        for row in rows
    ]


def test_folders_come_first_and_numbers_are_sorted_by_value() -> None:
    assert told(Outline(SAVED).rows(Order.TREE, "", {}, never)) == [
        "empty/ 0",
        "prod/ 3",
        "  prod/db/ 2",
        "    shell 2",
        "    shell 10",
        "  Bastion",
        "scratch",
    ]


def test_a_closed_folder_hides_what_is_in_it_and_still_counts_it() -> None:
    assert told(Outline(SAVED).rows(Order.TREE, "", {"prod": False}, never)) == ["empty/ 0", "prod/ 3", "scratch"]


def test_what_is_searched_for_is_in_sight_though_its_folder_is_closed() -> None:
    rows = Outline(SAVED).rows(Order.TREE, "primary", {"prod": False}, never)
    assert told(rows) == ["prod/ 1", "  prod/db/ 1", "    shell 10"]
    assert told(Outline(SAVED).rows(Order.TREE, "empty", {}, never)) == ["empty/ 0"]
    assert Outline(SAVED).rows(Order.TREE, "nothing of the kind", {}, never) == []


def test_many_begin_closed() -> None:
    outline = Outline(many(200))
    assert all(row.depth == 0 for row in outline.rows(Order.TREE, "", {}, never))
    opened = outline.rows(Order.TREE, "", {"team-3": True}, never)
    assert sum(row.depth == 1 for row in opened) == 5


def test_used_ones_by_when_and_how_often() -> None:
    uses = {"shell 2": Use(3, 10.0), "Bastion": Use(1, 30.0), "scratch": Use(3, 20.0)}

    def used(name: str) -> Use:
        return uses.get(name, Use())

    outline = Outline(SAVED)
    assert told(outline.rows(Order.RECENT, "", {}, used)) == ["Bastion", "scratch", "shell 2"]
    assert told(outline.rows(Order.USED, "", {}, used)) == ["scratch", "shell 2", "Bastion"]
    assert told(outline.rows(Order.USED, "prod", {}, used)) == ["shell 2", "Bastion"]


def test_a_folder_whose_parent_nobody_names_is_at_the_top() -> None:
    saved = made(make_profile("a", "x/y"))
    saved = type(saved)(saved.profiles, {"x/y": saved.folders["x/y"]})
    assert told(Outline(saved).rows(Order.TREE, "", {}, never)) == ["x/y/ 1", "  a"]


def test_all_in_a_folder_and_below() -> None:
    assert [profile.name for profile in Outline(SAVED).inside("prod")] == ["shell 2", "shell 10", "Bastion"]

"""Lines of the view and of its panel: as wide as they are to be, whatever stands in them."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from rich.cells import cell_len

from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.query import parse
from ssmtui.profiles.profile import Several
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.profiles.view import counting, facts, rendering
from ssmtui.ui.profiles.view.outline import Order, Row
from ssmtui.ui.profiles.view.rendering import Shown
from tests.support.fakes import NOW, fleet
from tests.support.saved import make_folder, make_profile


class Use(NamedTuple):
    times: int = 3
    last: float = 40.0


HOSTILE = make_profile(
    "日本語\x1b[31m" * 6, "a" * 60, query="name:\u202edb " * 9, guard=True, icon="日", read_only=True
)
PLAIN = make_profile("shell", "prod/db", query="name:db", several=Several.ALL, aws_profile="prod", region="eu-west-1")


@pytest.mark.parametrize("width", [24, 40, 79, 120])
@pytest.mark.parametrize(
    "item", [HOSTILE, PLAIN, make_folder("prod/db", guard=True)], ids=["hostile", "plain", "folder"]
)
@pytest.mark.parametrize("order", list(Order))
def test_a_line_is_as_wide_as_it_is_to_be(width: int, item: object, order: Order) -> None:
    line = Row(item, depth=2, amount=3)  # type: ignore[arg-type]
    shown = Shown(order, ("sh",), rendering.name_width([line], width))
    drawn = "".join(piece.text for piece in rendering.pieces(line, shown, width, Use(), 100.0))
    assert cell_len(drawn.replace("\u200e", "")) == width
    assert "\x1b" not in drawn
    assert "\u202e" not in drawn


def test_wide_names_have_the_room_that_there_is_and_a_wide_icon_stands_apart() -> None:
    line = Row(make_profile("日本語テスト接続", query="name:db", icon="日"))
    shown = Shown(name_width=rendering.name_width([line], 80))
    drawn = "".join(piece.text for piece in rendering.pieces(line, shown, 80, None, 0))
    assert drawn.startswith("日 日本語テスト接続  name:db")


def test_what_a_line_says() -> None:
    def drawn(order: Order, width: int = 100) -> str:
        shown = Shown(order, (), 20)
        return "".join(piece.text for piece in rendering.pieces(Row(PLAIN), shown, width, Use(), 100.0))

    assert drawn(Order.TREE).split() == ["·", "shell", "name:db", "(all", "of", "them)", "prod", "eu-west-1"]
    assert "prod/db/shell" in drawn(Order.RECENT)
    assert drawn(Order.RECENT).endswith("1 min ago ")
    assert drawn(Order.USED).endswith("3 times ")
    broken = make_profile("x", query="(", problem="query cannot be read")
    pieces = list(rendering.pieces(Row(broken), Shown(name_width=20), 60, None, 0))
    assert any("cannot be read" in piece.text and piece.tone is Tone.WARN for piece in pieces)


def test_the_panel_tells_values_origins_and_keys_that_nobody_knows() -> None:
    profile = make_profile("x", query="name:db", guard=True)
    own = {**profile.own, "colour": "red"}
    profile = type(profile)(**{name: getattr(profile, name) for name in profile.__slots__} | {"own": own})
    lines = facts.lines(profile, facts.About(Use(), 100.0, "2 nodes now: a, b"), 60)
    text = ["".join(piece.text for piece in line).rstrip() for line in lines]
    assert text[0].split() == ["query", "name:db", "own"]
    assert text[1].strip() == "2 nodes now: a, b"
    assert any(line.split() == ["not", "known", "colour"] for line in text)
    assert any("3 times, last 1 min ago" in line for line in text)
    assert all(cell_len(line) <= 60 for line in text)


async def test_nodes_are_counted_where_the_profile_looks_for_them() -> None:
    rows = [NODE_ROWS.row(node) for node in fleet(20)]
    query = parse("name:db", now=NOW)
    found, there = await counting.matching_nodes(query, "", "eu-west-1", rows)
    assert (len(found), there) == (4, 20)
    assert await counting.matching_nodes(query, "", "us-east-1", rows) == ([], 0)
    mine = [
        NODE_ROWS.row(node._replace(aws_profile=name))
        for node, name in zip(fleet(20), ["prod", "staging"] * 10, strict=True)
    ]
    found, there = await counting.matching_nodes(query, "prod", "", mine)
    assert there == 10
    assert {node.aws_profile for node in found} == {"prod"}
    assert counting.told([], 20) == "none of the 20 nodes listed there"
    assert counting.told([], 0) == "no node of this AWS profile and region is listed now"
    assert counting.told([one.item for one in rows[:7]], 20).endswith(" and 2 more")

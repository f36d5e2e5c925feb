from datetime import timedelta

import pytest

from ssmtui.inventory.fields import FIELDS
from ssmtui.model import Node, PingStatus
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.nodes.table.columns import NODE_COLUMNS
from ssmtui.ui.table.columns import ColumnFacts
from tests.support.fakes import NOW, make_node

NODE = make_node(0)
FACTS = ColumnFacts(NOW)


def shown(name: str, node: Node, facts: ColumnFacts = FACTS) -> tuple[str, Tone]:
    return tuple(NODE_COLUMNS.column(name).cell(node, facts))


def test_ping_and_age_tell_a_lost_node():
    lost = make_node(5)._replace(instance_state="running")
    assert shown("ping", lost) == ("○ lost", Tone.BAD)
    assert shown("seen", lost) == ("3 h", Tone.WARN)
    assert shown("seen", lost._replace(last_ping=None))[0] == "–"


def test_a_clock_that_is_behind_makes_no_negative_ages():
    assert shown("seen", NODE._replace(last_ping=NOW + timedelta(hours=2)))[0] == "0 s"


def test_a_stopped_instance_is_not_called_lost():
    assert shown("ping", make_node(5)) == ("○ stopped", Tone.DIM)
    assert shown("ping", make_node(5)._replace(ping=PingStatus.ONLINE)) == ("● online", Tone.GOOD)


def test_an_old_agent_stands_out():
    assert shown("agent", NODE._replace(agent_is_latest=False))[1] is Tone.WARN
    assert shown("agent", NODE._replace(agent_is_latest=None))[1] is Tone.PLAIN


def test_an_account_is_called_by_its_alias_where_that_is_known():
    assert shown("account", NODE)[0] == "123456789012"
    assert shown("account", NODE, ColumnFacts(NOW, {"123456789012": "acme-prod"}))[0] == "acme-prod"


def test_a_tag_is_a_column():
    assert NODE_COLUMNS.column("tag:env").title == "env"
    assert shown("tag:env", NODE)[0] == "staging"
    assert shown("tag:none", NODE)[0] == ""


@pytest.mark.parametrize("name", ["", "nonsense", "tag:", "tag:" + "k" * 129])
def test_there_is_no_column_of_just_any_name(name):
    with pytest.raises(KeyError):
        NODE_COLUMNS.column(name)


def test_every_field_is_a_column_that_shows_a_bare_node_and_says_what_it_is():
    for name in FIELDS:
        each = NODE_COLUMNS.column(name)
        assert each.cell(Node("i-1", ""), FACTS).text.isprintable()
        assert each.help
        assert each.width <= each.most

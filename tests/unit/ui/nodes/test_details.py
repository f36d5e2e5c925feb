from ssmtui.model import Container, Node, PingStatus
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.nodes.details import TAGS_SHOWN, Dealings, brief, full, unreachable
from ssmtui.ui.table.columns import ColumnFacts
from tests.support.fakes import NOW, make_node

NODE = make_node(0)
FACTS = ColumnFacts(NOW, {"123456789012": "acme-prod"})


def text(lines) -> str:
    return "\n".join(cell.text for cell in lines)


def test_details_begin_with_why_it_cannot_be_reached():
    lost = make_node(5)
    away = "Its agent is not connected (last heard 3 h ago). EC2 says it is stopped."
    assert full(lost, FACTS, Dealings())[0] == (away, Tone.WARN)
    assert brief(lost, FACTS, Dealings())[0] == (f"w: why?  {away}", Tone.WARN)
    never = lost._replace(last_ping=None, instance_state="")
    assert unreachable(never, FACTS) == "Its agent is not connected (last heard never)."


def test_sessions_here_come_before_all_else():
    lines = brief(NODE, FACTS, Dealings(("web-1", "web\x1b[31m")))
    assert lines[0] == ("2 live sessions here: web-1, web␛[31m", Tone.ACCENT)


def test_details_of_a_node_in_reach_name_its_tags_but_not_its_name():
    for found in (text(brief(NODE, FACTS, Dealings())), text(full(NODE, FACTS, Dealings()))):
        assert "env=staging" in found
        assert "Name=" not in found
        assert "t3.medium" in found
        assert "acme-prod (123456789012)" in found


def test_a_bare_node_has_no_details():
    bare = Node("i-1", "", ping=PingStatus.ONLINE)
    assert [cell.text for cell in brief(bare, FACTS, Dealings())] == []


def test_a_container_is_described_by_its_task_and_cluster():
    container = Container("arn:aws:ecs:eu-west-1:1:cluster/shop", "arn:aws:ecs:eu-west-1:1:task/shop/0a", "api", "0a-1")
    node = Node("ecs:shop_0a_0a-1", "api", ping=PingStatus.UNKNOWN, instance_state="pending", container=container)
    assert unreachable(node, FACTS) == "ECS says the task is pending."
    assert "api  ·  shop" in text(brief(node, FACTS, Dealings()))
    assert "cluster     arn:aws:ecs:eu-west-1:1:cluster/shop" in text(full(node, FACTS, Dealings()))


def test_uses_and_many_tags_are_told_in_bounds():
    node = NODE._replace(tags={f"k{number:03}": "v" * 900 for number in range(100)})
    lines = full(node, FACTS, Dealings((), True, 3, "2 h ago"))
    assert "3 sessions started, the last 2 h ago" in text(lines)
    assert lines[-1].text.endswith(f"… and {100 - TAGS_SHOWN} more")
    assert max(len(cell.text) for cell in lines) < 350

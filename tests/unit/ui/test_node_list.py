from ssmtui.model import Node
from ssmtui.ui.node_list import NodeList

NODES = [Node("i-3", "web-10"), Node("i-2", "Web-2"), Node("i-1", ""), Node("i-4", "2nd"), Node("i-0", "web-2")]


def names(nodes: NodeList) -> list[str]:
    return [node.id for node in nodes.shown]


def test_names_are_sorted_as_people_count_and_the_nameless_come_last():
    nodes = NodeList()
    nodes.replace(NODES)
    assert names(nodes) == ["i-4", "i-0", "i-2", "i-3", "i-1"]


def test_the_filter_holds_over_a_replacement():
    nodes = NodeList()
    nodes.filter("web")
    nodes.replace(NODES)
    assert (names(nodes), nodes.total) == (["i-0", "i-2", "i-3"], 5)
    nodes.filter("")
    assert len(nodes.shown) == 5

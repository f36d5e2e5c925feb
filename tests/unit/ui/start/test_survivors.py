"""What sessions of the ledger come back as, and where."""

import uuid

from hypothesis import given
from hypothesis import strategies as st

from ssmtui.layout import Arrangement, Layout
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import Container, Node, Scope
from ssmtui.profiles.planned_tabs import PlannedTab, own_tabs
from ssmtui.profiles.workspaces import Workspace
from ssmtui.sessions.taking_over import TakeOver
from ssmtui.ui.start.survivors import Survivor, launch_of, places_of
from tests.support.fake_ledger import record
from tests.support.fakes import SCOPE


def workspace(*numbers, tabs=None, shown=None):
    saved = tuple(SavedSession(record(n).request, f"tab {n}", "", record(n).id) for n in numbers)
    return Workspace("last", saved, tuple(tabs or own_tabs(range(len(saved)))), shown)


def test_the_title_is_kept_and_nothing_is_typed():
    left = record(1, "mine")
    request, node = launch_of(left, SCOPE, {})
    assert request.label == "mine"
    assert request.options.on_connect == ""
    assert (node.name, node.id) == ("web-1", left.request.target)


def test_a_node_that_is_listed_is_used():
    known = Node(record(1).request.target, "new name", aws_profile="prod", region="eu-west-1")
    _, node = launch_of(record(1), SCOPE, {known.key: known})
    assert node is known


def test_a_node_without_a_name_is_none_and_a_container_is_kept():
    assert launch_of(record(1, node_name=""), SCOPE, {}).node is None
    container = Container("c", "t", "app", "r-1")
    _, node = launch_of(record(1, request={"container": container}), SCOPE, {})
    assert node.container == container


def test_a_record_without_a_scope_is_of_the_programs():
    request, _ = launch_of(record(1, scope=None), SCOPE, {})
    assert request.scope == SCOPE
    other = Scope("staging", "us-east-1", "http://127.0.0.1:1")
    request, _ = launch_of(record(1, scope=other), SCOPE, {})
    assert request.scope == Scope("staging", "us-east-1", SCOPE.endpoint_url)


def test_what_is_known_for_taking_over_is_passed_on_and_a_damaged_id_is_not():
    client = uuid.uuid4()
    takeover = TakeOver.of(record(1, client_id=str(client), low=7, high=None, output=93))
    assert (takeover.session_id, takeover.client_id) == (record(1).session_id, client)
    assert (takeover.bounds.low, takeover.bounds.high, takeover.bounds.output) == (7, None, 93)
    assert TakeOver.of(record(1, client_id="no uuid")).client_id is None


def test_what_cannot_be_taken_over_says_why():
    kinds = (record(1, encrypted=True), record(1, session_type="Port"), record(1, port=True))
    for left in kinds:
        assert Survivor(left, launch_of(left, SCOPE, {})).refusal is not None
    assert Survivor(record(1), launch_of(record(1), SCOPE, {})).refusal is None


def test_without_a_workspace_each_has_a_tab_of_its_own_in_their_order():
    places = places_of([record(1), record(2)], [])
    assert (places.order, places.tabs, places.front) == ([0, 1], own_tabs([0, 1]), None)


def test_the_workspace_that_knows_most_of_them_says_where_they_stand():
    shared = Layout.of([0, 1, 2], Arrangement.EVEN_HORIZONTAL)
    known = workspace(5, 2, 1, tabs=[PlannedTab(shared, "ops")], shown=2)
    places = places_of([record(1), record(2), record(9)], [workspace(9), known])
    assert places.order == [1, 0, 2]
    assert [tab.title for tab in places.tabs] == ["ops", ""]
    assert [tab.layout.leaves for tab in places.tabs] == [(0, 1), (2,)]
    assert places.front == 1


@given(st.lists(st.integers(0, 9), unique=True), st.lists(st.integers(0, 9), unique=True), st.integers(0, 9))
def test_each_has_one_place_whatever_the_workspace_says(left, saved, shown):
    known = workspace(*saved, shown=shown if shown < len(saved) else None)
    places = places_of([record(n) for n in left], [known])
    assert sorted(places.order) == list(range(len(left)))
    assert sorted(leaf for tab in places.tabs for leaf in tab.layout.leaves) == list(range(len(left)))
    assert places.front is None or left[places.order[places.front]] == saved[shown]


def test_a_record_that_stands_twice_in_a_workspace_comes_back_once():
    places = places_of([record(1)], [workspace(1, 1)])
    assert list(places.order) == [0]
    assert [tab.layout.leaves for tab in places.tabs] == [(0,)]

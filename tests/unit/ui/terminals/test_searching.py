from ssmtui.terminal.marks import Case, Find
from ssmtui.ui.kit.recall import Recall
from ssmtui.ui.terminals.searches import MOST_KEPT, Searches


def test_a_search_is_made_in_the_ways_that_were_chosen():
    searches = Searches()
    assert searches.find("x") == Find("x", False, Case.SMART, False)
    searches.toggle_regex()
    searches.next_case()
    assert searches.find("x", backward=True) == Find("x", True, Case.EXACT, True)
    assert searches.words == "regex, exact case"
    searches.next_case()
    assert searches.words == "regex, any case"


def test_patterns_are_kept_once_and_not_for_ever():
    searches = Searches()
    assert searches.last == ""
    for pattern in ("a", "b", "a"):
        searches.remember(pattern)
    assert searches.patterns == ["b", "a"]
    assert searches.last == "a"
    for number in range(MOST_KEPT):
        searches.remember(str(number))
    assert len(searches.patterns) == MOST_KEPT
    assert searches.last == str(MOST_KEPT - 1)


def test_recalling_goes_back_and_returns_to_what_was_typed():
    searches = Searches()
    for pattern in ("one", "two"):
        searches.remember(pattern)
    recall = Recall(tuple(searches.patterns))
    assert recall.newer() == ""
    walk = [recall.older("typed"), recall.older("two"), recall.older("one"), recall.newer(), recall.newer()]
    assert walk == ["two", "one", "one", "two", "typed"]
    assert Recall().older("typed") == "typed"

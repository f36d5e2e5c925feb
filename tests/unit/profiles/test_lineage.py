"""Orders of inheritance and circles in them, against the plain way to look for them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ssmtui.profiles.lineage import circles, in_order, parent

PATHS = ["a", "a/b", "a/b/c", "d", "d/e", "f", "g"]


def ancestors(path: str, extends: dict[str, str]) -> set[str]:
    """All that ``path`` inherits from."""
    found: set[str] = set()
    ahead = [path]
    while ahead:
        here = ahead.pop()
        more = {one for one in (parent(here), extends.get(here, "")) if one} - found
        found |= more
        ahead += more
    return found


@given(st.dictionaries(st.sampled_from(PATHS), st.sampled_from(PATHS)))
def test_circles_are_found_and_all_else_has_an_order(extends: dict[str, str]) -> None:
    found = circles(PATHS, extends)
    itself = {path for path in PATHS if path in ancestors(path, extends)}
    through = {path for path in extends if path in {extends[path], *ancestors(extends[path], extends)}}
    assert through <= found
    assert bool(itself) == bool(found)
    # One between two circles inherits from the one and gives to the other.
    assert all(itself & ancestors(path, extends) for path in found)
    good = {path: other for path, other in extends.items() if path not in found}
    order = in_order(PATHS, good)
    assert sorted(order) == sorted(PATHS)
    for place, path in enumerate(order):
        assert ancestors(path, good) <= set(order[:place])

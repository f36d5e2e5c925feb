"""What the keys of the view of saved connections do; its help and its footer are made of this."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.ui.look import words
from ssmtui.ui.profiles import actions as profile_flows
from ssmtui.ui.profiles import edits as profile_edits
from ssmtui.ui.profiles.view.outline import Order

if TYPE_CHECKING:
    from ssmtui.ui.profiles.context import ProfilesContext
    from ssmtui.ui.profiles.view.view import ProfilesScreen


class ViewKey(NamedTuple):
    """What a key does in the view."""

    keys: tuple[str, ...]
    """In Textual's notation."""
    help: str
    hint: str
    """Its label in the footer; empty: it is not shown there."""
    do: Callable[[ProfilesScreen], object]


def _flow(flow: Callable[[ProfilesContext, ProfilesScreen], object]) -> Callable[[ProfilesScreen], object]:
    return lambda view: flow(view.context, view)


def _call(name: str) -> Callable[[ProfilesScreen], object]:
    """A method of the view."""
    return lambda view: getattr(view, name)()


def _move(lines: int = 0, pages: float = 0) -> Callable[[ProfilesScreen], object]:
    return lambda view: view.lines.move(lines + round(pages * view.lines.page))


def _order(order: Order) -> Callable[[ProfilesScreen], object]:
    return lambda view: view.choose_order(order)


def _scroll(lines: int) -> Callable[[ProfilesScreen], object]:
    return lambda view: view.scroll_details(lines)


KEYS: tuple[ViewKey, ...] = (
    ViewKey(
        ("enter",), "Open the profile or all marked ones; a folder opens and closes", "open", lambda view: view.open()
    ),
    ViewKey(("o",), "Open all profiles of the folder", "open folder", _flow(profile_flows.open_folder)),
    ViewKey(("s",), "Open the profile by way of the start form", "", _flow(profile_flows.open_in_form)),
    ViewKey(
        ("slash",), "Search as you type: words, or the beginnings of words", "search", lambda view: view.edit_search()
    ),
    ViewKey(("e",), "Edit the profile, or the defaults of the folder", "edit", _flow(profile_edits.edit)),
    ViewKey(("n",), "Make a new profile in this folder", "new", _flow(profile_edits.new_profile)),
    ViewKey(("N",), "Make a new folder in this one", "", _flow(profile_edits.new_folder)),
    ViewKey(("c",), "Copy the profile under another name", "copy", _flow(profile_edits.copy)),
    ViewKey(("m",), "Move the profile or all marked ones to another folder", "move", _flow(profile_edits.move)),
    ViewKey(("R",), "Rename the profile or the folder", "rename", _flow(profile_edits.rename)),
    ViewKey(
        ("d", "delete"), "Delete the profile, all marked ones or the folder", "delete", _flow(profile_edits.delete)
    ),
    ViewKey(("u",), "Take back the last change, and the one before it", "undo", _flow(profile_edits.undo)),
    ViewKey(("y",), "Copy the profile or all marked ones as TOML", "", _flow(profile_flows.copy_toml)),
    ViewKey(("Y",), "Copy the target or the filter of the profile", "", _flow(profile_flows.copy_target)),
    ViewKey(("E",), "Show all that is wrong with the files", "", _call("problems_clicked")),
    ViewKey(
        ("space",),
        "Mark the profile, or all of a folder; commands then act on all marked ones",
        "mark",
        _call("mark"),
    ),
    ViewKey(("ctrl+a",), "Mark all that are found; again: none", "", _call("mark_all")),
    ViewKey(
        ("tab",), "Order: in folders, the last used first, the most used first", "order", lambda view: view.cycle()
    ),
    ViewKey(("1",), "In folders", "", _order(Order.TREE)),
    ViewKey(("2",), "The last used first", "", _order(Order.RECENT)),
    ViewKey(("3",), "The most used first", "", _order(Order.USED)),
    ViewKey(("i",), "More or less of the details, where they are below", "", _call("toggle_tall")),
    ViewKey(("right_square_bracket",), "Scroll the details down", "", _scroll(1)),
    ViewKey(("left_square_bracket",), "Scroll the details up", "", _scroll(-1)),
    ViewKey(("right", "l"), "Open the folder", "", lambda view: view.fold(is_open=True)),
    ViewKey(("left", "h"), "Close the folder, or go to it", "", lambda view: view.fold(is_open=False)),
    ViewKey(("j", "down"), "Next line", "", _move(1)),
    ViewKey(("k", "up"), "Previous line", "", _move(-1)),
    ViewKey(("ctrl+d",), "Half a page down", "", _move(pages=0.5)),
    ViewKey(("ctrl+u",), "Half a page up", "", _move(pages=-0.5)),
    ViewKey(("pagedown", "ctrl+f"), "A page down", "", _move(pages=1)),
    ViewKey(("pageup", "ctrl+b"), "A page up", "", _move(pages=-1)),
    ViewKey(("g", "home"), "First line", "", _move(-(10**9))),
    ViewKey(("G", "end"), "Last line", "", _move(10**9)),
    ViewKey(("question_mark", "f1"), "Show all keys", "help", _call("show_help")),
    ViewKey(
        ("escape", "q"), "Take the marks back, then the search, then leave", "back", lambda view: view.action_cancel()
    ),
)
"""All keys of the view, from which help and footer are made."""

HINTED = ("enter", "slash", "e", "n", "d", "u", "o", "question_mark", "space", "tab", "c", "m", "R", "escape")
"""What is in the footer, where there may be no room for the last ones."""

BY_KEY = {key: each for each in KEYS for key in each.keys}


def shown_keys(each: ViewKey) -> tuple[str, ...]:
    """The keys as a person reads them."""
    return tuple(map(words.key_name, each.keys))

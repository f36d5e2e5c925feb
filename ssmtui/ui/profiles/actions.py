"""What is done with saved connections: opened, edited, copied, moved, deleted, and all of that taken back.

Dialogs are imported here, when first opened: the first frame does not pay for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.inventory.query.errors import QueryError
from ssmtui.profiles.profile import Profile
from ssmtui.ui.kit.turns import Turns
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.profiles.form import offers as profile_offers
from ssmtui.ui.profiles.view import counting
from ssmtui.ui.profiles.view.state import ViewState

if TYPE_CHECKING:
    from ssmtui.profiles.store import ProfileStore
    from ssmtui.ui.frame.app import SsmtuiApp
    from ssmtui.ui.profiles.view.view import ProfilesScreen

NAMED = 40
"""Characters of a name in a message."""


def show(app: SsmtuiApp, text: str = "") -> None:
    """Open the view as it was left, or searching for ``text``."""
    from ssmtui.ui.profiles.view.view import ProfilesScreen

    assert app.services is not None
    state = state_of(app)
    if text:
        state.text = text
    app.push_screen(ProfilesScreen(app, app.services.profiles, state))


def state_of(app: SsmtuiApp) -> ViewState:
    """How the view was left."""
    if app.profile_view is None:
        app.profile_view = ViewState()
    return app.profile_view


# Opening


def open_profiles(app: SsmtuiApp, view: ProfilesScreen, *, edit: bool = False) -> None:
    """Open the marked connections, or the one under the cursor; the view leaves once sessions are started."""
    from ssmtui.ui.profiles.opening import opening

    profiles = view.targets
    if not profiles:
        app.tell("There is no profile under the cursor", severity="warning")
        return
    opening.open_profiles(app, profiles, edit=edit)


def open_in_form(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """The same by way of the start form."""
    open_profiles(app, view, edit=True)


def open_folder(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Open all connections of the folder that the cursor is on or in."""
    from ssmtui.ui.profiles.opening import opening

    profiles = view.outline.inside(view.place)
    if profiles:
        opening.open_profiles(app, profiles)
    else:
        app.tell("There is no profile in this folder", severity="warning")


def open_named(app: SsmtuiApp, name: str) -> None:
    """Open the connection called ``name``, without the view."""
    from ssmtui.ui.profiles.opening import opening

    assert app.services is not None
    profile = app.services.profiles.profiles.profiles.get(name)
    if profile is not None:
        opening.open_profiles(app, [profile])
    else:
        app.tell(f"There is no profile {tidy(name, NAMED)}; p shows those that there are", severity="warning")


# Copies


def copy_toml(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Copy the connections as they would be written in a file."""
    from ssmtui.profiles import export

    profiles = view.targets
    if profiles:
        app.copy_to_clipboard(export.pasteable(profiles), f"{all_named(profiles)} as TOML")


def copy_target(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Copy the ids or filters of the connections."""
    found = [profile.values.target or profile.values.query for profile in view.targets]
    if any(found):
        text = "\n".join(filter(None, found))
        app.copy_to_clipboard(text, tidy(found[0], 60) if len(found) == 1 else words.count(len(found), "target"))


# Problems


def show_problems(app: SsmtuiApp, store: ProfileStore) -> None:
    """Show all that is wrong with the files."""
    from ssmtui.ui.profiles.view.problems import ProfileProblems

    if store.profiles.problems:
        app.push_screen(ProfileProblems(store.profiles.problems))
    else:
        app.tell("Nothing is wrong with the files of profiles")


async def count_nodes(app: SsmtuiApp, text: str, aws_profile: str, region: str) -> str:
    """How many of the listed nodes the filter ``text`` finds there, in words; empty where that cannot be told before
    something is filled in."""
    from ssmtui.profiles import template

    if any(template.has_places(each) for each in (text, aws_profile, region)):
        return ""
    try:
        query = profile_offers.query(app, text)
    except QueryError:
        return ""
    assert app.services is not None
    default = app.services.scope
    if aws_profile in ("", default.aws_profile):
        aws_profile, region = default.aws_profile or "", region or default.region
    rows = app.main.nodes.index.rows
    return counting.told(*await counting.matching_nodes(query, aws_profile, region, rows, Turns().give))


def all_named(profiles: Sequence[Profile]) -> str:
    """Connections in a message: the name of one, or how many they are."""
    return named(profiles[0].name) if len(profiles) == 1 else words.count(len(profiles), "profile")


def named(name: str) -> str:
    """A name in a message."""
    return tidy(name, NAMED)

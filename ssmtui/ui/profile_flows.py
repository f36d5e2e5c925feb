"""What is done with saved connections: opened, edited, copied, moved, deleted, and all of that taken back.

Dialogs are imported here, when first opened: the first frame does not pay for them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Container, Sequence
from typing import TYPE_CHECKING

from ssmtui.errors import SsmtuiError
from ssmtui.profiles.profile import Folder, Profile
from ssmtui.ui import launch_flows, words
from ssmtui.ui.bridge import Turns
from ssmtui.ui.cells import tidy
from ssmtui.ui.nodes import scope_words
from ssmtui.ui.profiles import counting
from ssmtui.ui.profiles.outline import last
from ssmtui.ui.profiles.state import ViewState

if TYPE_CHECKING:
    from ssmtui.profiles.store import ProfileStore, Undo
    from ssmtui.ui.app import SsmtuiApp
    from ssmtui.ui.screens.pick import Pick
    from ssmtui.ui.screens.profiles import ProfilesScreen

NAMED = 40
"""Characters of a name in a message."""
NAMES_SHOWN = 6
"""Connections that are named before their folder is deleted."""
MAX_NAME = 80


def show(app: SsmtuiApp, text: str = "") -> None:
    """Open the view as it was left, or searching for ``text``."""
    from ssmtui.ui.screens.profiles import ProfilesScreen

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
    profiles = view.targets
    if not profiles:
        app.tell("There is no profile under the cursor", severity="warning")
        return
    launch_flows.open_profiles(app, profiles, edit=edit)


def open_in_form(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """The same by way of the start form."""
    open_profiles(app, view, edit=True)


def open_folder(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Open all connections of the folder that the cursor is on or in."""
    profiles = view.outline.inside(view.place)
    if profiles:
        launch_flows.open_profiles(app, profiles)
    else:
        app.tell("There is no profile in this folder", severity="warning")


def open_named(app: SsmtuiApp, name: str) -> None:
    """Open the connection called ``name``, without the view."""
    assert app.services is not None
    profile = app.services.profiles.profiles.profiles.get(name)
    if profile is not None:
        launch_flows.open_profile(app, profile)
    else:
        app.tell(f"There is no profile {tidy(name, NAMED)}; p shows those that there are", severity="warning")


# Editing


def new_folder(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """A folder in the one that the cursor is in."""
    inside = f"{view.place}/" if view.place else ""

    async def make(path: str) -> None:
        state_of(app).did([await view.store.put_folder(path, {})])
        view.show_item((True, path))

    note = "Folders within each other are parted by a slash: prod/db."
    _ask_name(app, "Name of the new folder", inside, make, note=note, check=_folder_check(view.store))


def copy(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Another connection that says the same; of a shared one it is the person's own."""
    profile, store = view.profile, view.store
    if profile is None:
        app.tell("There is no profile under the cursor: folders are not copied", severity="warning")
        return
    source = profile.name

    async def make(name: str) -> None:
        state_of(app).did([await store.copy(source, name)])
        view.show_item((False, name))

    name = free_name(store.profiles.profiles, source)
    _ask_name(app, f"Copy {_named(source)} as", name, make, check=_name_check(store))


def rename(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Another name for what is under the cursor."""
    row, store = view.lines.selected, view.store
    if row is None or _is_shared(app, row.item):
        return
    old = row.item.name
    parent = old.rpartition("/")[0] if row.folder is not None else ""

    async def profile(name: str) -> None:
        if name != old:
            state_of(app).did([await store.rename(old, name)])
            view.show_item((False, name))

    async def folder(name: str) -> None:
        path = f"{parent}/{name}" if parent else name
        if path != old:
            state_of(app).did([await store.rename_folder(old, path)])
            view.show_item((True, path))

    if row.folder is None:
        _ask_name(app, "Rename the profile", old, profile, check=_name_check(store, old))
    else:
        _ask_name(app, "Rename the folder", last(old), folder, check=_folder_check(store, parent, old))


def move(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Have another folder for the marked connections or the one under the cursor."""
    profiles, store = view.targets, view.store
    if not profiles:
        app.tell("There is no profile under the cursor; R renames a folder", severity="warning")
        return
    if any(_is_shared(app, profile) for profile in profiles):
        return
    what = _all_named(profiles)

    async def make(folder: str) -> None:
        moved = [profile for profile in profiles if profile.folder != folder]
        undos: list[Undo] = []
        try:
            for profile in moved:
                undos.append(await store.move(profile.name, folder))
        finally:
            state_of(app).did(undos)
        view.clear_marks()
        view.show_item((False, profiles[0].name))
        if moved:
            app.tell(f"Moved {what} to {_named(folder) if folder else 'the top'}; u takes it back", seconds=6)

    def chosen(folder: str | None) -> None:
        if folder is not None:
            work(app, make(folder))

    app.push_screen(pick_folder(f"Move {what} to", store, profiles[0].folder, verb="move it there"), chosen)


def delete(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Delete the marked connections or what is under the cursor; a folder with connections is asked about."""
    folder = view.folder
    if folder is not None and not view.marked:
        _delete_folder(app, view, folder)
        return
    profiles, store = view.targets, view.store
    if not profiles or any(_is_shared(app, profile) for profile in profiles):
        return

    async def make() -> None:
        undos: list[Undo] = []
        try:
            for profile in profiles:
                undos.append(await store.delete(profile.name))
        finally:
            state_of(app).did(undos)
        app.tell(f"Deleted {_all_named(profiles)}; u takes it back", seconds=6)

    work(app, make())


def _delete_folder(app: SsmtuiApp, view: ProfilesScreen, folder: Folder) -> None:
    from ssmtui.ui.screens.confirm import Confirm

    if _is_shared(app, folder):
        return
    inside = view.outline.inside(folder.name)

    async def make() -> None:
        state_of(app).did([await view.store.delete_folder(folder.name)])
        app.tell(f"Deleted the folder {_named(folder.name)}; u takes it back", seconds=6)

    def answered(yes: bool | None) -> None:
        if yes:
            work(app, make())

    if not inside:
        work(app, make())
        return
    names = [f"  {_named(profile.name)}" for profile in inside[:NAMES_SHOWN]]
    if len(inside) > NAMES_SHOWN:
        names.append(f"  … and {len(inside) - NAMES_SHOWN} more")
    question = f"Delete the folder {_named(folder.name)} and the {words.count(len(inside), 'profile')} in it?"
    app.push_screen(Confirm(question, names, "Delete", "u takes it back."), answered)


def undo(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Take back what was done last."""
    steps = state_of(app).steps
    if not steps:
        app.tell("There is nothing to take back")
        return
    undos = steps.pop()

    async def back() -> None:
        for each in reversed(undos):
            await view.store.undo(each)
        others = f" and {len(undos) - 1} more" if len(undos) > 1 else ""
        app.tell(f"Taken back: {tidy(undos[0].label, 80)}{others}")

    work(app, back())


# Copies


def copy_toml(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Copy the connections as they would be written in a file."""
    from ssmtui.ui.profiles.written import written

    profiles = view.targets
    if profiles:
        app.copy_to_clipboard(written(profiles), f"{_all_named(profiles)} as TOML")


def copy_target(app: SsmtuiApp, view: ProfilesScreen) -> None:
    """Copy the ids or filters of the connections."""
    found = [profile.values.target or profile.values.query for profile in view.targets]
    if any(found):
        text = "\n".join(filter(None, found))
        app.copy_to_clipboard(text, tidy(found[0], 60) if len(found) == 1 else words.count(len(found), "target"))


# Problems


def show_problems(app: SsmtuiApp, store: ProfileStore) -> None:
    """Show all that is wrong with the files."""
    from ssmtui.ui.screens.profile_problems import ProfileProblems

    if store.profiles.problems:
        app.push_screen(ProfileProblems(store.profiles.problems))
    else:
        app.tell("Nothing is wrong with the files of profiles")


async def count_nodes(app: SsmtuiApp, profile: Profile) -> counting.Counted | None:
    """How many nodes the connection means now; None where that cannot be told before something is filled in."""
    from ssmtui.inventory.query.errors import QueryError
    from ssmtui.inventory.query.query import parse
    from ssmtui.profiles import template

    services, values = app.services, profile.values
    texts = (values.query, values.aws_profile, values.region)
    if services is None or any(template.has_places(text) for text in texts):
        return None
    try:
        query = parse(
            values.query,
            now=app.clock.now(),
            favourites=services.usage.favourites,
            aliases=scope_words.aliases(services.fleet.states.values()),
            saved=services.filters.saved,
        )
    except QueryError:
        return None
    rows = app.main.nodes.index.rows
    found = await counting.matching_nodes(query, values, rows, Turns().give)
    return counting.Counted(profile, counting.told(found, len(rows)))


# What they have in common


def pick_folder(question: str, store: ProfileStore, now: str, verb: str = "take it") -> Pick:
    """The dialog that asks for a folder, the top among them, or the path of a new one."""
    from ssmtui.profiles import checks
    from ssmtui.ui.screens.pick import Offer, Pick

    offers = [Offer("", "the top, in no folder"), *(Offer(path) for path in store.profiles.folders)]
    placeholder = "type to find a folder, or the path of a new one"

    def is_path(text: str) -> bool:
        return not _checked(checks.folder, text)

    return Pick(question, offers, now, is_new=is_path, placeholder=placeholder, verb=verb)


def free_name(known: Container[str], name: str) -> str:
    """A name near to ``name`` that nobody has yet."""
    number, base = 2, name[: MAX_NAME - 5].rstrip()
    while (found := f"{base} {number}") in known:
        number += 1
    return found


def work(app: SsmtuiApp, doing: Awaitable[object]) -> None:
    """Have something done to the files; why it cannot be done is told."""

    async def run() -> None:
        try:
            await doing
        except SsmtuiError as error:
            app.tell(f"{error.detail}. {error.remedy}".rstrip(), severity="error", seconds=10)

    app.run_worker(run(), name="profiles", group="profiles")


def _ask_name(
    app: SsmtuiApp,
    question: str,
    text: str,
    then: Callable[[str], Awaitable[None]],
    *,
    check: Callable[[str], str],
    note: str = "",
) -> None:
    from ssmtui.ui.screens.prompt import Prompt

    def answered(name: str | None) -> None:
        if name is not None and name.strip() != "":
            work(app, then(name.strip()))

    app.push_screen(Prompt(question, text, note, check=check), answered)


def _name_check(store: ProfileStore, own: str = "") -> Callable[[str], str]:
    from ssmtui.profiles import checks

    def check(text: str) -> str:
        name = text.strip()
        if name != own and name in store.profiles.profiles:
            return "There is a profile of that name"
        return _checked(checks.name, name)

    return check


def _folder_check(store: ProfileStore, parent: str = "", own: str = "") -> Callable[[str], str]:
    from ssmtui.profiles import checks

    def check(text: str) -> str:
        path = f"{parent}/{text.strip()}" if parent else text.strip()
        if path != own and path in store.profiles.folders:
            return "There is a folder of that name"
        return _checked(checks.folder, path) if path else "It needs a name"

    return check


def _checked(check: Callable[[object], object], text: str) -> str:
    try:
        check(text)
    except ValueError as error:
        return f"It {error}"
    return ""


def _is_shared(app: SsmtuiApp, item: Folder | Profile) -> bool:
    """Whether it is in a file that cannot be changed here; that is told."""
    if item.read_only:
        remedy = "c makes a copy of your own" if isinstance(item, Profile) else "N makes a folder of your own"
        app.tell(f"{_named(item.name)} is in a shared file; {remedy}", severity="warning", seconds=6)
    return item.read_only


def _all_named(profiles: Sequence[Profile]) -> str:
    return _named(profiles[0].name) if len(profiles) == 1 else words.count(len(profiles), "profile")


def _named(name: str) -> str:
    return tidy(name, NAMED)

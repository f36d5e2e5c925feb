"""What a saved connection's form knows of the surroundings: folders, AWS profiles, regions, nodes, how filters read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ssmtui.config import template
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.query import Query, parse
from ssmtui.inventory.states import aliases
from ssmtui.model import Scope

if TYPE_CHECKING:
    from ssmtui.profiles.store import ProfileStore
    from ssmtui.ui.kit.pick import Offer, Pick
    from ssmtui.ui.profiles.context import ProfilesContext

MOST_NODES = 2_000
"""Nodes that are offered as targets."""

QUESTIONS = {
    "folder": "Folder of the connection",
    "extends": "Folder to inherit from as well",
    "aws_profile": "AWS profile",
    "region": "AWS region",
    "target": "Node",
}


def query(context: ProfilesContext, text: str) -> Query:
    """The filter that ``text`` means here and now; raises :class:`QueryError`."""
    services = context.services
    return parse(
        text,
        now=context.clock.now(),
        favourites=services.usage.favourites,
        aliases=aliases(services.fleet.states.values()),
        saved=services.filters.saved,
    )


def query_error(context: ProfilesContext, text: str) -> QueryError | None:
    """What is wrong with a filter; None while it has placeholders to fill in."""
    if template.has_places(text):
        return None
    try:
        query(context, text)
    except QueryError as error:
        return error
    return None


def scope_for(context: ProfilesContext, aws_profile: str, region: str) -> Scope:
    """Where the documents of a connection are read: where the program was started for, as far as the connection says
    nothing, or unknown until it is opened."""
    services = context.services
    default = services.scope
    profile = default.aws_profile if not aws_profile or template.has_places(aws_profile) else aws_profile
    place = default.region if not region or template.has_places(region) else region
    known = (state.scope for state in services.fleet.states.values())
    found = next((scope for scope in known if (scope.aws_profile, scope.region) == (profile, place)), None)
    return found or Scope(profile, place, default.endpoint_url)


async def pick(
    context: ProfilesContext, store: ProfileStore, key: str, holds: Callable[[str], str], now: str
) -> str | None:
    """Ask for one of those that there are; None: as it was. ``holds`` tells what holds for other keys."""
    from ssmtui.ui.kit.pick import Pick

    if key in ("folder", "extends"):
        return await context.stage.push_screen_wait(pick_folder(QUESTIONS[key], store, now))
    try:
        offers = await _offers(context, key, holds)
    except SsmtuiError as error:
        context.stage.tell_error(error, severity="warning")
        return None
    return await context.stage.push_screen_wait(Pick(QUESTIONS[key], offers, now, is_new=lambda text: key != "target"))


async def _offers(context: ProfilesContext, key: str, holds: Callable[[str], str]) -> Sequence[Offer]:
    from ssmtui.ui.kit.pick import Offer

    services = context.services
    if key == "aws_profile":
        found = await services.gateways.aws_profiles()
        return [Offer(one.name, note=" ".join(filter(None, (one.account, one.kind, one.region)))) for one in found]
    if key == "region":
        gateway = services.gateways.gateway(scope_for(context, holds("aws_profile"), ""))
        return [Offer(region) for region in await gateway.regions()]
    rows = context.shown[:MOST_NODES]
    return [Offer(row.item.id, f"{row.item.name or row.item.id}", row.item.id) for row in rows]


def pick_folder(question: str, store: ProfileStore, now: str, verb: str = "take it") -> Pick:
    """The dialog that asks for a folder, the top among them, or the path of a new one."""
    from ssmtui.profiles import checks
    from ssmtui.ui.kit.pick import Offer, Pick

    offers = [Offer("", "the top, in no folder"), *(Offer(path) for path in store.profiles.folders)]
    placeholder = "type to find a folder, or the path of a new one"

    def is_path(text: str) -> bool:
        return not checked(checks.folder, text)

    return Pick(question, offers, now, is_new=is_path, placeholder=placeholder, verb=verb)


def checked(check: Callable[[object], object], text: str) -> str:
    """What a check of a value says against ``text``, as a sentence; empty where nothing."""
    try:
        check(text)
    except ValueError as error:
        return f"It {error}"
    return ""

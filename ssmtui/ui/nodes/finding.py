"""The nodes that a filter finds, once they are listed: for sessions that the command line asks for."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.errors import SsmtuiError, UsageError
from ssmtui.inventory.query.query import parse
from ssmtui.inventory.searching import FleetSearch, nearest_name
from ssmtui.inventory.states import aliases
from ssmtui.ui.accounts.words import scope_name
from ssmtui.ui.look import words
from ssmtui.ui.start.listing import see_through

if TYPE_CHECKING:
    from ssmtui.model import Node
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.services import Clock, Services

TEXT_SHOWN = 80


async def nodes_found(text: str, services: Services, stage: Stage, clock: Clock) -> list[Node]:
    """What the filter ``text`` finds in all chosen scopes once these have been listed, by name; none where the person
    has left the wait. Raises :class:`ssmtui.errors.SsmtuiError` where it finds nothing, or is no filter. Within a
    worker of ``stage`` only."""
    fleet = services.fleet
    search = FleetSearch(fleet, services.gateways)
    what, where = inert.line(text, TEXT_SHOWN), _where(services)

    def listed() -> str:
        return f"{words.count(search.listed, 'node')} so far"

    if not await see_through(stage, search.complete(), what, f"Listing the nodes of {where}.", listed):
        return []
    query = parse(
        text,
        now=clock.now(),
        favourites=services.usage.favourites,
        aliases=aliases(fleet.states.values()),
        saved=services.filters.saved,
    )
    if undecided := await search.undecided(query):

        def unread() -> str:
            return search.problem.detail if search.problem is not None else "done"

        reading = search.read_tags(undecided)
        if not await see_through(stage, reading, what, f"Reading tags of the nodes of {where}.", unread):
            return []
        if search.problem is not None:
            stage.tell_error(search.problem, severity="warning")
    found = await search.found(query)
    if query.problem:
        raise UsageError(query.problem, title="That filter cannot be used")
    if not found:
        raise await _none_found(what, where, search)
    if (failed := search.failed) is not None and failed.error is not None:
        stage.tell_error(failed.error, scope_name(failed.scope), severity="warning")
    return found


def _where(services: Services) -> str:
    scopes = list(services.fleet.states)
    return scope_name(scopes[0]) if len(scopes) == 1 else words.count(len(scopes), "account")


async def _none_found(what: str, where: str, search: FleetSearch) -> SsmtuiError:
    """Why there may be none: a listing that failed, or the name that is nearest to what is looked for."""
    known, failed = search.nodes, search.failed
    told = f"--open looks for {what} in {where}"
    if failed is not None and failed.error is not None:
        error = copy(failed.error)
        error.title = "No node is found"
        error.detail = inert.line(f"{told}. {failed.error.title}: {failed.error.detail}", 500)
        return error
    near = await nearest_name(what, known)
    remedy = f"The nearest name is {inert.line(near, 60)}." if near else "Esc clears the filter of the list."
    return UsageError(f"{told}, among {words.count(len(known), 'node')}", title="No node is found", remedy=remedy)

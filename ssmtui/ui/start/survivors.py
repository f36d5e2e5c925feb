"""Sessions of the ledger that may be taken over: what is known of each, and what it is taken over as. Pure.

A survivor is a session that a run of ssmtui left at AWS: it was detached, or its program was killed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ssmtui.errors import SsmtuiError
from ssmtui.model import Node, NodeKey, Scope, StartRequest
from ssmtui.profiles.planned_tabs import PlannedTab, narrowed, own_tabs
from ssmtui.protocol.handshake import PORT
from ssmtui.sessions.taking_over import TakeOver, refusal
from ssmtui.ui.start.launch import Launch

if TYPE_CHECKING:
    from ssmtui.ledger.record import LedgerRecord
    from ssmtui.profiles.workspaces import Workspace


class Survivor(NamedTuple):
    """One of them, as it is seen from here."""

    record: LedgerRecord
    launch: Launch
    """Its request, with the scope that calls go to from here, and its node."""
    doubt: str = ""
    """Why it is not known whether it still lives, in a few words; empty: AWS lists it."""
    is_kept: bool = False
    """Whether a keeper has it."""

    @property
    def refusal(self) -> SsmtuiError | None:
        """Why it cannot be taken over; None where it can."""
        return refusal(_kind(self.record), encrypted=self.record.encrypted)

    def as_claimed(self, record: LedgerRecord) -> TakeOver:
        """What is known for taking it over, from its ``record`` as it was when it was claimed: the run that had it
        until then may have typed. Its id may have been found after the record was written."""
        return TakeOver.of(replace(record, session_id=self.record.session_id or record.session_id))

    @property
    def name(self) -> str:
        """What its tab was called."""
        return self.record.title or self.launch.label


def _kind(record: LedgerRecord) -> str:
    return PORT if record.port else record.session_type


def launch_of(record: LedgerRecord, here: Scope, nodes: Mapping[NodeKey, Node]) -> Launch:
    """What ``record`` comes back as in a program that was started for the scope ``here``. Nothing is typed by it. A
    node that is not listed is made from what the record says of it."""
    # Where calls go is the command line's to say, not a file's.
    scope = replace(record.scope, endpoint_url=here.endpoint_url) if record.scope is not None else here
    options = replace(record.request.options, on_connect="")
    request = replace(record.request, title=record.title or record.request.title, scope=scope, options=options)
    key = (scope.aws_profile or "", scope.region, request.target)
    return Launch(request, nodes.get(key) or _stand_in(request, record.node_name, scope))


def _stand_in(request: StartRequest, name: str, scope: Scope) -> Node | None:
    if not name:
        return None
    node = Node(request.target, name, container=request.container)
    return node._replace(aws_profile=scope.aws_profile or "", region=scope.region)


class SurvivorPlaces(NamedTuple):
    """Where sessions that come back stand."""

    order: Sequence[int]
    """Their places in the list of survivors, in the order of their tabs."""
    tabs: Sequence[PlannedTab]
    """Over places in :attr:`order`."""
    front: int | None
    """The place in :attr:`order` of the one that had the focus."""


def places_of(records: Sequence[LedgerRecord], workspaces: Sequence[Workspace]) -> SurvivorPlaces:
    """The places that these sessions had in the ``workspaces``, which are kept up by themselves: those of the workspace
    that knows most of them. The others get a tab each, after those."""
    found = max(
        (_in_workspace(records, workspace) for workspace in workspaces),
        key=lambda places: len(places.order),
        default=SurvivorPlaces((), (), None),
    )
    left = [place for place in range(len(records)) if place not in found.order]
    order = [*found.order, *left]
    tabs = (*found.tabs, *own_tabs(range(len(found.order), len(order))))
    return SurvivorPlaces(order, tabs, found.front)


def _in_workspace(records: Sequence[LedgerRecord], workspace: Workspace) -> SurvivorPlaces:
    here = {record.id: place for place, record in enumerate(records)}
    # Each once, whatever a file says that anybody may have written.
    found = {saved.record: place for place, saved in enumerate(workspace.sessions) if saved.record in here}
    kept = sorted(found.values())
    front = kept.index(workspace.shown) if workspace.shown in kept else None
    return SurvivorPlaces(
        [here[workspace.sessions[place].record] for place in kept], narrowed(workspace.tabs, kept), front
    )

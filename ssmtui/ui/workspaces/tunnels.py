"""The tunnels of a workspace: what is kept of those that there are, and what is opened to bring them back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ssmtui.forwards.tunnel import TunnelOptions
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.profiles.saved_tunnels import SavedTunnel
from ssmtui.ui.look import words
from ssmtui.ui.tunnels.actions import Wanted

if TYPE_CHECKING:
    from ssmtui.documents.port_forwards import Forward
    from ssmtui.forwards.tunnels import Tunnels
    from ssmtui.model import Scope
    from ssmtui.profiles.restoring import TunnelReturn
    from ssmtui.profiles.workspaces import Workspace


def saved(tunnels: Tunnels) -> tuple[SavedTunnel, ...]:
    """What is kept of all that are in the list."""
    found = []
    for one in tunnels.snapshots():
        request, options = tunnels.request(one.key), one.options
        found.append(
            SavedTunnel(
                SavedSession(request, one.title),
                one.forward,
                was_open=one.state.live,
                sessions=options.sessions,
                keep_alive=options.keep_alive,
                group=options.group,
                database_user=options.database_user,
            )
        )
    return tuple(found)


def live(tunnels: Tunnels) -> set[tuple[Forward, str, Scope | None]]:
    """The identities of those that listen."""
    return {(one.forward, one.target, tunnels.request(one.key).scope) for one in tunnels.snapshots() if one.state.live}


def wanted(backs: Sequence[TunnelReturn]) -> list[Wanted]:
    """What is opened to bring these back. That they may be reached from other machines is asked anew."""
    return [
        Wanted(
            [each.saved.forward],
            each.back.request,
            each.back.node,
            TunnelOptions(
                each.saved.sessions,
                each.saved.keep_alive,
                group=each.saved.group,
                database_user=each.saved.database_user,
            ),
        )
        for each in backs
    ]


def opened(workspace: Workspace) -> list[SavedTunnel]:
    """Those of its tunnels that were open."""
    return [one for one in workspace.tunnels or () if one.was_open]


def held(tabs: int, tunnels: int) -> str:
    """``2 tabs and 3 tunnels``."""
    counted = ((tabs, "tab"), (tunnels, "tunnel"))
    return " and ".join(words.count(number, noun) for number, noun in counted if number)


def missing(backs: Collection[TunnelReturn], tunnels: Tunnels) -> list[TunnelReturn]:
    """Those of ``backs`` that nothing listens for now."""
    here = live(tunnels)
    return [each for each in backs if each.identity not in here]

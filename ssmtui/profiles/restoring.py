"""What is started to bring a workspace back: its sessions and tunnels as they were saved, with what profiles say now.
Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from ssmtui import inert
from ssmtui.config.template import filled
from ssmtui.documents.port_forwards import Forward
from ssmtui.documents.secrets import is_secret
from ssmtui.errors import ConfigurationError
from ssmtui.ledger.saved_request import SavedSession
from ssmtui.model import Node, NodeKey, PaneOptions, Scope, StartRequest
from ssmtui.profiles.profile import Profile
from ssmtui.profiles.resolving import options_of
from ssmtui.profiles.saved_tunnels import SavedTunnel


class Return(NamedTuple):
    """A session to bring back."""

    request: StartRequest
    node: Node | None
    """None where it was not listed."""
    note: str = ""
    """What has changed, or will not work; empty while nothing is known."""
    node_name: str = ""
    """The node's name; empty where it had not been listed."""
    forwards: tuple[str, ...] = ()
    """What its profile forwards now."""


class TunnelReturn(NamedTuple):
    """A tunnel to bring back."""

    saved: SavedTunnel
    back: Return
    """What its sessions are started with, and what has changed, or will not work."""

    @property
    def identity(self) -> tuple[Forward, str, Scope | None]:
        """What no two tunnels of a run have in common."""
        return self.saved.forward, self.back.request.target, self.back.request.scope


@dataclass(frozen=True, slots=True)
class WorkspaceFacts:
    """What is known when a workspace is brought back."""

    profiles: Mapping[str, Profile]
    nodes: Mapping[NodeKey, Node]
    default: Scope
    """Of the program as it was started."""
    environment: Mapping[str, str] = field(repr=False)
    aws_profiles: Collection[str] | None = None
    """Names of the AWS profiles that there are; None where that is not known."""


def returning(saved: SavedSession, known: WorkspaceFacts) -> Return:
    """What ``saved`` comes back as."""
    request = replace(saved.request, title=saved.title, scope=_scope(saved.request.scope, known))
    request, node, note = _found(request, saved.node_name, known)
    request, left_out = _without_secrets(request)
    options, from_profile = _options(request.options, known)
    missing = _missing_aws_profile(request.scope, known)
    told = missing or note or left_out or from_profile
    return Return(replace(request, options=options), node, told, saved.node_name, _forwards(options.profile, known))


def returning_tunnel(saved: SavedTunnel, known: WorkspaceFacts) -> TunnelReturn:
    """What ``saved`` comes back as. What its profile types or shows is not a tunnel's."""
    back = returning(saved.session, known)
    if saved.lacks:
        names = ", ".join(inert.line(name, 30) for name in saved.lacks)
        back = back._replace(note=f"without {names}, which may be a secret: not kept")
    return TunnelReturn(saved, back._replace(forwards=()))


def _scope(saved: Scope | None, known: WorkspaceFacts) -> Scope | None:
    """Where calls go is the command line's to say, not a file's."""
    return saved and replace(saved, endpoint_url=known.default.endpoint_url)


def _found(request: StartRequest, node_name: str, known: WorkspaceFacts) -> tuple[StartRequest, Node | None, str]:
    """The node of ``request``; a container that was replaced is the next one of its service."""
    scope = request.scope or known.default
    node = known.nodes.get((scope.aws_profile or "", scope.region, request.target))
    if node is not None or request.container is None:
        return request, node, ""
    cluster, name = request.container.cluster, request.container.name
    successor = next(
        (
            each
            for each in known.nodes.values()
            if each.container is not None
            and (each.aws_profile, each.region) == (scope.aws_profile or "", scope.region)
            and (each.container.cluster, each.container.name) == (cluster, name)
            and each.name == node_name
        ),
        None,
    )
    if successor is None:
        return request, None, ""
    moved = replace(request, target=successor.id, container=successor.container)
    return moved, successor, "its task was replaced: this is the next one"


def _without_secrets(request: StartRequest) -> tuple[StartRequest, str]:
    """Without the parameters whose values were not kept."""
    kept = {name: values for name, values in request.parameters.items() if values or not is_secret(name)}
    if len(kept) == len(request.parameters):
        return request, ""
    names = ", ".join(inert.line(name, 30) for name in request.parameters if name not in kept)
    return replace(request, parameters=MappingProxyType(kept)), f"without {names}, which may be a secret: not kept"


def _options(saved: PaneOptions, known: WorkspaceFacts) -> tuple[PaneOptions, str]:
    if not saved.profile:
        return saved, ""
    profile = known.profiles.get(saved.profile)
    if profile is None:
        return saved, f"the connection {inert.line(saved.profile, 40)} is gone: started as it was"
    options = options_of(profile.name, profile.values, saved.guarded)
    try:
        return replace(options, on_connect=filled(options.on_connect, known.environment, {})), ""
    except ConfigurationError:
        return replace(options, on_connect=""), "what its connection types at the start is not complete, and left out"


def _forwards(name: str, known: WorkspaceFacts) -> tuple[str, ...]:
    """Those that need no question."""
    profile = known.profiles.get(name)
    try:
        return tuple(filled(text, known.environment, {}) for text in profile.values.forwards) if profile else ()
    except ConfigurationError:
        return ()


def _missing_aws_profile(scope: Scope | None, known: WorkspaceFacts) -> str:
    name = scope.aws_profile if scope is not None else None
    if not name or known.aws_profiles is None or name in known.aws_profiles or name == known.default.aws_profile:
        return ""
    return f"there is no AWS profile {inert.line(name, 40)} here"

"""From a profile to what is started: the scope and the nodes it means, and the request for each. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from ssmtui import inert
from ssmtui.errors import ConfigurationError, UsageError
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.query import Query, parse
from ssmtui.model import AwsProfile, Node, NodeKey, PaneOptions, PingStatus, Scope, StartRequest
from ssmtui.profiles.profile import FilePlace, Profile, Several, Values

_NEVER = datetime.min.replace(tzinfo=UTC)


def scope_of(profile: Profile, default: Scope, aws_profiles: Sequence[AwsProfile]) -> Scope:
    """Where the nodes of ``profile``, whose values are filled in, are looked for and its sessions started. ``default``
    is what the program was started for, ``aws_profiles`` are those of the AWS configuration.

    Raises :class:`ssmtui.errors.ConfigurationError`, naming file and line, where there is no such AWS profile.
    """
    values = profile.values
    if values.aws_profile in ("", default.aws_profile):
        return _in_region(default, values.region)
    known = {one.name: one for one in aws_profiles}
    if values.aws_profile not in known:
        near = difflib.get_close_matches(values.aws_profile, known, n=1)
        raise ConfigurationError(
            f"{_place(profile, 'aws_profile')}: {named(profile)} names the AWS profile "
            f"{inert.line(values.aws_profile, 80)}, which the AWS configuration does not have",
            title="There is no such AWS profile",
            remedy=f"Did you mean {inert.line(near[0], 80)}?" if near else "Correct its name, or configure it.",
        )
    region = values.region or known[values.aws_profile].region or default.region
    return Scope(values.aws_profile, region, default.endpoint_url)


def _in_region(default: Scope, region: str) -> Scope:
    return Scope(default.aws_profile, region or default.region, default.endpoint_url)


def query_of(
    profile: Profile,
    *,
    now: datetime,
    favourites: Container[NodeKey],
    saved: Mapping[str, str],
    aliases: Mapping[str, str] = MappingProxyType({}),
) -> Query:
    """The filter of ``profile``, whose values are filled in; the rest is as for
    :func:`ssmtui.inventory.query.query.parse`.

    Raises :class:`ssmtui.errors.ConfigurationError`, naming file and line, where it cannot be read.
    """
    text = profile.values.query
    try:
        return parse(text, now=now, favourites=favourites, aliases=aliases, saved=saved)
    except QueryError as error:
        told = f"{_place(profile, 'query')}: {named(profile)} looks for {inert.line(text, 80)}: {error.detail}"
        raise ConfigurationError(told, title=error.title, remedy=error.remedy) from error


def nodes_of(
    several: Several, found: Sequence[Node], launched: Mapping[str, datetime] = MappingProxyType({})
) -> list[Node]:
    """Those of the matching nodes that are meant. For ``ask`` it is all of them, and somebody must be asked where they
    are more than one; for ``first-online`` none where none is online.

    ``launched`` says when instances were launched, by id; of other nodes only the last ping is known.
    """
    in_order = sorted(found, key=lambda node: (node.name.casefold(), node.id))
    match several:
        case Several.FIRST_ONLINE:
            return [node for node in in_order if node.ping is PingStatus.ONLINE][:1]
        case Several.NEWEST:
            newest = max(in_order, key=lambda node: _age(node, launched), default=None)
            return [] if newest is None else [newest]
    return in_order


def _age(node: Node, launched: Mapping[str, datetime]) -> tuple[bool, datetime]:
    """A key that orders nodes by age: a launch time counts more than a last ping."""
    at = launched.get(node.id)
    return (at is not None, at or node.last_ping or _NEVER)


def request_of(profile: Profile, node: Node, scope: Scope | None = None, guarded: str = "") -> StartRequest:
    """What ``profile``, whose values are filled in, starts on ``node``."""
    values = profile.values
    return StartRequest(
        target=node.id,
        document_name=values.document or None,
        parameters=values.parameters,
        reason=" ".join(values.reason.split()) or None,
        title=node.label if values.several is Several.ALL and values.query else profile.name,
        scope=scope,
        container=node.container,
        options=options_of(profile.name, values, guarded),
    )


def options_of(name: str, values: Values, guarded: str = "") -> PaneOptions:
    """How sessions of a profile of this name are kept and shown."""
    return PaneOptions(
        profile=name,
        on_connect=values.on_connect,
        largest=values.largest,
        scrollback_lines=values.scrollback_lines,
        clipboard=values.clipboard,
        keep_alive=values.keep_alive,
        recording=values.recording,
        guarded=guarded,
        color=values.color,
        icon=values.icon,
        message_endpoint=values.message_endpoint,
    )


def named(profile: Profile) -> str:
    """A profile's name for a sentence."""
    return f"the connection {inert.line(profile.name, 80)}"


def none_online(profile: Profile, found: Sequence[Node]) -> UsageError:
    """Why nothing is started where the first node that is online is meant, and none of those ``found`` is."""
    return UsageError(
        f"{named(profile)} takes the first node that is online, and of {len(found):,} that match none is",
        title="No node is online",
        remedy='Try one all the same with several = "ask".',
    )


def _place(profile: Profile, key: str) -> FilePlace:
    """The place of the value of ``key`` in ``profile``."""
    origin = profile.origins.get(key)
    return profile.place if origin is None else origin.place

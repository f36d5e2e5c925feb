"""TARGET as the verbs take it: the id or the name of a node, a tag that one node has, or the name of a profile; with
``.REGION`` and ``.REGION.AWSPROFILE`` behind an id or a name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ssmtui import inert
from ssmtui.cli import offers
from ssmtui.cli.long_wait import LongWait
from ssmtui.errors import AccessDenied, ServiceError, UsageError
from ssmtui.model import Node, Scope

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateway, Gateways
    from ssmtui.backend import Options
    from ssmtui.profiles.profile import Profile

LISTED = 10
"""Nodes named in an error at most."""

_IS_ID = re.compile(r"i-[0-9a-f]{8}(?:[0-9a-f]{9})?|mi-[0-9a-f]{17}|ecs:\S+_\S+_\S+").fullmatch
_PLACED = re.compile(r"(.+?)\.([a-z]{2,4}(?:-[a-z]+)+-[1-9][0-9]?)(?:\.(.+))?").fullmatch
_TAG = re.compile(r"tag:(.+?)=(.*)", re.DOTALL).fullmatch
_OUT_OF_REACH = frozenset({"stopping", "stopped", "shutting-down", "terminated"})


class Target(NamedTuple):
    """A node as the command line names it, and where it is."""

    text: str
    """As it was typed."""
    name: str
    """Without the place behind it."""
    region: str = ""
    aws_profile: str = ""
    """What follows the region, which may be the end of a name as well: :meth:`settled` finds out."""

    @property
    def is_id(self) -> bool:
        """Whether it is looked up nowhere."""
        return _IS_ID(self.name) is not None

    @property
    def tag(self) -> tuple[str, str] | None:
        """Key and value of the tag that it names."""
        found = _TAG(self.text)
        return (found[1], found[2]) if found is not None else None

    def settled(self, aws_profiles: Collection[str]) -> Target:
        """With the AWS profile as it is written in ``aws_profiles``, for ssh gives host names in lower case. A name
        with another word behind the region is one like ``web.eu-west-1.example.com``, and has no place; an id has."""
        if not self.aws_profile or self.aws_profile in aws_profiles:
            return self
        near = [one for one in aws_profiles if one.casefold() == self.aws_profile.casefold()]
        if len(near) == 1:
            return self._replace(aws_profile=near[0])
        return self if self.is_id else Target(self.text, self.text)


class Found(NamedTuple):
    """The node that a target names."""

    node: Node
    scope: Scope | None
    """Where it is; None: in the scope that the program was started for."""


def read(text: str) -> Target:
    """What ``text`` means, without asking anybody."""
    from ssmtui.inventory.query.targets import private_address

    placed = _PLACED(text)
    # EC2's private names have a region, too: ip-10-1-2-3.eu-west-1.compute.internal.
    if placed is None or text.startswith("tag:") or private_address(text):
        return Target(text, text)
    return Target(text, placed[1], placed[2], placed[3] or "")


# Profiles


def saved(options: Options) -> Mapping[str, Profile]:
    """The saved connections, by name."""
    from ssmtui.cli.profiles import load

    return load(options).profiles


def called(profiles: Mapping[str, Profile], name: str) -> Profile | None:
    """The profile of that name, in any case where no other one differs from it in nothing else."""
    if name in profiles:
        return profiles[name]
    found = [one for one in profiles.values() if one.name.casefold() == name.casefold()]
    return found[0] if len(found) == 1 else None


# Where to begin


def begun_as(options: Options, what: Profile | Target) -> Options:
    """``options`` for what is started where ``what`` says: the default AWS profile and region need not be configured
    then."""
    if options.demo:
        return options
    if isinstance(what, Target):
        place = what.settled(tuple(offers.aws_profile_names())) if what.aws_profile else what
        aws_profile, region = place.aws_profile, place.region
    else:
        aws_profile, region = what.values.aws_profile, what.values.region
    return replace(options, aws_profile=aws_profile or options.aws_profile, region=region or options.region)


# Looking it up


async def find(gateways: Gateways, target: Target, others: Sequence[str] = (), *, id_alone: bool = False) -> Found:
    """The node that ``target`` names, in the scope that it names. Only a name and a tag cost a listing; of a node that
    is given by its id nothing more is known. ``others`` may have been meant as well, and are named where there is no
    such node.

    With ``id_alone`` nothing but its id is wanted: it is not listed where one managed node alone has exactly that tag,
    or that name as its tag ``Name``.
    """
    default = gateways.default
    if target.aws_profile and target.aws_profile != default.aws_profile:
        target = target.settled([one.name for one in await gateways.aws_profiles()])
    scope = Scope(target.aws_profile or default.aws_profile, target.region or default.region, default.endpoint_url)
    gateway = gateways.gateway(scope)
    node = await _by_tag(gateway, target) if id_alone and not target.is_id else None
    node = node or await _node(gateway, target, others)
    return Found(node, None if scope == default else scope)


async def _node(gateway: Gateway, target: Target, others: Sequence[str]) -> Node:
    if not target.is_id:
        return await _listed(gateway, target, others)
    if not target.name.startswith("ecs:"):
        return Node(target.name, "")
    with LongWait(lambda: "AWS to describe the task"):
        container = await gateway.node(target.name)
    if container is None:
        raise UsageError(
            f"no running task here has the container {target.name}, or ECS Exec is not enabled for it",
            remedy="Tasks change their ids when they are replaced: `ssmtui nodes kind:container` lists them.",
        )
    return container


async def _by_tag(gateway: Gateway, target: Target) -> Node | None:
    """The one node with the tag that is meant; None where that is not as simple as that, and a listing has to say."""
    if target.tag is not None:
        key, values = target.tag[0], [target.tag[1]]
    elif "/" in target.name:
        return None  # a container
    else:
        # A name may end like a place: where both are names of nodes the listing says which one counts.
        key, values = "Name", [*dict.fromkeys((target.text, target.name))]
    # A policy may allow one list and not the other; what is wrong otherwise the listing says.
    with LongWait(lambda: "the list of nodes"), suppress(ServiceError):
        found = await gateway.nodes_tagged(key, values)
        # Guards ask for what is not known of a node; what they would not ask for must not be there.
        return Node(found[0].id, "") if len(found) == 1 else None
    return None


async def _listed(gateway: Gateway, target: Target, others: Sequence[str]) -> Node:
    from ssmtui.cli.nodes import list_nodes, with_tags

    try:
        nodes = await list_nodes(gateway)
    except AccessDenied as error:
        error.remedy = f"{error.remedy} A node's id needs no list: give it in place of its name."
        raise
    if target.tag is not None:
        nodes = await with_tags(gateway, nodes)
        found = _tagged(nodes, *target.tag)
    else:
        found = _named(nodes, target)
        if not found:
            # The name of a hybrid node may be its tag, which costs a call a node: only where no other name is meant.
            nodes = await with_tags(gateway, nodes)
            found = _named(nodes, target)
    # One that was stopped may have left its name to another one.
    found = [node for node in found if node.instance_state not in _OUT_OF_REACH] or found
    if len(found) == 1:
        return found[0]
    raise _ambiguous(target, found) if found else _unknown(target, nodes, others)


def _named(nodes: Sequence[Node], target: Target) -> list[Node]:
    from ssmtui.inventory.query.targets import find as find_named

    # A name may end like a place.
    return find_named(nodes, target.text) or (find_named(nodes, target.name) if target.name != target.text else [])


def _tagged(nodes: Sequence[Node], key: str, value: str) -> list[Node]:
    """Tags are what they are, letter by letter: that is how AWS takes them."""
    return [node for node in nodes if node.tags.get(key) == value]


def _ambiguous(target: Target, found: Sequence[Node]) -> UsageError:
    named = [f"  {node.id}  {node.ping.value}  {node.ip}" for node in found[:LISTED]]
    if target.tag is not None:
        named = [f"{line}  {inert.line(node.name, 60)}".rstrip() for line, node in zip(named, found, strict=False)]
    if len(found) > LISTED:
        named.append(f"  and {len(found) - LISTED} more")
    told = f"have the tag {_shown_tag(target.tag)}" if target.tag is not None else f"are called {target.text}"
    shown = "\n".join(named)
    return UsageError(f"{len(found)} nodes {told}", remedy=f"Give one of these ids:\n{shown}")


def _unknown(target: Target, nodes: Sequence[Node], others: Sequence[str]) -> UsageError:
    if target.tag is not None:
        key, value = target.tag
        values = sorted({node.tags[key] for node in nodes if key in node.tags})
        near = difflib.get_close_matches(value, values, n=3)
        remedy = f"Did you mean {' or '.join(f'{key}={one}' for one in near)}?" if near else ""
        return UsageError(f"no node has the tag {_shown_tag(target.tag)}", remedy=remedy or "`ssmtui nodes` lists all.")
    known = sorted({node.name for node in nodes if node.name} | set(others))
    near = difflib.get_close_matches(target.name, known, n=3)
    remedy = f"Did you mean {' or '.join(near)}?" if near else "`ssmtui nodes` lists them."
    named = "node or connection" if others else "node"
    return UsageError(f"no {named} has the id or the name {target.name}{_where(target)}", remedy=remedy)


def _where(target: Target) -> str:
    place = [word for word in (target.region, target.aws_profile) if word]
    return f" in {inert.line(' of '.join(place), 80)}" if place else ""


def _shown_tag(tag: tuple[str, str]) -> str:
    return inert.line("=".join(tag), 120)

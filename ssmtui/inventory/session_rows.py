"""A session of Session Manager as a row of a list: what the service says of it, where it was listed, whose it is, and
which program holds it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from ssmtui.model import Identity, NodeKey, Scope, SessionRecord

SessionKey = NodeKey
"""AWS profile, region and session id: what names a row among all scopes, as with nodes."""

_SSO_ROLE = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
"""How IAM Identity Center names the role of a permission set."""
_NO_TIME = timedelta()
MOST_TYPED = 64
"""Characters of a name that has to be typed: IAM's names have no more."""


class SessionWhere(Enum):
    """Which program holds a session, as far as that can be known from here."""

    HERE = "this app"
    """A tab of this very program has it."""
    OTHER = "another ssmtui"
    """Another running ssmtui of this person on this machine has it."""
    DETACHED = "detached"
    """It is in the ledger and no running ssmtui has it: detached, or left behind by a crash."""
    FOREIGN = "elsewhere"
    """Nothing is known of it here: the AWS CLI, the console, another machine."""


class Holder(NamedTuple):
    """What this machine knows of one session."""

    where: SessionWhere = SessionWhere.FOREIGN
    title: str = ""
    """What its tab is called, or was."""
    ledger_id: str = ""
    """Id of its record in the ledger; empty where there is none."""
    tab: int | None = None
    """Key of the session in this app, for :attr:`SessionWhere.HERE`."""
    scope: Scope | None = None
    """Where the ledger says that it was started; None where it does not."""


NOBODY = Holder()

Holders = Mapping[str, Holder]
"""What is known of sessions, by session id."""
NO_HOLDERS: Holders = MappingProxyType({})

NodeName = Callable[[NodeKey], str]
"""The name of the node under a key; empty where it is not known."""


def nameless(key: NodeKey) -> str:
    """For lists without the names of nodes."""
    return ""


class SessionRow(NamedTuple):
    """One session in one scope. All texts are untrusted, as AWS gave them."""

    record: SessionRecord
    scope: Scope
    """Where it was listed: calls about it go there. Never an organization's."""
    account: str = ""
    """The account's id; empty while it is not known."""
    node_name: str = ""
    """Empty where the node is not known or has no name."""
    mine: bool = False
    """Whether the caller of :attr:`scope` started it, or this machine's ledger has it."""
    holder: Holder = NOBODY

    @property
    def key(self) -> SessionKey:
        """What names the row among all scopes."""
        return (self.scope.aws_profile or "", self.scope.region, self.record.session_id)

    @property
    def id(self) -> str:
        """The session's id."""
        return self.record.session_id

    @property
    def node_key(self) -> NodeKey:
        """The key of its node among the nodes of the same scope."""
        return (self.scope.aws_profile or "", self.scope.region, self.record.target)

    @property
    def where(self) -> SessionWhere:
        """Which program holds it."""
        return self.holder.where

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.record.is_over

    @property
    def owner(self) -> str:
        """Who started it, as :func:`owner_words` says it."""
        return owner_words(self.record.owner)

    @property
    def node_label(self) -> str:
        """What to call its node: the name, or the id."""
        return self.node_name or self.record.target

    def duration(self, now: datetime) -> timedelta | None:
        """How long it has run by ``now`` (time zone aware), or ran until its end; None where the service says neither.
        Never negative, whatever the clocks say."""
        started = self.record.started
        until = self.record.ended or (None if self.is_over else now)
        return max(_NO_TIME, until - started) if started is not None and until is not None else None


def owner_words(owner: str) -> str:
    """An owner's ARN as a person reads it: ``jane`` of a user, ``Ops/jane`` of a role's session, ``root``. The role of
    a permission set loses what IAM Identity Center adds to its name. What is no such ARN stays as it is."""
    kind, _, rest = owner.rpartition(":")[2].partition("/")
    if kind == "assumed-role" and rest:
        role, slash, session = rest.partition("/")
        named = _SSO_ROLE.fullmatch(role)
        return f"{named[1] if named else role}{slash}{session}"
    if kind in ("user", "federated-user") and rest:
        return rest.rpartition("/")[2]
    return "root" if kind == "root" else owner


def word_to_end(others: Sequence[SessionRow]) -> str:
    """What must be typed before these sessions of other people are ended: the name of the one person who started all of
    them, else their number, as where the name is unknown or cannot be typed."""
    name, *more = {row.owner.rpartition("/")[2] for row in others}
    is_typable = name.isascii() and name.isprintable() and name == name.strip() and 0 < len(name) <= MOST_TYPED
    return name if is_typable and not more else str(len(others))


def is_same_owner(owner: str, arn: str) -> bool:
    """Whether DescribeSessions' ``Owner`` is the caller with this ARN. AWS's own examples give an owner with and
    without ``arn:`` (AWS CLI, examples of ``describe-sessions``)."""
    return bool(arn) and owner.removeprefix("arn:") == arn.removeprefix("arn:")


def session_rows(
    records: Iterable[SessionRecord],
    scope: Scope,
    identity: Identity | None,
    name_of: NodeName = nameless,
    holders: Holders = NO_HOLDERS,
) -> list[SessionRow]:
    """The rows of what ``scope`` lists. ``identity`` is its caller, None where that is not known: then only what the
    ledger has is mine."""
    account = identity.account if identity is not None else ""
    arn = identity.arn if identity is not None else ""
    rows = []
    for record in records:
        holder = holders.get(record.session_id, NOBODY)
        mine = holder.where is not SessionWhere.FOREIGN or is_same_owner(record.owner, arn)
        name = name_of((scope.aws_profile or "", scope.region, record.target))
        rows.append(SessionRow(record, scope, account, name, mine, holder))
    return rows

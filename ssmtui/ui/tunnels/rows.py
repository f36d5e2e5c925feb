"""A tunnel, or a group of them that is folded, as a row of the list: its fields, order and filter. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from struct import Struct
from typing import NamedTuple

from ssmtui.forwards.tunnel import TunnelSnapshot, TunnelState
from ssmtui.inventory.field_sets import Field, FieldKind, FieldSet, SortKey, WordSearch, natural, sorted_by
from ssmtui.inventory.query.language import IsWord, Language
from ssmtui.inventory.rows import IndexRow, RowKey, RowKind, folded, initials, shared
from ssmtui.model import Scope
from ssmtui.ui.tunnels import amounts
from ssmtui.ui.tunnels.addresses import service_of, url_of

_double = Struct(">d").pack
_HEX_ID = re.compile("(?:mi|i)-[0-9a-f]+")
_GROUP = "group"
"""Stands in a row's key where others have a region: no region is called so."""

SEVERITY = (
    TunnelState.FAILED,
    TunnelState.LOST,
    TunnelState.RETRYING,
    TunnelState.STARTING,
    TunnelState.OPEN,
    TunnelState.IDLE,
    TunnelState.CLOSED,
)
"""What a group is in where its tunnels differ: the first of these."""


class TunnelRow(NamedTuple):
    """All texts are untrusted."""

    members: tuple[TunnelSnapshot, ...]
    """One, or all of a group in the order in which they were opened."""
    scope: Scope | None = None
    """Where the first one's node is; None: where the program was started for."""
    is_folded: bool = False
    """Whether it is a group."""

    @property
    def key(self) -> RowKey:
        """What names it in the list."""
        return ("", _GROUP, self.group) if self.is_folded else ("", "", str(self.first.key))

    @property
    def first(self) -> TunnelSnapshot:
        """The one, or the first of the group."""
        return self.members[0]

    @property
    def group(self) -> str:
        """What it belongs to; empty: to none."""
        return self.first.options.group

    @property
    def state(self) -> TunnelState:
        """The one's, or the worst of the group."""
        return min((one.state for one in self.members), key=SEVERITY.index)

    @property
    def is_live(self) -> bool:
        """Whether any of it listens."""
        return any(one.state.live for one in self.members)

    @property
    def connections(self) -> int:
        """Open ones."""
        return sum(one.connections for one in self.members)

    @property
    def sessions(self) -> int:
        """Live ones behind it."""
        return sum(one.sessions for one in self.members)

    @property
    def sent(self) -> int:
        """Bytes that went to nodes."""
        return sum(one.sent for one in self.members)

    @property
    def received(self) -> int:
        """Bytes that came from nodes."""
        return sum(one.received for one in self.members)

    @property
    def rates(self) -> tuple[float, float]:
        """Bytes a second, sent and received."""
        return sum(one.rate_sent for one in self.members), sum(one.rate_received for one in self.members)

    @property
    def history(self) -> amounts.History:
        """What went through it lately."""
        return self.first.history if len(self.members) == 1 else amounts.summed([one.history for one in self.members])

    @property
    def addresses(self) -> tuple[str, ...]:
        """What is listened on."""
        return tuple(one.address for one in self.members if one.address)

    @property
    def destinations(self) -> tuple[str, ...]:
        """Where it leads, each once."""
        return tuple(dict.fromkeys(one.forward.destination for one in self.members))

    @property
    def nodes(self) -> tuple[str, ...]:
        """What the nodes are called, each once."""
        return tuple(dict.fromkeys(one.title or one.target for one in self.members))

    @property
    def label(self) -> str:
        """What to call it: its address, its destination, or the group's name."""
        return self.group if self.is_folded else self.first.address or self.first.forward.destination


def rows_of(
    snapshots: Iterable[TunnelSnapshot],
    folds: Collection[str] = (),
    scope_of: Callable[[TunnelSnapshot], Scope | None] = lambda tunnel: None,
) -> list[TunnelRow]:
    """A row for each tunnel, and one for all of each group among ``folds``, where its first one is."""
    rows: list[TunnelRow] = []
    places: dict[str, int] = {}
    for one in snapshots:
        group = one.options.group
        if not group or group not in folds:
            rows.append(TunnelRow((one,), scope_of(one)))
        elif group in places:
            known = rows[places[group]]
            rows[places[group]] = known._replace(members=(*known.members, one))
        else:
            places[group] = len(rows)
            rows.append(TunnelRow((one,), scope_of(one), is_folded=True))
    return rows


# Fields


def _number_key(value: Callable[[TunnelRow], float]) -> Callable[[TunnelRow], str]:
    # The bytes of a double that is not negative order as it does.
    return lambda row: _double(float(value(row))).decode("latin-1")


def _number(
    name: str, title: str, help: str, value: Callable[[TunnelRow], float], text: Callable[[TunnelRow], str]
) -> Field[TunnelRow]:
    return Field(name, title, help, text, _number_key(value), text, no_order=f"Sort by {name} instead.")


def _counted(name: str, title: str, help: str, value: Callable[[TunnelRow], int]) -> Field[TunnelRow]:
    return _number(name, title, help, value, lambda row: f"{value(row):,}")


def _text(
    name: str,
    title: str,
    help: str,
    value: Callable[[TunnelRow], str],
    *aliases: str,
    words: WordSearch = WordSearch.NEVER,
) -> Field[TunnelRow]:
    return Field(name, title, help, value, sorted_by(value, shared=False), value, aliases=aliases, words=words)


def _moved(row: TunnelRow) -> int:
    return row.sent + row.received


def _rate(row: TunnelRow) -> float:
    return sum(row.rates)


def _made(row: TunnelRow) -> int:
    return sum(one.connections_made for one in row.members)


def _restarts(row: TunnelRow) -> int:
    return sum(one.restarts for one in row.members)


def _refused(row: TunnelRow) -> int:
    return sum(one.refused for one in row.members)


def _started(row: TunnelRow) -> datetime | None:
    try:
        return datetime.fromtimestamp(row.first.started, UTC) if row.first.started else None
    except (OverflowError, OSError, ValueError):
        return None


def _started_text(row: TunnelRow) -> str:
    moment = _started(row)
    return moment.isoformat(timespec="seconds") if moment is not None else ""


def _problem(row: TunnelRow) -> str:
    """The error that is or was the last one's."""
    error = next((error for one in row.members if (error := one.error or one.last_error) is not None), None)
    return f"{error.title}: {error.detail}" if error is not None else ""


def _services(row: TunnelRow) -> str:
    return ", ".join(dict.fromkeys(filter(None, (service_of(one.forward).name for one in row.members))))


STATES = tuple(state.value for state in TunnelState)

TUNNEL_FIELDS: FieldSet[TunnelRow] = FieldSet(
    (
        Field(
            "state",
            "STATE",
            "open, starting, lost, retrying, idle, failed, closed",
            lambda row: row.state.value,
            lambda row: str(SEVERITY.index(row.state)),
            lambda row: row.state.value,
            FieldKind.CHOICE,
            STATES,
            STATES,
            aliases=("status",),
            no_order="Write state:VALUE.",
        ),
        _text("local", "LOCAL ADDRESS", "what programs here connect to", lambda row: " ".join(row.addresses), "address",
              "port", words=WordSearch.WHOLE),
        _text("leads", "LEADS TO", "the destination, as the node knows it", lambda row: ", ".join(row.destinations),
              "destination", "host", words=WordSearch.PIECES),
        _text("name", "NODE", "the node that it goes through", lambda row: ", ".join(row.nodes), "node",
              words=WordSearch.PIECES),
        _text("group", "GROUP", "the connection or set that it belongs to", attrgetter("group"), "set", "of",
              words=WordSearch.PIECES),
        _text("service", "SERVICE", "what usually listens on that port", _services, "kind", words=WordSearch.WHOLE),
        _counted("connections", "CONN", "open connections through it", attrgetter("connections")),
        _number("rate", "BYTES/s", "bytes a second, received and sent", _rate,
                lambda row: amounts.octets(_rate(row))),
        _number("traffic", "LAST 30 s", "what went through it lately", _rate,
                lambda row: amounts.spark(amounts.totals(row.history), 30)),
        _number("received", "RECEIVED", "bytes that came from the node", attrgetter("received"),
                lambda row: amounts.octets(row.received)),
        _number("sent", "SENT", "bytes that went to the node", attrgetter("sent"),
                lambda row: amounts.octets(row.sent)),
        _number("bytes", "BYTES", "bytes both ways", _moved, lambda row: amounts.octets(_moved(row))),
        _counted("sessions", "SESSIONS", "live sessions behind it", attrgetter("sessions")),
        _counted("made", "MADE", "connections so far", _made),
        _counted("restarts", "RESTARTS", "how often its session was started anew", _restarts),
        _counted("refused", "REFUSED", "connections that were reset: too many, or no session", _refused),
        _text("error", "LAST ERROR", "what went wrong last", _problem, "problem", words=WordSearch.WHOLE),
        Field(
            "started",
            "STARTED",
            "how long ago it was opened",
            _started_text,
            lambda row: _double(row.first.started).decode("latin-1") if _started(row) is not None else "",
            _started_text,
            FieldKind.AGE,
            aliases=("since",),
            moment=_started,
        ),
        Field(
            "target",
            "NODE ID",
            "i-…, mi-… or ecs:…",
            attrgetter("first.target"),
            attrgetter("first.target"),
            lambda row: tuple(one.target for one in row.members),
            aliases=("node-id", "instance"),
            words=WordSearch.ID,
        ),
        _text("url", "URL", "its address for programs here",
              lambda row: " ".join(filter(None, map(url_of, row.members)))),
        _text("document", "DOCUMENT", "the session document", lambda row: row.first.forward.document, "doc",
              words=WordSearch.WHOLE),
        _text("profile", "AWS PROFILE", "the AWS profile that starts its sessions",
              lambda row: (row.scope.aws_profile or "") if row.scope is not None else ""),
        _text("region", "REGION", "the AWS region", lambda row: row.scope.region if row.scope is not None else ""),
    )
)  # fmt: skip
"""All of them, in the order of a menu."""


# Search and order


def _searched(row: TunnelRow) -> list[tuple[object, ...]]:
    # Compared for each tunnel that carries anything, five times a second: what texts are made of, and no texts.
    return [
        (one.forward, one.bind, one.local_port, one.target, one.title, one.options.group, one.error, one.last_error)
        for one in row.members
    ]


def _fill(row: IndexRow[TunnelRow]) -> None:
    """Make what is searched: ids of nodes; addresses, documents, services and errors; names."""
    tunnel = row.item
    targets = list(dict.fromkeys(folded(one.target) for one in tunnel.members))
    digits = "\n" + "".join(f"{target}\n" for target in targets if _HEX_ID.fullmatch(target))
    documents = [one.forward.document for one in tunnel.members]
    plain = [*(target for target in targets if not _HEX_ID.fullmatch(target)), *map(folded, tunnel.addresses)]
    plain += map(folded, [*dict.fromkeys(documents), _services(tunnel), _problem(tunnel)])
    text = digits + "".join(f"{value}\n" for value in plain if value)
    names = [*map(folded, tunnel.nodes), *map(folded, tunnel.destinations), folded(tunnel.group)]
    lines = "".join(f"{value}\n" for value in names if value)
    row.name, row.text = ", ".join(map(folded, tunnel.nodes)), text + lines
    row.hard, row.loose, row.tags = len(digits) - 1, len(text) - 1, len(row.text) - 1
    row.letters = shared(initials(lines))


def _tie_of(row: TunnelRow) -> str:
    """Groups by their names, those of none last; within them as they were opened."""
    group = natural(row.group) if row.group else "\U0010ffff"
    return f"{group}\0{row.first.key:09}\0{row.is_folded}"


TUNNEL_ROWS: RowKind[TunnelRow] = RowKind(
    fields=TUNNEL_FIELDS,
    fill=_fill,
    searched=_searched,
    tie_of=_tie_of,
    tie_source=attrgetter("group"),
    order=(SortKey("group"),),
)
"""Those of the list: by groups until another order is chosen."""

_COUNTED = ("group", "name", "state", "document", "service", "profile", "region")

_QUESTIONS: Mapping[str, IsWord[TunnelRow]] = {
    "live": IsWord("it listens, or will", attrgetter("is_live")),
    "over": IsWord("it is closed or has failed", lambda row: not row.is_live),
    "troubled": IsWord(
        "failed, lost, or waiting to try again",
        lambda row: row.state in (TunnelState.FAILED, TunnelState.LOST, TunnelState.RETRYING),
    ),
    "busy": IsWord("it has connections", lambda row: row.connections > 0),
    "exposed": IsWord(
        "other machines may connect to it", lambda row: any(one.forward.is_exposed for one in row.members)
    ),
    "socks": IsWord("each program chooses its destination", lambda row: row.first.forward.socks),
    "grouped": IsWord("it belongs to a connection or a set", lambda row: bool(row.group)),
}

TUNNEL_LANGUAGE: Language[TunnelRow] = Language(
    TUNNEL_FIELDS, _QUESTIONS, counted={name: TUNNEL_FIELDS[name].text for name in _COUNTED}
)


def groups_of(rows: Sequence[TunnelRow]) -> list[str]:
    """The groups that there are, each once."""
    return list(dict.fromkeys(row.group for row in rows if row.group))

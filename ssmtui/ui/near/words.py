"""A database near a node as the list shows it. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.database_words import address_of, kind_of, label_of, network_words, notes_on, problem_lines
from ssmtui.inventory.databases import Nearby
from ssmtui.matching import Haystack, searched
from ssmtui.model import Database, Node
from ssmtui.ui.look.cells import Cell, error_lines, fit, tidy
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap

NAME, KIND, STATUS = 30, 24, 12
"""Cells of the columns; the address has the rest."""
ADDRESS = 30
"""Cells that it needs at least."""
ABOUT_ROWS = 5
"""Lines below the list."""
READING = "Asking RDS, ElastiCache, Redshift and OpenSearch …"


class NearView(NamedTuple):
    """What the list is about, and how far it is."""

    node: Node
    nearby: Nearby
    everywhere: bool = False
    """Whether those in other VPCs are shown as well."""
    error: SsmtuiError | None = None
    """Why nothing could be listed."""

    @property
    def shown(self) -> Sequence[Database]:
        """Those that the list offers before anything is typed."""
        databases, nearby = self.nearby.databases, self.nearby
        return databases if self.everywhere or not nearby.vpc_id else nearby.in_vpc

    @property
    def hidden(self) -> int:
        """How many are left out because they are in other VPCs."""
        return len(self.nearby.databases) - len(self.shown)


def haystack(database: Database) -> Haystack:
    """What is searched of it by what is typed."""
    others = (kind_of(database), database.engine, database.host, database.service, database.status, str(database.port))
    return searched(label_of(database), (*others, database.database_name, database.vpc_id))


def line(database: Database, nearby: Nearby, width: int) -> list[Cell]:
    """Its cells: name, kind, state, and the address where ``width`` leaves room for more than its beginning."""
    is_up = database.is_available
    elsewhere = bool(nearby.vpc_id) and not nearby.is_near(database)
    state = database.status if not is_up else "other VPC" if elsewhere else "IAM" if database.iam_auth else ""
    cells = [
        Cell(fit(tidy(label_of(database)), NAME), Tone.PLAIN if is_up else Tone.DIM),
        Cell(fit(tidy(kind_of(database)), KIND), Tone.DIM),
        Cell(fit(tidy(state), STATUS), Tone.WARN if elsewhere or not is_up else Tone.GOOD),
    ]
    if width - sum(len(cell.text) + 1 for cell in cells) >= ADDRESS:
        cells.append(Cell(tidy(address_of(database), 270), Tone.DIM))
    return cells


def title(node: Node) -> str:
    """What the list is called."""
    return f"Databases and caches near {tidy(node.label, 40)}"


def about(view: NearView, chosen: Database | None, width: int) -> list[Cell]:
    """What there is to say of the chosen one, and of what could not be listed; ``width`` cells wide."""
    if view.error is not None:
        return error_lines(view.error, width)
    lines: list[Cell] = []
    if chosen is not None:
        lines += _wrapped(address_of(chosen), width, 2, Tone.STRONG)
        facts = _facts(chosen, view.nearby)
        if facts:
            lines.append(Cell(inert.line(facts, width), Tone.DIM))
        how = (":tunnel-token copies one in the list of tunnels.",) if chosen.iam_auth else ()
        notes = " ".join((*notes_on(chosen, view.nearby), *how))
        lines += _wrapped(notes, width, 3, Tone.WARN if not chosen.is_available else Tone.PLAIN)
    elif not view.nearby.complete:
        lines.append(Cell(READING, Tone.DIM))
    elif not view.shown:
        where = "in the node's VPC" if view.hidden else "in this account and region"
        more = " Tab shows those in other VPCs." if view.hidden else ""
        lines += _wrapped(f"None is listed {where}.{more}", width, 2, Tone.DIM)
    for problem in problem_lines(view.nearby.problems):
        lines += _wrapped(problem, width, 3, Tone.WARN)
    return lines


def subtitle(view: NearView, number: int) -> str:
    """How many of them are shown, of which."""
    if view.error is not None:
        return ""
    if not view.nearby.complete:
        return READING
    if number != len(view.shown):
        return f"{number} of {len(view.shown)}"
    if view.everywhere and view.nearby.vpc_id:
        return f"all {len(view.shown)}, {len(view.nearby.in_vpc)} in the node's VPC {view.nearby.vpc_id}"
    return network_words(view.node, view.nearby)


def _facts(database: Database, nearby: Nearby) -> str:
    facts = {
        f"version {database.version}": not kind_of(database).endswith(database.version),
        f"of {database.cluster}": database.cluster != database.name and database.cluster,
        f"database {database.database_name}": database.database_name,
        f"first user {database.admin}": database.admin,
        database.vpc_id: not nearby.vpc_id,
        "has a public address too": database.public,
    }
    return "  ·  ".join(fact for fact, holds in facts.items() if fact and holds)


def _wrapped(text: str, width: int, most: int, tone: Tone) -> list[Cell]:
    return [Cell(one, tone) for one in wrap(inert.line(text, 600), width, most)] if text else []

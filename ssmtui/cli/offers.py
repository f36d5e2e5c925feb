"""What the shell offers while a command line is typed: profiles, known nodes, sessions, AWS profiles, regions. AWS is
not called.

Only what can be read in a few milliseconds, and only names that mean nothing to a shell: they come from AWS and from
files, and are put into a line that somebody will run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMPLETION = "_SSMTUI_COMPLETE"
"""The variable by which a shell asks what may follow on its command line."""
MOST = 200
"""Offers at once."""
MAX_BYTES = 1 << 20
"""Of each file but those of nodes."""

# Every start loads this module, and only a completion uses these: re compiles and keeps them then.
_HARMLESS = r"[A-Za-z0-9_][\w .:/@+=-]*"
_AWS_SECTION = r"(?m)^\[\s*(?:profile\s+)?[\"']?([^\]\"']+?)[\"']?\s*\]"


def profiles(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The profiles' names."""
    return _offered(incomplete, _profiles())


def folders(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The profiles' folders."""
    return _offered(incomplete, ((name, "") for name in _tables("folders")))


def nodes(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names and ids of the nodes that were listed in the full-screen program."""
    return _offered(incomplete, _nodes(ctx, incomplete))


def targets(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Profiles, then nodes."""
    found = _offered(incomplete, _profiles())
    return [*found, *_offered(incomplete, _nodes(ctx, incomplete), MOST - len(found))]


def sessions(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of the sessions that this machine's ledger has: open in ssmtui, or left alive."""
    return _offered(incomplete, _sessions())


def aws_profiles(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The AWS profiles of the person's AWS configuration."""
    return _offered(incomplete, ((name, "") for name in aws_profile_names()))


def aws_profile_names() -> Iterator[str]:
    """The AWS profiles that stand in the person's AWS configuration, which need not be right otherwise."""
    home = Path.home() / ".aws"
    files = [
        Path(os.environ.get("AWS_CONFIG_FILE") or home / "config").expanduser(),
        Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or home / "credentials").expanduser(),
    ]
    names = (name for file in files for name in re.findall(_AWS_SECTION, _text(file)))
    return (name for name in names if not name.startswith(("sso-session ", "services ")))


def regions(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The regions that the AWS SDK knows."""
    import importlib.util
    import json

    # Found without being imported, which takes ten times as long.
    found = importlib.util.find_spec("botocore")
    places = found.submodule_search_locations if found is not None else None
    try:
        known = json.loads(_text(Path(next(iter(places or [""]))) / "data" / "partitions.json"))
        partitions = known["partitions"]
        named = [(name, about.get("description", "")) for one in partitions for name, about in one["regions"].items()]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []
    return _offered(incomplete, (one for one in named if not one[0].endswith("-global")))


def sources(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What profiles can be imported from."""
    from click.shell_completion import CompletionItem

    known = {"ssh-config": "hosts of ~/.ssh/config", "aws-gate": "hosts of aws-gate", "ids": "a list of ids"}
    return _offered(incomplete, known.items()) or [CompletionItem(incomplete, type="file")]


def left_alive(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names and ids of sessions that no running ssmtui has, and that ended nowhere that is known."""
    from ssmtui.config import paths
    from ssmtui.ledger.journal import LEFT_BEHIND
    from ssmtui.ledger.ledger import read_local
    from ssmtui.ledger.record import Phase

    places = paths.find()
    try:
        found = read_local(places.ledger, places.journal).entries
    except OSError:
        return []
    lost = [one for one in found if one.how in (Phase.DETACHED.value, LEFT_BEHIND)]
    names = ((one.title, one.node_name) for one in lost)
    return _offered(incomplete, [*names, *((one.session_id, one.title) for one in lost)])


def _offered(incomplete: str, found: Iterable[tuple[str, str]], most: int = MOST) -> list[CompletionItem]:
    """Those that begin with what was typed, each once, with its description."""
    from click.shell_completion import CompletionItem

    offered: dict[str, str] = {}
    for name, about in found:
        if len(offered) >= most:
            break
        if name.startswith(incomplete) and name not in offered and re.fullmatch(_HARMLESS, name):
            offered[name] = about if about.isprintable() and "\\" not in about else ""
    return [CompletionItem(name, help=about[:80] or None) for name, about in offered.items()]


def _profiles() -> Iterator[tuple[str, str]]:
    for name, said in _tables("profiles").items():
        about = said.get("description", "") if isinstance(said, dict) else ""
        yield name, about if isinstance(about, str) else ""


def _tables(table: str) -> dict[str, object]:
    """What the files of the profiles say in ``table``; ``ssmtui profiles check`` reports what is wrong with it."""
    import tomllib

    from ssmtui.config import paths

    places = paths.find()
    shared = sorted(places.shared_profiles.glob("*.toml")) if places.shared_profiles.is_dir() else []
    found: dict[str, object] = {}
    for file in (places.profiles, *shared):
        try:
            said = tomllib.loads(_text(file)).get(table)
        except (ValueError, RecursionError):
            continue
        for name, one in said.items() if isinstance(said, dict) else ():
            found.setdefault(name, one)
    return found


def _nodes(ctx: click.Context, incomplete: str) -> Iterator[tuple[str, str]]:
    from ssmtui.config import paths
    from ssmtui.inventory.known_names import known_names

    given = ctx.find_root().params
    return known_names(paths.find().inventory, incomplete, given.get("aws_profile"), given.get("region"))


def _sessions() -> Iterator[tuple[str, str]]:
    from ssmtui.config import paths
    from ssmtui.ledger.store import RecordFiles

    places = paths.find()
    try:
        records = RecordFiles(places.ledger, places.journal).shelf().records
    except OSError:
        return
    for record in sorted(records, key=lambda record: record.started, reverse=True):
        if record.session_id:
            yield record.session_id, record.title or record.node_name or record.request.target


def _text(file: Path) -> str:
    try:
        if not file.is_file():
            return ""
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return ""

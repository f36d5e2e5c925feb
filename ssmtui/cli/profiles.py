"""``ssmtui profiles``: the saved connections, listed, shown, checked, edited, imported and exported."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from ssmtui import inert
from ssmtui.cli import offers
from ssmtui.cli.say import say

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.profiles.profile import Problem, Profile, Profiles
    from ssmtui.profiles.store import ProfileStore

T = TypeVar("T")

BROKEN_PROFILES = 253
"""Exit code where something in the files cannot be used."""
HEADINGS = ("NAME", "FOLDER", "NODE", "AWS PROFILE", "REGION", "FILE")
CELL_LIMIT = 60
VALUE_LIMIT = 2_000


@click.group("profiles")
def command() -> None:
    """List, show, check and edit profiles (saved connections). AWS is not called."""


@command.command("list")
@click.argument("words", metavar="[FILTER]...", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print an array of objects.")
@click.pass_obj
def list_command(options: Options, words: tuple[str, ...], as_json: bool) -> int:
    """List the connections.

    FILTER is words that all have to be in name, folder, description, labels or node.
    """
    from ssmtui.cli.columns import aligned
    from ssmtui.profiles import export

    known = load(options)
    found = filtered(known, " ".join(words))
    if as_json:
        click.echo(export.json_text(found, known))
    else:
        for row in aligned([HEADINGS, *(_cells(profile) for profile in found)]):
            click.echo(row)
    _tell_problems(known)
    return 0


@command.command("show")
@click.argument("name", shell_complete=offers.profiles)
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
@click.pass_obj
def show_command(options: Options, name: str, as_json: bool) -> int:
    """Show what holds for a connection, and where each value comes from."""
    import json

    from ssmtui.profiles import export

    known = load(options)
    profile = named(known, name)
    if as_json:
        click.echo(json.dumps(export.as_object(profile, known), indent=2, default=str))
    else:
        for line in shown(profile, known):
            click.echo(line)
    return BROKEN_PROFILES if profile.problem else 0


@command.command("check")
@click.pass_obj
def check_command(options: Options) -> int:
    """Report everything that is wrong in the files of the connections. The exit code is 253 when that keeps something
    from working.
    """
    known = load(options)
    return _print_problems(known.problems, len(known.profiles))


@command.command("edit")
@click.argument("name", required=False, default="", shell_complete=offers.profiles)
@click.pass_obj
def edit_command(options: Options, name: str) -> int:
    """Open profiles.toml in $VISUAL or $EDITOR, at NAME if that is given, and check it afterwards."""
    from ssmtui.cli.editing import edit
    from ssmtui.config import paths
    from ssmtui.errors import UsageError

    if options.demo:
        raise UsageError("the connections of a demo are in no file")
    line = 0
    if name:
        profile = named(load(options), name)
        if profile.read_only:
            raise UsageError(
                f"{inert.line(name, 80)} is shared ({profile.place})",
                remedy="Edit a copy: it can be made in the full-screen program (p, then c).",
            )
        line = profile.place.line
    file = paths.find().profiles
    while True:
        edit(file, line)
        known = load(options)
        code = _print_problems(known.problems, len(known.profiles))
        if not code or not sys.stdin.isatty() or not click.confirm("Edit it again?", default=True, err=True):
            return code
        line = next((one.place.line for one in known.problems if one.is_error and one.place.file == file), 0)


@command.command("import")
@click.argument("source", metavar="SOURCE", shell_complete=offers.sources)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--folder", metavar="FOLDER", default="", shell_complete=offers.folders, help="Put all of them into this folder."
)
@click.option("--dry-run", is_flag=True, help="Print what would be written, and write nothing.")
@click.pass_obj
def import_command(options: Options, source: str, file: Path | None, folder: str, dry_run: bool) -> int:
    """Take connections over from elsewhere. Nothing that is there is changed.

    SOURCE is one of

    \b
      ssh-config [FILE]  hosts of ~/.ssh/config that go through Systems Manager
      aws-gate [FILE]    hosts of aws-gate (~/.aws-gate)
      ids FILE           ids, one a line, each with a name behind it if it has one
      FILE               connections that were exported

    A FILE of - is standard input. Connections that name no AWS profile or region get those that are given before the
    verb: `ssmtui --aws-profile prod profiles import ids nodes.txt`.
    """
    from ssmtui.cli.importing import gathered
    from ssmtui.errors import UsageError
    from ssmtui.profiles import export
    from ssmtui.profiles.imports.found import planned

    if options.demo and not dry_run:
        raise UsageError("the connections of a demo are in no file", remedy="See what would be written with --dry-run.")
    imported = gathered(source, file, options.aws_profile or "", options.region or "")

    async def take(store: ProfileStore) -> int:
        plan = planned(imported, store.profiles, folder)
        for left in plan.left:
            say(inert.line(str(left)))
        for name, before in plan.renamed.items():
            say(f"{inert.line(before, 80)} is called {name}: that name is taken, or no connection may have it")
        if dry_run:
            click.echo(export.written(plan.new), nl=False)
        else:
            if plan.new:
                await store.add(plan.new)
            for name in plan.new:
                click.echo(inert.line(name))
        verb = "would be written" if dry_run else "written"
        say(f"{len(plan.new)} {'connection' if len(plan.new) == 1 else 'connections'} {verb} to {store.shelf.file}")
        return 0

    return asyncio.run(_with_store(options, take))


@command.command("export")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=offers.profiles)
@click.option("--flat", is_flag=True, help="Write with each connection what it inherits, and no folders.")
@click.option("--json", "as_json", is_flag=True, help="Print an array of objects, each value with its origin.")
@click.pass_obj
def export_command(options: Options, names: tuple[str, ...], flat: bool, as_json: bool) -> int:
    """Print connections, all of them or those named, as a file that others can import or share."""
    from ssmtui.profiles import export

    known = load(options)
    chosen = [named(known, name) for name in names] or list(known.profiles.values())
    text = export.json_text(chosen, known) + "\n" if as_json else export.toml(chosen, known, flat=flat)
    click.echo(text, nl=False)
    return 0


def load(options: Options) -> Profiles:
    """All profiles as their files are now."""

    async def profiles(store: ProfileStore) -> Profiles:
        return store.profiles

    return asyncio.run(_with_store(options, profiles))


def named(known: Profiles, name: str) -> Profile:
    """The profile of that name; raises :class:`ssmtui.errors.UsageError` with the nearest one."""
    from ssmtui.config.settings import nearest
    from ssmtui.errors import UsageError

    profile = known.profiles.get(name)
    if profile is None:
        by_folded = {one.casefold(): one for one in known.profiles}
        if (other := by_folded.get(name.casefold())) is not None:
            return known.profiles[other]
        remedy = inert.line(nearest(name, list(known.profiles)), 300) if known.profiles else "There are none yet."
        raise UsageError(f"there is no connection {inert.line(name, 80)}", remedy=remedy)
    return profile


def filtered(known: Profiles, text: str) -> list[Profile]:
    """The profiles in which all words of ``text`` are found, in the order of the files."""
    from ssmtui import matching
    from ssmtui.profiles.profile import searched

    wanted = matching.words(text)
    return [profile for profile in known.profiles.values() if matching.matches(wanted, searched(profile))]


def shown(profile: Profile, known: Profiles) -> list[str]:
    """What holds for ``profile``, a line each, as TOML with where it comes from."""
    from ssmtui.cli.columns import aligned
    from ssmtui.config.toml_text import value_text
    from ssmtui.profiles import export

    values = export.effective(profile, known)
    rows = [
        (f"  {key}", inert.pictured(value_text(value), VALUE_LIMIT), export.origin_text(profile.origins[key], profile))
        for key, value in values.items()
    ]
    head = [inert.line(profile.name), f"  {'folder':<17}{inert.line(profile.folder) or '(the top)'}"]
    head.append(f"  {'file':<17}{inert.line(str(profile.place))}{' (shared)' if profile.read_only else ''}")
    if profile.problem:
        head.append(f"  {'problem':<17}{inert.line(profile.problem)}")
    return [*head, "", *aligned([(f"{key:<17}", value, inert.line(origin)) for key, value, origin in rows])]


def _cells(profile: Profile) -> tuple[str, ...]:
    values = profile.values
    node = values.target or values.query or "?"
    origin = f"{profile.place.file.name}{' (shared)' if profile.read_only else ''}"
    cells = (profile.name, profile.folder, node, values.aws_profile, values.region, origin)
    return tuple(inert.line(cell, CELL_LIMIT) for cell in cells)


def _print_problems(problems: Sequence[Problem], count: int) -> int:
    errors = sum(problem.is_error for problem in problems)
    for problem in problems:
        click.echo(inert.line(f"{problem.place}: {'' if problem.is_error else 'warning: '}{problem.text}", 1_000))
    told = f"{len(problems)} {'problem' if len(problems) == 1 else 'problems'}" if problems else "nothing is wrong"
    say(f"{count} {'connection' if count == 1 else 'connections'}, {told}")
    return BROKEN_PROFILES if errors else 0


def _tell_problems(known: Profiles) -> None:
    if known.problems:
        told = "1 problem" if len(known.problems) == 1 else f"{len(known.problems)} problems"
        say(f"{told} in the files: `ssmtui profiles check` lists them")


async def _with_store(options: Options, use: Callable[[ProfileStore], Awaitable[T]]) -> T:
    """What ``use`` makes of the profiles."""
    from ssmtui.backend import open_profiles
    from ssmtui.config.memory import Memory

    store = open_profiles(options, Memory(None))
    await store.load()
    try:
        return await use(store)
    finally:
        await store.close()

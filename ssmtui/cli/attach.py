"""``ssmtui attach``: the screen, with the sessions that an earlier run left alive, or that outlived it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from ssmtui.cli import offers

if TYPE_CHECKING:
    from ssmtui.backend import Options


@click.command("attach")
@click.argument("names", nargs=-1, metavar="[NAME|ID]...", shell_complete=offers.left_alive)
@click.pass_obj
def command(options: Options, names: tuple[str, ...]) -> int:
    """Bring back sessions that still live, in the full-screen program.

    Without an argument these are all that an earlier run on this machine left alive, or that outlived it. NAME is the
    name of a tab or of a node. ID is the id of any active session that you may resume, from whatever client; it is
    looked for where --aws-profile and --region say, unless this machine knows where it is.
    """
    from ssmtui.wiring import run_app

    for given, option in ((options.workspace, "--workspace"), (options.open_filter, "--open")):
        if given is not None:
            raise click.UsageError(f"{option} and attach both say what to begin with: give one of them.")
    return run_app(replace(options, attach=names))

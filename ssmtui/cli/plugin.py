"""``ssmtui plugin``: in the place of session-manager-plugin, with its arguments, its words and its exit codes."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssmtui.errors import SsmtuiError

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.cli.plugin_call import PluginCall
    from ssmtui.cli.plugin_signals import EarlySignals


class PluginGroup(click.Group):
    """Sub-commands, and the official client's arguments where none is named."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The sub-command and its arguments."""
        if args[0] in self.commands:
            return super().resolve_command(ctx, args)
        return "", call, args


def _version(ctx: click.Context, option: click.Parameter, asked: bool) -> None:  # click's signature
    if asked:
        from ssmtui.protocol.payloads import CLIENT_VERSION

        # What the agent is told, and by what the AWS CLI decides how it calls.
        click.echo(CLIENT_VERSION)
        ctx.exit(0)


@click.group("plugin", cls=PluginGroup, invoke_without_command=True, subcommand_metavar="[ARGUMENTS]...")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version of the official client that this one counts as.",
)
@click.pass_context
def command(ctx: click.Context) -> int:
    """Stand in for session-manager-plugin.

    `install` puts a program of that name into a folder of your choice. `aws ssm start-session`, `aws ecs
    execute-command` and the tools that are built on them then open their sessions with ssmtui.

    \b
    ARGUMENTS are what these call it with:
      RESPONSE REGION StartSession [AWS-PROFILE] [PARAMETERS] [ENDPOINT]
    RESPONSE is the answer to StartSession, or the name of a variable that has it.
    """
    if ctx.invoked_subcommand is None:
        from ssmtui.cli.plugin_shim import INSTALLED

        click.echo(INSTALLED, nl=False)
    return 0


@click.command("call", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def call(options: Options, arguments: tuple[str, ...]) -> int:
    """What the official client does with ``arguments``."""
    from ssmtui.cli.plugin_call import read_call
    from ssmtui.cli.plugin_signals import EarlySignals

    early = EarlySignals()
    early.heed()
    asked = read_call(arguments, os.environ)
    try:
        return _carried(asked, options, early)
    except SsmtuiError as error:
        if not asked.shows_token:
            raise
        # A caller in Python that takes another code for a failure shows the command line, and with it the token
        # (aws/session-manager-plugin#60). The official client's code is always 0.
        from ssmtui.cli.say import say

        say(str(error))
        return 0


def _carried(asked: PluginCall, options: Options, early: EarlySignals) -> int:
    import asyncio

    from ssmtui.cli.plugin_session import run_call

    with suppress(KeyboardInterrupt):  # pressed again before the session could be ended
        asyncio.run(run_call(asked, options, early))
    return 0


@command.command("install")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--force", is_flag=True, help="Replace a session-manager-plugin that ssmtui has not put there.")
def install(folder: Path | None, *, force: bool) -> int:
    """Put a session-manager-plugin that is ssmtui into FOLDER.

    Without FOLDER it is ~/.local/bin. Says whether it comes first on PATH.
    """
    from ssmtui.cli.plugin_shim import install_shim

    install_shim(folder, os.environ, force=force)
    return 0


@command.command("remove")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
def remove(folder: Path | None) -> int:
    """Remove the session-manager-plugin that ssmtui has put into FOLDER, or into each folder of PATH."""
    from ssmtui.cli.plugin_shim import remove_shims

    remove_shims(folder, os.environ)
    return 0

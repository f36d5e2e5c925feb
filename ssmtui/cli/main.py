"""The command ``ssmtui``: global options, verbs that are loaded when they are called, and how everything ends.

Nothing but click is imported before it is known what to do: ``ssmtui --version`` answers at once.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ssmtui import __version__
from ssmtui.cli import offers

DONE, INTERRUPTED, USAGE, BROKEN = 0, 130, 252, 255

VERBS = ("nodes", "connect", "profiles", "doctor", "info", "completion", "lab")
"""Each is the module of that name beside this one, with a ``command`` in it."""
COMPLETION = "_SSMTUI_COMPLETE"
"""The variable by which a shell asks what may follow on its command line."""


class VerbGroup(click.Group):
    """Verbs, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of the help page."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"ssmtui.cli.{cmd_name}").command
        return command


@click.group(
    cls=VerbGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--aws-profile",
    metavar="P",
    shell_complete=offers.aws_profiles,
    help="AWS profile to use; default: AWS_PROFILE, else the default one.",
)
@click.option(
    "--region",
    metavar="R",
    shell_complete=offers.regions,
    help="AWS region; default: AWS_REGION, else that of the AWS profile.",
)
@click.option("--endpoint-url", metavar="U", help="Call this address instead of AWS, for example that of `ssmtui lab`.")
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="SSMTUI_CONFIG",
    help="Read the settings from FILE.",
)
@click.option("--demo", is_flag=True, help="Work on made-up nodes with real shells on this machine; AWS is not called.")
@click.option(
    "--workspace", metavar="NAME", help="Bring back the tabs of this workspace; `last` is those of the last run."
)
@click.option("--read-only", is_flag=True, help="Send nothing that is typed to any node.")
@click.option(
    "--log-file",
    metavar="F",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write details to F. Tokens and what is typed are never written.",
)
@click.option(
    "--trace",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Add to FILE a line of JSON for each frame of a session, without what is in it.",
)
@click.version_option(__version__, prog_name="ssmtui", message="%(prog)s %(version)s")
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Live AWS Session Manager shells, many at once, in one terminal.

    Without a verb the full-screen program opens.
    """
    from ssmtui.backend import Options, open_log
    from ssmtui.wiring import run_app

    options = Options(**given)
    ctx.obj = options
    open_log(options)
    return DONE if ctx.invoked_subcommand else run_app(options)


def run(arguments: Sequence[str]) -> int:
    """Do what ``arguments`` say and return the exit code (design: 0, 130, 252, 253, 254, 255)."""
    from ssmtui.cli.say import say
    from ssmtui.errors import SsmtuiError

    if os.environ.get(COMPLETION):
        from ssmtui.cli.completion import answer

        return answer()
    try:
        # Not click's own main: it has exit codes of its own, for a reader that has gone among others.
        with command.make_context("ssmtui", list(arguments)) as ctx:
            code = int(command.invoke(ctx) or DONE)
            sys.stdout.flush()
            return code
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return USAGE
    except SsmtuiError as error:
        say(str(error))
        return error.exit_code
    except BrokenPipeError:
        _forget_stdout()
        return DONE
    except Exception as error:
        return _crashed(error)


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def _crashed(error: Exception) -> int:
    """One sentence; the rest is in the log."""
    import logging

    from ssmtui.cli.say import say
    from ssmtui.config.logs import open_files

    logging.getLogger("ssmtui").critical("ssmtui broke", exc_info=error)
    where = "".join(f" The details are in {file}." for file in open_files())
    say(f"Something went wrong inside ssmtui ({type(error).__name__}).{where}")
    return BROKEN


def _forget_stdout() -> None:
    """Keep the interpreter from complaining about what it cannot flush at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)

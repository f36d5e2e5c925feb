"""The command ``ssmtui``: global options, verbs that are loaded when they are called, and how everything ends.

Nothing but click is imported before it is known what to do: ``ssmtui --version`` answers at once.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from ssmtui import __version__
from ssmtui.cli import offers
from ssmtui.cli.offers import COMPLETION

if TYPE_CHECKING:
    from ssmtui.backend import Options

DONE, INTERRUPTED, USAGE, BROKEN = 0, 130, 252, 255

VERBS = (
    "nodes",
    "databases",
    "database-token",
    "connect",
    "forward",
    "proxy",
    "ssh-config",
    "attach",
    "keep",
    "sessions",
    "terminate",
    "profiles",
    "sign-in",
    "doctor",
    "info",
    "completion",
    "lab",
    "plugin",
)
"""Each is the module of that name beside this one, with a ``command`` in it; a hyphen is an underscore there."""
ALIASES = {"connections": "profiles"}
"""Other names of verbs."""
CALLERS = (
    None,
    "nodes",
    "databases",
    "database-token",
    "connect",
    "forward",
    "proxy",
    "attach",
    "keep",
    "sessions",
    "terminate",
    "sign-in",
    "doctor",
    "plugin",
)
"""The verbs, and the screen, that call AWS: in threads, which take up address space."""


class VerbGroup(click.Group):
    """Verbs, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of the help page."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One verb."""
        cmd_name = ALIASES.get(cmd_name, cmd_name)
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"ssmtui.cli.{cmd_name.replace('-', '_')}").command
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
@click.option(
    "--open",
    "open_filter",
    metavar="FILTER",
    help="Begin with sessions on all nodes that FILTER finds, as `nodes` does.",
)
@click.option("--tiled", is_flag=True, help="With --open: up to 16 of them in one tab, side by side.")
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
    help="Append a JSON line to FILE for each frame of a session, without the contents of the frame.",
)
@click.version_option(__version__, prog_name="ssmtui", message="%(prog)s %(version)s")
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Live AWS Session Manager shells, many at once, in one terminal.

    Without a verb the full-screen program opens.
    """
    from ssmtui.address_space import fit_limit
    from ssmtui.backend import Options, open_log
    from ssmtui.wiring import run_app

    options = Options(**given)
    ctx.obj = options
    if options.tiled and options.open_filter is None:
        raise click.UsageError("--tiled needs --open FILTER, which says what to tile.")
    if options.open_filter is not None and (wrong := _wrong_opening(ctx, options)):
        return wrong
    if ctx.invoked_subcommand in CALLERS:
        fit_limit()
    open_log(options)
    return DONE if ctx.invoked_subcommand else run_app(options)


def _wrong_opening(ctx: click.Context, options: Options) -> int:
    """The exit code where the nodes to begin with cannot be meant so, which has been said; 0 where they can."""
    from ssmtui.cli.filters import check_opening, say_unusable
    from ssmtui.inventory.query.errors import QueryError

    if ctx.invoked_subcommand not in (None, "attach"):
        raise click.UsageError(f"--open is for the full-screen program, and {ctx.invoked_subcommand} opens none.")
    if options.workspace is not None:
        raise click.UsageError("--open and --workspace both say what to begin with: give one of them.")
    assert options.open_filter is not None
    try:
        check_opening(options.open_filter, options)
    except QueryError as error:
        return say_unusable(options.open_filter, error)
    return DONE


def run(arguments: Sequence[str]) -> int:
    """Do what ``arguments`` say and return the exit code (design: 0, 130, 252, 253, 254, 255)."""
    from ssmtui.cli.say import say
    from ssmtui.errors import OutputFailed, SsmtuiError

    if os.environ.get(COMPLETION):
        from ssmtui.cli.completion import answer

        return answer(command)
    try:
        # Not click's own main, which has exit codes of its own, also for a closed pipe.
        with command.make_context("ssmtui", list(arguments)) as ctx:
            code = int(command.invoke(ctx) or DONE)
            if sys.stdout is not None:
                sys.stdout.flush()
            return code
    except click.exceptions.Exit as done:
        return done.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return USAGE
    except SsmtuiError as error:
        say(str(error))
        return error.exit_code
    except OSError as error:
        # Any call may raise one; that of the output is raised again by what still waits to be written.
        lost = _output_failure() or (error if _printed(error) else None)
        if lost is None:
            return _crashed(error)
        _forget(sys.stdout)
        if isinstance(lost, BrokenPipeError):
            return DONE  # the reader has closed the pipe
        failed = OutputFailed(lost.strerror or str(lost))
        say(str(failed))
        return failed.exit_code
    except Exception as error:
        return _crashed(error)


def main() -> None:
    """The console script."""
    _open_streams()
    # On Windows a copy of this program stands in for the official client (see plugin_shim).
    is_plugin = Path(sys.argv[0]).stem.lower() == "session-manager-plugin"
    code = run(["plugin", *sys.argv[1:]] if is_plugin else sys.argv[1:])
    # What cannot be written now would fail again at the interpreter's end, which prints that and changes the exit code.
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _forget(stream)
    sys.exit(code)


def _open_streams() -> None:
    """Let a standard stream that is closed fail where it is used. Its number would go to the next file or socket that
    is opened otherwise, and what is printed into that."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if number == 0 else os.O_RDONLY)  # the wrong way round, so that it fails
    # An unbuffered stream (PYTHONUNBUFFERED) forgets what it could not write, and with it that it could not.
    if sys.stdout is None or not isinstance(sys.stdout.buffer, io.BufferedIOBase):
        encoding, errors = (sys.stdout.encoding, sys.stdout.errors) if sys.stdout is not None else (None, None)
        sys.stdout = open(1, "w", encoding=encoding, errors=errors, closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False, buffering=1)  # noqa: SIM115


def _output_failure() -> OSError | None:
    """Why what was printed cannot be written; None when it can."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        return error
    return None


def _printed(error: OSError) -> bool:
    """Whether printing raised it: more than a stream's buffer holds is not kept there, and not raised again."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and frames[-1].f_code is click.echo.__code__


def _crashed(error: Exception) -> int:
    """One sentence; the rest is in the log."""
    import logging

    from ssmtui.cli.say import say
    from ssmtui.config.logs import open_files

    logging.getLogger("ssmtui").critical("ssmtui failed because of a defect", exc_info=error)
    where = "".join(f" The details are in {file}." for file in open_files())
    say(f"Something went wrong inside ssmtui ({type(error).__name__}).{where}")
    return BROKEN


def _forget(stream: TextIO) -> None:
    """Keep the interpreter from reporting, at its end, what it cannot flush."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)

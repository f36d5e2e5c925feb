"""``ssmtui lab``: serve the stand-in for AWS until told to stop."""

from __future__ import annotations

import asyncio
import shlex
import signal
import sys

import click

from ssmtui.errors import ConnectionFailed, UsageError


@click.command("lab")
@click.option("--nodes", metavar="N", type=click.IntRange(1, 50_000), default=48, show_default=True, help="Fleet size.")
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65_535),
    default=0,
    show_default="a free one",
    help="Port to serve on.",
)
@click.option("--parent-pipe", is_flag=True, hidden=True, help="End when standard input is closed.")
def command(nodes: int, port: int, parent_pipe: bool) -> int:
    """Serve a stand-in for AWS on this machine.

    Prints the variables to set as `export NAME=value` lines, then serves until it is interrupted. Its nodes are made
    up; its shells are real ones, on this machine and with your rights.
    """
    if sys.platform == "win32":
        raise UsageError("its shells need a pty, which Windows does not have", title="The lab does not run here")
    asyncio.run(_serve(nodes, port, parent_pipe))
    return 0


async def _serve(nodes: int, port: int, parent_pipe: bool) -> None:
    from ssmtui.lab.lab import Lab, LabOptions

    stop = _stop_event(parent_pipe)
    lab = Lab(LabOptions(nodes=nodes, port=port))
    try:
        try:
            address = await lab.start()
        except OSError as error:
            raise ConnectionFailed(f"port {port}: {error.strerror}", title="The lab cannot serve") from None
        for name, value in address.environment.items():
            click.echo(f"export {name}={shlex.quote(value)}")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await lab.close()


def _stop_event(parent_pipe: bool) -> asyncio.Event:
    """Set by a signal, or by the end of the pipe to whoever started us."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    if parent_pipe:
        loop.add_reader(sys.stdin.fileno(), stop.set)
    return stop

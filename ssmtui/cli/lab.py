"""``ssmtui lab``: serve the stand-in for AWS until told to stop."""

from __future__ import annotations

import asyncio
import os
import secrets
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssmtui.errors import ConnectionFailed, UsageError

if TYPE_CHECKING:
    from ssmtui.lab.iam import Policies, Policy
    from ssmtui.lab.lab import LabOptions

AGENT_START_DELAY = 1.0
"""Seconds that a real agent waits before it sends a shell's first output."""
PASSWORD = "SSMTUI_LAB_PASSWORD"  # noqa: S105 (a variable's name)
"""The variable with what the pages ask for on which people sign in."""
DEMO_START_DELAY = 0.2
"""The demo should be quick rather than true to that."""
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("lab")
@click.option(
    "--nodes",
    metavar="N",
    type=click.IntRange(1, 1_000_000),
    default=48,
    show_default=True,
    help="Nodes in the first account and its region; everywhere else there are fewer.",
)
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65_535),
    default=0,
    show_default="a free one",
    help="Port to serve on.",
)
@click.option(
    "--faults",
    metavar="LIST",
    default="",
    help="Faults to inject, separated by commas. Frames: seed; by chance lose, double, reorder, corrupt, delay, "
    "malformed, withhold-acks, publication; drop-dial, cut-client, cut-every, cut-chance, cut-agent, black-hole, bye, "
    "gone; lose-closed, mute-agent, stuck-handshake, forget-acks, never-pause, deaf. Calls, for one account with "
    "@ACCOUNT: http, throttle, expired, deny, slow; expire-token. Nodes: agent-version, churn, odd-nodes, odd-tags. "
    "For example seed=7,lose=0.02,delay@client=0.05:0.2,cut-client=200000,black-hole=5s:3s,http=StartSession:500:2,"
    "deny=DescribeInstances@staging,slow=DescribeInstanceInformation:2s,expire-token=3,churn=0.01:10s.",
)
@click.option(
    "--approve-after",
    metavar="SECONDS",
    type=click.FloatRange(0, 86_400),
    default=5.0,
    show_default=True,
    help="When a request for just-in-time access is decided: approved, unless its reason has `reject`, `expire` or "
    "`revoke` in it. Databases of the account staging need one.",
)
@click.option(
    "--colleagues",
    metavar="N",
    type=click.IntRange(0, 100_000),
    default=0,
    show_default=True,
    help="Sessions of other people that run in each place with nodes.",
)
@click.option(
    "--sign-in",
    is_flag=True,
    help="Add AWS profiles for each kind of credentials to AWS_CONFIG_FILE, and print the address where a person signs "
    "in, and the password that it asks for.",
)
@click.option(
    "--credential-life",
    metavar="SECONDS",
    type=click.FloatRange(2, 43_200),
    default=3600.0,
    show_default=True,
    help="How long temporary credentials are good.",
)
@click.option(
    "--policy",
    metavar="FILE",
    multiple=True,
    type=_FILE,
    help="What callers may do: an IAM policy as JSON; may be given more than once. Without it they may do everything, "
    "except with sessions of other people.",
)
@click.option("--boundary", metavar="FILE", type=_FILE, help="A permissions boundary of all callers, as JSON.")
@click.option("--scp", metavar="FILE", type=_FILE, help="A service control policy of all accounts, as JSON.")
@click.option("--parent-pipe", is_flag=True, hidden=True, help="End when standard input is closed.")
def command(
    nodes: int,
    port: int,
    faults: str,
    approve_after: float,
    colleagues: int,
    sign_in: bool,
    credential_life: float,
    policy: tuple[Path, ...],
    boundary: Path | None,
    scp: Path | None,
    parent_pipe: bool,
) -> int:
    """Serve a stand-in for AWS on this machine.

    Prints the variables to set as `export NAME=value` lines, then serves until it is interrupted. Its nodes are made
    up; its shells are real ones, on this machine and with your rights.

    It plays a company of several AWS accounts. AWS_CONFIG_FILE has an AWS profile for each.

    \b
    prod        everything works; nodes in eu-west-1, us-east-1, eu-central-1, af-south-1
    staging     DescribeInstanceProperties is denied; databases are entered by approval only
    dev         EC2 and the account's alias are denied
    research    odd nodes and odd tags, in us-west-2 and eu-west-1
    sandbox     its listing is throttled, in us-east-1
    audit       its listing and StartSession are denied, in eu-central-1
    legacy      its credentials have expired
    management  a resource data sync gathers the nodes of all of them (ListNodes)

    With --sign-in there are AWS profiles of prod without keys, too.

    \b
    corp-sso           IAM Identity Center, by the sso-session ssmtui-lab
    corp-sso-legacy    the same, set in the AWS profile itself
    corp-role          a role in staging, on top of corp-sso
    corp-mfa           a role that asks for the code at /mfa, on top of prod
    corp-process       a program gives the credentials
    corp-web-identity  a token in a file gives them
    corp-login         `aws login`
    """
    from ssmtui.lab.fault_spec import parse_faults
    from ssmtui.lab.lab import LabOptions
    from ssmtui.lab.roles import Lives
    from ssmtui.lab.unsigned import Door

    options = LabOptions(
        nodes=nodes,
        port=port,
        start_delay=DEMO_START_DELAY if parent_pipe else AGENT_START_DELAY,
        approve_after=approve_after,
        colleagues=colleagues,
        faults=parse_faults(faults),
        door=Door(sign_in, secrets.token_urlsafe(12)),
        lives=Lives(credentials=credential_life),
        policies=_policies(policy, boundary, scp),
    )
    asyncio.run(_serve(options, parent_pipe, sign_in=sign_in))
    return 0


def _policies(identity: Sequence[Path], boundary: Path | None, organization: Path | None) -> Policies:
    """The policies of these files; raises ``UsageError`` for one that cannot be used."""
    from ssmtui.lab.policies import UNLIMITED, read_policy

    def read(file: Path) -> Policy:
        try:
            return read_policy(file)
        except OSError as error:
            raise UsageError(f"{file}: {error.strerror}", title="The policy cannot be read") from None
        except ValueError as error:
            raise UsageError(f"{file}: {error}", title="The policy cannot be used") from None

    return replace(
        UNLIMITED,
        identity=tuple(map(read, identity)) or UNLIMITED.identity,
        boundary=None if boundary is None else read(boundary),
        organization=None if organization is None else read(organization),
    )


async def _serve(options: LabOptions, parent_pipe: bool, *, sign_in: bool) -> None:
    from ssmtui.lab.aws_config import config_file, environment
    from ssmtui.lab.lab import Lab
    from ssmtui.lab.leftovers import remove_leftovers
    from ssmtui.lab.unsigned import MFA_PATH

    stop = _stop_event(parent_pipe)
    remove_leftovers()
    lab = Lab(options)
    files = ExitStack()
    try:
        try:
            address = await lab.start()
        except OSError as error:
            raise ConnectionFailed(f"port {options.port}: {error.strerror}", title="The lab cannot serve") from None
        try:
            file = files.enter_context(config_file(address, lab if sign_in else None))
        except OSError as error:
            detail = f"its AWS configuration file cannot be written: {error.strerror}"
            raise ConnectionFailed(detail, title="The lab cannot serve") from None
        if sign_in:
            click.echo(
                f"# Sign in at {address.endpoint_url}/device, the MFA code is at {address.endpoint_url}{MFA_PATH}. "
                "Both ask for this password:"
            )
            click.echo(f"export {PASSWORD}={options.door.password}")
        # A person's own would lead past the variables that follow.
        click.echo("unset AWS_PROFILE AWS_SESSION_TOKEN")
        for name, value in environment(address, file).items():
            click.echo(f"export {name}={shlex.quote(value)}")
        sys.stdout.flush()
        await stop.wait()
    finally:
        files.close()
        await lab.close()


def _stop_event(parent_pipe: bool) -> asyncio.Event:
    """Set by a signal, or by the end of the pipe to the process that started us."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        # Windows has neither a hang-up nor signal handlers of the loop's.
        number = getattr(signal, name, None)
        # A signal that our parent process ignores stays ignored, as nohup intends.
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    if parent_pipe:
        waiting = partial(_await_end_of_input, partial(loop.call_soon_threadsafe, stop.set))
        threading.Thread(target=waiting, name="parent pipe", daemon=True).start()
    return stop


def _await_end_of_input(then: Callable[[], object]) -> None:
    # Below the buffered stream, whose lock would keep the interpreter from ending while this waits.
    while os.read(sys.stdin.fileno(), 1024):
        continue
    with suppress(RuntimeError):  # the loop is closed already
        then()

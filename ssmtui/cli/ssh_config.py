"""``ssmtui ssh-config``: the lines with which ssh, and all that is built on it, goes through Session Manager."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssmtui.cli.say import say
from ssmtui.errors import UsageError

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.cli.ssh_block import SshHosts

_IS_USER = re.compile(r"[^\s\"'\\%#-][^\s\"'\\%#]{0,63}").fullmatch


@click.command("ssh-config")
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--install", is_flag=True, help="Write them into FILE, in the place of those that are there.")
@click.option("--remove", is_flag=True, help="Take them out of FILE again.")
@click.option("--instance-connect", is_flag=True, help="Send a key to EC2 Instance Connect before each connection.")
@click.option("--user", metavar="U", default="", help="Log in as U where ssh is not told otherwise.")
@click.option(
    "--key",
    metavar="F",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The private key to log in with; default: ssh's own, with --instance-connect one that ssmtui makes.",
)
@click.pass_obj
def command(
    options: Options,
    file: Path | None,
    install: bool,
    remove: bool,
    instance_connect: bool,
    user: str,
    key: Path | None,
) -> int:
    """Print the lines with which ssh goes through Session Manager.

    Hosts are ids of nodes and names with .ssm behind them; a region and an AWS profile may follow either:

    \b
      ssh ec2-user@i-0123456789abcdef0
      ssh ec2-user@web-1.ssm
      scp file ec2-user@web-1.eu-west-1.prod.ssm:
      git, rsync, sftp, Ansible, VS Code: all that uses ssh

    FILE is ~/.ssh/config unless it is given. --aws-profile, --region and the other options in front of the verb are
    written down with it.
    """
    from ssmtui.cli import ssh_block
    from ssmtui.config.files import MissingFile, edit_text, read_text

    if install and remove:
        raise UsageError("--install and --remove are opposites: give one of them")
    if file is not None and not (install or remove):
        raise UsageError("what to do with the file is not said", remedy="Give --install or --remove.")
    if options.demo:
        raise UsageError("the demo ends with the program, and ssh would find nothing of it")
    file = file or Path.home() / ".ssh" / "config"
    if remove:
        try:
            is_there = ssh_block.has_block(read_text(file))
        except MissingFile:
            is_there = False
        if is_there:
            from ssmtui.cli import instance_keys

            edit_text(file, ssh_block.removed)
            instance_keys.forget()
        say(f"Removed from {file}" if is_there else f"{file} has nothing of ssmtui")
        return 0
    block = hosts(options, user, key, instance_connect=instance_connect).text
    if not install:
        click.echo(block, nl=False)
        return 0
    changed = False

    def put(text: str) -> str:
        nonlocal changed
        written = ssh_block.installed(text, block)
        changed = written != text
        return written

    edit_text(file, put)
    say(f"Written to {file}. Try: ssh {user or 'USER'}@NAME.ssm" if changed else f"{file} has it already")
    return 0


def hosts(options: Options, user: str, key: Path | None, *, instance_connect: bool) -> SshHosts:
    """What the command line asks for. Raises :class:`ssmtui.errors.UsageError`."""
    from ssmtui.cli import instance_keys
    from ssmtui.cli.ssh_block import SshHosts

    if user and not _IS_USER(user):
        raise UsageError(f"--user takes the name of a user, not {user!r}")
    if key is not None:
        key = key.expanduser().absolute()
        if any(character in str(key) for character in '\n\r"'):
            raise UsageError("--key takes a file whose name ssh can be told")
        if instance_connect:
            instance_keys.public_key_of(key)  # raises what would be wrong with each connection
    identities = [key] if key is not None else list(instance_keys.places()) if instance_connect else []
    return SshHosts(
        [*program(), *_in_front(options)],
        user,
        identities,
        key,
        instance_connect=instance_connect,
        windows=sys.platform == "win32",
    )


def program() -> list[str]:
    """How this program is called from anywhere: programs that are not started by a shell have another PATH."""
    called = sys.argv[0]
    found = shutil.which(called) if os.path.basename(called).startswith("ssmtui") else None
    # Not resolved: a link stays where it is when the program behind it is replaced by its next version.
    return [os.path.abspath(found)] if found is not None else [sys.executable, "-P", "-m", "ssmtui"]


def _in_front(options: Options) -> list[str]:
    named = (
        ("--aws-profile", options.aws_profile),
        ("--region", options.region),
        ("--endpoint-url", options.endpoint_url),
        ("--config", None if options.config is None else str(options.config.absolute())),
        ("--log-file", None if options.log_file is None else str(options.log_file.absolute())),
    )
    return [word for name, value in named if value is not None for word in (name, value)]

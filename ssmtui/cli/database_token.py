"""``ssmtui database-token``: a token of IAM as the password for a database of RDS."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from ssmtui.errors import UsageError

if TYPE_CHECKING:
    from ssmtui.backend import Options


@click.command("database-token")
@click.argument("address")
@click.argument("user")
@click.pass_obj
def command(options: Options, address: str, user: str) -> int:
    """Print a token of IAM, which is a password for a database of RDS for 15 minutes.

    ADDRESS is HOST:PORT of the database itself, as `ssmtui databases` lists it, and not that of a tunnel to it; USER is
    the database's user. Nothing is asked of AWS; the caller needs the permission rds-db:connect.

    \b
      export PGPASSWORD="$(ssmtui database-token orders.abc.eu-west-1.rds.amazonaws.com:5432 jane)"
      psql "host=orders.abc.eu-west-1.rds.amazonaws.com hostaddr=127.0.0.1 user=jane sslmode=require"
    """
    host, port = _read(address)
    click.echo(asyncio.run(_token(options, host, port, user)))
    return 0


def _read(address: str) -> tuple[str, int]:
    from ssmtui.aws.database_tokens import reason_against_token

    host, _, port = address.rpartition(":")
    if not (host and port.isascii() and port.isdecimal() and len(port) <= 5 and 0 < int(port) <= 65_535):
        raise UsageError("ADDRESS must be HOST:PORT, such as orders.abc.eu-west-1.rds.amazonaws.com:5432")
    if (reason := reason_against_token(host)) is not None:
        raise UsageError(reason, remedy="`ssmtui databases` lists the addresses.")
    return host, int(port)


async def _token(options: Options, host: str, port: int, user: str) -> str:
    from dataclasses import replace

    from ssmtui.aws.database_tokens import region_of_host
    from ssmtui.backend import load_settings, open_backend

    if not user.strip() or not user.isprintable():
        raise UsageError("USER must be one line of printable characters")
    # The address names the region: none need be configured.
    options = options if options.demo or options.region else replace(options, region=region_of_host(host))
    async with open_backend(options, load_settings(options).settings) as backend:
        return await backend.gateways.gateway().database_token(host, port, user)

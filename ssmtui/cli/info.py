"""``ssmtui info``: what this installation is and what it found; nothing is asked of AWS."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssmtui import __version__, inert

if TYPE_CHECKING:
    from ssmtui.backend import Options
    from ssmtui.config.settings import LoadedSettings

Fact = tuple[str, str]


@click.command("info")
@click.pass_obj
def command(options: Options) -> int:
    """Show versions, files, settings and the AWS configuration that was found. AWS is not called."""
    from ssmtui.backend import load_settings
    from ssmtui.errors import ConfigurationError

    loaded, unusable = None, None
    try:
        loaded = load_settings(options)
    except ConfigurationError as error:
        # Where the files are is what is looked for then.
        unusable = error
    sections = {
        "ssmtui": _program(),
        "Files": _files(options),
        "Settings": _settings(loaded) if loaded is not None else [("not usable", str(unusable))],
        "AWS": asyncio.run(_aws(options)),
    }
    for title, facts in sections.items():
        click.echo(title)
        for name, value in facts:
            click.echo(f"  {name:<17} {inert.line(value)}".rstrip())
    if unusable is not None:
        raise unusable
    for warning in loaded.warnings if loaded is not None else ():
        click.echo(f"ssmtui: {inert.line(warning)}", err=True)
    return 0


def _program() -> Iterator[Fact]:
    from ssmtui.terminal.engines import default_name

    yield "version", __version__
    yield "python", f"{platform.python_version()} ({sys.executable})"
    yield "system", platform.platform()
    yield "terminal engine", default_name()
    yield "TERM", os.environ.get("TERM", "")


def _files(options: Options) -> Iterator[Fact]:
    from ssmtui.backend import log_path
    from ssmtui.config import paths

    found = paths.find()
    yield "settings", _there(options.config or found.settings)
    yield "connections", _there(found.profiles)
    yield "shared connections", _there(found.shared_profiles)
    yield "workspaces", _there(found.workspaces)
    yield "ledger", _there(found.ledger)
    yield "journal", _there(found.journal)
    yield "memory", _there(found.memory)
    yield "log", _there(log_path(options))
    yield "known nodes", _there(found.inventory)
    yield "recordings", _there(found.recordings)


def _there(path: Path) -> str:
    return f"{path}{'' if path.exists() else ' (not there)'}"


def _settings(loaded: LoadedSettings) -> Iterator[Fact]:
    from ssmtui.config import reference

    for entry in reference.entries():
        yield entry.name, f"{reference.value_of(loaded.settings, entry.name)}  ({loaded.origin(entry.name)})"


def _proxy_to(endpoint: str) -> str:
    from ssmtui import proxies

    found = proxies.proxy_for(endpoint)  # which the client has judged before
    if found is None:
        return "none"
    return f"{found}, with user and password" if found.has_credentials else str(found)


async def _aws(options: Options) -> list[Fact]:
    from ssmtui.aws.boto import open_gateway
    from ssmtui.errors import ConfigurationError

    try:
        gateway = await open_gateway(options.aws_profile, options.region, options.endpoint_url)
    except ConfigurationError as error:
        return [("not usable", str(error))]
    facts = [
        ("AWS profile", gateway.scope.aws_profile or "none: environment, machine or the default profile"),
        ("region", gateway.scope.region),
        ("endpoint", gateway.effective_endpoint),
        ("CA bundle", gateway.ca_bundle or "the system's"),
    ]
    facts.append(("proxy", _proxy_to(gateway.effective_endpoint)))
    if gateway.message_endpoint:
        facts.append(("message endpoint", gateway.message_endpoint))
    await gateway.close()
    return facts

"""The lab of ``--demo``: a child process that lives as long as the pipe to it, and what it says of itself.

It is a process of its own so that the demo's shells, which are real ones, have nothing of the client in their reach.
"""

from __future__ import annotations

import asyncio
import configparser
import logging
import os
import shlex
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass, field

from ssmtui import open_files
from ssmtui.errors import ConnectionFailed
from ssmtui.tasks import Tasks

log = logging.getLogger(__name__)

START_TIMEOUT = 20.0
STOP_TIMEOUT = 5.0
"""Seconds the lab has to end its shells before it is killed."""

# -P: a module in the working directory must not take the place of one of Python's.
COMMAND = (sys.executable, "-P", "-m", "ssmtui", "lab", "--parent-pipe", "--colleagues", "7")


@dataclass(frozen=True, slots=True)
class DemoProfile:
    """A made-up AWS profile: the way into one of the lab's accounts."""

    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DemoAddress:
    """How to call the lab."""

    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    profiles: Mapping[str, DemoProfile] = field(default_factory=dict, repr=False)
    """Every account of the lab, by name. The one whose keys are given above is among them."""


class DemoLab:
    """One lab of our own. :meth:`start` it once, :meth:`close` it always."""

    def __init__(self) -> None:
        self._process: Process | None = None
        self._tasks = Tasks("demo")

    @property
    def pid(self) -> int | None:
        """The lab's process id; None while there is none."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> DemoAddress:
        """Start the lab and return how to call it; raises :class:`ssmtui.errors.ConnectionFailed`."""
        self._process = await asyncio.create_subprocess_exec(
            *open_files.as_before(COMMAND),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
            # A session of its own: signals from the person's terminal are not for it.
            start_new_session=True,
        )
        self._tasks.start("complaints", self._log_complaints(self._process))
        try:
            async with asyncio.timeout(START_TIMEOUT):
                return await _read_address(self._process)
        except TimeoutError:
            raise _no_lab(f"it said nothing for {START_TIMEOUT:.0f} seconds") from None

    async def close(self) -> None:
        """Let the lab end its shells and itself."""
        process = self._process
        if process is None:
            return
        self._process = None
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await self._tasks.close()

    async def _log_complaints(self, process: Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            log.warning("lab: %s", line.decode(errors="replace").rstrip())


async def _read_address(process: Process) -> DemoAddress:
    assert process.stdout is not None
    told: dict[str, str] = {}
    async for line in process.stdout:
        told |= parse_export(line.decode(errors="replace"))
        if told.keys() >= _WANTED:
            return DemoAddress(
                endpoint_url=told["AWS_ENDPOINT_URL"],
                region=told["AWS_REGION"],
                access_key_id=told["AWS_ACCESS_KEY_ID"],
                secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
                profiles=await asyncio.to_thread(_read_profiles, told.get("AWS_CONFIG_FILE", "")),
            )
    raise _no_lab("it ended before it had said where it is")


_WANTED = {"AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}


def _read_profiles(file: str) -> dict[str, DemoProfile]:
    """The AWS profiles of the lab's own configuration file."""
    parser = configparser.RawConfigParser()
    parser.read(file, encoding="utf-8")
    return {
        section.removeprefix("profile "): DemoProfile(
            parser[section]["region"],
            parser[section]["aws_access_key_id"],
            parser[section]["aws_secret_access_key"],
        )
        for section in parser.sections()
    }


def parse_export(line: str) -> dict[str, str]:
    """The variable that a line ``export NAME=value`` sets; nothing for any other line."""
    try:
        words = shlex.split(line)
    except ValueError:
        return {}
    if len(words) != 2 or words[0] != "export" or "=" not in words[1]:
        return {}
    name, _, value = words[1].partition("=")
    return {name: value}


def _no_lab(why: str) -> ConnectionFailed:
    return ConnectionFailed(why, title="The demo's lab did not start", remedy="--log-file FILE gives the details.")

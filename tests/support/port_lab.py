"""A lab, and a service on this machine for forwards to lead to, as a program of its own.

``python -m tests.support.port_lab [paced]`` prints ``NAME=value`` lines, the last of them ``SERVICE_PORT``, and serves
until its input ends. The service reads a letter and a number of eight digits: ``d`` for as many bytes to come, ``u``
for as many to be sent and one to come when all are there, ``e`` for as many to come back.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

from ssmtui.lab.aws_config import config_file, environment
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.loopback import LOOPBACK

CHUNK = 65_536


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Requests until the client has closed."""
    with contextlib.suppress(asyncio.IncompleteReadError, OSError):
        while True:
            kind, size = await reader.readexactly(1), int(await reader.readexactly(8))
            for start in range(0, size, CHUNK):
                piece = min(CHUNK, size - start)
                if kind == b"d":
                    writer.write(bytes(piece))
                else:
                    data = await reader.readexactly(piece)
                    if kind == b"e":
                        writer.write(data)
                await writer.drain()
            if kind == b"u":
                writer.write(b"k")
                await writer.drain()
    writer.close()


async def main(*, pacing: bool) -> None:
    """Serve until standard input ends."""
    # Without the agent's faults: the official client does not survive all of them, and each costs time by chance.
    lab = Lab(LabOptions(pacing=pacing, forget_acks=0.0, deaf=0.0))
    address = await lab.start()
    service = await asyncio.start_server(serve, LOOPBACK, 0, backlog=1024)
    try:
        with config_file(address) as file:
            for name, value in environment(address, file).items():
                print(f"{name}={value}")
            print(f"TARGET={lab.fleet.named('web-1').id}")
            print(f"SERVICE_PORT={service.sockets[0].getsockname()[1]}", flush=True)
            await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    finally:
        service.close()
        await lab.close()


if __name__ == "__main__":
    asyncio.run(main(pacing="paced" in sys.argv))

"""What ``ssmtui ssh-config`` installs, with OpenSSH's client and a real sshd behind the lab's agent; with the keys of
EC2 Instance Connect, which that sshd asks the lab for."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import pytest

from tests.support.lab_stack import lab_stack
from tests.support.live_faults import LIMIT
from tests.support.pty_app import clean_environment
from tests.support.real_servers import SshServer, missing, no_sshd, run, ssh_server

NO_CURL = missing("curl")

pytestmark = [pytest.mark.timeout(LIMIT), pytest.mark.skipif(bool(no_sshd()), reason=no_sshd())]

SSMTUI = (sys.executable, "-m", "ssmtui")
QUIET = (
    "-o",
    "StrictHostKeyChecking=no",
    "-o",
    "UserKnownHostsFile=/dev/null",
    "-o",
    "LogLevel=ERROR",
    "-o",
    "BatchMode=yes",
)


async def ssh(
    config: Path, server: SshServer, host: str, environment: dict[str, str], *more: str
) -> tuple[int, str, str]:
    command = ("ssh", "-F", str(config), *QUIET, "-p", str(server.port), *more, host, "echo in")
    done = await run(*command, environment=environment)
    return done.code, done.output, done.errors


async def test_ids_names_and_hosts_of_ones_own(tmp_path: Path) -> None:
    config = tmp_path / "config"
    async with lab_stack(20) as stack, ssh_server() as server:
        environment = clean_environment(tmp_path, **stack.lab.address.environment)
        node = stack.lab.fleet.named("web-1").id
        config.write_text(f"Host front\n  HostName {node}.eu-west-1\n")
        install = ("--region", "eu-west-1", "ssh-config", "--install", str(config), "--key", str(server.key))
        done = await run(*SSMTUI, *install, environment=environment)
        assert done.code == 0, done.errors
        for host in (node, "web-1.ssm", "Web-1.eu-west-1.ssm", f"{node}.eu-west-1", "front"):
            assert await ssh(config, server, host, environment) == (0, "in\n", ""), host
        code, _, told = await ssh(config, server, "nobody.ssm", environment)
        assert code == 255
        assert "no node has the id or the name nobody" in told
        removed = await run(*SSMTUI, "ssh-config", "--remove", str(config), environment=environment)
        assert removed.code == 0, removed.errors
        assert config.read_text() == f"Host front\n  HostName {node}.eu-west-1\n"


@pytest.mark.skipif(bool(NO_CURL), reason=NO_CURL)
async def test_instance_connect_lets_one_in_that_no_other_key_does(tmp_path: Path) -> None:
    config = tmp_path / "config"
    async with lab_stack(20) as stack:
        node = stack.lab.fleet.named("web-1").id
        keys = f"{stack.lab.address.endpoint_url}/instances/{node}/latest/meta-data/managed-ssh-keys/active-keys/%u/"
        async with ssh_server(keys) as server:
            environment = clean_environment(tmp_path, **stack.lab.address.environment)
            user = getpass.getuser()
            install = (*SSMTUI, "ssh-config", "--install", str(config))
            await run(*install, "--key", str(server.key), environment=environment)
            code, _, told = await ssh(config, server, node, environment)
            assert (code, "Permission denied" in told) == (255, True), told
            # One that is made for it, from the first connection on.
            await run(*install, "--instance-connect", "--user", user, environment=environment)
            assert await ssh(config, server, node, environment) == (0, "in\n", "")
            assert await ssh(config, server, "web-1.ssm", environment) == (0, "in\n", "")
            # One's own.
            own = (*install, "--instance-connect", "--key", str(server.key))
            done = await run(*own, environment=environment)
            assert done.code == 0, done.errors
            assert await ssh(config, server, node, environment) == (0, "in\n", "")
            stack.lab.fail_next("SendSSHPublicKey", "AccessDeniedException")
            code, _, told = await ssh(config, server, node, environment)
            assert code == 255
            assert "ec2-instance-connect:SendSSHPublicKey" in told

"""How long ssh waits for the banner of a node's sshd over AWS's own ProxyCommand: ``aws ssm start-session`` with the
official plugin and with ssmtui in its place, round by round. Figures are printed; the clock fails nothing.

pytest tests/benchmarks/test_plugin.py -m benchmark -s

The lab answers without the network's delay: what is measured is what the programs take by themselves. The official
client is one small program; ours loads Python and botocore, after the AWS CLI has done so.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from statistics import median

import pytest

from ssmtui.cli.plugin_shim import install_shim
from tests.benchmarks.test_proxy import ROUNDS, greeting, seconds_to_banner
from tests.support.lab_process import serve_lab
from tests.support.plugin_caller import PluginCaller
from tests.support.pty_app import clean_environment

pytestmark = [pytest.mark.benchmark, pytest.mark.timeout(300)]


def test_the_banner(tmp_path: Path) -> None:
    aws, official = shutil.which("aws"), shutil.which("session-manager-plugin")
    if aws is None or official is None:
        pytest.skip("the AWS CLI and its plugin are not on PATH")
    with serve_lab(tmp_path) as (exports, _), greeting() as port:
        environment = clean_environment(tmp_path, **exports)
        install_shim(tmp_path / "bin", environment)
        ours = str(tmp_path / "bin" / "session-manager-plugin")
        caller = PluginCaller(exports)
        document, parameters = "AWS-StartSSHSession", f"portNumber={port}"
        command = [aws, "ssm", "start-session", "--target", caller.node()]
        command += ["--document-name", document, "--parameters", parameters]
        taken: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            for name, plugin in (("the official plugin", official), ("ssmtui", ours)):
                arguments, token = caller.start(document, portNumber=str(port))
                alone = seconds_to_banner([plugin, *arguments], {**environment, **token})
                taken.setdefault(f"{name} alone", []).append(alone)
                path = f"{Path(plugin).parent}{os.pathsep}{environment['PATH']}"
                taken.setdefault(f"aws, {name}", []).append(seconds_to_banner(command, {**environment, "PATH": path}))
    peer = median(taken["aws, the official plugin"])
    print(f"\nfrom the start to ssh's banner, median of {ROUNDS} rounds, load {os.getloadavg()[0]:.1f}")
    for name, seconds in taken.items():
        print(f"  {name:27} {median(seconds):6.3f} s (least {min(seconds):.3f})   {median(seconds) / peer:5.2f} times")

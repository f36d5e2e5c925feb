"""What runs here: versions, the system, the engine of terminals. Blocks for a moment."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from ssmtui import __version__
from ssmtui.checkup.results import CheckupArea, Result
from ssmtui.diagnosis.findings import Verdict
from ssmtui.terminal import engines

LIBRARIES = ("textual", "boto3", "botocore", "awscrt", "websockets", "cryptography", "pyghostty", "bittty")


def check() -> list[Result]:
    """The versions."""
    versions = {name: _version(name) for name in LIBRARIES}
    shown = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    results = [
        _result("ssmtui", f"{__version__}, Python {platform.python_version()}", f"{sys.executable}."),
        _result("system", platform.platform()),
        _result("libraries", shown),
        _result("terminal engine", engines.default_name()),
    ]
    if not versions["awscrt"]:
        what = "awscrt is not installed: AWS profiles of `aws login` cannot be used"
        fix = 'pip install "botocore[crt]" (with pipx: pipx inject ssmtui "botocore[crt]").'
        results.append(Result(CheckupArea.PROGRAM, "awscrt", Verdict.OK, what, "", fix, is_note=True))
    return results


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _result(name: str, what: str, evidence: str = "") -> Result:
    return Result(CheckupArea.PROGRAM, name, Verdict.OK, what, evidence, is_note=True)

"""The AWS configuration file of a lab: one AWS profile for each account, in a directory that goes with the lab."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path

from ssmtui.lab.lab import LabAddress
from ssmtui.lab.leftovers import PREFIX
from ssmtui.temporary import Held


@contextlib.contextmanager
def config_file(address: LabAddress) -> Iterator[Path]:
    """Write the file, only its owner may read it, and remove it at the end; raises ``OSError``."""
    place = Held(PREFIX)
    file = place.path / "config"
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            _parser(address).write(stream)
        yield file
    finally:
        shutil.rmtree(place.path, ignore_errors=True)
        place.release()


def environment(address: LabAddress, file: Path) -> dict[str, str]:
    """The variables that lead the AWS SDKs to the lab, and to ``file`` instead of a person's own AWS files."""
    # The secret key comes last: a reader of the list that finds it knows that the list is complete.
    return {"AWS_CONFIG_FILE": str(file), "AWS_SHARED_CREDENTIALS_FILE": os.devnull, **address.environment}


def _parser(address: LabAddress) -> RawConfigParser:
    parser = RawConfigParser()
    for name, profile in address.profiles.items():
        parser[f"profile {name}"] = {
            "region": profile.region,
            "endpoint_url": address.endpoint_url,
            "aws_access_key_id": profile.access_key_id,
            "aws_secret_access_key": profile.secret_access_key,
        }
    return parser

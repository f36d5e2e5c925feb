"""The AWS configuration file of a lab: one AWS profile for each account, in a directory that goes with the lab."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from configparser import RawConfigParser
from pathlib import Path
from typing import TextIO

from ssmtui.lab.api_sts import MfaDevice
from ssmtui.lab.identity_center import SCOPE, SESSION
from ssmtui.lab.lab import Lab, LabAddress
from ssmtui.lab.leftovers import PREFIX
from ssmtui.lab.roles import FEDERATED, GUARDED, OPS, LabRole
from ssmtui.lab.unsigned import CONTAINER_PATH
from ssmtui.temporary import Held


@contextlib.contextmanager
def config_file(address: LabAddress, sign_in: Lab | None = None) -> Iterator[Path]:
    """Write the file, only its owner may read it, and remove it at the end; raises ``OSError``.

    For the lab ``sign_in`` it has an AWS profile of each kind of credentials, too.
    """
    place = Held(PREFIX)
    file = place.path / "config"
    try:
        parser = _parser(address)
        if sign_in is not None:
            parser.read_dict(_identities(sign_in, place.path))
        with _new(file) as stream:
            parser.write(stream)
        yield file
    finally:
        shutil.rmtree(place.path, ignore_errors=True)
        place.release()


def environment(address: LabAddress, file: Path) -> dict[str, str]:
    """The variables that lead the AWS SDKs to the lab, and to ``file`` instead of a person's own AWS files."""
    # The secret key comes last: a reader of the list that finds it knows that the list is complete.
    return {"AWS_CONFIG_FILE": str(file), "AWS_SHARED_CREDENTIALS_FILE": os.devnull, **address.environment}


def _new(file: Path) -> TextIO:
    return open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")


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


_PROCESS = """\
import json, sys, urllib.request
request = urllib.request.Request({url!r}, headers={{"Authorization": {token!r}}})
given = json.load(urllib.request.build_opener(urllib.request.ProxyHandler({{}})).open(request, timeout=10))
names = {{"AccessKeyId": "AccessKeyId", "SecretAccessKey": "SecretAccessKey", "SessionToken": "Token"}}
facts = {{to: given[of] for to, of in names.items()}}
json.dump({{"Version": 1, "Expiration": given["Expiration"], **facts}}, sys.stdout)
"""
"""A program as ``credential_process`` runs it. What it needs to know is in its file, which only its owner may read."""


def _identities(lab: Lab, directory: Path) -> Mapping[str, Mapping[str, str]]:
    """The sections of AWS profiles by how they get their credentials.

    ``corp-sso`` and ``corp-sso-legacy`` sign in to IAM Identity Center, ``corp-login`` with ``aws login``;
    ``corp-role`` is a role in another account on top of ``corp-sso``, ``corp-mfa`` one that asks for a code,
    ``corp-process`` runs a program, and ``corp-web-identity`` has a token in a file.
    """
    account, address = lab.options.accounts[0], lab.address
    other = lab.options.accounts[min(1, len(lab.options.accounts) - 1)]
    program, token = directory / "process.py", directory / "web-identity-token"
    with _new(program) as stream:
        url = address.endpoint_url + CONTAINER_PATH
        stream.write(_PROCESS.format(url=url, token=lab.identity.container_token))
    with _new(token) as stream:
        stream.write(lab.identity.identities.token(lab.options.lives.sign_in))
    common = {"region": account.region, "endpoint_url": address.endpoint_url}
    portal = {"sso_start_url": lab.identity.center.start_url, "sso_region": account.region}
    assignment = {"sso_account_id": account.id, "sso_role_name": OPS}
    return {
        f"sso-session {SESSION}": {**portal, "sso_registration_scopes": SCOPE},
        "profile corp-sso": {**common, **assignment, "sso_session": SESSION},
        "profile corp-sso-legacy": {**common, **assignment, **portal},
        "profile corp-role": {
            **common,
            "region": other.region,
            "role_arn": LabRole(other, OPS).arn,
            "source_profile": "corp-sso",
        },
        "profile corp-mfa": {
            **common,
            "role_arn": LabRole(account, GUARDED).arn,
            "source_profile": account.name,
            "mfa_serial": MfaDevice.serial_number(account),
        },
        "profile corp-process": {
            **common,
            "credential_process": shlex.join([sys.executable, "-I", str(program)]),
        },
        "profile corp-web-identity": {
            **common,
            "role_arn": LabRole(account, FEDERATED).arn,
            "web_identity_token_file": str(token),
        },
        "profile corp-login": {**common, "login_session": lab.identity.login.login_session},
    }

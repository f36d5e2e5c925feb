"""The person's AWS configuration (``~/.aws/config`` and ``~/.aws/credentials``): its AWS profiles, and what is wrong
in it, by file, line, section and key.

Nothing is called and nothing is started; botocore is not imported before the files are read.
"""

from __future__ import annotations

from typing import NamedTuple

from ssmtui.aws.configuration_text import ConfigurationProblem as ConfigurationProblem
from ssmtui.aws.configuration_text import read_file
from ssmtui.aws.credentials import kind_of, sign_ins_of, text_of
from ssmtui.aws.translate import translate
from ssmtui.errors import ConfigurationError
from ssmtui.model import AwsProfile


class ConfigurationFile(NamedTuple):
    """One of the files that an AWS configuration is made of."""

    path: str
    """With ``~`` and variables expanded."""
    variable: str
    """The environment variable that names another one: ``AWS_CONFIG_FILE`` or ``AWS_SHARED_CREDENTIALS_FILE``."""
    exists: bool


class Configuration(NamedTuple):
    """The AWS configuration as it is now."""

    files: tuple[ConfigurationFile, ...] = ()
    profiles: tuple[AwsProfile, ...] = ()
    """In the order of the files; empty where one of them cannot be read."""
    problems: tuple[ConfigurationProblem, ...] = ()


def read_configuration() -> Configuration:
    """The person's AWS configuration. Blocks for as long as the files take; raises nothing for what is in them."""
    import os

    import botocore.session

    core = botocore.session.Session()
    files = []
    for setting, variable in (("config_file", "AWS_CONFIG_FILE"), ("credentials_file", "AWS_SHARED_CREDENTIALS_FILE")):
        path = os.path.expanduser(os.path.expandvars(str(core.get_config_variable(setting))))
        files.append(ConfigurationFile(path, variable, os.path.isfile(path)))
    refused = tuple(problem for one in files for problem in read_file(one.path).problems)
    try:
        profiles = aws_profiles(core)
    except ConfigurationError as error:
        profiles = ()
        refused = refused or (ConfigurationProblem(files[0].path, error.detail, error.remedy),)
    return Configuration(tuple(files), profiles, refused)


def aws_profiles(core: object = None) -> tuple[AwsProfile, ...]:
    """The AWS profiles of both files, in their order. Blocks: call it off the loop. Raises
    :class:`ssmtui.errors.ConfigurationError` where a file cannot be read."""
    import botocore.session

    session = core if isinstance(core, botocore.session.Session) else botocore.session.Session()
    try:
        profiles = session.full_config.get("profiles", {})
        names = session.available_profiles
    except Exception as error:
        raise translate(error) from error
    return tuple(
        AwsProfile(
            name,
            text_of(profiles.get(name), "region"),
            kind_of(profiles.get(name)),
            _account(profiles.get(name)),
            next(iter(sign_ins_of(profiles, name)), None),
        )
        for name in names
    )


def _account(settings: object) -> str:
    """The account of the role that the profile assumes, or of its single sign-on."""
    found = settings if isinstance(settings, dict) else {}
    role = text_of(found, "role_arn").split(":")
    return role[4] if len(role) > 5 else text_of(found, "sso_account_id")

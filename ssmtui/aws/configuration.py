"""The person's AWS configuration (``~/.aws/config`` and ``~/.aws/credentials``): its AWS profiles, and what is wrong
in it, by file, line, section and key.

Nothing is called, nothing is started, and botocore is not imported: it takes longer than the files.
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from ssmtui.aws.configuration_checks import check_files
from ssmtui.aws.configuration_text import AwsFiles as AwsFiles
from ssmtui.aws.configuration_text import ConfigurationProblem as ConfigurationProblem
from ssmtui.aws.configuration_text import WrittenSection, kind_and_name, read_file
from ssmtui.aws.credentials import kind_of, sign_ins_of, text_of
from ssmtui.errors import ConfigurationError
from ssmtui.model import AwsProfile

CONFIG_VARIABLE = "AWS_CONFIG_FILE"
CREDENTIALS_VARIABLE = "AWS_SHARED_CREDENTIALS_FILE"
UNREADABLE = "The AWS configuration cannot be read"


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
    """In the order of the files; empty where botocore refuses one of them."""
    problems: tuple[ConfigurationProblem, ...] = ()


def configuration_paths() -> tuple[str, str]:
    """The config file and the credentials file, be they there or not."""
    named = (
        os.environ.get(CONFIG_VARIABLE, "~/.aws/config"),
        os.environ.get(CREDENTIALS_VARIABLE, "~/.aws/credentials"),
    )
    config, credentials = (os.path.expanduser(os.path.expandvars(path)) for path in named)
    return config, credentials


def read_aws_files() -> AwsFiles:
    """Both files. Blocks for as long as they take; raises nothing for what is in them."""
    config, credentials = map(read_file, configuration_paths())
    files = AwsFiles(config, credentials, {}, {}, {}, {})
    kinds = {"profile": files.profiles, "sso-session": files.sso_sessions, "services": files.services}
    defaults = _settings(config.sections.get(configparser.DEFAULTSECT))
    for name, section in config.sections.items():
        kind, named = kind_and_name(name)
        if kind in kinds and named is not None:
            kinds[kind][named] = {**defaults, **_settings(section)}
            files.sections[kind, named] = section
    defaults = _settings(credentials.sections.get(configparser.DEFAULTSECT))
    for name, section in credentials.sections.items():
        if name != configparser.DEFAULTSECT:
            files.profiles.setdefault(name, {}).update({**defaults, **_settings(section)})
    return files


def _settings(section: WrittenSection | None) -> dict[str, Any]:
    return {name: _nested(key.value) for name, key in section.keys.items()} if section else {}


def _nested(value: str) -> Any:
    if not value.startswith("\n"):
        return value
    pairs = (line.partition("=") for line in value.splitlines() if "=" in line)
    return {name.strip(): rest.strip() for name, _, rest in pairs}


def read_configuration() -> Configuration:
    """The person's AWS configuration. Blocks for as long as the files take; raises nothing for what is in them."""
    files = read_aws_files()
    listed = tuple(
        ConfigurationFile(path, variable, os.path.isfile(path))
        for path, variable in zip(configuration_paths(), (CONFIG_VARIABLE, CREDENTIALS_VARIABLE), strict=True)
    )
    unread = tuple(one.unread for one in (files.config, files.credentials) if one.unread)
    if files.refusals:
        return Configuration(listed, (), files.refusals + unread)
    return Configuration(listed, _profiles(files), unread + check_files(files))


def aws_profiles() -> tuple[AwsProfile, ...]:
    """The AWS profiles of both files, in their order. Blocks: call it off the loop. Raises
    :class:`ssmtui.errors.ConfigurationError` where a file cannot be read."""
    files = read_aws_files()
    if files.refusals:
        raise unreadable(files.refusals)
    return _profiles(files)


def unreadable(refusals: tuple[ConfigurationProblem, ...]) -> ConfigurationError:
    """The error for a configuration that botocore refuses."""
    first, more = refusals[0], len(refusals) - 1
    others = f" ({more} more: `ssmtui doctor` lists them)" if more else ""
    return ConfigurationError(f"{first.place}: {first.what}{others}", title=UNREADABLE, remedy=first.fix)


def _profiles(files: AwsFiles) -> tuple[AwsProfile, ...]:
    return tuple(
        AwsProfile(
            name,
            text_of(settings, "region"),
            kind_of(settings),
            _account(settings),
            next(iter(sign_ins_of(files.profiles, name)), None),
        )
        for name, settings in files.profiles.items()
    )


def _account(settings: Mapping[str, Any]) -> str:
    """The account of the role that the profile assumes, or of its single sign-on."""
    role = text_of(settings, "role_arn").split(":")
    return role[4] if len(role) > 5 else text_of(settings, "sso_account_id")

"""The account that the program is started for, as environment and configuration files have it, found without botocore:
importing it and making its first client takes longer than all else that the screen waits for.

What botocore decides is decided here by its rules. Where that is in doubt there is no answer, and botocore is asked.
"""

from __future__ import annotations

import configparser
import difflib
import os
import shlex
from collections.abc import Mapping
from urllib.parse import urlsplit

from ssmtui import inert
from ssmtui.aws.session import Source
from ssmtui.errors import ConfigurationError
from ssmtui.loopback import is_loopback
from ssmtui.model import Scope

Sections = Mapping[str, Mapping[str, str]]

PROFILE_VARIABLES = ("AWS_DEFAULT_PROFILE", "AWS_PROFILE")
"""The first one that is set names the AWS profile (botocore's ``Session.SESSION_VARIABLES``)."""
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
KEY_VARIABLE = "AWS_ACCESS_KEY_ID"


def home_of(source: Source, environment: Mapping[str, str]) -> Scope | None:
    """The scope that ``source`` leads to; None where botocore has to say, or to say what is wrong. Blocks for as long
    as the files take."""
    if source.static is not None:
        return Scope(source.aws_profile, source.region, source.endpoint_url) if source.region else None
    try:
        config, profiles = _read(environment)
    except (configparser.Error, ValueError, OSError):
        return None
    named = source.aws_profile
    if named is None:
        named = next((environment[name] for name in PROFILE_VARIABLES if name in environment), None)
    if named is not None and named not in profiles:
        return None
    settings = profiles.get(named or "default", {})
    region = source.region or next((environment[name] for name in REGION_VARIABLES if name in environment), None)
    region = region or settings.get("region")
    if not region:
        return None
    if named is None and "default" in profiles and not environment.get(KEY_VARIABLE):
        named = "default"
    endpoint = source.endpoint_url or source.ssm_endpoint or _endpoint(config, settings, environment) or ""
    try:
        is_stand_in = source.endpoint_url is not None or is_loopback(urlsplit(endpoint).hostname or "")
    except ValueError:
        return None
    return Scope(named, region, endpoint if is_stand_in else None)


def is_anything_configured(environment: Mapping[str, str]) -> bool:
    """Whether there is an AWS profile, or a variable that names one or has credentials. A file that cannot be read
    counts. Blocks for as long as the files take."""
    if any(environment.get(name) for name in (*PROFILE_VARIABLES, KEY_VARIABLE, "AWS_WEB_IDENTITY_TOKEN_FILE")):
        return True
    try:
        return bool(_read(environment)[1])
    except (configparser.Error, ValueError, OSError):
        return True


def unknown_profile(source: Source, environment: Mapping[str, str]) -> ConfigurationError | None:
    """What to say where the AWS profile that is asked for is in neither file, with the names that are like it; None
    where it is there, or that is in doubt. Blocks for as long as the files take."""
    named = source.aws_profile
    where = "--aws-profile"
    for variable in PROFILE_VARIABLES:
        if named is None and environment.get(variable):
            named, where = environment[variable], variable
    try:
        names = list(_read(environment)[1])
    except (configparser.Error, ValueError, OSError):
        return None
    if named is None or named in names or source.static is not None:
        return None
    like = difflib.get_close_matches(named, names, 3)
    those = ", ".join(inert.line(name, 60) for name in like or names[:5])
    if like:
        remedy = f"Did you mean {those}?"
    elif names:
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        remedy = f"There are {those}{more}."
    else:
        remedy = "There is none there at all."
    return ConfigurationError(
        f"{where} names {inert.line(named, 60)}, which is in neither ~/.aws/config nor ~/.aws/credentials",
        title="No such AWS profile",
        remedy=remedy,
    )


def _read(environment: Mapping[str, str]) -> tuple[Sections, Sections]:
    """The sections of the configuration file, and the AWS profiles of both files: what the credentials file says of one
    goes before what the other does. Raises ``configparser.Error``, ``ValueError`` and ``OSError``."""
    config = _sections(environment.get("AWS_CONFIG_FILE", "~/.aws/config"))
    credentials = _sections(environment.get("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"))
    profiles: dict[str, dict[str, str]] = {}
    for section, settings in config.items():
        words = ["profile", section] if section == "default" else shlex.split(section)
        if len(words) != 2 or words[0] != "profile":
            continue
        if words[1] in profiles:
            raise ValueError(section)  # [default] and [profile default], say
        profiles[words[1]] = dict(settings)
    for name, settings in credentials.items():
        profiles.setdefault(name, {}).update(settings)
    return config, profiles


def _sections(path: str) -> Sections:
    parser = configparser.RawConfigParser()
    parser.read([os.path.expanduser(os.path.expandvars(path))])
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _endpoint(config: Sections, settings: Mapping[str, str], environment: Mapping[str, str]) -> str | None:
    """The configured endpoint of Systems Manager (botocore's ``ConfiguredEndpointProvider``)."""
    ignored = environment.get(
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", settings.get("ignore_configured_endpoint_urls", "")
    )
    if ignored.lower() == "true":
        return None
    for name in ("AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL"):
        if environment.get(name):
            return environment[name]
    return _of_services(config, settings.get("services", "")) or settings.get("endpoint_url")


def _of_services(config: Sections, services: str) -> str | None:
    if not services:
        return None
    named = next((each for name, each in config.items() if shlex.split(name) == ["services", services]), {})
    nested = (line.partition("=") for line in named.get("ssm", "").splitlines())
    return next((value.strip() for key, _, value in nested if key.strip() == "endpoint_url"), None)

"""What is wrong in AWS configuration files that botocore accepts: settings that it leaves out without a word, refuses
when a call is made, or takes otherwise than they were meant.

Nothing is called and nothing is started; secrets are looked at for their form only, and never shown.
"""

from __future__ import annotations

import configparser
import difflib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ssmtui import inert
from ssmtui.aws.configuration_text import (
    AwsFiles,
    ConfigurationProblem,
    WrittenFile,
    WrittenSection,
    kind_and_name,
    short_path,
)
from ssmtui.aws.credential_process import ProcessSetting, problem_of
from ssmtui.aws.credentials import has_keys, text_of

CREDENTIAL_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")
"""What ``credential_source`` may be (``botocore.credentials``: the canonical names of its providers)."""

_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+")
_HOST_LABEL = re.compile(r"(?![0-9]+$)(?!-)[a-zA-Z0-9-]{1,63}(?<!-)")
"""What botocore takes for a region (``botocore.utils.validate_region_name``)."""
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/.+")
_ACCOUNT = re.compile(r"\d{12}")
_COMMENT = re.compile(r"\s[#;]")
_SHOWN = 80

_PROFILE_KEYS = frozenset(
    {
        "api_versions", "aws_access_key_id", "aws_account_id", "aws_secret_access_key", "aws_security_token",
        "aws_session_token", "ca_bundle", "cli_auto_prompt", "cli_binary_format", "cli_follow_urlparam",
        "cli_history", "cli_pager", "cli_timestamp_format", "credential_process", "credential_source",
        "defaults_mode", "disable_request_compression", "duration_seconds", "ec2_metadata_service_endpoint",
        "ec2_metadata_service_endpoint_mode", "ec2_metadata_v1_disabled", "endpoint_discovery_enabled",
        "endpoint_url", "external_id", "ignore_configured_endpoint_urls", "imds_use_ipv6", "include_profile",
        "login_session", "max_attempts", "metadata_service_num_attempts", "metadata_service_timeout", "mfa_process",
        "mfa_serial", "output", "parameter_validation", "region", "request_checksum_calculation",
        "request_min_compression_size_bytes", "response_checksum_validation", "retry_mode", "role_arn",
        "role_session_name", "s3", "sdk_ua_app_id", "services", "sigv4a_signing_region_set", "source_profile",
        "sso_account_id", "sso_region", "sso_registration_scopes", "sso_role_name", "sso_session", "sso_start_url",
        "sts_regional_endpoints", "tcp_keepalive", "use_dualstack_endpoint", "use_fips_endpoint",
        "web_identity_token_file",
    }
)  # fmt: skip
"""Settings of an AWS profile that botocore, the AWS CLI and other SDKs know."""
_PLAIN = frozenset(
    {
        "aws_access_key_id", "credential_source", "duration_seconds", "endpoint_url", "login_session", "max_attempts",
        "mfa_serial", "output", "region", "retry_mode", "role_arn", "source_profile", "sso_account_id", "sso_region",
        "sso_role_name", "sso_session", "sso_start_url", "services", "use_dualstack_endpoint", "use_fips_endpoint",
    }
)  # fmt: skip
"""Settings whose values have neither quotation marks nor ``#`` after a space."""
_NUMBERS = ("max_attempts", "metadata_service_timeout", "metadata_service_num_attempts")
_SAID = {
    "retry_mode": ("legacy", "standard", "adaptive"),
    "defaults_mode": ("legacy", "standard", "cross-region", "in-region", "mobile", "auto"),
    "sts_regional_endpoints": ("legacy", "regional"),
}
_OWN_SECTIONS = frozenset({configparser.DEFAULTSECT, "plugins", "preview"})
_SECRETS = frozenset({"aws_secret_access_key", "aws_session_token", "aws_security_token"})


def check_files(files: AwsFiles) -> tuple[ConfigurationProblem, ...]:
    """All that is wrong in files that botocore accepts, file by file in the order of their lines."""
    found = [
        *_sections_of_config(files),
        *_sections_of_credentials(files),
        *_access(files.credentials),
        *(problem for name in files.profiles for problem in _Profile(files, name).problems()),
        *(problem for name in files.sso_sessions for problem in _sso_section(files, name)),
    ]
    order = [short_path(files.config.path), short_path(files.credentials.path)]
    return tuple(sorted(found, key=lambda one: (order.index(one.file) if one.file in order else 2, one.line)))


def _sections_of_config(files: AwsFiles) -> Iterator[ConfigurationProblem]:
    file = short_path(files.config.path)
    seen: dict[tuple[str, str], WrittenSection] = {}
    for name, section in files.config.sections.items():
        kind, named = kind_and_name(name)
        if kind and named is not None:
            earlier = seen.setdefault((kind, named), section)
            if earlier is not section:
                what = f"it names the same as [{earlier.name}] in line {earlier.line}, whose settings do not count"
                profile = named if kind == "profile" else ""
                yield ConfigurationProblem(file, what, "Keep one of them.", section.line, name, "", profile, False)
        elif kind:
            yield _unreadable_name(file, kind, section)
        elif name == configparser.DEFAULTSECT and section.keys:
            what = "it is not the AWS profile default: its settings are those of all sections"
            yield ConfigurationProblem(file, what, "Write [default].", section.line, name, is_error=False)
        elif name not in _OWN_SECTIONS and (not section.keys or _PROFILE_KEYS & section.keys.keys()):
            what = 'it is no AWS profile: the word "profile" is missing'
            fix = f"Write [profile {_in_header(name)}]."
            yield ConfigurationProblem(
                file, what, fix, section.line, name, "", name, is_error=name not in files.profiles
            )


def _unreadable_name(file: str, kind: str, section: WrittenSection) -> ConfigurationProblem:
    name = section.name[len(kind) :].strip()
    profile = name if kind == "profile" else ""
    if not name:
        return ConfigurationProblem(file, "it has no name", f"Write [{kind} NAME].", section.line, section.name)
    what = "its name cannot be read, and the section is left out"
    fix = f"Put the name in quotation marks: [{kind} {_in_header(name)}]."
    return ConfigurationProblem(file, what, fix, section.line, section.name, "", profile)


def _in_header(name: str) -> str:
    """A name as the header of a section takes it."""
    bare = name.strip("\"'") if name[:1] in "\"'" and name[:1] == name[-1:] else name
    if re.fullmatch(r"[^\s\"'\\]+", bare):
        return bare
    return f'"{bare}"' if '"' not in bare else f"'{bare}'"


def _sections_of_credentials(files: AwsFiles) -> Iterator[ConfigurationProblem]:
    file = short_path(files.credentials.path)
    for name, section in files.credentials.sections.items():
        kind, named = kind_and_name(name)
        if name == "default" or not kind or not re.match(rf"{kind}\s", name):
            continue
        if kind == "profile":
            what = f'it is the AWS profile "{name}": in this file names stand without the word "profile"'
            plain = named if named is not None else name[len(kind) :].strip()
            yield ConfigurationProblem(file, what, f"Write [{plain}].", section.line, name, "", plain)
        else:
            what = "in this file it counts as an AWS profile"
            yield ConfigurationProblem(file, what, "Move it to the config file.", section.line, name, "", "", False)


def _access(written: WrittenFile) -> Iterator[ConfigurationProblem]:
    """Keys that others may read."""
    keys = any(_SECRETS & section.keys.keys() for section in written.sections.values())
    try:
        mode = os.stat(written.path).st_mode
    except OSError:
        return
    if keys and os.name == "posix" and mode & (stat.S_IRGRP | stat.S_IROTH):
        file = short_path(written.path)
        what = f"it holds secret keys, and others on this machine may read it (mode {stat.S_IMODE(mode):04o})"
        yield ConfigurationProblem(file, what, f"chmod 600 {file}", is_error=False)


def _sso_section(files: AwsFiles, name: str) -> Iterator[ConfigurationProblem]:
    section = files.sections["sso-session", name]
    file, settings = short_path(files.config.path), files.sso_sessions[name]
    for key in ("sso_start_url", "sso_region"):
        if key not in settings:
            what = f"{key} is missing"
            yield ConfigurationProblem(file, what, f"Add {key} to the section.", section.line, section.name)
    for key in ("sso_start_url", "sso_region"):
        value, line = text_of(settings, key), section.keys[key].line if key in section.keys else section.line
        for what, fix, is_error in _values(key, value):
            yield ConfigurationProblem(file, what, fix, line, section.name, key, "", is_error)


class _Profile:
    """The checks of one AWS profile."""

    def __init__(self, files: AwsFiles, name: str) -> None:
        self._files = files
        self._name = name
        self._settings: Mapping[str, Any] = files.profiles[name]

    def problems(self) -> Iterator[ConfigurationProblem]:
        """All that is wrong with it."""
        faulty = set()
        for key, value in self._settings.items():
            for what, fix, is_error in _values(key, value if isinstance(value, str) else ""):
                faulty.add(key)
                yield self._problem(key, what, fix, is_error)
            near = difflib.get_close_matches(key, _PROFILE_KEYS, 1, 0.85) if key not in _PROFILE_KEYS else []
            if near:
                yield self._problem(key, "the setting is not known", f"Did you mean {near[0]}?", False)
        for problem in (*self._role(), *self._sso(), *self._others()):
            if problem.key not in faulty:
                yield problem

    def _problem(self, key: str, what: str, fix: str, is_error: bool = True) -> ConfigurationProblem:
        file, line, section = self._files.place(self._name, key if key in self._settings else "")
        return ConfigurationProblem(file, what, fix, line, section, key, self._name, is_error)

    def _text(self, key: str) -> str:
        return text_of(self._settings, key)

    def _role(self) -> Iterator[ConfigurationProblem]:
        role = self._text("role_arn")
        source, by = self._text("source_profile"), self._text("credential_source")
        web = "web_identity_token_file" in self._settings
        if "role_arn" not in self._settings:
            lone = next((key for key in ("source_profile", "credential_source", "mfa_serial") if self._text(key)), "")
            if lone:
                yield self._problem(lone, "it has no effect without role_arn", "Add role_arn, or remove it.", False)
            if web:
                yield self._problem("web_identity_token_file", "role_arn is missing", "Add role_arn.")
            return
        if not _ROLE.fullmatch(role):
            what = f"{_shown(role)} is no ARN of a role"
            yield self._problem("role_arn", what, "It looks like arn:aws:iam::123456789012:role/NAME.")
        if web:
            file = os.path.expanduser(self._text("web_identity_token_file"))
            if file and not os.path.isfile(file):
                yield self._problem("web_identity_token_file", f"{_shown(file)} does not exist", "Check the path.")
        elif source and by:
            fix = "Keep one of them: the AWS profile, or the place, whose credentials assume the role."
            yield self._problem("credential_source", "source_profile is there as well", fix)
        elif by:
            if by not in CREDENTIAL_SOURCES:
                near = _near(by, CREDENTIAL_SOURCES) or f"It is one of {', '.join(CREDENTIAL_SOURCES)}."
                yield self._problem("credential_source", f"{_shown(by)} is not known", near)
        elif source:
            yield from self._source(source)
        else:
            fix = "Add source_profile, the name of the AWS profile whose credentials assume the role."
            yield self._problem("role_arn", "neither source_profile nor credential_source says who assumes it", fix)
        seconds = self._text("duration_seconds")
        if seconds and not (seconds.isdecimal() and 900 <= int(seconds) <= 43200):
            what = f"{_shown(seconds)} is no number of seconds from 900 to 43200"
            yield self._problem("duration_seconds", what, "Write 3600 for an hour.", seconds.isdecimal())

    def _source(self, source: str) -> Iterator[ConfigurationProblem]:
        profiles = self._files.profiles
        if source not in profiles:
            near = _near(source, profiles) or "Check the names in the files."
            yield self._problem("source_profile", f"there is no AWS profile {_shown(source)}", near)
            return
        passed = [self._name]
        following = source
        while following in profiles and following not in passed:
            settings = profiles[following]
            passed.append(following)
            if has_keys(settings) or "role_arn" not in settings or "web_identity_token_file" in settings:
                if not _gives_credentials(settings):
                    what = f"the AWS profile {_shown(following)} has no credentials"
                    fix = "Give it keys, sso_session, login_session or credential_process, or name another one."
                    if following == source:
                        yield self._problem("source_profile", what, fix)
                return
            following = text_of(settings, "source_profile")
        if following in passed and not (following == source == self._name and has_keys(self._settings)):
            around = " > ".join(_shown(each) for each in (*passed, following))
            what = f"the roles go round in a circle: {around}"
            yield self._problem("source_profile", what, "Let one of them have credentials of its own.")

    def _sso(self) -> Iterator[ConfigurationProblem]:
        session = self._text("sso_session")
        needed = [key for key in ("sso_account_id", "sso_role_name") if not self._text(key)]
        legacy = "sso_start_url" in self._settings
        if not session and not legacy:
            if len(needed) < 2:
                key = "sso_role_name" if "sso_account_id" in needed else "sso_account_id"
                fix = "Add sso_session, the name of an [sso-session NAME] section."
                yield self._problem(key, "sso_session is missing", fix)
            return
        key = "sso_session" if session else "sso_start_url"
        if session and session not in self._files.sso_sessions:
            what = f"there is no section [sso-session {_in_header(session)}]"
            yield self._problem(key, what, _near(session, self._files.sso_sessions) or "Add one, or check the name.")
        if len(needed) == 2 and session:
            what = "it gives no credentials: sso_account_id and sso_role_name are missing"
            fix = f"Add both (`aws configure sso --profile {self._name}` asks for them)."
            yield self._problem(key, what, fix, False)
        elif needed:
            yield self._problem(key, f"{' and '.join(needed)} missing", f"Add {' and '.join(needed)}.")
        for name, value in self._files.sso_sessions.get(session, {}).items():
            own = self._settings.get(name)
            if isinstance(own, str) and own != value and len(needed) < 2:
                what = f"{_shown(own)} is not what [sso-session {_in_header(session)}] has: {_shown(str(value))}"
                yield self._problem(name, what, "Remove it here.")
        if legacy and not session and "sso_region" not in self._settings:
            yield self._problem(key, "sso_region is missing", "Add sso_region.")
        account = self._text("sso_account_id")
        if account and not _ACCOUNT.fullmatch(account):
            what = f"{_shown(account)} is no id of an account"
            yield self._problem("sso_account_id", what, "It has twelve digits, zeros at the front included.")

    def _others(self) -> Iterator[ConfigurationProblem]:
        yield from self._keys()
        for key in _NUMBERS:
            value = self._text(key)
            if value and not value.lstrip("+-").isdecimal():
                yield self._problem(key, f"{_shown(value)} is not a number", "Write a number.")
        for key, said in _SAID.items():
            value = self._text(key)
            if value and value not in said:
                yield self._problem(key, f"{_shown(value)} is not known", f"It is one of {', '.join(said)}.")
        bundle = os.path.expanduser(os.path.expandvars(self._text("ca_bundle")))
        if bundle and not os.path.exists(bundle):
            yield self._problem("ca_bundle", f"{_shown(bundle)} does not exist", "Check the path.")
        services = self._text("services")
        if services and services not in self._files.services:
            what = f"there is no section [services {_in_header(services)}]"
            yield self._problem("services", what, _near(services, self._files.services) or "Add one, or remove this.")
        endpoint = self._text("endpoint_url")
        if endpoint and not re.match(r"https?://[^/\s]", endpoint):
            yield self._problem("endpoint_url", f"{_shown(endpoint)} is no address", "Write https:// before it.")
        command = self._settings.get("credential_process")
        if isinstance(command, str):
            problem = problem_of(ProcessSetting(self._name, command))
            if problem is not None:
                yield self._problem("credential_process", problem.detail, problem.remedy)

    def _keys(self) -> Iterator[ConfigurationProblem]:
        names = ("aws_access_key_id", "aws_secret_access_key")
        there = [name for name in names if name in self._settings]
        if len(there) == 1:
            (missing,) = set(names) - set(there)
            yield self._problem(there[0], f"{missing} is missing", f"Add {missing}.")
        for name in (*names, "aws_session_token"):
            value = self._text(name)
            if name in self._settings and (not value or re.search(r"\s", value)):
                what = "it is empty" if not value else "it has spaces or a line break in it"
                yield self._problem(name, what, "Copy it anew.")


def _values(key: str, value: str) -> Iterator[tuple[str, str, bool]]:
    """What is wrong with a value whatever stands elsewhere, what to do, and whether it is an error."""
    if key not in _PLAIN or not value:
        return
    if value[0] in "\"'" and value[-1] == value[0] and len(value) > 1:
        yield "its quotation marks are part of the value", f"Write it without: {key} = {_shown(value[1:-1])}", True
    elif comment := _COMMENT.search(value):
        plain = _shown(value[: comment.start()].strip())
        yield "the comment behind it is part of the value", f"Give it a line of its own: {key} = {plain}", True
    elif key in ("region", "sso_region") and not _REGION.fullmatch(value):
        yield from _no_region(value)


def _no_region(value: str) -> Iterator[tuple[str, str, bool]]:
    zone = re.fullmatch(r"([a-z]{2,}(?:-[a-z]+)+-\d+)[a-z]", value)
    if zone is not None:
        yield f"{_shown(value)} is an availability zone", f"Write {zone[1]}.", True
    elif _REGION.fullmatch(value.lower()):
        yield f"{_shown(value)} is no region", f"Write {value.lower()}.", True
    elif not re.fullmatch(r"aws-global|fips-.*|.*-fips", value):
        # Stand-ins for AWS have regions of any name that can stand in a host's.
        yield f"{_shown(value)} is no region of AWS", "It looks like eu-west-1.", not _HOST_LABEL.fullmatch(value)


def _gives_credentials(settings: Mapping[str, Any]) -> bool:
    sources = ("aws_access_key_id", "web_identity_token_file", "sso_account_id", "sso_role_name", "login_session",
               "credential_process")  # fmt: skip
    return any(source in settings for source in sources)


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"Did you mean {_shown(near[0])}?" if near else ""


def _shown(text: str) -> str:
    return inert.line(text, _SHOWN)

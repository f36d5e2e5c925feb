"""An AWS profile whose name means something to a shell: found, and quoted wherever a line names it."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import ProfileNotFound

from ssmtui.aws.configuration import aws_profiles
from ssmtui.aws.translate import translate
from ssmtui.documents import command_line
from ssmtui.errors import ConfigurationError
from ssmtui.model import Scope, StartRequest
from ssmtui.profiles import export

NAME = "Bob's sandbox"
KEYS = "region = eu-west-1\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = example\n"


def configured(section: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> botocore.session.Session:
    file = tmp_path / "aws config"
    file.write_text(f"[profile {section}]\n{KEYS}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "nowhere"))
    return botocore.session.Session(profile=NAME)


def test_botocore_finds_a_name_with_an_apostrophe_in_double_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = configured(f'"{NAME}"', tmp_path, monkeypatch)
    assert session.available_profiles == [NAME]
    assert session.get_config_variable("region") == "eu-west-1"


def test_case_25_botocore_passes_over_a_name_with_an_apostrophe_that_is_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = configured(NAME, tmp_path, monkeypatch)
    assert session.available_profiles == []
    with pytest.raises(ProfileNotFound) as raised:
        session.get_scoped_config()
    error = translate(raised.value)
    assert isinstance(error, ConfigurationError)
    assert NAME in error.detail
    assert "~/.aws/config" in error.remedy


def test_the_profiles_to_choose_from_have_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured(f'"{NAME}"', tmp_path, monkeypatch)
    assert [(one.name, one.region) for one in aws_profiles()] == [(NAME, "eu-west-1")]


def test_the_aws_cli_line_quotes_it_for_a_shell() -> None:
    line = command_line.start_session(StartRequest("i-1"), Scope(NAME, "eu-west-1"))
    assert shlex.split(line)[-4:] == ["--profile", NAME, "--region", "eu-west-1"]


def test_an_exported_profile_keeps_it() -> None:
    text = export.written({"it's": {"target": "i-1", "aws_profile": NAME}})
    assert tomllib.loads(text)["profiles"] == {"it's": {"target": "i-1", "aws_profile": NAME}}

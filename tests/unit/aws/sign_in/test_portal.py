"""A new AWS profile: what may be typed, and what is written beside what is there."""

from __future__ import annotations

import stat
from pathlib import Path

import botocore.session
import pytest

from ssmtui.aws.sign_in import portal
from ssmtui.aws.sign_in.portal import PortalRole
from ssmtui.aws.sign_in.sso import SsoSettings
from ssmtui.errors import ConfigurationError

ROLE = PortalRole("210987654321", "Shop (EU)", "Ops")
NEW = SsoSettings("https://shop.awsapps.com/start", "eu-west-1", "shop", ("sso:account:access",))


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://corp.awsapps.com/start", True),
        ("https://identitycenter.amazonaws.com/ssoins-1234", True),
        ("http://127.0.0.1:8080/start", True),
        ("http://corp.awsapps.com/start", False),
        ("corp.awsapps.com/start", False),
        ("https://", False),
        ("https://[", False),
        ("https://x y/", False),
        ("https://x/\nregion = y", False),
    ],
)
def test_start_urls(address: str, good: bool) -> None:
    assert (portal.problem_with_start_url(address) == "") is good


@pytest.mark.parametrize(
    ("region", "good"),
    [("eu-west-1", True), ("us-gov-west-1", True), ("Eu-West-1", False), ("eu", False), ("eu-west-1\n[x]", False)],
)
def test_regions(region: str, good: bool) -> None:
    assert (portal.problem_with_region(region) == "") is good


@pytest.mark.parametrize(
    ("name", "good"),
    [("shop", True), ("a.b@c+d-e_1", True), ("", False), ("a b", False), ("x]\n[y", False), ("dev", False)],
)
def test_names(name: str, good: bool) -> None:
    assert (portal.problem_with_name(name, ["dev"]) == "") is good


def test_a_name_is_offered_that_is_free() -> None:
    assert portal.default_name(ROLE, []) == "shop-EU".lower()
    assert portal.default_name(ROLE, ["shop-eu"]) == "shop-eu-Ops"
    assert portal.default_name(ROLE, ["shop-eu", "shop-eu-Ops"]) == "210987654321-Ops"
    assert portal.default_name(PortalRole("210987654321", "", "Ops"), []) == "210987654321"


def test_both_sections_are_added_and_nothing_else_changes(configuration: Path) -> None:
    file = configuration / ".aws" / "config"
    before = file.read_text().rstrip("\n")  # its last line has no end
    file.write_text(before)
    portal.add_profile(NEW, ROLE, "shop", "eu-central-1")
    assert file.read_text().startswith(before + "\n")
    found = botocore.session.Session(profile="shop").full_config
    assert found["sso_sessions"]["shop"] == {
        "sso_start_url": NEW.start_url,
        "sso_region": "eu-west-1",
        "sso_registration_scopes": "sso:account:access",
    }
    assert found["profiles"]["shop"] == {
        "sso_session": "shop",
        "sso_account_id": ROLE.account,
        "sso_role_name": "Ops",
        "region": "eu-central-1",
    }
    assert found["profiles"]["dev"]["sso_session"] == "corp"


def test_a_known_session_is_used_and_a_new_one_has_a_free_name(configuration: Path) -> None:
    assert portal.new_session("https://corp.awsapps.com/start", "eu-west-2").session_name == "corp"
    assert portal.new_session("https://corp.awsapps.com/start", "eu-west-2").scopes is not None
    assert portal.new_session("https://corp.awsapps.com/start", "us-east-1").session_name == "corp-2"
    assert portal.new_session("https://shop.awsapps.com/start", "us-east-1").session_name == "shop"
    assert portal.new_session("http://127.0.0.1:80/start", "us-east-1").session_name == "sso"


def test_a_file_that_was_not_there_is_for_its_owner(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = configuration / "new" / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    portal.add_profile(NEW, ROLE, "default", "eu-west-1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().startswith("[sso-session shop]\n")
    assert "[default]" in file.read_text()


def test_a_file_elsewhere_stays_there(configuration: Path) -> None:
    file, elsewhere = configuration / ".aws" / "config", configuration / "dotfiles"
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    portal.add_profile(NEW, ROLE, "shop", "eu-west-1")
    assert file.is_symlink()
    assert "[profile shop]" in elsewhere.read_text()


def test_an_aws_profile_that_is_there_is_not_touched(configuration: Path) -> None:
    before = (configuration / ".aws" / "config").read_text()
    with pytest.raises(ConfigurationError, match="there is an AWS profile dev"):
        portal.add_profile(NEW, ROLE, "dev", "eu-west-1")
    assert (configuration / ".aws" / "config").read_text() == before


@pytest.mark.parametrize("name", ["Ops\n[profile evil]", "", " Ops"])
def test_what_a_service_says_cannot_write_settings(configuration: Path, name: str) -> None:
    before = (configuration / ".aws" / "config").read_text()
    with pytest.raises(ConfigurationError):
        portal.add_profile(NEW, ROLE._replace(role=name), "shop", "eu-west-1")
    assert (configuration / ".aws" / "config").read_text() == before


def test_a_file_that_cannot_be_written_is_named(configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (configuration / "file").write_text("")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(configuration / "file" / "config"))
    with pytest.raises(ConfigurationError) as raised:
        portal.add_profile(NEW, ROLE, "shop", "eu-west-1")
    assert raised.value.title == "The AWS profile could not be written"

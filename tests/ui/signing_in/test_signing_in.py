"""Signing in on the screen: offered once, done in a dialog, and everything that waited for it goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ssmtui.aws.gateway import NodePage
from ssmtui.errors import CredentialsError
from ssmtui.inventory.states import ScopePhase
from ssmtui.model import AwsProfile, CredentialFacts, PaneOptions, Scope
from ssmtui.sessions.states import SessionState
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.signing_in.dialog import SignInScreen
from tests.support.fake_aws import FakeAws, Refusal
from tests.support.fakes import FakeGateway
from tests.support.signer import come_back
from tests.support.wait import wait_until
from tests.ui.harness import Harness, listed
from tests.ui.signing_in.conftest import ASSUMED, GIVEN, PENDING

CORP = SignIn(SignInWay.SSO, "corp", "prod")
GUARDED = SignIn(SignInWay.MFA, "arn:aws:iam::123456789012:mfa/jane arn:aws:iam::123456789012:role/Guarded", "guarded")
OFFER = "AWS wants you to sign in: corp (prod)"


def signed_out(sign_in: SignIn = CORP) -> CredentialsError:
    error = CredentialsError("the token has expired", title="Signed out of AWS")
    error.sign_in = sign_in
    return error


class Locked(FakeGateway):
    """Lists nothing until somebody signs in."""

    error: CredentialsError | None = None

    async def nodes(self, *given: Any) -> AsyncIterator[NodePage]:
        if self.error is not None:
            raise self.error
        async for page in super().nodes(*given):
            yield page


def harness_of(gateway: FakeGateway | None = None, *, browser: bool = False) -> Harness:
    harness = Harness(gateway)
    harness.gateways.profiles = [
        AwsProfile("prod", "eu-west-1", "sso", sign_in=CORP),
        AwsProfile("staging", "", "role", sign_in=CORP),
        AwsProfile("base", "", "keys"),
    ]
    harness.browser.there = browser
    return harness


def notices(harness: Harness) -> list[str]:
    return [notice.message for notice in harness.app._notifications]


async def shown(harness: Harness) -> SignInScreen:
    await wait_until("the dialog", lambda: isinstance(harness.app.screen, SignInScreen), report=harness.text)
    screen = harness.app.screen
    assert isinstance(screen, SignInScreen)
    return screen


async def code_shown(harness: Harness) -> SignInScreen:
    screen = await shown(harness)
    await wait_until("the code", lambda: "ABCD-EFGH" in harness.text(), report=harness.text)
    return screen


async def closed(harness: Harness) -> None:
    await wait_until("the dialog is gone", lambda: harness.app.screen is harness.app.main, report=harness.text)
    await harness.settle()


async def test_a_listing_that_needs_it_offers_it_once_and_the_sign_in_lists_again(service: FakeAws) -> None:
    gateway = Locked()
    gateway.error = signed_out()
    harness = harness_of(gateway)
    async with harness.run():
        await harness.tells(OFFER, "I in a list or ctrl+] I in a session signs in")
        await harness.shows("sign in: corp")
        harness.fleet.refresh()
        await harness.press("I")
        await code_shown(harness)
        assert "for the AWS profiles prod, staging" in harness.text()
        assert "10:00 left" in harness.text() or "9:5" in harness.text()
        assert len([one for one in notices(harness) if one.startswith("AWS wants")]) == 1
        gateway.error = None
        service.answers["/token"] = GIVEN
        await closed(harness)
        await harness.tells("Signed in to corp")
        assert harness.gateways.signed == [CORP]
        await listed(harness)
        await wait_until("the badge is gone", lambda: "sign in: corp" not in harness.text(), report=harness.text)
        (state,) = harness.fleet.states.values()
        assert state.phase is ScopePhase.COMPLETE


async def test_esc_cancels_and_the_offer_stays(service: FakeAws, tmp_path: Path) -> None:
    gateway = Locked()
    gateway.error = signed_out()
    harness = harness_of(gateway)
    async with harness.run():
        await harness.shows("sign in: corp")
        await harness.press("I")
        await code_shown(harness)
        await harness.press("escape")
        await closed(harness)
        asked = len(service.of("/token"))
        await harness.shows("sign in: corp")
        service.answers["/token"] = GIVEN
        await harness.settle()
        assert len(service.of("/token")) <= asked + 1, "one may have been under way"
        assert harness.gateways.signed == []


async def test_one_sign_in_wakes_all_sessions_of_its_source_and_no_others(service: FakeAws) -> None:
    service.answers["/token"] = GIVEN
    harness = harness_of()
    async with harness.run():
        first, second = await harness.open_two()
        await harness.press("f12", "d", "j")
        other = await harness.open_session()
        for key in (first, second):
            harness.manager.becomes(key, SessionState.SIGNED_OUT, sign_in=CORP)
        harness.manager.becomes(other, SessionState.SIGNED_OUT, sign_in=GUARDED)
        await harness.shows("sign in: corp +1")
        await harness.command("sign-in", "prod")
        await wait_until("they are woken", lambda: harness.manager.hurried, report=harness.text)
        assert sorted(harness.manager.hurried) == [first, second]


async def test_in_a_session_the_leader_opens_what_that_session_needs(service: FakeAws) -> None:
    harness = harness_of()
    async with harness.run():
        await harness.ready()
        key = await harness.open_session()
        harness.manager.becomes(key, SessionState.SIGNED_OUT, sign_in=CORP)
        await harness.shows("sign in: corp", "ctrl+] I sign in")
        await harness.press("I")
        assert harness.app.screen is harness.app.main, "a key in a session is the session's"
        await harness.press("ctrl+right_square_bracket", "I")
        await code_shown(harness)


async def test_a_session_that_could_not_start_starts_and_a_guarded_one_does_not(service: FakeAws) -> None:
    service.answers["/token"] = GIVEN
    harness = harness_of()
    async with harness.run():
        first, second = await harness.open_two()
        for key in (first, second):
            harness.manager.becomes(key, SessionState.FAILED, error=signed_out(), sign_in=CORP)
        snapshot = harness.manager.snapshot(second)
        request = replace(snapshot.request, options=PaneOptions(guarded="production"))
        harness.manager.becomes(second, SessionState.FAILED, error=signed_out(), sign_in=CORP, request=request)
        await harness.shows("sign in: corp")
        await harness.command("sign-in")
        await wait_until("it is signed in", lambda: harness.gateways.signed, report=harness.text)
        await harness.settle()
        keys = [one.key for one in harness.manager.snapshots()]
        assert first not in keys, "another took its place"
        assert second in keys
        first_line = harness.text().splitlines()[0]
        assert "sign in: corp" not in first_line, "what is left is for the person to start"


async def test_what_is_refused_is_said_and_tried_again(service: FakeAws) -> None:
    service.answers["/token"] = [
        PENDING,
        Refusal("AccessDeniedException", fields={"error": "access_denied", "error_description": "No [b]access[/b]"}),
    ]
    harness = harness_of()
    async with harness.run():
        await listed(harness)
        await harness.command("sign-in", "prod")
        await harness.tells("The sign-in was refused in the browser", "No [b]access[/b]")
        await harness.shows("try again")
        service.answers["/token"] = [PENDING, GIVEN]
        await harness.press("r")
        await closed(harness)
        assert harness.gateways.signed == [CORP]


async def test_the_address_is_copied_and_opened(service: FakeAws) -> None:
    harness = harness_of(browser=True)
    harness.browser.there = False
    async with harness.run():
        await listed(harness)
        await harness.command("sign-in", "prod")
        await code_shown(harness)
        await harness.press("c")
        await wait_until("it is copied", lambda: harness.clipboard.given, report=harness.text)
        assert harness.clipboard.given[-1] == "https://device.sso.eu-west-2.amazonaws.com/?user_code=ABCD-EFGH"
        await harness.press("o")
        await harness.tells("No browser could be opened here")
        assert harness.browser.opened == [harness.clipboard.given[-1]]


async def test_where_there_is_a_browser_its_page_is_opened_and_leads_back(service: FakeAws) -> None:
    service.answers["/token"] = GIVEN
    harness = harness_of(browser=True)
    async with harness.run():
        await listed(harness)
        await harness.command("sign-in", "prod")
        screen = await shown(harness)
        await wait_until("the page is opened", lambda: harness.browser.opened, report=harness.text)
        await harness.tells("is open in your browser")
        assert "code_challenge" not in harness.text()
        page = screen._page
        assert page is not None
        assert harness.browser.opened == [page.address]
        await come_back(page, code="the-code")
        await closed(harness)
        assert harness.gateways.signed == [CORP]


async def test_another_device_is_a_key_away(service: FakeAws) -> None:
    harness = harness_of(browser=True)
    async with harness.run():
        await listed(harness)
        await harness.command("sign-in", "prod")
        await harness.shows("another device")
        await harness.press("d")
        await code_shown(harness)
        await harness.shows("this browser")


async def test_an_mfa_code_is_typed_and_a_wrong_one_asked_for_again(service: FakeAws) -> None:
    service.answers["AssumeRole"] = [
        Refusal("AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code.", 403),
        ASSUMED,
    ]
    harness = harness_of()
    harness.gateways.profiles.append(AwsProfile("guarded", "", "role", sign_in=GUARDED))
    async with harness.run():
        await listed(harness)
        await harness.command("sign-in", "guarded")
        await harness.shows("MFA code for Guarded")
        await harness.tells("mfa/jane")
        await harness.press(*"11", "enter")
        await harness.shows("an MFA code has six digits, not 2")
        assert not service.of("AssumeRole")
        await harness.press(*"1222", "enter")
        await harness.tells("AWS does not accept the code")
        assert "111222" not in harness.text()
        await harness.press(*"654321", "enter")
        await closed(harness)
        assert [one["TokenCode"] for one in service.of("AssumeRole")] == ["111222", "654321"]
        assert harness.gateways.signed == [GUARDED]


async def test_several_are_offered_those_that_are_needed_first(service: FakeAws) -> None:
    harness = harness_of()
    harness.gateways.profiles.append(AwsProfile("guarded", "", "role", sign_in=GUARDED))
    async with harness.run():
        await listed(harness)
        await harness.press("I")
        await harness.shows("Sign in to …")
        await harness.shows("IAM Identity Center, for prod, staging")
        await harness.press(*"Guar")
        await harness.press("enter")
        await harness.shows("MFA code for Guarded")


@pytest.mark.parametrize(
    ("name", "says"),
    [("base", "Nobody signs in to the AWS profile base"), ("nowhere", "There is no AWS profile nowhere")],
)
async def test_what_nobody_signs_in_to_is_said(name: str, says: str) -> None:
    harness = harness_of()
    async with harness.run():
        await listed(harness)
        await harness.command("sign-in", name)
        await harness.tells(says)


async def test_a_start_url_becomes_an_aws_profile_that_is_listed(service: FakeAws, tmp_path: Path) -> None:
    service.answers |= {
        "/token": [PENDING, GIVEN],
        "/assignment/accounts": {"accountList": [{"accountId": "210987654321", "accountName": "Shop"}]},
        "/assignment/roles": {"roleList": [{"roleName": "Dev"}, {"roleName": "Ops"}]},
    }
    (tmp_path / ".aws" / "config").unlink()
    harness = harness_of()
    harness.gateways.profiles = []
    new = Scope("shop", "eu-west-1")
    harness.gateways.others[new] = FakeGateway()
    harness.gateways.others[new].scope = new
    async with harness.run():
        await listed(harness)
        await harness.press("I")
        await harness.shows("Sign in with IAM Identity Center")
        await harness.press(*"shop.awsapps.com", "tab", *"eu-west-1", "enter")
        await harness.shows("a start URL looks like https://NAME.awsapps.com/start")
        await harness.press("home", *"https://", "enter", "enter")
        await harness.shows("Which account and role?")
        await harness.shows("210987654321 · Ops")
        await harness.press(*"ops", "enter")
        await harness.shows("New AWS profile in ~/.aws/config")
        await harness.press("enter", "enter")
        await harness.tells("The AWS profile shop is in your AWS configuration now")
        await wait_until("it is listed", lambda: new in harness.fleet.states, report=harness.text)
    written = (tmp_path / ".aws" / "config").read_text()
    assert "sso_start_url = https://shop.awsapps.com" in written
    assert "sso_role_name = Ops" in written


async def test_a_person_may_go_back_at_each_step(service: FakeAws) -> None:
    harness = harness_of()
    async with harness.run():
        await listed(harness)
        await harness.press("I", *"another")
        await harness.shows("another start URL …")
        await harness.press("enter")
        await harness.shows("Sign in with IAM Identity Center")
        await harness.press("escape")
        await closed(harness)
        assert service.calls == []


async def test_a_chain_of_roles_opens_its_next_step() -> None:
    harness = harness_of()
    harness.gateways.facts["staging"] = CredentialFacts("role", None, GUARDED, missing=True)
    async with harness.run():
        await listed(harness)
        await harness.command("sign-in", "staging")
        await harness.shows("MFA code for Guarded")


async def test_the_time_left_is_in_the_first_line_and_its_end_is_warned_of() -> None:
    harness = harness_of()
    ends = harness.clock.now() + timedelta(minutes=41, seconds=30)
    harness.gateways.facts["prod"] = CredentialFacts("sso", ends, CORP)
    async with harness.run():
        await listed(harness)
        signing_in = harness.app.main.features.signing_in
        await harness.shows("prod · exp 41 min")
        assert not any("ends in" in one for one in notices(harness))
        for seconds, said in ((32 * 60, "corp ends in 9 min (prod)"), (8 * 60, "corp ends in 1 min (prod)")):
            harness.clock.move(seconds)
            await signing_in.look()
            await signing_in.look()
            await harness.tells(said)
            assert len([one for one in notices(harness) if one.startswith(said)]) == 1
        await harness.shows("corp ends in 1 min")
        harness.gateways.facts["prod"] = CredentialFacts("sso", harness.clock.now() + timedelta(hours=8), CORP)
        await signing_in.look()
        await harness.shows("prod · exp 8 h")
        assert "ends in" not in harness.app.main._bar.render_line(0).text


async def test_an_end_that_needs_nobody_is_shown_and_not_warned_of() -> None:
    harness = harness_of()
    harness.gateways.facts["prod"] = CredentialFacts("process", harness.clock.now() + timedelta(minutes=5))
    async with harness.run():
        await harness.shows("exp 5 min")
        assert not any("ends in" in one for one in notices(harness))


async def test_a_sign_in_with_the_aws_cli_is_noticed(service: FakeAws) -> None:
    gateway = Locked()
    gateway.error = signed_out()
    harness = harness_of(gateway)
    harness.gateways.facts["prod"] = CredentialFacts("sso", None, CORP, missing=True)
    async with harness.run():
        await harness.shows("sign in: corp")
        await harness.shows("signed out")
        gateway.error = None
        harness.gateways.facts["prod"] = CredentialFacts("sso", harness.clock.now() + timedelta(hours=8), CORP)
        await harness.app.main.features.signing_in.look()
        await listed(harness)
        assert harness.gateways.signed == [CORP]

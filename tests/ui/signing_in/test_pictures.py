"""The dialog as it looks, at the two sizes that matter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from ssmtui.aws.sign_in.person import CodeWanted, Page, Person
from ssmtui.errors import CredentialsError
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.signing_in.dialog import SignInScreen
from tests.ui.harness import Harness, listed
from tests.ui.test_snapshots import SIZES, check

CORP = SignIn(SignInWay.SSO, "corp", "dev")
LOGIN = SignIn(SignInWay.LOGIN, "arn:aws:sts::123456789012:assumed-role/Ops/jane", "console")
MFA = SignIn(SignInWay.MFA, "arn:aws:iam::123456789012:mfa/jane arn:aws:iam::123456789012:role/Guarded", "guarded")
DEVICE = Page(
    "https://device.sso.eu-west-2.amazonaws.com/?user_code=ABCD-EFGH",
    "https://device.sso.eu-west-2.amazonaws.com/",
    "ABCD-EFGH",
)
HERE = Page("https://oidc.eu-west-2.amazonaws.com/authorize?response_type=code&state=x", is_here=True)
ELSEWHERE = Page("https://eu-north-1.signin.aws.amazon.com/v1/authorize?response_type=code&state=" + "x" * 200)


async def device(person: Person) -> None:
    person.show(DEVICE)


async def here(person: Person) -> None:
    person.show(HERE)


async def console(person: Person) -> None:
    person.show(ELSEWHERE)
    await person.ask(CodeWanted("The code that the page shows in the end", is_mfa=False))


async def code(person: Person) -> None:
    await person.ask(CodeWanted("MFA code of arn:aws:iam::123456789012:mfa/jane for role/Guarded", wrong="wrong code"))


async def refused(person: Person) -> None:
    raise CredentialsError("Access was denied", title="The sign-in was refused in the browser", remedy="Try again.")


def box(harness: Harness) -> str:
    """The dialog alone: what lies behind it is not what these pictures are about."""
    at = harness.app.screen.query_one("#box").region
    lines = harness.text().splitlines()[at.y : at.bottom]
    return "".join(f"{line[at.x : at.right].rstrip()}\n" for line in lines)


@pytest.mark.parametrize(
    ("name", "sign_in", "play"),
    [
        ("device", CORP, device),
        ("here", CORP, here),
        ("console", LOGIN, console),
        ("mfa", MFA, code),
        ("refused", CORP, refused),
    ],
)
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_dialog(size: tuple[int, int], name: str, sign_in: SignIn, play: Callable[[Person], object]) -> None:
    async def do(wanted: SignIn, person: Person, leads_back: bool) -> None:
        assert leads_back is (wanted.way is not SignInWay.MFA)
        await play(person)  # type: ignore[misc]
        await asyncio.Event().wait()

    harness = Harness()
    async with harness.run(size):
        await listed(harness)
        screen = SignInScreen(sign_in, ["dev", "prod", "ops", "lab"], do, harness.browser, harness.clock)
        await harness.app.push_screen(screen)
        await harness.settle()
        await check(harness, f"sign-in-{name}", lambda: box(harness))

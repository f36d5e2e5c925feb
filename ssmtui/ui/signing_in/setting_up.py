"""A new AWS profile by single sign-on: where to sign in, the sign-in itself, which account and role, and its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ssmtui.aws.sign_in import portal
from ssmtui.daemon import in_daemon_thread
from ssmtui.model import Scope
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.kit.pick import Offer, Pick
from ssmtui.ui.kit.questions import Answers, Problems, Question, Questions
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.signing_in.dialog import SignInScreen

if TYPE_CHECKING:
    from ssmtui.aws.sign_in.person import Person
    from ssmtui.browser import Browser
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.services import Clock

START_URL, REGION, NAME = "Start URL", "Region", "AWS profile"


async def set_up(stage: Stage, browser: Browser, clock: Clock, taken: Sequence[str]) -> Scope | None:
    """Go through all of it; the account that can be listed then. None where the person goes back. ``taken`` are the
    names of AWS profiles that there are. Raises :class:`ssmtui.errors.SsmtuiError`."""
    where = await stage.push_screen_wait(
        Questions(
            "Sign in with IAM Identity Center",
            [
                Question(START_URL, note="https://NAME.awsapps.com/start, from your administrator"),
                Question(REGION, note="that of IAM Identity Center, such as eu-west-1"),
            ],
            _check_place,
        )
    )
    if where is None:
        return None
    settings = await in_daemon_thread(lambda: portal.new_session(where[START_URL], where[REGION]))
    name = settings.session_name or ""

    async def do(_: SignIn, person: Person, leads_back: bool) -> None:
        await portal.sign_in_at(settings, person, browser=leads_back)

    screen = SignInScreen(SignIn(SignInWay.SSO, name, ""), (), do, browser, clock)
    if not await stage.push_screen_wait(screen):
        return None
    stage.tell("Signed in; your accounts are read …")
    roles = await portal.roles_of(settings)
    if not roles:
        stage.tell("You are signed in, and have no role in any account: ask your administrator", severity="warning")
        return None
    offers = [
        Offer(str(place), tidy(one.account_name or one.account, 40), f"{tidy(one.account, 20)} · {tidy(one.role, 64)}")
        for place, one in enumerate(roles)
    ]
    chosen = await stage.push_screen_wait(Pick("Which account and role?", offers, "", verb="take it"))
    if chosen is None:
        return None
    role = roles[int(chosen)]

    def check(answers: Answers) -> Problems:
        problems = {
            NAME: portal.problem_with_name(answers[NAME], taken),
            REGION: portal.problem_with_region(answers[REGION]),
        }
        return {key: problem for key, problem in problems.items() if problem}

    named = await stage.push_screen_wait(
        Questions(
            "New AWS profile in ~/.aws/config",
            [
                Question(NAME, portal.default_name(role, taken), "what it is called"),
                Question(REGION, settings.region, "whose nodes are listed, such as eu-west-1"),
            ],
            check,
        )
    )
    if named is None:
        return None
    await in_daemon_thread(lambda: portal.add_profile(settings, role, named[NAME], named[REGION]))
    stage.tell(f"The AWS profile {named[NAME]} is in your AWS configuration now")
    return Scope(named[NAME], named[REGION])


def _check_place(answers: Answers) -> Problems:
    problems = {
        START_URL: portal.problem_with_start_url(answers[START_URL]),
        REGION: portal.problem_with_region(answers[REGION]),
    }
    return {key: problem for key, problem in problems.items() if problem}

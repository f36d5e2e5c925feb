"""``ssmtui sign-in``: sign in to AWS from a shell. Standard input is not read, and standard output stays empty."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import click

from ssmtui.cli import offers
from ssmtui.cli.say import say
from ssmtui.errors import ConfigurationError, CredentialsError, UsageError

if TYPE_CHECKING:
    from ssmtui.aws.sign_in.person import CodeWanted, Page
    from ssmtui.backend import Options
    from ssmtui.browser import Browser
    from ssmtui.model import CredentialFacts

STEPS = 4
"""Sign-ins that a chain of roles may take; more is a chain that does not end."""
TRIES = 3
"""Times that a code may be typed wrongly."""


@click.command("sign-in")
@click.argument("aws_profile", metavar="[AWS-PROFILE]", required=False, shell_complete=offers.aws_profiles)
@click.option("--device-code", is_flag=True, help="Show an address and a code for any device; open no browser here.")
@click.pass_obj
def command(options: Options, aws_profile: str | None, device_code: bool) -> int:
    """Sign in to AWS: by single sign-on, `aws login`, or an MFA code.

    What comes of it is kept where the AWS CLI keeps it, so that all tools on this machine are signed in. A chain of
    roles is gone through to its end. Without AWS-PROFILE it is the AWS profile in force.

    The page opens in the browser where there is one. An MFA code is asked for on the terminal, never on standard input.
    """
    from ssmtui.browser import Browser

    if options.demo:
        raise UsageError("the demo has credentials of its own", title="There is nothing to sign in to")
    given = aws_profile or options.aws_profile or os.environ.get("AWS_PROFILE") or "default"
    asyncio.run(_sign_in(given, Browser(os.environ), device_code=device_code))
    return 0


async def _sign_in(aws_profile: str, browser: Browser, *, device_code: bool) -> None:
    from ssmtui.aws.sign_in.flow import next_sign_in, sign_in
    from ssmtui.daemon import in_daemon_thread

    for done in range(STEPS):
        wanted, facts = await in_daemon_thread(lambda: next_sign_in(aws_profile))
        if wanted is None:
            raise ConfigurationError(
                f"nobody signs in to the AWS profile {aws_profile}: its credentials come from elsewhere",
                title="There is nothing to sign in to",
                remedy="`aws configure sso` or `aws login` makes an AWS profile that one signs in to.",
            )
        # The first one is done also before the old credentials end: that is what was asked for.
        if done and not facts.missing:
            say(f"Signed in with the AWS profile {aws_profile}{_until(facts)}.")
            return
        await sign_in(wanted, _ShellPerson(browser), browser=browser.can_open and not device_code)
    raise CredentialsError("it asks for one sign-in after the other", title="The sign-in does not come to an end")


def _until(facts: CredentialFacts) -> str:
    if facts.expires is None:
        return ""
    at = facts.expires.astimezone()
    return f" until {at:%Y-%m-%d %H:%M}"


class _ShellPerson:
    """A person before a shell (:class:`ssmtui.aws.sign_in.person.Person`)."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._told = ""
        self._asked = 0
        self._opening: asyncio.Future[None] | None = None

    def show(self, page: Page) -> None:
        if page.is_here:
            from ssmtui.tasks import Tasks

            say("The sign-in page opens in your browser, and leads back here by itself.")
            self._opening = Tasks("sign-in").start("browser", self._open(page), awaited=True)
            return
        if page.code:
            say(f"Open {page.address}\nand check that it shows the code {page.code} before you allow the access.")
            if page.typed and page.typed != page.address:
                say(f"On another device: open {page.typed} and type the code.")
        else:
            say(f"Open {page.address}\nand sign in; the page shows a code in the end.")
        say(f"Waiting for {page.lasts / 60:.0f} minutes; ctrl+c cancels.")

    async def _open(self, page: Page) -> None:
        from ssmtui.daemon import in_daemon_thread

        if not await in_daemon_thread(lambda: self._browser.open(page.address), 10.0):
            say(f"No browser could be opened. Open this address on this machine:\n{page.address}")

    def tell(self, text: str) -> None:
        if text and text != self._told:
            say(f"{text}.")
        self._told = text

    async def ask(self, wanted: CodeWanted) -> str:
        from ssmtui.cli import controlling_terminal

        if wanted.wrong:
            if self._asked >= TRIES:
                raise CredentialsError(
                    wanted.wrong, title="Not signed in", remedy="Check the device and its clock, then try again."
                )
            say(f"{wanted.wrong[:1].upper()}{wanted.wrong[1:]}.")
        self._asked += 1
        return await controlling_terminal.ask(wanted.question, hidden=wanted.is_mfa)

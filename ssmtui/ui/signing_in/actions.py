"""What signing in does on the screen: offer it, open the dialog, wake what waited for it, and watch for its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import age

if TYPE_CHECKING:
    from ssmtui.aws.sign_in.person import Person
    from ssmtui.browser import Browser
    from ssmtui.inventory.states import ScopeState
    from ssmtui.model import AwsProfile, CredentialFacts
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.sign_in import SignIn
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import AccountSource, Keys, ServiceOpener, Work
    from ssmtui.ui.services import Clock, Services
    from ssmtui.ui.signing_in.needs import SignInNeed, Warnings

LOOK = 20.0
"""Seconds between two looks at what credentials there are: files, never AWS."""
COMMAND = "sign-in"
_NEW = "new"
"""The answer that is none of the known ones."""


class SignInActions(Feature):
    """Offers sign-ins once each and never takes a key: a notification, and a badge beside the tabs until it is done."""

    def __init__(
        self,
        panes: Panes,
        accounts: AccountSource,
        opener: ServiceOpener,
        keys: Keys,
        browser: Browser,
        clock: Clock,
    ) -> None:
        self._panes = panes
        self._accounts = accounts
        self._opener = opener
        self._keys = keys
        self._browser = browser
        self._clock = clock
        self.on_change: Callable[[], None] = lambda: None
        """Called when an AWS profile has other credentials, or less time."""
        self._states: Sequence[ScopeState] = ()
        self._sessions: Sequence[SessionSnapshot] = ()
        self._left: set[int] = set()
        """The keys of sessions that could not start, and need no sign-in any more: a person starts them again."""
        self._needs: Sequence[SignInNeed] = ()
        self._offered: set[object] = set()
        self._facts: Mapping[str | None, CredentialFacts] = {}
        self._warnings: Warnings | None = None
        self._profiles: Sequence[AwsProfile] = ()
        self._watching: Work | None = None

    # What there is

    @property
    def names(self) -> list[str]:
        """The AWS profiles that a person can sign in to, as far as they have been read."""
        return [one.name for one in self._profiles if one.sign_in is not None]

    def expiry(self, aws_profile: str | None) -> tuple[str, bool]:
        """How long the credentials of an AWS profile still last, and whether something should be done about it."""
        facts = self._facts.get(aws_profile)
        if facts is None:
            return "", False
        from ssmtui.ui.signing_in import words

        return words.left(facts, self._clock.now())

    # What happens

    def connect(self, services: Services) -> None:
        """Watch how long credentials last."""
        super().connect(services)
        if not services.demo:
            self._watching = self._panes.stage.run_worker(self._watch(), name="expiry", group="expiry", exclusive=True)

    async def close(self) -> None:
        """Watch no more."""
        if self._watching is not None:
            self._watching.cancel()

    def accounts_changed(self, states: Iterable[ScopeState]) -> None:
        """Listings have come further, or failed."""
        self._states = tuple(states)
        self._see_to_needs()

    def sessions_shown(self, sessions: Sequence[SessionSnapshot]) -> None:
        """Sessions came, went or changed."""
        self._sessions = [one for one in sessions if one.key not in self._left]
        self._see_to_needs()

    def _see_to_needs(self) -> None:
        # Nearly always nothing, many times a second.
        fails = any(state.error is not None for state in self._states)
        if not (self._needs or fails or any(one.sign_in is not None for one in self._sessions)):
            return
        from ssmtui.ui.signing_in import words
        from ssmtui.ui.signing_in.needs import needs

        found = needs(self._states, self._sessions, self._facts)
        if found == self._needs:
            return
        self._needs = found
        self._offered &= {one.sign_in.key for one in found}
        for need in found:
            if need.sign_in.key not in self._offered:
                self._offered.add(need.sign_in.key)
                told = words.offer(need.sign_in, need.profiles, self._keys_in_words())
                self._panes.stage.tell(told, severity="warning", seconds=10)
        self._show_badge()

    def _keys_in_words(self) -> str:
        from ssmtui.ui.signing_in import words

        return words.keys(self._keys.shown_key(COMMAND), self._keys.leader_keys_of(COMMAND))

    def _show_badge(self) -> None:
        from ssmtui.ui.signing_in import words
        from ssmtui.ui.signing_in.needs import ending

        if self._needs:
            first = words.name_of(self._needs[0].sign_in, words.SHORT)
            more = len(self._needs) - 1
            self._panes.badge(COMMAND, f"sign in: {first}" + (f" +{more}" if more else ""), Tone.DANGER)
            return
        ends = ending(self._facts, self._clock.now())
        told = ""
        if ends:
            told = f"{words.name_of(ends[0].sign_in, words.SHORT)} ends in {age(ends[0].seconds)}"
        self._panes.badge(COMMAND, told, Tone.NOTICE)

    # Signing in

    def begin(self, aws_profile: str = "") -> None:
        """Sign in to an AWS profile; without one to what is needed, or ask which."""
        self._panes.stage.run_worker(self._begin(aws_profile), name="choose sign-in", group="sign in", exclusive=True)

    async def _begin(self, aws_profile: str) -> None:
        from ssmtui.errors import SsmtuiError

        try:
            self._profiles = await self._accounts.aws_profiles()
        except SsmtuiError as error:
            self._panes.stage.tell_error(error)
            return
        if aws_profile:
            await self._begin_with(aws_profile)
            return
        front = self._panes.session
        wanted = front.sign_in if front is not None else None
        if wanted is None and len(self._needs) == 1:
            wanted = self._needs[0].sign_in
        if wanted is not None:
            self._open(wanted)
        else:
            await self._choose()

    async def _begin_with(self, name: str) -> None:
        needed = next((one.sign_in for one in self._needs if name in one.profiles), None)
        if needed is None and self.is_connected:
            # Of a chain of roles the next step, which may not be the first one.
            needed = (await self.services.gateways.credential_facts(name)).sign_in
        known = next((one for one in self._profiles if one.name == name), None)
        wanted = needed or (known.sign_in if known is not None else None)
        if wanted is not None:
            self._open(wanted)
        elif known is None:
            self._panes.stage.tell(f"There is no AWS profile {name}", severity="warning")
        else:
            told = f"Nobody signs in to the AWS profile {name}: its credentials come from elsewhere"
            self._panes.stage.tell(told, severity="warning")

    async def _choose(self) -> None:
        """Ask which; where there is none, make one."""
        from ssmtui.ui.kit.pick import Offer, Pick
        from ssmtui.ui.signing_in import words

        ways = {one.sign_in.key: one.sign_in for one in self._profiles if one.sign_in is not None}
        ways |= {one.sign_in.key: one.sign_in for one in self._needs}
        if not ways:
            await self._set_up()
            return
        needed = {one.sign_in.key for one in self._needs}
        order = sorted(ways.values(), key=lambda one: one.key not in needed)
        offers = []
        for place, one in enumerate(order):
            note = f"{words.way(one)}, for {words.profiles(self._of(one))}"
            offers.append(Offer(str(place), words.name_of(one), f"needed now · {note}" if one.key in needed else note))
        offers.append(Offer(_NEW, "another start URL …", "makes an AWS profile of it (IAM Identity Center)"))
        chosen = await self._panes.stage.push_screen_wait(Pick("Sign in to …", offers, "", verb="sign in"))
        if chosen == _NEW:
            await self._set_up()
        elif chosen is not None:
            self._open(order[int(chosen)])

    async def _set_up(self) -> None:
        """Sign in to what no AWS profile knows yet, make one of it, and list its account."""
        from ssmtui.errors import SsmtuiError
        from ssmtui.ui.signing_in.setting_up import set_up

        names = [one.name for one in self._profiles]
        try:
            scope = await set_up(self._panes.stage, self._browser, self._clock, names)
        except SsmtuiError as error:
            self._panes.stage.tell_error(error)
            return
        if scope is not None:
            self._accounts.choose([*(state.scope for state in self._accounts.states if state.error is None), scope])

    def _of(self, sign_in: SignIn) -> list[str]:
        """The AWS profiles that share a sign-in."""
        names = [one.name for one in self._profiles if one.sign_in is not None and one.sign_in.key == sign_in.key]
        needing = [name for need in self._needs if need.sign_in.key == sign_in.key for name in need.profiles]
        return list(dict.fromkeys([*needing, *names])) or [sign_in.aws_profile]

    def _open(self, sign_in: SignIn) -> None:
        from ssmtui.ui.signing_in.dialog import SignInScreen

        def done(is_signed_in: bool | None) -> None:
            if is_signed_in:
                self.signed_in(sign_in)

        dialog = SignInScreen(sign_in, self._of(sign_in), _sign_in, self._browser, self._clock)
        self._panes.stage.push_screen(dialog, done)

    def signed_in(self, sign_in: SignIn) -> None:
        """A person has signed in, here or elsewhere: go on with all that waited for it."""
        from ssmtui.ui.signing_in import words
        from ssmtui.ui.signing_in.needs import sign_in_of

        self._panes.stage.tell(f"Signed in to {words.name_of(sign_in)}")
        if not self.is_connected:
            self._opener.open()
            return
        services = self.services
        services.gateways.signed_in(sign_in)
        for state in list(services.fleet.states.values()):
            wanted = sign_in_of(state, self._facts)
            if wanted is not None and wanted.key == sign_in.key:
                services.fleet.refresh(state.scope)
        services.tunnels.signed_in(sign_in)
        for session in self._panes.sessions:
            if session.sign_in is not None and session.sign_in.key == sign_in.key:
                self._wake(session)
        self.sessions_shown(self._panes.sessions)
        self._panes.stage.run_worker(self.look(), name="expiry look", group="expiry look", exclusive=True)

    def _wake(self, session: SessionSnapshot) -> None:
        with suppress(KeyError):  # its tab has been closed meanwhile
            if session.live:
                self._panes.manager.session(session.key).resume_now()
            elif session.request.options.guarded:
                # It never began, and is started by a person who knows what it is.
                self._left.add(session.key)
            else:
                self._panes.restart_unseen(session.key)

    # How long it lasts

    async def _watch(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK)

    async def look(self) -> None:
        """Read what is known of the credentials that are in use, and say what ends soon."""
        from ssmtui.errors import SsmtuiError
        from ssmtui.ui.signing_in import words
        from ssmtui.ui.signing_in.needs import Warnings, ending

        services = self.services
        used = [state.scope.aws_profile for state in self._states]
        used += [one.request.scope.aws_profile for one in self._sessions if one.live and one.request.scope is not None]
        facts: dict[str | None, CredentialFacts] = {}
        for name in dict.fromkeys([services.scope.aws_profile, *used]):
            with suppress(SsmtuiError):
                facts[name] = await services.gateways.credential_facts(name)
        before, self._facts = self._facts, facts
        for name, known in facts.items():
            was = before.get(name)
            if was is not None and was.missing and not known.missing and was.sign_in is not None:
                # In another terminal, with the AWS CLI.
                self._hear_of(was.sign_in)
        self._warnings = self._warnings or Warnings()
        for one in self._warnings.due(ending(facts, self._clock.now())):
            told = words.warning(one.sign_in, one.seconds, one.profiles, self._keys_in_words())
            self._panes.stage.tell(told, severity="warning", seconds=10)
        self._see_to_needs()
        self._show_badge()
        self.on_change()

    def _hear_of(self, sign_in: SignIn) -> None:
        if any(one.sign_in.key == sign_in.key for one in self._needs):
            self.signed_in(sign_in)


async def _sign_in(sign_in: SignIn, person: Person, leads_back: bool) -> None:
    from ssmtui.aws.sign_in.flow import sign_in as do

    await do(sign_in, person, browser=leads_back)

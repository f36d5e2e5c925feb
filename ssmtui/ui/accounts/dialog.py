"""The account picker: which AWS profiles are listed, each in which regions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.states import ScopeState
from ssmtui.model import AwsProfile, Region, Scope
from ssmtui.ui.accounts import rows
from ssmtui.ui.accounts.choice import MOST, AccountChoice, AccountRow
from ssmtui.ui.accounts.regions import RegionAnswer, RegionsScreen
from ssmtui.ui.commands.messages import CommandWanted
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.narrowing import NarrowingDialog
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell
from ssmtui.ui.look.palette import palette_of
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone

if TYPE_CHECKING:
    from ssmtui.ui.ports import AccountSource
    from ssmtui.ui.services import Clock

ALIAS_TIMEOUT = 4.0
PATIENCE = 3.0
"""Seconds for which keys wait for the AWS configuration to be read."""
EVERY = 1.0
"""Seconds after which the states of what is listed are looked at again."""
ABOUT = 3
"""Lines about the row under the cursor."""

_AT_ONCE = frozenset({"escape", "ctrl+c", "ctrl+z"})


class AccountEntry(InertInput):
    """What the list is narrowed by. The dialog takes its keys first."""

    def on_key(self, event: events.Key) -> None:
        """Give keys that are not text to the dialog."""
        if self.query_ancestor(AccountsScreen).take_key(event):
            event.stop()
            event.prevent_default()


class AccountList(Choices):
    """The rows, in columns."""

    def on_resize(self) -> None:
        """There is room for others now."""
        self.query_ancestor(AccountsScreen).show_rows()


class AccountsScreen(NarrowingDialog[None]):
    """Space ticks, what is typed narrows the list, enter lists the row under the cursor, or all that is ticked."""

    CSS_PATH = dialog_sheets("accounts")
    KEYS: ClassVar[Sequence[Key]] = (
        Key("enter", hint="list"),
        Key("space", hint="tick"),
        Key("tab", hint="regions"),
        Key("escape", "cancel", "back"),
        Key("ctrl+s", hint="sign in"),
        Key("ctrl+o", hint="organization"),
    )

    def __init__(self, source: AccountSource, clock: Clock) -> None:
        super().__init__()
        self._source = source
        self._clock = clock
        self._choice = AccountChoice(source.default, source.states, source.known)
        self._states: dict[tuple[str | None, str], ScopeState] = {}
        self._entry = AccountEntry(placeholder="type to narrow: AWS profile, region, account", compact=True)
        self._heading = TextLines(id="heading")
        self._list = AccountList()
        self._about = TextLines(id="about")
        self._shown: list[AccountRow] = []
        self._drawn: list[Text] = []
        self._held: list[events.Key] | None = []
        """Keys that were typed before the AWS configuration was read; None: it is."""

    def compose(self) -> ComposeResult:
        """What is typed, the accounts, what is known of the one under the cursor, the keys."""
        with Vertical(id="box") as box:
            box.border_title = "Accounts"
            yield self._entry
            yield self._heading
            yield self._list
            yield self._about
            yield self.key_line()

    def on_mount(self) -> None:
        """Show what is known, and find out more."""
        self.show_rows(self._first)
        self.run_worker(self._read_configuration(), name="AWS profiles")
        self.set_interval(EVERY, self.show_rows)
        self.set_timer(PATIENCE, self._release)

    @property
    def _first(self) -> AccountRow | None:
        """Where the cursor begins."""
        return next((row for row in self._choice.rows if row in self._choice.ticked), None)

    # Finding out

    async def _read_configuration(self) -> None:
        profiles: Sequence[AwsProfile] = ()
        try:
            profiles = await self._source.aws_profiles()
        except SsmtuiError as error:
            self.notify(inert.line(f"{error.title}: {error.detail}", 600), severity="warning", markup=False)
        if self._held is not None:
            # Nothing was ticked yet, and what was chosen the last time may have become known meanwhile.
            self._choice = AccountChoice(self._source.default, self._source.states, self._source.known)
        self._choice.take_profiles(profiles)
        self.show_rows(None if self._chosen else self._first)
        self._release()
        for name in self._choice.ticked_profiles:
            self._ask(name)
        await self._learn_credentials()

    async def _learn_credentials(self) -> None:
        """When credentials end; files say so, and no call is made."""
        for name in self._choice.names:
            gateways = self._source.gateways
            if gateways is None:
                return
            try:
                self._choice.of(name).credentials = await gateways.credential_facts(name)
            except SsmtuiError as error:
                self._choice.of(name).error = error
        self.show_rows()

    def _release(self) -> None:
        """The keys that were typed meanwhile have something to act on now."""
        held, self._held = self._held, None
        for event in held or ():
            self._entry.post_message(events.Key(event.key, event.character))

    def _ask(self, name: str | None) -> None:
        if not self._choice.of(name).asked and self._source.gateways is not None:
            self.run_worker(self._ask_about(name), name="AWS profile")

    async def _ask_about(self, name: str | None) -> None:
        facts, scope, gateways = self._choice.of(name), self._choice.scope_to_ask(name), self._source.gateways
        if facts.asked or scope is None or gateways is None:
            return
        facts.asked = True
        gateway = gateways.gateway(scope)
        try:
            if facts.identity is None:
                facts.identity = await gateway.identity()
                facts.error = None
                self.show_rows()
            await self._learn_regions(name, scope)
            self.show_rows()
            if not facts.alias:
                async with asyncio.timeout(ALIAS_TIMEOUT):
                    facts.alias = await gateway.account_alias()
        except SsmtuiError as error:
            if facts.identity is None:
                facts.error = error
        except TimeoutError:
            pass  # an alias is only nice to have
        self.show_rows()

    async def _learn_regions(self, name: str | None, scope: Scope | None = None) -> None:
        """Have the choice know which regions there are for an AWS profile."""
        facts, scope, gateways = self._choice.of(name), scope or self._choice.scope_to_ask(name), self._source.gateways
        if facts.regions:
            return
        known: Sequence[Region] = ()
        if scope is not None and gateways is not None:
            with suppress(SsmtuiError):
                known = await gateways.gateway(scope).region_list()
        if not known:
            from ssmtui.aws.regions import known_regions

            self._choice.known_regions = await asyncio.to_thread(known_regions)
        facts.regions = [region.name for region in known if region.enabled is not False]
        facts.not_enabled = {region.name for region in known if region.enabled is False}
        # Of an AWS profile that is signed out the row says so.
        denied = facts.error is None and all(region.enabled is None for region in known)
        facts.regions_are_guessed = bool(known) and denied

    # What is shown

    def show_rows(self, chosen: AccountRow | None = None) -> None:
        """Draw the rows as things are now; the cursor goes to ``chosen``, or stays on its row."""
        if not self.is_attached:
            return
        chosen = chosen or self._chosen
        now = self._clock.now().timestamp()
        self._choice.take_default(self._source.default)
        self._states = {(state.scope.aws_profile, state.scope.region): state for state in self._source.states}
        self._shown = self._choice.matching(self._entry.value)
        widths = rows.columns(max(0, self._list.size.width - 1))
        drawn = [self._line(row, widths, now) for row in self._shown]
        place = self._shown.index(chosen) if chosen in self._shown else 0
        if drawn != self._drawn or place != self._list.highlighted:
            self._drawn = drawn
            self._list.show(drawn, place)
        self._heading.show([Cell(rows.heading(widths) if drawn else "", Tone.HEAD)])
        self._say_more(now)

    def _say_more(self, now: float) -> None:
        self.query_one("#box").border_subtitle = self._count()
        self._about.show(self._about_lines(now))
        self.show_hints()

    def _count(self) -> str:
        ticked = self._choice.ticked
        hidden = len(ticked - set(self._shown))
        told = f"{len(ticked)} of {len(self._choice.rows)} ticked" if ticked else "none ticked"
        return f"{told}, {hidden} not shown" if hidden else told

    def _about_lines(self, now: float) -> list[Cell]:
        row = self._chosen
        if row is None:
            typed = inert.line(self._entry.value.strip(), 40)
            told = f"No account has {typed}" if typed else "There is no AWS profile here"
            waiting = self._held is not None
            return [Cell("Reading the AWS configuration …" if waiting and not typed else told, Tone.WARN)]
        width = max(20, self._about.size.width)
        found: list[Cell] = []
        for cell in rows.about(self._choice, row, self._states.get(row), now):
            found += [Cell(line, cell.tone) for line in words.wrap(cell.text, width, ABOUT)]
        return found[:ABOUT]

    def _line(self, row: AccountRow, widths: rows.AccountColumns, now: float) -> Text:
        palette = palette_of(self)
        ticked = row in self._choice.ticked
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(" ■ " if ticked else " □ ", palette.style(Tone.PRIMARY if ticked else Tone.DIM))
        for text, tone in rows.cells(self._choice, row, self._states.get(row), widths, now):
            line.append(text, palette.style(tone))
        return line

    @property
    def choices(self) -> Choices:
        """The accounts."""
        return self._list

    @property
    def _chosen(self) -> AccountRow | None:
        place = self._list.highlighted or 0
        return self._shown[place] if place < len(self._shown) else None

    def hint(self, key: Key) -> str:
        """Enter lists one or all."""
        if key.keys == "enter":
            row, ticked = self._chosen, len(self._choice.ticked)
            if row is None:
                return ""
            return "list it alone" if not self._choice.takes_all(row) else f"list {ticked}" if ticked > 1 else "list"
        if key.keys == "ctrl+s":
            return key.hint if self._needs_sign_in else ""
        return key.hint

    @property
    def _needs_sign_in(self) -> bool:
        row, now = self._chosen, self._clock.now().timestamp()
        return row is not None and rows.needs_sign_in(self._choice, row, self._states.get(row), now)

    # Keys

    def take_key(self, event: events.Key) -> bool:
        """Whether the dialog has a use for a key that the entry would get. Before there is anything to act on, it keeps
        the key."""
        if self._held is not None and event.key not in _AT_ONCE:
            self._held.append(event)
            return True
        match event.key:
            case "space":
                self._tick()
            case "tab" | "shift+tab":
                self._choose_regions()
            case "ctrl+o":
                self._toggle_organization()
            case "ctrl+s":
                self._sign_in()
            case "delete" if self._entry.cursor_position >= len(self._entry.value):
                self._remove()
            case _:
                return False
        return True

    def _tick(self) -> None:
        self.catch_up()
        if (row := self._chosen) is None:
            return
        if not self._choice.toggle(row):
            self._choose_regions()
        elif row in self._choice.ticked:
            self._ask(row.aws_profile)
        self.show_rows()

    def _toggle_organization(self) -> None:
        self.catch_up()
        if (row := self._chosen) is None:
            return
        if not self._choice.toggle_organization(row):
            self._choose_regions()
        self._ask(row.aws_profile)
        self.show_rows()

    def _sign_in(self) -> None:
        """Sign in to the AWS profile under the cursor; the dialog for that opens over this one."""
        if self._needs_sign_in and (row := self._chosen) is not None and row.aws_profile:
            self.post_message(CommandWanted("sign-in", row.aws_profile))

    def on_screen_resume(self) -> None:
        """A dialog over this one is closed: a person may have signed in."""
        if self._held is not None:
            return
        again = [name for name in self._choice.names if self._choice.of(name).error is not None]
        for name in again:
            facts = self._choice.of(name)
            facts.error, facts.asked = None, False
            self._ask(name)
        self.run_worker(self._learn_credentials(), name="credentials", group="credentials", exclusive=True)

    def _remove(self) -> None:
        row = self._chosen
        if row is not None and self._choice.remove(row):
            self.show_rows()

    def _choose_regions(self) -> None:
        self.catch_up()
        if (row := self._chosen) is None:
            return

        def take(answer: RegionAnswer | None) -> None:
            if answer is None:
                return
            self._choice.change_regions(*answer)
            # What is typed may hide the rows that were added.
            self._entry.value = ""
            new = next((AccountRow(row.aws_profile, region) for region in sorted(answer.add)), row)
            self.show_rows(new)
            for name in answer.names:
                self._ask(name)

        self.app.push_screen(RegionsScreen(self._choice, row.aws_profile, self._learn_regions), take)

    def offer(self, text: str) -> None:
        """Show what fits; the first is chosen, or of all the one that was."""
        if text.strip():
            self._list.highlighted = 0
            self._shown = self._choice.matching(text)
        self.show_rows()

    def take(self, place: int) -> None:
        """Tick what was clicked."""
        self._tick()

    @on(Choices.OptionHighlighted)
    def _highlighted(self) -> None:
        self._say_more(self._clock.now().timestamp())

    def submit(self, text: str) -> None:
        """List the account under the cursor, or all that are ticked."""
        self.catch_up()
        if (row := self._chosen) is None:
            return
        scopes = self._choice.taken_by(row)
        if not scopes:
            self._choose_regions()
        elif len(scopes) > MOST:
            told = f"{len(scopes)} accounts are ticked, and at most {MOST} can be listed at once"
            self.notify(told, severity="warning", markup=False)
        else:
            self.dismiss(None)
            self._source.remember(self._choice.known)
            self._source.choose(scopes)

"""Which AWS profiles and regions are listed: all profiles of the AWS configuration beside all enabled regions."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import OptionList

from ssmtui.errors import SsmtuiError
from ssmtui.ui.accounts.choice import MOST, ScopeChoice
from ssmtui.ui.accounts.words import status
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.choices import Choices
from ssmtui.ui.kit.dialog import Key
from ssmtui.ui.kit.narrowing import NarrowingDialog
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look import words
from ssmtui.ui.look.cells import Cell, fit, tidy
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone

if TYPE_CHECKING:
    from ssmtui.ui.ports import AccountSource

NAME_WIDTH = 20
ALIAS_TIMEOUT = 4.0


class Narrow(InertInput):
    """What the list is narrowed by. The dialog takes its keys first."""

    def on_key(self, event: events.Key) -> None:
        """Give keys that are not text to the dialog."""
        if self.query_ancestor(ScopesScreen).take_key(event.key):
            event.stop()
            event.prevent_default()


class ScopesScreen(NarrowingDialog[None]):
    """Space ticks, tab goes to the other list, what is typed narrows the list, enter applies."""

    CSS_PATH = dialog_sheets("accounts")
    KEYS = (
        Key("space", hint="tick"),
        Key("tab", hint="other list"),
        Key("ctrl+o", hint="organization"),
        Key("enter", hint="list"),
    )

    def __init__(self, source: AccountSource, now: datetime) -> None:
        super().__init__()
        self._source = source
        self._now = now
        self._choice = ScopeChoice(source.default, source.states)
        self._entry = Narrow(placeholder="type to narrow the list", compact=True, id="narrow")
        self._profiles = Choices(id="profiles")
        self._regions = Choices(id="regions")
        self._about = TextLines(id="about")
        self._active = self._profiles
        self._shown_profiles: list[str | None] = []
        self._shown_regions: list[str] = []

    def compose(self) -> ComposeResult:
        """Profiles beside regions, what is known of the chosen profile, the keys."""
        with Vertical(id="box") as box:
            box.border_title = "AWS profiles and regions to list"
            yield self._entry
            with Horizontal(id="lists"):
                yield self._profiles
                yield self._regions
            yield self._about
            yield self.key_line()

    def on_mount(self) -> None:
        """Show what is known, and find out more."""
        self._profiles.border_title, self._regions.border_title = "AWS profile", "region"
        self.run_worker(self._find_out(), name="AWS profiles")

    # Finding out

    async def _find_out(self) -> None:
        try:
            self._choice.profiles = list(await self._source.aws_profiles())
        except SsmtuiError as error:
            self.notify(error.detail, severity="warning", markup=False)
        self._show()
        await self._source.opened()
        for name in list(self._choice.chosen_profiles):
            self._ask(name)

    def _ask(self, name: str | None) -> None:
        facts = self._choice.of(name)
        if not facts.asked and self._source.gateways is not None:
            facts.asked = True
            self.run_worker(self._ask_about(name), name="AWS profile")

    async def _ask_about(self, name: str | None) -> None:
        facts = self._choice.of(name)
        gateways, scope = self._source.gateways, self._choice.scope_to_ask(name)
        if gateways is None or not scope.region:
            return
        gateway = gateways.gateway(scope)
        try:
            if facts.identity is None:
                facts.identity = await gateway.identity()
                facts.error = None
                self._show()
            facts.regions = await gateway.regions()
            self._show()
            if not facts.alias:
                async with asyncio.timeout(ALIAS_TIMEOUT):
                    facts.alias = await gateway.account_alias()
        except SsmtuiError as error:
            if facts.identity is None:
                facts.error = error
        except TimeoutError:
            pass  # an alias is only nice to have
        self._show()

    # What is shown

    def _show(self) -> None:
        wanted = self._entry.value.strip().casefold()
        on_profiles = self._active is self._profiles
        before = self._chosen_name, self._chosen_region
        self._shown_profiles = [
            name for name in self._choice.names if not (on_profiles and wanted) or wanted in self._searched(name)
        ]
        self._shown_regions = [
            region for region in self._choice.regions if on_profiles or not wanted or wanted in region
        ]
        place = _place(self._shown_profiles, before[0]), _place(self._shown_regions, before[1])
        self._profiles.show([self._profile_line(name) for name in self._shown_profiles], place[0])
        self._regions.show([self._region_line(region) for region in self._shown_regions], place[1])
        self._profiles.set_class(on_profiles, "-active")
        self._regions.set_class(not on_profiles, "-active")
        profiles, regions = len(self._choice.chosen_profiles), len(self._choice.chosen_regions)
        scopes = words.count(profiles * regions, "scope")
        box = self.query_one("#box")
        box.border_subtitle = f"{words.count(profiles, 'profile')} × {words.count(regions, 'region')} = {scopes}"
        self._tell_about()

    def _tell_about(self) -> None:
        self._about.show(self._facts_of(self._chosen_name) if self._shown_profiles else ())

    @property
    def choices(self) -> Choices:
        """The list whose keys they are."""
        return self._active

    @property
    def _chosen_name(self) -> str | None:
        place = self._profiles.highlighted or 0
        return self._shown_profiles[place] if place < len(self._shown_profiles) else None

    @property
    def _chosen_region(self) -> str:
        place = self._regions.highlighted or 0
        return self._shown_regions[place] if place < len(self._shown_regions) else ""

    def _searched(self, name: str | None) -> str:
        facts = self._choice.of(name)
        account = facts.identity.account if facts.identity else ""
        return f"{_called(name)} {facts.alias} {account}".casefold()

    def _profile_line(self, name: str | None) -> Text:
        variables = self.app.theme_variables
        facts = self._choice.of(name)
        line = self._ticked(name in self._choice.chosen_profiles)
        line.append(fit(tidy(_called(name), 60), NAME_WIDTH) + " ")
        if name in self._choice.organizations:
            line.append("organization ", variables["accent"])
        account = self._choice.account(name)
        if facts.identity is None and facts.error is not None:
            line.append(tidy(facts.error.title, 24), variables["error"])
        elif account:
            line.append(tidy(f"{account} {facts.alias}", 40), variables["dim"])
        else:
            line.append("…" if facts.asked else self._choice.kind(name), variables["faint"])
        return line

    def _region_line(self, region: str) -> Text:
        line = self._ticked(region in self._choice.chosen_regions)
        line.append(tidy(region, 24))
        return line

    def _ticked(self, chosen: bool) -> Text:
        variables = self.app.theme_variables
        line = Text(no_wrap=True, overflow="ellipsis")
        line.append(" ■ " if chosen else " □ ", variables["primary"] if chosen else variables["dim"])
        return line

    def _facts_of(self, name: str | None) -> Sequence[Cell]:
        facts = self._choice.of(name)
        parts = [self._choice.kind(name) and f"credentials: {self._choice.kind(name)}"]
        if facts.identity is not None:
            account = facts.identity.account
            parts += [f"{facts.alias} ({account})" if facts.alias else account, facts.identity.short]
        states = [state for state in self._source.states if state.scope.aws_profile == name]
        listed = [f"{state.scope.region}: {status(state, self._now.timestamp()).text}" for state in states]
        lines = [Cell("  ·  ".join(tidy(part) for part in parts if part), Tone.DIM)]
        if facts.error is not None:
            lines.append(Cell(tidy(f"{facts.error.title}: {facts.error.detail}", 200), Tone.WARN))
        elif listed:
            lines.append(Cell("  ·  ".join(listed), Tone.DIM))
        return lines

    # Keys

    def take_key(self, key: str) -> bool:
        """Tab and the sides change lists, space ticks; whether it was one of them."""
        match key:
            case "tab" | "shift+tab" | "left" | "right":
                self._active = self._regions if self._active is self._profiles else self._profiles
                self._entry.value = ""
            case "space":
                self._tick()
            case "ctrl+o":
                self._choice.toggle_organization(self._chosen_name)
                self._ask(self._chosen_name)
            case _:
                return False
        self._show()
        return True

    def _tick(self) -> None:
        if self._active is self._profiles and self._shown_profiles:
            self._choice.toggle_profile(self._chosen_name)
            if self._chosen_name in self._choice.chosen_profiles:
                self._ask(self._chosen_name)
        elif self._active is self._regions and self._shown_regions:
            self._choice.toggle_region(self._chosen_region)

    def offer(self, text: str) -> None:
        """Show what fits; the first is chosen."""
        self._active.highlighted = 0
        self._show()

    @on(OptionList.OptionSelected)
    def clicked(self, event: OptionList.OptionSelected) -> None:
        """That list is the one for keys from now on."""
        self._active = self._profiles if event.option_list is self._profiles else self._regions

    def take(self, place: int) -> None:
        """Tick what was clicked."""
        self._tick()
        self._show()

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._tell_about()

    def submit(self, text: str) -> None:
        """List these from now on."""
        scopes = self._choice.scopes
        if len(scopes) > MOST:
            text = f"{len(scopes)} scopes are ticked, and at most {MOST} can be listed at once"
            self.notify(text, severity="warning", markup=False)
            return
        if not scopes:
            self.notify("Tick an AWS profile and a region", severity="warning", markup=False)
            return
        self.dismiss(None)
        self._source.choose(scopes)


def _called(name: str | None) -> str:
    return name or "default credentials"


def _place(items: Sequence[str | None], item: str | None) -> int:
    return items.index(item) if item in items else 0

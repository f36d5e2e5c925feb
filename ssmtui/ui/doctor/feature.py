"""The doctor: a checkup of this side in a view of its own. It works before AWS is reached, and where it never is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, cast

from ssmtui.errors import ConfigurationError
from ssmtui.ui.commands.base import EVERYWHERE, LISTS, Command, CommandOn, Place
from ssmtui.ui.commands.feature import Feature
from ssmtui.ui.look.sheets import dialog_sheets

if TYPE_CHECKING:
    from ssmtui.aws.gateway import Gateways
    from ssmtui.checkup.results import Result
    from ssmtui.checkup.run import AreaResults, CheckupRequest
    from ssmtui.checkup.terminal import TerminalFacts
    from ssmtui.config.settings import LoadedSettings
    from ssmtui.ui.doctor.view import DoctorView
    from ssmtui.ui.panes.panes import Panes
    from ssmtui.ui.ports import AccountSource
    from ssmtui.ui.services import AppFacts, Clock

DOCTOR = Place("In the doctor's view", LISTS)


class ShowDoctor(Command):
    """Look for what is wrong on this side: configuration, network, credentials, permissions, terminal, files"""

    name = "doctor"
    place = EVERYWHERE
    keys = ("exclamation_mark",)
    aliases = ("checkup",)

    def __init__(self, doctor: DoctorFeature) -> None:
        self._doctor = doctor

    def run(self, argument: str = "") -> None:
        self._doctor.show()


class DoctorCommand(CommandOn["DoctorView"]):
    """A command on the view."""

    place = DOCTOR
    missing = "The doctor's view is not in front"

    def __init__(self, doctor: DoctorFeature) -> None:
        self._doctor = doctor

    def subject(self) -> DoctorView | None:
        return self._doctor.view


class LookAgain(DoctorCommand):
    """Look at everything again"""

    name = "doctor-again"
    keys = ("r", "ctrl+r")
    hint = "look again"

    def run_on(self, view: DoctorView, argument: str) -> None:
        view.look()


class OnlyProblems(DoctorCommand):
    """Show only what needs attention, or everything again"""

    name = "doctor-problems"
    keys = ("e",)
    hint = "problems"

    def run_on(self, view: DoctorView, argument: str) -> None:
        view.only_problems = not view.only_problems
        view.show_rows()


class CopyResult(DoctorCommand):
    """Copy what was found under the cursor; where something is denied, the policy that would allow it"""

    name = "doctor-copy"
    keys = ("y",)
    hint = "copy"

    def reason_against(self, view: DoctorView) -> str | None:
        return None if view.selected is not None else "There is no result under the cursor"

    def run_on(self, view: DoctorView, argument: str) -> None:
        from ssmtui.ui.doctor.words import to_copy

        if view.selected is not None:
            text, what = to_copy(view.selected)
            self._doctor.panes.stage.copy_to_clipboard(text, what)


class CopyAll(DoctorCommand):
    """Copy all that was found as text, names and accounts included"""

    name = "doctor-copy-all"
    keys = ("Y",)

    def run_on(self, view: DoctorView, argument: str) -> None:
        from ssmtui.checkup import report

        self._doctor.panes.stage.copy_to_clipboard(report.text(view.results), "the checkup")


class MakeReport(DoctorCommand):
    """Make a report for a bug report, without names, accounts and hosts: shown first, then written if you want"""

    name = "doctor-report"
    keys = ("b",)
    hint = "report"

    def reason_against(self, view: DoctorView) -> str | None:
        return None if view.is_complete else "It is still being looked at"

    def run_on(self, view: DoctorView, argument: str) -> None:
        self._doctor.report(view.results)


class ScrollResult(DoctorCommand):
    """Scroll what is said of the result"""

    name = "doctor-scroll"
    keys = ("right_square_bracket", "left_square_bracket")
    takes_key = True
    in_palette = False

    def run_on(self, view: DoctorView, argument: str) -> None:
        view.scroll_details(-1 if argument == "left_square_bracket" else 1)


class LeaveDoctor(DoctorCommand):
    """Close the doctor's view"""

    name = "doctor-back"
    keys = ("q", "escape")
    hint = "back"
    in_palette = False

    def run_on(self, view: DoctorView, argument: str) -> None:
        self._doctor.panes.close_view(DOCTOR)


class DoctorFeature(Feature):
    """The view, and what it looks at."""

    styles = dialog_sheets("doctor")

    def __init__(
        self, panes: Panes, accounts: AccountSource, facts: AppFacts, loaded: LoadedSettings, clock: Clock
    ) -> None:
        self.panes = panes
        self._accounts = accounts
        self._facts = facts
        self._loaded = loaded
        self._clock = clock
        self.commands = (
            ShowDoctor(self),
            LookAgain(self),
            OnlyProblems(self),
            CopyResult(self),
            CopyAll(self),
            MakeReport(self),
            ScrollResult(self),
            LeaveDoctor(self),
        )

    @property
    def view(self) -> DoctorView | None:
        """The view, where it is in front."""
        return cast("DoctorView", self.panes.front) if self.panes.place is DOCTOR else None

    def show(self) -> None:
        """Open the view, which looks at once; one that is open looks again."""
        from ssmtui.ui.doctor.view import DoctorView

        self.panes.open_view(DOCTOR, lambda: DoctorView(self.look))

    async def look(self, size: tuple[int, int]) -> AsyncGenerator[AreaResults, None]:
        """One checkup, area by area; ``size`` is the screen's."""
        from ssmtui.checkup.run import Checkup

        gateways, own = await self._gateways()
        keeper = self.services.keeper if self.is_connected else None
        checkup = Checkup(self.request, gateways, lambda: _terminal(size), keeper, now=self._clock.now)
        try:
            async with aclosing(checkup.areas()) as areas:
                async for area in areas:
                    yield area
        finally:
            if own is not None:
                await own.close()

    @property
    def request(self) -> CheckupRequest:
        """What is looked at: the accounts that are listed, else what the program was started for."""
        from ssmtui.checkup.run import CheckupRequest
        from ssmtui.config import logs, paths

        facts, places = self._facts, paths.find()
        scopes = [state.scope for state in self._accounts.states] if self._accounts.gateways is not None else []
        return CheckupRequest(
            places,
            self._loaded.file or places.settings,
            next(iter(logs.open_files()), places.log),
            dict(os.environ),
            facts.aws_profile,
            facts.region,
            facts.endpoint_url,
            message_endpoints=self._loaded.settings.message_endpoints,
            scopes=[scope for scope in scopes if not scope.organization],
            is_demo=facts.demo,
        )

    def report(self, results: list[Result]) -> None:
        """Make the report and show it."""
        self.panes.stage.run_worker(self._report(results), name="report")

    async def _report(self, results: list[Result]) -> None:
        from ssmtui.checkup import bundle
        from ssmtui.ui.doctor.report_dialog import ReportDialog
        from ssmtui.ui.kit.prompt import Prompt

        stage = self.panes.stage
        release = stage.hold_keys()
        try:
            text = await asyncio.to_thread(bundle.text, self.request, results, self._clock.now())
        finally:
            release()
        if not await stage.push_screen_wait(ReportDialog(text)):
            return
        usual = f"~/ssmtui-report-{self._clock.now():%Y%m%d-%H%M}.txt"
        note = "A new file, for yourself alone. Nothing is sent anywhere."
        name = await stage.push_screen_wait(Prompt("Write the report to", usual, note, longest=1000))
        if not name:
            return
        try:
            file = await asyncio.to_thread(bundle.write, Path(name), text)
        except ConfigurationError as error:
            stage.tell_error(error)
        else:
            stage.tell(f"The report is in {file}", seconds=10)

    async def _gateways(self) -> tuple[Gateways, Gateways | None]:
        """Those of the program, else some of the checkup's own, which are closed after it: nothing of them has been
        read, so that their calls say what is wrong."""
        found = await self._accounts.opened() if self._facts.demo else self._accounts.gateways
        if found is not None:
            return found, None
        own = await asyncio.to_thread(self._unread)
        return own, own

    def _unread(self) -> Gateways:
        from ssmtui.aws.gateways import BotoGateways
        from ssmtui.aws.session import Source

        return BotoGateways(Source(self._facts.aws_profile, self._facts.region, self._facts.endpoint_url))


def _terminal(size: tuple[int, int]) -> TerminalFacts:
    """What is known of the terminal while the screen is drawn in it: it is not asked, for the screen reads answers."""
    from ssmtui.checkup import asked_terminal
    from ssmtui.checkup.terminal import TerminalAnswers
    from ssmtui.ui.compat import OuterKeyboard

    answers = TerminalAnswers(keys_apart=True if OuterKeyboard.tells_keys_apart else None)
    return asked_terminal.facts(os.environ, asks=False)._replace(size=size, answers=answers)

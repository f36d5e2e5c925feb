"""Signing in as a dialog: the page to open, the code to type, what goes wrong, and trying again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from ssmtui import inert
from ssmtui.aws.sign_in.person import CodeWanted, Page, Person, problem_with_mfa_code
from ssmtui.daemon import in_daemon_thread
from ssmtui.errors import SsmtuiError, defect
from ssmtui.sign_in import SignIn, SignInWay
from ssmtui.ui.compat import InertInput
from ssmtui.ui.kit.dialog import Dialog, Key
from ssmtui.ui.kit.text_lines import TextLines
from ssmtui.ui.look.cells import Cell, error_lines
from ssmtui.ui.look.sheets import dialog_sheets
from ssmtui.ui.look.tones import Tone
from ssmtui.ui.look.words import wrap
from ssmtui.ui.signing_in import words

if TYPE_CHECKING:
    from ssmtui.browser import Browser
    from ssmtui.ui.ports import Stage
    from ssmtui.ui.services import Clock

DoSignIn = Callable[[SignIn, Person, bool], Awaitable[None]]
"""Does it; the flag says that a page may lead back to this machine. See :func:`ssmtui.aws.sign_in.flow.sign_in`."""

TICK = 1.0
"""Seconds between two looks at the time that is left."""
OPEN_LIMIT = 10.0
"""Seconds that the desktop has to take an address."""
LONGEST_CODE = 4000
WIDEST, AROUND = 76, 6
"""Columns of the box, as its style has it, and of what is around the lines in it."""


class SignInScreen(Dialog[bool]):
    """Answers True once the person is signed in. It is the :class:`ssmtui.aws.sign_in.person.Person` of the flow."""

    AUTO_FOCUS = ""  # the entry has it only while a code is asked for
    CSS_PATH = dialog_sheets("signing_in")
    KEYS = (
        Key("enter", "go", "open"),
        Key("o", "open"),
        Key("c", "copy", "copy address"),
        Key("d", "other_way", "other way"),
        Key("r", "again"),
        # While a code is typed.
        Key("ctrl+o", "open", "open", priority=True),
        Key("ctrl+y", "copy", "copy address", priority=True),
        Key("escape", "cancel", "cancel"),
    )

    def __init__(self, sign_in: SignIn, profiles: Sequence[str], do: DoSignIn, browser: Browser, clock: Clock) -> None:
        """``profiles``: the AWS profiles that it is for."""
        super().__init__()
        self._sign_in = sign_in
        self._profiles = profiles
        self._do = do
        self._browser = browser
        self._clock = clock
        self._leads_back = False
        """Whether the page may lead back to this machine, which ``d`` changes."""
        self._page: Page | None = None
        self._until = 0.0
        self._was_opened: bool | None = None
        self._told = ""
        self._wanted: CodeWanted | None = None
        self._answer: asyncio.Future[str] | None = None
        self._error: SsmtuiError | None = None
        self._wrong = ""
        self._about = TextLines(id="about")
        self._page_lines = TextLines(id="page")
        self._state = TextLines(id="state")
        self._entry = InertInput(compact=True, max_length=LONGEST_CODE)

    def compose(self) -> ComposeResult:
        """What it is for, the page, the entry, how it goes, the keys."""
        with Vertical(id="box") as box:
            box.border_title = Text(words.title(self._sign_in))
            yield self._about
            yield self._page_lines
            yield self._entry
            yield self._state
            yield self.key_line()

    def on_mount(self) -> None:
        """Begin."""
        self._entry.display = False
        self.set_interval(TICK, self._show_state)
        self._begin(self._sign_in.way is not SignInWay.MFA and self._browser.can_open)

    def on_resize(self, event: events.Resize) -> None:
        """Lines are as wide as the dialog."""
        self._show()

    # The flow

    def _begin(self, leads_back: bool) -> None:
        self._leads_back = leads_back
        self._page, self._wanted, self._error, self._told, self._was_opened = None, None, None, "", None
        self._show()
        self.run_worker(self._run(), name="sign in", group="sign in", exclusive=True)

    async def _run(self) -> None:
        try:
            await self._do(self._sign_in, self, self._leads_back)
        except SsmtuiError as error:
            self._fail(error)
        except Exception as error:
            self.log.error(type(error).__name__)
            self._fail(defect(error, "The sign-in failed because of a defect in ssmtui"))
            raise
        else:
            self.dismiss(True)

    def _fail(self, error: SsmtuiError) -> None:
        self._error, self._page, self._wanted = error, None, None
        self._show()

    # What the flow says (Person)

    def show(self, page: Page) -> None:
        """A page to open; one that leads back here is opened at once, as the AWS CLI does."""
        self._page, self._until = page, self._clock.monotonic() + page.lasts
        self._show()
        if page.is_here:
            self.action_open()

    def tell(self, text: str) -> None:
        """How it goes."""
        self._told = text
        self._show_state()

    async def ask(self, wanted: CodeWanted) -> str:
        """A code, typed or pasted."""
        self._wanted, self._wrong = wanted, wanted.wrong
        self._answer = asyncio.get_running_loop().create_future()
        self._entry.value = ""
        self._show()
        code = await self._answer
        # Not where it is cancelled: the dialog is going, and has no lines left to draw.
        self._wanted = None
        self._show()
        return code

    # Drawing

    @property
    def _width(self) -> int:
        # Not that of a widget, which is not known before the first lines are.
        return max(20, min(WIDEST, self.app.size.width) - AROUND)

    def _show(self) -> None:
        width = self._width
        purpose = words.purpose(self._sign_in, self._profiles)
        self._about.show([Cell(line, Tone.DIM) for line in wrap(purpose, width, 3)])
        page = [] if self._page is None else words.page_lines(self._page, width, was_opened=self._was_opened)
        if self._wanted is not None:
            page = [*page, *([Cell("")] if page else []), *words.question(self._wanted, width)]
            self._entry.placeholder = "six digits" if self._wanted.is_mfa else "paste it here"
        self._page_lines.show(page)
        self._page_lines.display = bool(page)
        asks = self._wanted is not None
        if asks != self._entry.display:
            self._entry.display = asks
            self.set_focus(self._entry if asks else None)
        self._show_state()
        self.show_hints()

    def _show_state(self) -> None:
        width = self._width
        if self._error is not None:
            self._state.show(error_lines(self._error, width))
        elif self._wanted is not None:
            wrong = wrap(inert.line(self._wrong, 200), width, 2)
            self._state.show([Cell(line, Tone.BAD) for line in wrong] or [Cell(self._told, Tone.DIM)])
        elif self._page is not None:
            self._state.show([words.waiting(self._until - self._clock.monotonic(), self._told)])
        else:
            self._state.show([Cell(self._told or "Asking AWS …", Tone.DIM)])

    def hint(self, key: Key) -> str:
        """Which keys do something now."""
        typing, page = self._wanted is not None, self._page is not None
        match key.keys:
            case "enter":
                if self._error is not None:
                    return "try again"
                if typing:
                    return "sign in"
                return "open" if page and self._browser.can_open else ""
            case "c":
                return key.hint if page and not typing else ""
            case "ctrl+o":
                return key.hint if page and typing and self._browser.can_open else ""
            case "ctrl+y":
                return key.hint if page and typing else ""
            case "d":
                if self._sign_in.way is SignInWay.MFA or typing or not self._browser.can_open:
                    return ""
                return "another device" if self._leads_back else "this browser"
        return super().hint(key)

    # Keys

    def action_go(self) -> None:
        """Go on: try again after an error, else open the page."""
        if self._error is not None:
            self._begin(self._leads_back)
        else:
            self.action_open()

    def action_again(self) -> None:
        """Try again after an error."""
        if self._error is not None:
            self._begin(self._leads_back)

    def action_open(self) -> None:
        """Open the page in the browser of this machine."""
        if self._page is not None:
            self.run_worker(self._open(self._page), name="browser", group="browser", exclusive=True)

    async def _open(self, page: Page) -> None:
        try:
            opened = await in_daemon_thread(lambda: self._browser.open(page.address), OPEN_LIMIT)
        except TimeoutError:
            opened = False
        if self._page is page:
            self._was_opened = opened
            self._show()

    def action_copy(self) -> None:
        """Copy the whole address."""
        if self._page is not None:
            cast("Stage", self.app).copy_to_clipboard(self._page.address, "the address")

    def action_other_way(self) -> None:
        """Sign in on another device, or again in the browser of this one."""
        if self._sign_in.way is not SignInWay.MFA and self._browser.can_open:
            self._begin(not self._leads_back)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._wanted is None or self._answer is None or self._answer.done():
            return
        self._wrong = problem_with_mfa_code(event.value) if self._wanted.is_mfa else ""
        if self._wrong:
            self._show_state()
        else:
            self._answer.set_result(event.value)

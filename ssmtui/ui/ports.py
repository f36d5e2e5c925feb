"""What features ask of the app above them. Only what goes up stands here: what lies below a feature is imported.

The app is all of these at once; a feature is given it as the few that it needs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from pathlib import PurePath

    from textual.screen import Screen

    from ssmtui.aws.gateway import Gateways
    from ssmtui.errors import SsmtuiError
    from ssmtui.inventory.states import ScopeState
    from ssmtui.model import AwsProfile, Scope

Answer = TypeVar("Answer")
Severity = Literal["information", "warning", "error"]


class Stage(Protocol):
    """Where messages and dialogs are shown, and workers run."""

    def tell(self, text: str, *, severity: Severity = "information", seconds: float = 4) -> None:
        """A short message over the screen; ``text`` is not markup."""

    def tell_error(self, error: SsmtuiError, about: str = "", *, severity: Severity = "error") -> None:
        """What went wrong, what it means and what to do; ``about`` names what it happened to."""

    def push_screen(
        self, screen: Screen[Answer], callback: Callable[[Answer | None], None] | None = None
    ) -> Awaitable[None]:
        """Open a dialog; ``callback`` gets its answer."""
        ...

    async def push_screen_wait(self, screen: Screen[Answer]) -> Answer | None:
        """Open a dialog and wait for its answer; within a worker only."""

    def run_worker(
        self,
        work: Coroutine[Any, Any, None] | Callable[[], Coroutine[Any, Any, None]],
        name: str = "",
        group: str = "default",
        *,
        exclusive: bool = False,
    ) -> Work:
        """Run ``work`` in a worker; ``exclusive`` cancels what the ``group`` runs before."""
        ...

    def call_later(self, callback: Callable[..., Any], *args: Any) -> bool:
        """Call ``callback`` once what is being done now is done."""
        ...

    def copy_to_clipboard(self, text: str, what: str = "") -> None:
        """Copy ``text``, and say so, calling it ``what`` or by its size."""

    async def read_styles(self, *files: str | PurePath) -> None:
        """Know the styles in ``files`` before a widget that has them is mounted."""

    def hold_keys(self) -> Callable[[], None]:
        """Keep what is typed from now on for the dialog that will open, or until the returned function is called."""
        ...


class Work(Protocol):
    """What a worker does."""

    def cancel(self) -> None:
        """End it where it waits."""

    async def wait(self) -> object:
        """Wait for its end; raises what it raised, wrapped by Textual."""


class ServiceOpener(Protocol):
    """Opens the services: again, after a start that failed."""

    @property
    def opening(self) -> bool:
        """Whether they are being opened."""
        ...

    def open(self) -> None:
        """Open them, unless that is under way."""


class AccountSource(Protocol):
    """The accounts that can be listed, and those that are. It may be asked before AWS is reached, and where there is no
    account yet that could be."""

    async def aws_profiles(self) -> Sequence[AwsProfile]:
        """The AWS profiles of the configuration files, or the demo's; no call to AWS. Raises
        :class:`ssmtui.errors.ConfigurationError` for a file that cannot be read."""
        ...

    @property
    def gateways(self) -> Gateways | None:
        """What asks AWS; None while no account is open."""
        ...

    async def opened(self) -> Gateways | None:
        """Wait until an account is open; None where none could be opened."""
        ...

    @property
    def default(self) -> Scope | None:
        """What the program was started for; None while no account is open."""
        ...

    @property
    def states(self) -> Sequence[ScopeState]:
        """How far each of those is that are listed."""
        ...

    @property
    def known(self) -> Sequence[Scope]:
        """The accounts that were added to those of the configuration."""
        ...

    def remember(self, known: Sequence[Scope]) -> None:
        """These have been added; others were taken away."""

    def choose(self, scopes: Sequence[Scope]) -> None:
        """List ``scopes`` from now on; where no account is open, open the first of them."""


class Keys(Protocol):
    """Which keys commands have, in words: they come from the settings."""

    @property
    def leader_keys(self) -> tuple[str, ...]:
        """The leader, in Textual's notation; the first is the one that is shown."""
        ...

    def shown_key(self, command: str) -> str:
        """The key of the command of that name where its keys work; empty where it has none."""
        ...

    def leader_keys_of(self, command: str) -> str:
        """What is typed after and with the leader for a command; empty where it has no such key."""
        ...


class OuterTerminal(Protocol):
    """The terminal that the app runs in, which a session can have alone."""

    @property
    def can_hand_over(self) -> bool:
        """Whether there is one."""
        ...

    def handed_over(self) -> AbstractContextManager[tuple[int, int]]:
        """Give it away; yields the descriptors that keys come from and drawing goes to."""
        ...

    @property
    def has_focus(self) -> bool:
        """Whether its window has the keys, or does not say."""
        ...

    def bell(self) -> None:
        """Ring."""

    def print_sequence(self, sequence: str) -> None:
        """Send it something that draws nothing."""

    def interrupt(self) -> None:
        """The terminal is gone: quit without a question."""

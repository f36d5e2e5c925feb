"""From the first frame to the services: what is remembered is read, then they are opened; once more where that failed
and the person has chosen an account or the demo."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from textual.worker import Worker

from ssmtui.errors import SsmtuiError
from ssmtui.ui.frame.messages import OpeningProgress, Recalled, ServicesFailed, ServicesOpened

if TYPE_CHECKING:
    from textual.message import Message

    from ssmtui.aws.gateway import Gateways
    from ssmtui.inventory.states import ScopeState
    from ssmtui.model import AwsProfile, Scope
    from ssmtui.ui.services import OpenServices, Recall, Recollection, Services


class OpeningFrame(Protocol):
    """The app, as far as it is used here."""

    def post_message(self, message: Message) -> bool:
        """Have the app act on ``message`` in its turn."""
        ...

    def run_worker(
        self, work: Coroutine[Any, Any, None], name: str | None = "", *, exit_on_error: bool = True
    ) -> Worker[None]:
        """Run ``work`` in a worker."""
        ...

    def give_up(self, error: BaseException) -> None:
        """Exit: there is nothing to go on with."""


class ServicesOpening:
    """Opens the services for the app, which hears of each step by a message. It is the
    :class:`ssmtui.ui.ports.ServiceOpener` and the :class:`ssmtui.ui.ports.AccountSource` of the features."""

    def __init__(
        self,
        app: OpeningFrame,
        open_services: OpenServices,
        recall: Recall | None,
        recall_demo: Recall | None,
        demo: bool,
    ) -> None:
        """``recall_demo`` has the services that are opened from then on be a demo's, whose memory it gives; None where
        that cannot be."""
        self.demo = demo
        """Whether what is opened is a demo."""
        self.failure: SsmtuiError | None = None
        """Why the services could not be opened, until that is tried again."""
        self.services: Services | None = None
        self._app = app
        self._open_services = open_services
        self._recall = recall
        self._recall_demo = recall_demo
        self._known: Recollection | None = None
        self._recalled = asyncio.Event()
        self._settled = asyncio.Event()
        """Set while the services are open, or could not be opened."""
        self._again = False
        """Whether something else was chosen while the services were being opened."""
        self._work: Worker[None] | None = None

    # Opening

    @property
    def opening(self) -> bool:
        """Whether the services are being opened, or about to be: from the first frame on."""
        return not self._settled.is_set()

    @property
    def offers_demo(self) -> bool:
        """Whether a demo can be opened here: in place of nothing."""
        return self._recall_demo is not None and self.services is None and not self.demo

    def open(self) -> None:
        """Open the services, unless that is under way."""
        if self._work is None or not self.opening:
            self.failure = None
            self._settled.clear()
            self._app.post_message(OpeningProgress(""))
            self._work = self._app.run_worker(self._open(), name="open services", exit_on_error=True)

    def open_demo(self) -> None:
        """Open a demo where nothing is open."""
        if self.offers_demo and not self.opening:
            self._recall, self._recall_demo, self.demo = self._recall_demo, None, True
            self.open()

    async def cancel(self) -> None:
        """Give up what is under way, and wait until that is closed again."""
        if self._work is not None:
            self._work.cancel()
            # What was half open is closed by the code that opened it, while there is still a loop to do it on.
            await asyncio.gather(self._work.wait(), return_exceptions=True)

    async def _open(self) -> None:
        if self._recall is not None:
            recall, self._recall = self._recall, None
            self._known = await recall()
            self._recalled.set()
            self._app.post_message(Recalled(self._known))
            await self._known.fleet.recall(self._known.scopes)
        try:
            services = await self._opened()
        except SsmtuiError as error:
            self.failure = error
            self._app.post_message(ServicesFailed(error))
        except Exception as error:
            # There is nothing to go on with, and no session that would end with it.
            self._app.give_up(error)
        else:
            self.services = self._known = services
            self._recalled.set()
            self._app.post_message(ServicesOpened(services))
        self._settled.set()

    async def _opened(self) -> Services:
        while True:
            self._again = False
            try:
                return await self._open_services(lambda text: self._app.post_message(OpeningProgress(text)))
            except SsmtuiError:
                if not self._again:
                    raise

    # What is known of accounts

    async def aws_profiles(self) -> Sequence[AwsProfile]:
        """See :class:`ssmtui.ui.ports.AccountSource`."""
        if self.services is None and not self.demo:
            await self._recalled.wait()
            assert self._known is not None
            return await self._known.aws_profiles()
        gateways = await self.opened()
        return await gateways.aws_profiles() if gateways is not None else ()

    async def opened(self) -> Gateways | None:
        """Wait until an account is open; None where none could be opened."""
        await self._settled.wait()
        return self.gateways

    @property
    def gateways(self) -> Gateways | None:
        """See :class:`ssmtui.ui.ports.AccountSource`."""
        return self.services.gateways if self.services is not None else None

    @property
    def default(self) -> Scope | None:
        """See :class:`ssmtui.ui.ports.AccountSource`."""
        return self.services.scope if self.services is not None else None

    @property
    def states(self) -> Sequence[ScopeState]:
        """How far each of those is that are listed."""
        return list(self._known.fleet.states.values()) if self._known is not None else []

    @property
    def known(self) -> Sequence[Scope]:
        """See :class:`ssmtui.ui.ports.AccountSource`."""
        accounts = self._known.accounts if self._known is not None else None
        return accounts.scopes if accounts is not None else ()

    def remember(self, known: Sequence[Scope]) -> None:
        """These have been added to the accounts of the configuration."""
        if self._known is not None and self._known.accounts is not None:
            self._known.accounts.note(known)

    def choose(self, scopes: Sequence[Scope]) -> None:
        """List ``scopes`` from now on; where no account is open, open the first of them."""
        if self._known is None or not scopes:
            return
        self._known.fleet.choose(scopes)
        if self.services is None:
            self._known.scopes, self._known.were_chosen = tuple(scopes), True
            self._again = True
            self.open()

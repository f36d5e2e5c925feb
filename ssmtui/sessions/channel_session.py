"""One Session Manager session from StartSession to its end: grant, data channel, and the carrier of its sockets.

What happens to its output is up to a viewer: the manager feeds a terminal engine, ``ssmtui connect`` the terminal it
runs in, a tunnel its local connections. Nothing here knows any of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol

from ssmtui import inert, protocol
from ssmtui.aws.gateway import Gateway, LastCall
from ssmtui.contained import Contained
from ssmtui.errors import (
    AccessDenied,
    CredentialsError,
    LinkClosed,
    ProxyRefused,
    RemoteProtocolError,
    SessionGone,
    SsmtuiError,
    TargetNotConnected,
    Throttled,
)
from ssmtui.model import Grant, SessionDocument, StartRequest, TerminalSize
from ssmtui.protocol import InputBounds
from ssmtui.protocol.handshake import PORT, TERMINALS
from ssmtui.protocol.limits import CLIENT_LIMITS
from ssmtui.protocol.versions import knows_terminate_flag
from ssmtui.sessions.accounting import Accounting, Begin, why_it_failed
from ssmtui.sessions.agent_words import destination, encryption_context, misfit
from ssmtui.sessions.carrier import Carrier, TakenElsewhere
from ssmtui.sessions.channel_log import ChannelLog
from ssmtui.sessions.end_cause import EndCause
from ssmtui.sessions.entry import Approve, SessionEntry
from ssmtui.sessions.farewell import last_words, resume_denied
from ssmtui.sessions.intake import Intake
from ssmtui.sessions.paste import InputKind
from ssmtui.sessions.plain_command import RUNS_AFTER
from ssmtui.sessions.start_queue import StartQueue
from ssmtui.sessions.states import SessionState, step
from ssmtui.sessions.taking_over import (
    TAKEN_ELSEWHERE,
    TakeOver,
    looks_encrypted,
    refusal,
    refusal_by,
    resumed,
    seems_encrypted,
)
from ssmtui.sessions.troubles import PASSING, SessionTroubles, Trouble
from ssmtui.sign_in import SignIn
from ssmtui.tasks import Tasks
from ssmtui.transport.link import Dialer
from ssmtui.transport.redirect import redirected
from ssmtui.transport.stamp import new_nonce, new_stamp

log = logging.getLogger(__name__)

PORT_LIMITS = replace(CLIENT_LIMITS, writable=256)
"""A port session reads no more from local sockets while a few hundred frames are unacknowledged (protocol.md
section 7): every other connection waits for the frames in front of its own."""
SLOW_START = 4.0
"""Seconds without an answer to StartSession after which the notice says how long it has been."""
JUST_TYPED = 60.0
"""Seconds after the last input in which a person counts as waiting for what comes of it: while a session is in use a
silent service shows in less than 10 s, in one that nobody uses within 16 s."""
NORMAL_CLOSURE = 1000
"""The code with which the service closes a socket for the session's sake, and not because something failed."""
TOO_SOON = 60.0
"""Seconds before which it has no reason of its own to do so. Where it does, there may be a newer socket, of another
client."""
GAP_LASTS = 30.0
"""Seconds on one socket after which output that is missing counts as taken by another client."""
FLAG_GRACE = 2.0
"""Seconds that a port session has to end by its flag before TerminateSession ends it (protocol.md section 6.4)."""


class Viewer(Protocol):
    """Receives what a session has to show. Called on the event loop; must not block."""

    def session_changed(self) -> None:
        """State, notice, reason or another fact is different. What this raises is reported and contained."""

    def session_output(self, data: bytes, *, stderr: bool) -> None:
        """The next bytes of the node's output, in order. What this raises ends the session: the bytes are acknowledged
        already, and would be missing from the screen without a word."""


class ChannelSession:
    """A session that starts as soon as it is made, ends in ``ENDED`` or ``FAILED``, and leaves nothing behind at the
    service.

    The caller holds it for as long as it likes, calls :meth:`end` when it is done, and awaits :attr:`life` before it
    closes the gateway: TerminateSession is called by then. A session that the service has not confirmed to be gone has
    ``confirmed_gone`` False, and the caller names it to the person.
    """

    def __init__(
        self,
        request: StartRequest,
        gateway: Gateway,
        dialer: Dialer,
        viewer: Viewer,
        tasks: Tasks,
        clock: Callable[[], float] = time.monotonic,
        *,
        port: bool | None = False,
        granted: Grant | None = None,
        approve: Approve | None = None,
        starts: StartQueue | None = None,
        end_denied: Callable[[AccessDenied], None] = lambda error: None,
        takes_over: TakeOver | None = None,
        document: Callable[[], Awaitable[SessionDocument | None]] | None = None,
        wall: Callable[[], float] = time.time,
        begin: Begin | None = None,
    ) -> None:
        """Start it, as tasks of ``tasks``, which must outlive it. ``clock`` and ``wall`` return seconds, the latter
        since the epoch.

        With ``port`` the viewer carries a Port session's bytes, without it a terminal's: a session of the other kind
        fails. With None the viewer takes either, and the agent says which it is.

        ``granted`` is what StartSession has answered to another program, which leaves the session to this one. With
        ``approve`` the session starts once access is approved, over the line that ``approve`` returns; with ``starts``
        when it has its turn there. ``end_denied`` is called when a policy forbids TerminateSession.

        With ``takes_over`` a session that is alive is gone on with. Until it is open it is not ended here, whatever
        happens. ``document`` reads the one that it runs, which says whether it can be taken over where nobody knows.

        ``begin`` begins its record in the ledger, before AWS is called for it; None: there is no ledger.
        """
        self.request = request
        self.state = SessionState.STARTING if approve is None else SessionState.AWAITING_APPROVAL
        self.session_id = takes_over.session_id if takes_over is not None else ""
        self.error: SsmtuiError | None = None
        self.end_reason = ""
        self.end_cause: EndCause | None = None
        """Who or what has ended it; None while it lives."""
        self.message = ""
        """The agent's CustomerMessage (protocol.md section 5.4), as printable lines."""
        self.log = ChannelLog(wall)
        """What has happened to its channel."""
        self._troubles = SessionTroubles()
        self.session_type = takes_over.session_type if takes_over is not None else ""
        self.agent_version = ""
        self.properties: Mapping[str, object] = {}
        """Of a Port session, as the agent's handshake gave them (protocol.md section 6.4). Untrusted."""
        self.encrypted = False
        self._key_error: SsmtuiError | None = None
        """Why KMS gave no key for the session; None while it has given one, or was not asked."""
        self.exit_code: int | None = None
        self._signed_out: CredentialsError | None = None
        """Why it cannot be resumed until somebody signs in."""
        self.confirmed_gone = False
        """Whether the service said that there is no session (any more)."""
        self.left_alive = False
        """Whether it is over here and was left as it is at the service."""
        self.left_at = InputBounds()
        """Where its input and output stood then."""
        self._drained = asyncio.Event()
        self.unsent = 0
        """Bytes that were typed or pasted and were not acknowledged when it was left: the node may not have them."""
        self._cut_off = 0
        """Bytes of a paste that was stopped because the session is left."""
        self.is_taken_over = False
        """Whether another client began it, and this one may speak to it."""
        self._is_plain_text = False
        """Whether the first output of a session that was taken over was text."""
        self._takes_over = takes_over
        self._document = document
        limits = CLIENT_LIMITS if port is False else PORT_LIMITS
        bounds = takes_over.bounds if takes_over is not None else None
        self.channel = protocol.DataChannel(
            protocol.Role.CLIENT, new_stamp, limits=limits, nonce=new_nonce, takes_over=bounds
        )
        self._port = port
        self._granted = granted
        self.accounting = Accounting(begin, self.channel, lambda: self._carrier.wake(), lambda: self._changed())
        """Its record in the ledger."""
        self.ahead = 0
        """How many other sessions are started before this one."""
        self._entry = SessionEntry(gateway, approve, starts)
        self._viewer = viewer
        self._tasks = tasks
        self._clock = clock
        self._end_denied = end_denied
        self._asked_at: float | None = None
        """When StartSession was called, while it has not answered."""
        self._broken = Contained(f"session {request.label}")
        self.intake = Intake(self.channel, request)
        """What is typed and pasted, on its way to the channel."""
        self._sent_at: float | None = None
        self._carried_at = 0.0
        """When the last socket was opened."""
        client_id = takes_over.client_id if takes_over is not None else None
        self._carrier = Carrier(self.channel, gateway, self._own_way(dialer), self, clock, client_id=client_id)
        self._serving: asyncio.Task[None] | None = None
        self.life = tasks.start(f"session {request.label}", self._live())
        """Done once the session is over and the service knows, or could not be reached. Never raises."""

    # Facts

    @property
    def latency(self) -> float | None:
        """Round trip to the service in seconds, by the last ping; None before it."""
        return self._carrier.latency

    @property
    def quiet_for(self) -> float | None:
        """Seconds since the last frame came; None before the first."""
        heard = self._carrier.last_heard
        return None if heard is None else self._clock() - heard

    @property
    def idle_for(self) -> float | None:
        """Seconds since input, a size or a resume last went to the service, which counts these as activity and nothing
        else; None before the first socket."""
        return None if self._sent_at is None else self._clock() - self._sent_at

    @property
    def sign_in(self) -> SignIn | None:
        """The sign-in that it waits for, or for want of which it could not start; None: no sign-in would help."""
        error = self.error or self._signed_out
        return error.sign_in if isinstance(error, CredentialsError) else None

    @property
    def resumes(self) -> int:
        """How often it was resumed."""
        return self._carrier.resumes

    @property
    def trouble(self) -> str:
        """What the session waits for, or what goes wrong without ending it; empty when all is well."""
        return self._slow_start or self.reported_trouble

    @property
    def reported_trouble(self) -> str:
        """The same without the time that StartSession takes, which changes by the clock alone and is not announced."""
        return str(self._troubles)

    @property
    def _slow_start(self) -> str:
        """How long StartSession has gone without an answer, once that is long. Not a Trouble, since it changes by the
        clock alone."""
        if self._asked_at is None or (waited := self._clock() - self._asked_at) < SLOW_START:
            return ""
        operation = "StartSession" if self.request.container is None else "ExecuteCommand"
        if self._takes_over is not None:
            operation = "ResumeSession"
        return (
            f"AWS has not answered {operation} for {waited:.0f} s. It is still waited for; closing the tab gives up. "
            "If this lasts, check the network and the proxy, or run ssmtui doctor."
        )

    def last_call(self) -> LastCall | None:
        """The call that ends it at the service without the event loop; None where the service has none to end. One
        whose start was not answered has no id yet (see :meth:`ssmtui.aws.gateway.Gateways.unanswered`). Any thread may
        call this."""
        if self.confirmed_gone or self.left_alive or not self.session_id or not self._is_ours:
            return None
        return LastCall(self.session_id, self._end_without_loop)

    def _end_without_loop(self) -> None:
        self._entry.end_without_loop(self.session_id)
        self.accounting.ended_without_loop()

    # What a person does

    def write(self, data: bytes, kind: InputKind = InputKind.TYPED) -> None:
        """Send typed bytes to the node. While there is no connection, or the agent is not ready, they are kept as far
        as there is room; beyond that they are dropped, and the notice says so. Ignored once the session is over."""
        if not self._takes_keys or not data:
            return
        if kind is InputKind.ANSWER and not self.channel.writable:
            # A node that asks without end and acknowledges nothing would fill the memory with its answers.
            return
        if self.state is not SessionState.OPEN and not self.intake.has_room:
            self._tell(Trouble.FULL, "No more of what you type is kept until the node can be reached.")
            return
        self._watching(lambda now: self.intake.write(data, now, kind))

    def paste(self, data: bytes) -> None:
        """Send pasted bytes, already encoded for the remote program, as fast as the node acknowledges them."""
        if self._takes_keys and data:
            self._watching(lambda now: self.intake.paste(data, now))

    def cancel_paste(self) -> None:
        """Send no more of the pastes under way."""
        if self._takes_input:
            self._watching(self.intake.cancel_paste)

    def send_flag(self, flag: protocol.Flag) -> None:
        """Send a flag behind the input so far. ``session_changed`` is called when the node has all of it."""
        if self._takes_input:
            self.channel.send_flag(flag, self._clock())
            self.channel.report_drained()
            self._carrier.wake()

    async def typed_arrives(self, seconds: float) -> None:
        """Return once the node has acknowledged all that was typed and pasted, after ``seconds`` at most; at once where
        there is no connection to it. A paste that takes longer is stopped then, so that the program has its end: it
        would take all that is ever typed for more of it."""
        if not await self._arrives_within(seconds) and self.intake.progress is not None:
            self._cut_off = self.intake.waiting
            self.cancel_paste()
            await self._arrives_within(seconds / 2)

    async def _arrives_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                # What waits is given to the channel bit by bit, which may have none of it for a moment.
                while self.state is SessionState.OPEN and (self.channel.unacknowledged[0] or self.intake.waiting):
                    self._drained.clear()
                    self.channel.report_drained()
                    self._carrier.wake()
                    await self._drained.wait()
                return True
        return False

    def resume_now(self) -> None:
        """Make the next attempt to resume now instead of after its pause."""
        self._carrier.hurry()

    def resize(self, size: TerminalSize) -> None:
        """Tell the node the terminal's size."""
        if self._takes_input:
            if not self._is_ours:
                # A session that is taken over is found by its size.
                self.channel.send_size(size, self._clock())
            self._watching(lambda now: self.intake.resize(size, now))

    def learn(self, document: SessionDocument | None) -> None:
        """Take in the document that the session runs, None when it cannot be read. Call this once the session is open:
        where the handshake was skipped, only the document says what type it is (protocol.md section 5.1)."""
        if not self._takes_input:
            return
        if not self.session_type and document is not None:
            self.session_type = document.session_type
            self.accounting.learned(session_type=self.session_type)
        self._watching(lambda now: self.intake.learn(self.session_type, document, now))

    @property
    def destination_refuses(self) -> bool:
        """Whether a Port session's node could not connect to its destination, and nothing has come from there since."""
        return Trouble.DESTINATION in self._troubles

    def destination_answers(self) -> None:
        """Bytes have come from a Port session's destination: an earlier refusal is over."""
        self._troubles.clear(Trouble.DESTINATION)

    def end(self) -> None:
        """End it. Returns at once; TerminateSession is called in the background, and :attr:`life` waits for it. One
        that was to be taken over, and is not yet, is left alive."""
        if not self.state.live or self.state is SessionState.CLOSING:
            return
        if not self._is_ours:
            self.detach()
            return
        was_open = self.state is SessionState.OPEN
        self.end_cause = EndCause.PERSON
        self._go(SessionState.CLOSING)
        self.accounting.closing()
        self._entry.give_up()
        if self._serving is None:
            return
        # A port session's agent ends by a flag that stays behind the data, so the last bytes still arrive; by
        # TerminateSession they are lost (protocol.md section 6.4). That is the fallback, should no end come of it.
        if was_open and self._port and knows_terminate_flag(self.agent_version):
            self.channel.send_flag(protocol.Flag.TERMINATE, self._clock())
            self._carrier.wake()
            asyncio.get_running_loop().call_later(FLAG_GRACE, self._stop_serving)
        else:
            self._stop_serving()

    @property
    def is_being_taken_over(self) -> bool:
        """Whether another client began it, and this one may not speak to it yet."""
        return not self._is_ours

    @property
    def can_be_left(self) -> bool:
        """Whether it may be left alive: another client could take it over, as far as anybody knows."""
        if not self._is_ours:
            return True
        return (
            self._takes_input
            and bool(self.session_id)
            and self._port is False
            and refusal(self.session_type, encrypted=self.encrypted) is None
        )

    def detach(self, reason: str = "") -> None:
        """Leave it alive at the service, over here, because of ``reason``. Returns at once. Only where it
        :attr:`can_be_left`: any other is ended."""
        if not self._takes_input:
            return
        if not self.can_be_left:
            self.end()
            return
        self._leave(elsewhere=reason == TAKEN_ELSEWHERE)
        self.unsent = self.channel.unacknowledged[1] + self.intake.waiting + self._cut_off
        self.end_reason = reason
        self.end_cause = EndCause.TAKEN if reason == TAKEN_ELSEWHERE else EndCause.LEFT
        self._go(SessionState.DETACHED)
        self._entry.give_up()
        self._stop_serving()

    def _leave(self, *, elsewhere: bool = False) -> None:
        self.left_alive = True
        # Until the socket is closed more may come. Shown or acknowledged, it would be missing in these bounds.
        self._carrier.stop_reading()
        self.left_at = self.channel.bounds
        self.accounting.left(self.left_at, elsewhere=elsewhere)

    def lose_to_another(self) -> None:
        """Another client goes on with it: it is over here."""
        self.detach(TAKEN_ELSEWHERE)

    def give_up(self, error: SsmtuiError) -> None:
        """End it with ``error``, because the viewer cannot use what the node sends."""
        if self._takes_input:
            self._fail(error)

    # Its life

    async def _live(self) -> None:
        try:
            if not self._entry.needs_approval or await self._is_approved():
                await self._run()
        except SsmtuiError as error:
            # Neither the approval nor StartSession has left anything behind. One that cannot be taken over is left as
            # it was.
            self.confirmed_gone = self._is_ours or isinstance(error, SessionGone)
            self._asked_at = None
            if self._takes_input:
                self._fail(error)
        except Exception as error:
            self._asked_at = None
            self._fail(self._defect(error))
        finally:
            await self._entry.close()
        if self.state is SessionState.CLOSING:
            self._go(SessionState.ENDED)
        if self.confirmed_gone:
            cause = self.end_cause if self._is_ours else None
            self.accounting.ended(cause, self.exit_code, self.end_reason or why_it_failed(self.error))

    async def _is_approved(self) -> bool:
        """Wait until access is approved, and use the line that comes of it from then on. Returns False when the person
        gave up."""
        line = await self._entry.wait(lambda text: self._tell(Trouble.APPROVAL, text))
        self._troubles.clear(Trouble.APPROVAL)
        if line is None or self.state is SessionState.CLOSING:
            self.confirmed_gone = True
            return False
        self._carrier = Carrier(self.channel, line.gateway, self._own_way(line.dialer), self, self._clock)
        self.log.approved()
        self._go(SessionState.STARTING)
        return True

    def _own_way(self, dialer: Dialer) -> Dialer:
        """``dialer``, to the interface endpoint that the saved connection names, if it does."""
        return redirected(dialer, [self.request.options.message_endpoint])

    async def _run(self) -> None:
        self._asked_at = self._clock()
        # Not cancelled by end(): without the answer nobody knows the id of the session to terminate.
        grant = await self._entry.start(self._begin, self._queue, self._starts_later)
        self._asked_at = None
        self._troubles.clear(Trouble.QUEUE)
        if grant is None:
            self.confirmed_gone = self._is_ours
            return
        self.session_id = grant.session_id
        self.log.answered(grant.session_id, is_ours=self._is_ours)
        self.accounting.answered(grant.session_id, self._carrier.client_id)
        if self._takes_input:
            self._go(SessionState.CONNECTING)
            carrying = self._carrier.run(grant)
            self._serving = self._tasks.start(f"channel {grant.session_id}", carrying, awaited=True)
            # wait() and not await: the cancel of the carrier is how serving ends, not an end of this task.
            await asyncio.wait({self._serving})
            await self._settle(self._serving)
        if not (self.confirmed_gone or self.left_alive):
            self.confirmed_gone = await self._entry.terminate(self.session_id, self._policy_forbids_end)
            self.log.terminated(self.confirmed_gone)
            if not self.confirmed_gone:
                told = f"The service did not confirm the end of {self.session_id}; it may last until its idle timeout."
                self._tell(Trouble.END, told)

    async def _begin(self, gateway: Gateway) -> Grant:
        """StartSession, if it was not called before, or ResumeSession where it is taken over and nothing speaks against
        that."""
        await self.accounting.begun()
        takes_over = self._takes_over
        if takes_over is None:
            return self._granted or await gateway.start_session(self.request)
        refused = refusal(takes_over.session_type, encrypted=takes_over.encrypted)
        if refused is None and self._document is not None and (takes_over.encrypted is None):
            refused = refusal_by(await self._document())
        if refused is not None:
            raise refused
        return await resumed(gateway, takes_over.session_id)

    def _policy_forbids_end(self, error: AccessDenied) -> None:
        self._broken.call(self._end_denied, error)

    def _queue(self, ahead: int) -> None:
        self.ahead = ahead
        self._asked_at = None if ahead else self._clock()
        others = "1 other session" if ahead == 1 else f"{ahead} other sessions"
        self._tell(Trouble.QUEUE, f"Waiting for {others} to be started." if ahead else "")

    def _starts_later(self, why: Throttled | TargetNotConnected | None) -> None:
        """AWS refused to start the session for now; with None: it is asked again."""
        self._asked_at = self._clock() if why is None else None
        self.log.waits(why)
        if isinstance(why, Throttled):
            self._tell(Trouble.QUEUE, "AWS asks to slow down; the session is started in a moment.")
        elif why is not None:
            told = "The task was started a moment ago, and its agent is still connecting; it is tried again by itself."
            self._tell(Trouble.QUEUE, told)

    async def _settle(self, serving: asyncio.Task[None]) -> None:
        """Set the state that follows from how serving ended, unless the channel's own end has already done so."""
        if serving.cancelled():
            return
        error = serving.exception()
        if not isinstance(error, SsmtuiError):
            error = self._defect(error)
        if not self._takes_input:
            return
        if isinstance(error, SessionGone):
            self.confirmed_gone = True
            self.end_reason = await last_words(self._entry.gateway, self.session_id)
            self.log.gone(self.end_reason)
            self._conclude(EndCause.GONE)
            return
        if isinstance(error, TakenElsewhere):
            self.lose_to_another()
            return
        if isinstance(error, AccessDenied):
            # Only ResumeSession is called by then. The shell is lost, and it did not fail: the tab keeps its screen,
            # and offers another session.
            self.error = resume_denied(error)
            self._conclude(EndCause.NOT_RESUMED)
            return
        self._fail(error)

    def _defect(self, error: BaseException | None) -> SsmtuiError:
        """The error to show for an exception that nobody has foreseen; its traceback is logged."""
        log.error("session %s broke", self.session_id, exc_info=error)
        return SsmtuiError(
            type(error).__name__,
            title="A defect in ssmtui ended this session",
            remedy="Other sessions are not affected. The log has the details: please report them.",
        )

    def _conclude(self, cause: EndCause) -> None:
        """It is over, unless the person has ended or left it meanwhile."""
        if self._takes_input:
            self.end_cause = cause
            self._go(SessionState.ENDED)

    # What the carrier reports (carrier.Watcher)

    def carried(self) -> None:
        """There is a socket: wait for the agent, or go on where it was lost."""
        self._troubles.clear(Trouble.CONNECTION, Trouble.SILENCE, Trouble.FULL)
        self._signed_out = None
        # A resume counts as activity for the idle timeout (protocol.md section 1.1).
        self._sent_at = self._carried_at = self._clock()
        self.log.carried(self.state)
        is_open = self.channel.state is protocol.ChannelState.OPEN
        self._go(SessionState.OPEN if is_open else SessionState.WAITING)

    def lost(self, why: SsmtuiError) -> None:
        """There is none, and the next attempt follows, unless the session is ending anyway: TerminateSession needs no
        socket."""
        if not self._takes_input:
            self._stop_serving()
            return
        if isinstance(why, LinkClosed) and why.code == NORMAL_CLOSURE and self._clock() - self._carried_at < TOO_SOON:
            self._doubt()
        self.log.lost(self.state, why)
        self._troubles.set(Trouble.CONNECTION, f"Connection lost ({inert.line(why.detail)}); trying again.")
        self._go(SessionState.LOST)

    def _doubt(self) -> None:
        """Have it found out whether another client has gone on with the session. Otherwise the two would take it from
        each other again and again."""
        # A skipped handshake says nothing of the type. It is a terminal, unless another client began the session.
        if self.session_type in TERMINALS or not (self.session_type or self._takes_over is not None):
            self.channel.doubt()

    def redialling(self, why: SsmtuiError) -> None:
        """The first socket could not be opened; it is tried again for some seconds."""
        self.log.redialling(why)
        self._tell(Trouble.CONNECTION, f"The data channel cannot be opened ({inert.line(why.detail)}); trying again.")

    def refused(self, why: SsmtuiError, pause: float | None) -> None:
        """The service refuses to resume the session, several times by now."""
        if not self._takes_input:
            self._stop_serving()
            return
        self.log.refused(why)
        again = "It is not tried again by itself" if pause is None else f"The next attempt is in {pause:.0f} s"
        who = "proxy" if isinstance(why, ProxyRefused) else "service"
        told = f"The {who} refuses to resume: {inert.line(why.detail)}. {again}: resume tries now, close gives up."
        self._troubles.set(Trouble.CONNECTION, told)
        self._go(SessionState.LOST)

    def is_awaited(self) -> bool:
        """Whether somebody waits for the node: something is not acknowledged, or was sent a moment ago."""
        idle_for = self.idle_for
        return self.channel.unacknowledged[0] > 0 or (idle_for is not None and idle_for < JUST_TYPED)

    async def holds(self) -> bool:
        """Whether no other client has it."""
        return await self.accounting.holds()

    def resuming(self) -> None:
        """An attempt is under way."""
        self._go(SessionState.RESUMING)

    def signed_out(self, why: CredentialsError) -> None:
        """It goes on once somebody has signed in, unless it runs on approved credentials, which that does not renew."""
        if (expired := self._entry.expired()) is not None:
            self._fail(expired)
            return
        self.log.signed_out(why)
        self._signed_out = why
        told = f"Sign in to AWS again; the session then goes on by itself. {inert.line(why.detail)}"
        self._troubles.set(Trouble.CONNECTION, told)
        self._go(SessionState.SIGNED_OUT)

    def silent(self, silent: bool) -> None:
        """The socket is open, and nothing comes."""
        self.log.silent(silent)
        kept = "what is sent" if self._port else "what you type"
        self._tell(Trouble.SILENCE, f"The service does not answer; {kept} is kept." if silent else "")

    def replenish(self) -> None:
        """The channel is about to be asked for frames: give it more of what waits. That counts as activity."""
        self.accounting.look()
        gave, tell = self.intake.replenish(now := self._clock())
        if gave:
            self._sent_at = now
        if tell:
            self._changed()

    def happened(self, events: list[protocol.Event]) -> None:
        """What the channel reports, in order. The output of one turn goes to the viewer in one piece, because each
        piece costs a message to the engine host."""
        output: list[bytes] = []
        for event in events:
            if isinstance(event, protocol.Output):
                output.append(event.data)
                continue
            self._flush(output)
            self._on_event(event)
        self._flush(output)

    def _flush(self, output: list[bytes]) -> None:
        if output:
            if self._takes_over is not None and self._takes_over.encrypted is None and not self._is_plain_text:
                if looks_encrypted(output[0]):
                    # It is not this client's to end, whatever it has typed by now.
                    self._fail(seems_encrypted(), leave=True)
                    output.clear()
                    return
                self._is_plain_text = True
            self._show(b"".join(output), stderr=False)
            output.clear()

    def _show(self, data: bytes, *, stderr: bool) -> None:
        if self.intake.printed(self._clock()):
            self._changed()
        self._viewer.session_output(data, stderr=stderr)

    def _on_event(self, event: protocol.Event) -> None:
        self.log.happened(event)
        match event:
            case protocol.StdErr(data):
                self._show(data, stderr=True)
            case protocol.DataKeyWanted(key_id, challenge):
                self._tasks.start(f"data key {self.session_id}", self._fetch_data_key(key_id, challenge))
            case protocol.Ready():
                self._on_ready(event)
            case protocol.ExitCode(code):
                self.exit_code = code
                self._changed()
            case protocol.ChannelClosed(output):
                self._on_channel_closed(output)
            case protocol.HandshakeLate():
                self._tell(Trouble.AGENT, "The node's agent has not answered yet.")
            case protocol.Stalled(frames):
                waiting = "1 frame waits" if frames == 1 else f"{frames:,} frames wait"
                self._tell(Trouble.STALL, f"The node has stopped answering: {waiting} for it.")
            case protocol.GapOpened(expected, held):
                self._tell(Trouble.GAP, f"Output is missing on the way; {held} later frames are held until it comes.")
                self._watch_gap(expected, self.resumes)
            case protocol.Recovered():
                self._tell(Trouble.STALL)
            case protocol.GapFilled():
                self._tell(Trouble.GAP)
            case protocol.TakenOver(seen):
                if not seen:
                    self._tell(Trouble.UNSEEN, "The node may not hear what you type; its output comes.")
            case protocol.OutputMissing(frames):
                those = "1 frame" if frames == 1 else f"{frames:,} frames"
                self._tell(Trouble.MISSING, f"{those} of output went to the client before only.")
            case protocol.OtherClient():
                self.lose_to_another()
            case protocol.Writable():
                self._changed()
            case protocol.Drained():
                self._drained.set()
                self._changed()
            case protocol.FlagReceived(protocol.Flag.CONNECT_TO_PORT_ERROR) if self._port:
                self._tell(Trouble.DESTINATION, f"The node could not connect to {destination(self.properties)}.")
            case protocol.Fatal(reason):
                self._fail(RemoteProtocolError(inert.line(reason)))
            case protocol.Dropped(reason):
                log.info("session %s: dropped %s", self.session_id, reason)
            case _:
                log.debug("session %s: %s", self.session_id, type(event).__name__)

    def _watch_gap(self, expected: int, resumes: int) -> None:
        """The agent sends its oldest frame again each second until it is acknowledged. One that does not come for
        :data:`GAP_LASTS` seconds on one socket, while others do, was acknowledged by somebody else."""
        if self._takes_over is not None:  # such a channel passes over it
            return

        def still_missing() -> None:
            if self.channel.expected == expected and self.state is SessionState.OPEN:
                if self.resumes == resumes:
                    self.lose_to_another()
                else:
                    self._watch_gap(expected, self.resumes)

        asyncio.get_running_loop().call_later(GAP_LASTS, still_missing)

    def _on_ready(self, event: protocol.Ready) -> None:
        self.session_type = event.session_type or self.session_type
        self.agent_version = event.agent_version
        self.encrypted = event.encrypted
        # Of one that was taken over the handshake is long past.
        encrypted = event.encrypted if self._takes_over is None else None
        self.accounting.learned(session_type=self.session_type, encrypted=encrypted)
        if self.state is not SessionState.WAITING:
            # The session is ending; a state that it has left is not entered again.
            return
        self.properties = event.properties or {}
        is_port = self.session_type == PORT
        if self._port is None:
            self._port = is_port
        if is_port != self._port:
            self._fail(misfit(self.session_type, port=self._port))
            return
        self.is_taken_over = self._takes_over is not None
        self.message = inert.lines(event.customer_message)
        self._troubles.clear(Trouble.AGENT)
        self.intake.ready(self.session_type, self._clock())
        if self.intake.is_plain:
            asyncio.get_running_loop().call_later(RUNS_AFTER, self._watching, self.intake.running)
        self._go(SessionState.OPEN)

    async def _fetch_data_key(self, key_id: str, challenge: str | None) -> None:
        """Get KMS's data key for this session and this node, or tell the agent why there is none (section 5.5). The
        agent gives up after 15 s without either."""
        context = encryption_context(self.session_id, self.request.target, challenge)
        try:
            key = await self._entry.gateway.generate_data_key(key_id, context)
        except SsmtuiError as error:
            self.log.data_key(error)
            self._key_error = error
            self._tell(Trouble.KEY, f"The session's key: {inert.line(_in_brief(error))}")
            self.channel.refuse_data_key(f"{error.title}: {error.detail}", self._clock())
        else:
            self.log.data_key(None)
            self.channel.supply_data_key(key.plaintext, key.ciphertext, self._clock())
        self._carrier.wake()

    def _on_channel_closed(self, output: str) -> None:
        # Nothing follows a channel_closed (protocol.md section 3.5): the session is gone and needs no other end.
        self.confirmed_gone = True
        self.end_reason = inert.lines(output)
        if self.state is SessionState.WAITING and self._key_error is not None:
            # What the agent says of it is only what it was told, among words of its own.
            self._fail(_no_key(self._key_error))
        elif self.state is SessionState.WAITING and self.end_reason:
            remedy = "Correct what the node says, then start the session again."
            self._fail(SsmtuiError(self.end_reason, title="The session ended before it began", remedy=remedy))
        else:
            self._conclude(EndCause.TOLD if self.end_reason else EndCause.CLOSED)
        self._stop_serving()

    # Bookkeeping

    @property
    def _takes_keys(self) -> bool:
        # Keys pressed while access is not approved are not meant for the node: they would run hours later, unseen.
        return self._takes_input and self.state is not SessionState.AWAITING_APPROVAL

    @property
    def _is_ours(self) -> bool:
        """Whether it was started here, or has been taken over, so that it is ended with its tab."""
        return self._takes_over is None or self.is_taken_over

    @property
    def _takes_input(self) -> bool:
        return self.state.live and self.state is not SessionState.CLOSING

    def _watching(self, act: Callable[[float], object]) -> None:
        """Call ``act``, which may give the channel input; send that, and announce a notice or a paste that comes or
        goes. Only what the channel took while open counts as activity: what is kept has not reached the service."""
        told, now = (self.intake.notice, self.intake.progress), self._clock()
        in_channel = self.channel.unacknowledged
        act(now)
        if self.state is SessionState.OPEN and self.channel.unacknowledged != in_channel:
            self._sent_at = now
        self._carrier.wake()
        if (self.intake.notice, self.intake.progress) != told:
            self._changed()

    def _changed(self) -> None:
        """Call the viewer. What it raises is reported and contained: the carrier that has got here must go on."""
        self._broken.call(self._viewer.session_changed)

    def _stop_serving(self) -> None:
        # Only once: a second cancel would interrupt the closing of the socket.
        if self._serving is not None and not self._serving.cancelling():
            self._serving.cancel()

    def _tell(self, kind: Trouble, text: str = "") -> None:
        """There is this trouble, or no more of it where ``text`` is empty."""
        if text:
            self._troubles.set(kind, text)
        else:
            self._troubles.clear(kind)
        self._changed()

    def _fail(self, error: SsmtuiError, *, leave: bool = False) -> None:
        """It has failed, and is ended; it is left alive where another client began it and it is not taken over yet, or
        with ``leave``."""
        if not self._takes_input:
            return
        self.error = error
        if (leave or not self._is_ours) and not self.confirmed_gone:
            self._leave()
        self.end_cause = EndCause.FAILED
        self._go(SessionState.FAILED)
        self._stop_serving()

    def _go(self, state: SessionState) -> None:
        self.state = step(self.state, state)
        self.log.went(state, self.error, self.end_reason)
        if not self._takes_input:
            self.intake.close()
            # Nobody waits for a connection any more.
            self._troubles.clear(*PASSING)
        self._changed()


def _in_brief(error: SsmtuiError) -> str:
    return error.brief if isinstance(error, AccessDenied) else str(error)


def _no_key(error: SsmtuiError) -> SsmtuiError:
    """Why a session that must be encrypted did not begin."""
    why = error.brief if isinstance(error, AccessDenied) else f"{error.title}: {error.detail}"
    detail = f"it is encrypted, and KMS gives no key for it: {inert.line(why)}"
    return SsmtuiError(detail, title="The session ended before it began", remedy=error.remedy)

"""Opening profiles from the screen: questions as dialogs, then the sessions, their form, or a word about why not."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from ssmtui import inert
from ssmtui.documents.port_forwards import OWN, Forward, parse
from ssmtui.errors import ConfigurationError, SsmtuiError
from ssmtui.forwards.tunnel import TunnelOptions
from ssmtui.profiles.opening import Left, Opener, Start, filled
from ssmtui.ui.accounts.words import scope_name
from ssmtui.ui.look import words
from ssmtui.ui.start.launch import Launch, Refusal
from ssmtui.ui.start.spreading import spreading_of
from ssmtui.ui.tunnels.actions import Wanted

if TYPE_CHECKING:
    from ssmtui.model import Node
    from ssmtui.profiles.asking import Asked, Asking
    from ssmtui.profiles.profile import Profile
    from ssmtui.profiles.scope_nodes import ScopeNodes
    from ssmtui.ui.profiles.context import ProfilesContext


def open_profiles(
    context: ProfilesContext,
    profiles: Sequence[Profile],
    *,
    edit: bool = False,
    layout: str = "",
    then: Callable[[], None] | None = None,
) -> None:
    """Start what all ``profiles`` mean, after what has to be asked and looked for; what cannot be opened is shown among
    the results. With ``edit`` the form is opened with it first. ``layout`` is how the sessions share a tab; empty: as
    the profiles say, where they agree. ``then`` is called just before sessions are started."""
    release = context.stage.hold_keys()

    async def opened() -> None:
        try:
            await Opening(context).open(profiles, edit=edit, layout=layout, then=then)
        except Left:
            pass
        finally:
            release()

    context.stage.run_worker(opened(), name="open connections", group="launch")


class Opening:
    """One opening, of a profile or of several, and the :class:`ssmtui.profiles.opening.Asker` of the screen."""

    one_only = False

    def __init__(self, context: ProfilesContext) -> None:
        self._context = context
        self._services = context.services

    async def open(
        self,
        profiles: Sequence[Profile],
        *,
        edit: bool = False,
        layout: str = "",
        then: Callable[[], None] | None = None,
    ) -> None:
        """Start what ``profiles`` mean, or have the form opened with it, as :func:`open_profiles` says. Raises
        :class:`Left`."""
        services = self._services
        opener = Opener(
            self,
            services.gateways,
            services.documents,
            fleet=services.fleet,
            favourites=services.usage.favourites,
            saved=services.filters.saved,
            now=self._context.clock.now,
            guard=self._context.starting.gate.guards().reason,
        )
        ready, refused = await filled(profiles, self)
        refusals = [Refusal(*each) for each in refused]
        found: list[Start] = []
        opened: list[str] = []
        beside: list[Wanted] = []
        alone: list[Wanted] = []
        wrong: SsmtuiError | None = None
        for profile in ready:
            try:
                starts = await opener.starts(profile)
                wrong = None if edit else next((one.refusal for one in starts if one.refusal is not None), None)
                if wrong is not None and len(profiles) > 1:
                    raise wrong
            except SsmtuiError as error:
                refusals.append(Refusal(profile.name, error))
                continue
            tunnels = _tunnels(profile, starts)
            sessions = [start for start in starts if start.forward is None and (profile.values.shell or start.refusal)]
            if not (sessions or tunnels):
                refusals.append(Refusal(profile.name, _opens_nothing(profile)))
                continue
            found += starts if edit and starts[0].forward is not None else sessions
            opened.append(profile.name)
            if sessions:
                beside += tunnels
            elif not edit or starts[0].forward is None:
                alone += tunnels
        launches = [_launch(start) for start in found]
        layouts = {profile.values.layout for profile in profiles}
        spreading = spreading_of(layout or (layouts.pop() if len(layouts) == 1 else ""))

        def note() -> None:
            for name in opened:
                services.profiles.note_use(name)
            if then is not None:
                then()

        def begin() -> None:
            self._context.tunnels.start(beside)
            if alone:
                self._context.tunnels.open(alone)
            note()

        if len(profiles) == 1 and refusals:
            self._context.stage.tell_error(refusals[0].error)
        elif launches and (edit or (wrong is not None and len(profiles) == 1)):
            self._context.starting.open_form(
                launches,
                error=wrong,
                rule=profiles[0].values.reason_rule,
                spreading=spreading,
                tunnel=_options(profiles[0]),
                then=begin,
            )
        elif alone and not (launches or refusals):
            self._context.tunnels.open(alone, then=note)
        elif launches or refusals:
            self._context.starting.launch(launches, spreading, then=begin, refusals=refusals)

    # Questions

    async def answers(self, profiles: Sequence[Profile], asking: Asking) -> Mapping[str, str]:
        """All in one form, with what was answered earlier."""
        from ssmtui.ui.kit.questions import Question, Questions

        if not asking.questions:
            return {}
        title = words.count(len(profiles), "connection") if len(profiles) > 1 else inert.line(profiles[0].name, 50)
        histories = self._services.histories
        await histories.load()
        before = {
            asked.text: histories.reasons.texts() if asked.is_reason else histories.entries.texts(_field(asked))
            for asked in asking.questions
        }
        questions = [Question(asked.text, asked.answer, asked.note, before[asked.text]) for asked in asking.questions]
        given = await self._context.stage.push_screen_wait(Questions(f"Open {title}", questions, asking.problems))
        if given is None:
            raise Left
        for asked in asking.questions:
            if asked.is_reason:
                histories.reasons.note(given[asked.text])
            else:
                histories.entries.note(given[asked.text], _field(asked))
        return given

    async def wait_for_list(self, profile: Profile, nodes: ScopeNodes) -> None:
        """With a dialog that counts them, unless it is short."""
        await self._wait(profile, nodes, nodes.complete(), "Listing")

    async def wait_for_tags(self, profile: Profile, nodes: ScopeNodes, undecided: Sequence[Node]) -> None:
        """With the same dialog."""
        await self._wait(profile, nodes, nodes.read_tags(undecided), "Reading tags of")

    async def _wait(self, profile: Profile, nodes: ScopeNodes, work: Coroutine[Any, Any, None], doing: str) -> None:
        from ssmtui.ui.start.listing import see_through

        note = f"{doing} the nodes of {scope_name(nodes.scope)}."

        def progress() -> str:
            if nodes.reads_tags:
                return nodes.problem.detail if nodes.problem is not None else "done"
            return f"{words.count(nodes.state.listed, 'node')} so far"

        if not await see_through(self._context.stage, work, inert.line(profile.name, 40), note, progress):
            raise Left

    async def choose(self, profile: Profile, nodes: Sequence[Node]) -> Node:
        """From a list that is filtered by typing."""
        from ssmtui.ui.nodes.node_choice import NodeChoice

        shown = NodeChoice(inert.line(profile.name, 40), nodes, self._context.clock.now())
        chosen = await self._context.stage.push_screen_wait(shown)
        if chosen is None:
            raise Left
        return chosen

    def waiting(self, what: str) -> nullcontext[None]:
        """Nothing is shown: the screen goes on meanwhile."""
        return nullcontext()

    def warn(self, problem: SsmtuiError) -> None:
        """Beside what is shown."""
        self._context.stage.tell_error(problem, severity="warning")


def _tunnels(profile: Profile, starts: Sequence[Start]) -> list[Wanted]:
    """What is forwarded: that of a Port document, and of ``forwards``."""
    values, options = profile.values, _options(profile)
    found: list[Wanted] = []
    for number, start in enumerate(starts):
        forwards: list[str | Forward] = []
        if start.forward is not None:
            forwards.append(start.forward._replace(bind=OWN) if len(starts) > 1 else start.forward)
        # A local port leads to one place: where each node has none of its own, to the first one.
        forwards += [text for text in values.forwards if not number or _is_own(text)]
        if forwards:
            found.append(Wanted(forwards, *_launch(start), options))
    return found


def _is_own(text: str) -> bool:
    """Whether ``text`` forwards from an address that each target has for itself."""
    return text.startswith(f"{OWN}:") and parse(text).bind == OWN


def _options(profile: Profile) -> TunnelOptions:
    values = profile.values
    return TunnelOptions(
        values.tunnel_sessions, values.tunnel_keep_alive, group=profile.name, database_user=values.database_user
    )


def _opens_nothing(profile: Profile) -> SsmtuiError:
    return ConfigurationError(
        f"{profile.place}: {inert.line(profile.name, 50)} has shell = false, forwards nothing, and its document is no "
        "Port one",
        title="The connection opens nothing",
        remedy="Give it forwards or a Port document, or leave shell out.",
    )


def _launch(start: Start) -> Launch:
    return Launch(start.request, start.node if start.listed else None)


def _field(asked: Asked) -> str:
    """What the history calls a question, whichever profile asks it."""
    return f"profiles/{asked.text.replace('/', ' ')}"

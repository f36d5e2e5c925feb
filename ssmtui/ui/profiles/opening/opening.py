"""Opening profiles: from what is saved, by what has to be asked and looked for, to the sessions that are started.

One object is one opening, of a profile or of several. It runs in a worker and ends in
:func:`ssmtui.ui.start.launching.launch`, or in a word about why not.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.documents import checks
from ssmtui.errors import ConfigurationError, DocumentError, SsmtuiError
from ssmtui.model import Scope, SessionDocument
from ssmtui.profiles import resolving
from ssmtui.profiles.asking import Asked, Asking
from ssmtui.ui.look import words
from ssmtui.ui.profiles.opening.nodes import Given, Left, ProfileNodes
from ssmtui.ui.start import form_actions as start_flows
from ssmtui.ui.start import launching as launch_flows
from ssmtui.ui.start.batch import Refusal
from ssmtui.ui.start.launch import Launch
from ssmtui.ui.tunnels import actions as tunnel_flows

if TYPE_CHECKING:
    from ssmtui.model import AwsProfile
    from ssmtui.profiles.profile import Profile
    from ssmtui.ui.frame.app import SsmtuiApp


def open_profiles(
    app: SsmtuiApp, profiles: Sequence[Profile], *, edit: bool = False, then: Callable[[], None] | None = None
) -> None:
    """Start what all ``profiles`` mean, after what has to be asked and looked for; what cannot be opened is shown among
    the results. With ``edit`` the form is opened with it first. ``then`` is called just before sessions are started."""
    release = app.hold_keys()

    async def opened() -> None:
        try:
            await Opening(app).open(profiles, edit=edit, then=then)
        finally:
            release()

    app.run_worker(opened(), name="open profiles", group="launch")


class Opening:
    """What several profiles that are opened at once have in common."""

    def __init__(self, app: SsmtuiApp) -> None:
        assert app.services is not None
        self._app = app
        self._services = app.services
        self._nodes = ProfileNodes(app)
        self._aws_profiles: Sequence[AwsProfile] | None = None
        self._refusals: list[Refusal] = []

    async def open(
        self, profiles: Sequence[Profile], *, edit: bool = False, then: Callable[[], None] | None = None
    ) -> None:
        """Start what ``profiles`` mean, or have the form opened with it; ``then`` is called before the sessions are
        started."""
        ready = [profile for profile in profiles if self._may_open(profile)]
        launches: list[Launch] = []
        opened: list[str] = []
        wanted: list[tunnel_flows.Wanted] = []
        wrong: SsmtuiError | None = None
        try:
            for profile in await self._filled(ready):
                try:
                    found = await self._launches(profile)
                    if not edit:
                        for each in found:
                            wrong = await self._problem(each)
                            if wrong is not None and len(profiles) > 1:
                                raise wrong
                    launches += [await self._without_defaults(each) for each in found]
                    opened.append(profile.name)
                    # Of several nodes the first one: a local port leads to one place.
                    wanted += [tunnel_flows.Wanted(profile.values.forwards, *each) for each in found[:1]]
                except SsmtuiError as error:
                    self._refusals.append(Refusal(profile.name, error))
        except Left:
            return

        def starts() -> None:
            for name in opened:
                self._services.profiles.note_use(name)
            tunnel_flows.start(self._app, wanted)
            if then is not None:
                then()

        if len(profiles) == 1 and self._refusals:
            self._app.tell(inert.line(str(self._refusals[0].error)), severity="error", seconds=12)
        elif launches and (edit or (wrong is not None and len(profiles) == 1)):
            start_flows.open_form(self._app, launches, error=wrong, rule=profiles[0].values.reason_rule, then=starts)
        elif launches or self._refusals:
            launch_flows.launch(self._app, launches, then=starts, refusals=self._refusals)

    # Asking

    def _may_open(self, profile: Profile) -> bool:
        """Whether nothing is known to keep it from being opened."""
        error: SsmtuiError | None = None
        if profile.problem:
            text = f"{profile.place}: {resolving.named(profile)}: {profile.problem}"
            error = ConfigurationError(text, remedy="Correct it in the file, or edit the profile.")
        else:
            try:
                Asking([profile], os.environ)
            except SsmtuiError as found:
                error = found
        if error is not None:
            self._refusals.append(Refusal(profile.name, error))
        return error is None

    async def _filled(self, profiles: Sequence[Profile]) -> list[Profile]:
        """``profiles`` with what is asked answered. Raises :class:`Left`."""
        from ssmtui.ui.profiles.opening.questions import Question, Questions

        asking = Asking(profiles, os.environ)
        answers: dict[str, str] = {}
        if asking.questions:
            title = words.count(len(profiles), "profile") if len(profiles) > 1 else inert.line(profiles[0].name, 50)
            questions = [
                Question(asked.text, asked.answer, asked.note, self._before(asked)) for asked in asking.questions
            ]
            given = await self._app.push_screen_wait(Questions(f"Open {title}", questions, asking.problems))
            if given is None:
                raise Left
            answers.update(given)
            for asked in asking.questions:
                self._note(asked, answers[asked.text])
        filled = []
        for profile in profiles:
            try:
                filled.append(asking.answered(profile, answers))
            except SsmtuiError as error:
                self._refusals.append(Refusal(profile.name, error))
        return filled

    def _before(self, asked: Asked) -> Sequence[str]:
        """What was answered earlier."""
        histories = self._services.histories
        return histories.reasons.texts() if asked.is_reason else histories.entries.texts(_field(asked))

    def _note(self, asked: Asked, answer: str) -> None:
        histories = self._services.histories
        if asked.is_reason:
            histories.reasons.note(answer)
        else:
            histories.entries.note(answer, _field(asked))

    # From a profile to requests

    async def _launches(self, profile: Profile) -> list[Launch]:
        scope = await self._scope(profile)
        guards = launch_flows.guards_of(self._app)
        launches = []
        for given in await self._nodes.find(profile, scope):
            reason = guards.reason(given.node, profile)
            request = resolving.request_of(profile, given.node, self._scope_of(given, scope), reason)
            launches.append(Launch(request, given.node if given.listed else None))
        return launches

    def _scope_of(self, given: Given, scope: Scope) -> Scope:
        """Where the call goes: an organization's list has nodes of other accounts as well."""
        return self._services.fleet.scope_of(given.node) if given.in_fleet else scope

    async def _scope(self, profile: Profile) -> Scope:
        default = self._services.scope
        if self._aws_profiles is None and profile.values.aws_profile not in ("", default.aws_profile):
            self._aws_profiles = await self._services.gateways.aws_profiles()
        return resolving.scope_of(profile, default, self._aws_profiles or ())

    # Documents

    async def _document(self, each: Launch) -> SessionDocument | None:
        """The document that is to run; None for the default shell, and where it cannot be read: the service then has
        the last word."""
        name, scope = each.request.document_name, each.request.scope
        if name is None or each.request.container is not None:
            return None
        found = await self._services.documents.of(scope).in_passing(name)
        return None if isinstance(found, SsmtuiError) else found

    async def _problem(self, each: Launch) -> SsmtuiError | None:
        """Why the document would refuse the parameters."""
        document = await self._document(each)
        refused = checks.refusals(document, each.request.parameters) if document is not None else {}
        if document is None or not refused:
            return None
        told = "; ".join(f"{inert.line(name, 60)}: {why}" for name, why in refused.items())
        profile = inert.line(each.request.options.profile, 60)
        return DocumentError(
            f"the profile {profile} gives {document.name} what it does not take: {told}",
            title="The parameters do not fit the document",
            remedy="Correct them here, and in the profile for the next time.",
        )

    async def _without_defaults(self, each: Launch) -> Launch:
        """What a document assumes by itself is not sent."""
        document = await self._document(each)
        if document is None or checks.refusals(document, each.request.parameters):
            return each
        kept = MappingProxyType(dict(checks.to_send(document, each.request.parameters)))
        return Launch(replace(each.request, parameters=kept), each.node)


def _field(asked: Asked) -> str:
    """What the history calls a question, whichever profile asks it."""
    return f"profiles/{asked.text.replace('/', ' ')}"

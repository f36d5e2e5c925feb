"""From what is to be started to sessions: guards, questions, results; for nodes, forms, profiles, folders, workspaces.

Dialogs are imported here, when first opened: the first frame does not pay for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.errors import SsmtuiError
from ssmtui.inventory.states import aliases
from ssmtui.model import Node, StartRequest
from ssmtui.ui.look.cells import tidy
from ssmtui.ui.start import just_in_time
from ssmtui.ui.start.batch import Batch, Refusal
from ssmtui.ui.start.launch import Launch

if TYPE_CHECKING:
    from ssmtui.profiles.guards import Guards
    from ssmtui.ui.frame.app import SsmtuiApp
    from ssmtui.ui.start.guard_question import Guarded

UNASKED = 5
"""Sessions that are opened at once without a question."""
MOST = 100
"""Sessions that are opened at once at all."""


def launch(
    app: SsmtuiApp,
    launches: Sequence[Launch],
    *,
    confirmed: bool = False,
    were_listed: bool = False,
    front: int | None = None,
    then: Callable[[], None] | None = None,
    refusals: Sequence[Refusal] = (),
) -> None:
    """Start these sessions: one in a tab that is shown, several in tabs of their own with their results over the list.

    Guarded nodes and more than a few sessions are asked about first, unless that is ``confirmed``; only guarded ones
    where all of them ``were_listed`` to the person just now. Where a request names no scope it is the node's, and what
    cannot be started is told. Leaving the results of several shows the tab of the ``front`` one, by its place in
    ``launches``. ``then`` is called just before the sessions are started, and not when the answer was no. ``refusals``
    is what could not even be tried: it is told among the results.
    """
    if len(launches) > MOST:
        text = f"{len(launches):,} sessions are asked for, and at most {MOST} are opened at once"
        app.tell(text, severity="warning", seconds=8)
        return
    ready, refused = _allowed(app, prepared(app, launches))
    if len(launches) == 1 and refused and not refusals:
        app.tell(inert.line(f"{refused[0].name}: {refused[0].error}", 300), severity="error", seconds=8)
        return
    refusals = [*refusals, *refused]
    if not ready and not refusals:
        return

    def start() -> None:
        if then is not None:
            then()
        _start(app, ready, refusals, front=front if len(ready) == len(launches) else None)

    if confirmed:
        start()
    else:
        ask(app, ready, start, were_listed=were_listed)


def prepared(app: SsmtuiApp, launches: Sequence[Launch]) -> list[Launch]:
    """``launches`` with the scope of each and the reason why it is guarded; those that nobody here may start are told
    and left out."""
    ready = []
    guards = guards_of(app)
    for each in launches:
        request, node = each
        options = request.options
        if not options.guarded and (reason := guards.reason(node or Node(request.target, ""))):
            request = replace(request, options=replace(options, guarded=reason))
        try:
            scoped = _scoped(app, request, node)
        except SsmtuiError as error:
            app.tell(f"{request.label}: {error.detail}. {error.remedy}", severity="error", seconds=8)
            continue
        ready.append(Launch(scoped, node))
    return ready


def _allowed(app: SsmtuiApp, launches: Sequence[Launch]) -> tuple[list[Launch], list[Refusal]]:
    """Those that may be started, and those that just-in-time access to their nodes does not cover."""
    ready, refused = [], []
    for each in launches:
        error = just_in_time.refusal(app, each.request)
        if error is None:
            ready.append(each)
        else:
            refused.append(Refusal(each.label, error))
    return ready, refused


def _scoped(app: SsmtuiApp, request: StartRequest, node: Node | None) -> StartRequest:
    if request.scope is not None or node is None:
        return request
    assert app.services is not None
    return replace(request, scope=app.services.fleet.scope_of(node))


def guards_of(app: SsmtuiApp) -> Guards:
    """What guards nodes now."""
    from ssmtui.profiles.guards import Guards

    assert app.services is not None
    known = aliases(app.services.fleet.states.values())
    return Guards(app.settings.guard, app.clock.now(), known, app.services.filters.saved)


def tell_unusable_guards(app: SsmtuiApp) -> None:
    """Tell what of the settings guards nothing, though it was meant to."""
    for problem in guards_of(app).problems if app.settings.guard else ():
        app.tell(problem, severity="warning", seconds=12)


def ask(app: SsmtuiApp, ready: Sequence[Launch], then: Callable[[], None], *, were_listed: bool = False) -> None:
    """Ask what is to be asked before ``ready`` are started, and go on with ``then`` when the answer is yes."""
    guarded = [_guarded(each) for each in ready if each.request.options.guarded]

    def answered(yes: bool | None) -> None:
        if yes:
            then()

    if guarded:
        from ssmtui.ui.start.guard_question import GuardQuestion

        app.push_screen(GuardQuestion(guarded, len(ready)), answered)
    elif len(ready) > UNASKED and not were_listed:
        from ssmtui.ui.start.open_question import OpenQuestion

        app.push_screen(OpenQuestion(_told_apart(ready)), answered)
    else:
        then()


def _guarded(each: Launch) -> Guarded:
    from ssmtui.ui.start.guard_question import Guarded

    name = each.node.name if each.node is not None else ""
    return Guarded(name, each.request.target, each.request.options.guarded)


def _told_apart(ready: Sequence[Launch]) -> list[str]:
    """Their nodes, with AWS profile and region where these are not the same for all."""
    places = [_place(each) for each in ready]
    profiles = len({aws_profile for aws_profile, _ in places}) > 1
    regions = len({region for _, region in places}) > 1
    told = []
    for each, (aws_profile, region) in zip(ready, places, strict=True):
        where = [aws_profile or "default credentials"] * profiles + [region] * regions
        told.append("  ".join([tidy(each.label, 30), *(tidy(part, 20) for part in where)]))
    return told


def _place(each: Launch) -> tuple[str, str]:
    """AWS profile and region."""
    if each.node is not None:
        return each.node.aws_profile, each.node.region
    scope = each.request.scope
    return (scope.aws_profile or "", scope.region) if scope is not None else ("", "")


def _start(
    app: SsmtuiApp, ready: Sequence[Launch], refusals: Sequence[Refusal] = (), *, front: int | None = None
) -> None:
    if len(ready) == 1 and not refusals:
        app.panes.start(*ready[0])
        return
    batch = Batch(app.panes, ready, refusals, refusal=partial(just_in_time.refusal, app))
    app.run_worker(batch.run(), name="start sessions", group="start sessions")
    show_starts(app, batch, front)


def show_starts(app: SsmtuiApp, batch: Batch, front: int | None = None) -> None:
    """Show how the sessions of ``batch`` fare, over the list, and then the tab of the ``front`` one."""
    from ssmtui.ui.start.results import EditFailed, Starts

    def answered(answer: int | EditFailed | None) -> None:
        if isinstance(answer, EditFailed):
            _edit_failed(app, batch)
        elif answer is not None:
            app.panes.show(answer)
        elif front is not None and (key := batch.attempts[front].key) in app.panes.tabs.keys:
            app.panes.show(key)

    app.push_screen(Starts(batch, front or 0), answered)


def _edit_failed(app: SsmtuiApp, batch: Batch) -> None:
    """One form for all that failed; what it says is tried then, in their tabs."""
    from ssmtui.ui.start import form_actions as start_flows

    failed = batch.failed
    error = next((progress.error for progress in batch.progress() if progress.error is not None), None)

    def submitted(answer: StartRequest | None) -> None:
        if answer is not None:
            batch.try_otherwise(lambda each: each.with_answers(answer))
        show_starts(app, batch)

    start_flows.ask_form(app, [attempt.launch for attempt in failed], submitted, error=error)


def restart(app: SsmtuiApp) -> None:
    """Start the shown tab's session again in its place; one on a guarded node is asked about again."""
    session = app.panes.session
    assert session is not None
    again = Launch(session.request, session.node)
    error = just_in_time.refusal(app, again.request)
    if error is None:
        ask(app, [again], app.panes.restart)
    else:
        app.tell(inert.line(f"{again.label}: {error}", 300), severity="error", seconds=8)

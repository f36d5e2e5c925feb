"""From a saved command to the session, or to all of a broadcast: which one, what it asks, what it comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ssmtui import inert
from ssmtui.config.settings import nearest
from ssmtui.terminal import paste
from ssmtui.ui.kit.pick import Offer, Pick
from ssmtui.ui.kit.questions import Answers, Question, Questions
from ssmtui.ui.snippets.preview import SnippetPreview, SnippetReceiver

if TYPE_CHECKING:
    from ssmtui.config.snippets import Snippet
    from ssmtui.profiles.histories import Histories
    from ssmtui.sessions.snapshots import SessionSnapshot
    from ssmtui.ui.panes.panes import Panes

NAME_SHOWN = 40
"""Characters of a snippet's name that titles show."""


class Sending:
    """One saved command on its way to the session that was in front when it was asked for."""

    def __init__(self, panes: Panes, histories: Histories, session: SessionSnapshot) -> None:
        self._panes = panes
        self._stage = panes.stage
        self._histories = histories
        self._key = session.key

    def begin(self, snippets: Mapping[str, Snippet], name: str = "") -> None:
        """Send the one of ``snippets`` that is called ``name``, or ask which."""
        if name:
            known = _named(snippets, name)
            if known is None:
                self._stage.tell(
                    f"There is no snippet {inert.line(name, 60)}. {nearest(name, list(snippets))}", severity="warning"
                )
            else:
                self._ask(known, snippets[known])
            return

        def chosen(answer: str | None) -> None:
            if answer is not None:
                self._ask(answer, snippets[answer])

        offers = [Offer(name, note=_about(snippet)) for name, snippet in snippets.items()]
        placeholder = "type a name, a description or a command"
        self._stage.push_screen(Pick("Snippets", offers, "", placeholder=placeholder, verb="look at it"), chosen)

    def _ask(self, name: str, snippet: Snippet) -> None:
        if not snippet.questions:
            self._show(name, snippet, snippet.answered({}))
            return
        # Earlier answers are read from a file; what is typed meanwhile is for the form and not for the node.
        release = self._stage.hold_keys()

        async def ask() -> None:
            try:
                await self._histories.entries.load()
                self._stage.push_screen(self._form(name, snippet), answered)
            finally:
                release()

        def answered(answers: Answers | None) -> None:
            if answers is None:
                return
            for question in snippet.questions:
                self._histories.entries.note(answers[question], _field(question))
            self._show(name, snippet, snippet.answered(answers))

        self._stage.run_worker(ask(), name="questions of a snippet")

    def _form(self, name: str, snippet: Snippet) -> Questions:
        texts = self._histories.entries.texts
        questions = [Question(text, before=texts(_field(text))) for text in snippet.questions]

        def problems(answers: Answers) -> Mapping[str, str]:
            return {text: "needed" for text in snippet.questions if not answers.get(text)}

        return Questions(inert.line(name, NAME_SHOWN), questions, problems)

    def _show(self, name: str, snippet: Snippet, text: str) -> None:
        """Show what will be sent and where, then send it."""
        receivers = self._receivers()
        if not receivers:
            self._stage.tell("The session takes no input any more: nothing was sent", severity="warning")
            return

        def answered(enter: bool | None) -> None:
            if enter is None:
                return
            if self._receivers() != receivers:  # what was agreed to was another thing
                self._show(name, snippet, text)
            else:
                self._send(text, [receiver.key for receiver in receivers], enter=enter)

        self._stage.push_screen(
            SnippetPreview(inert.line(name, NAME_SHOWN), text, receivers, enter=snippet.enter), answered
        )

    def _receivers(self) -> list[SnippetReceiver]:
        """Where it would go now: to the session, and to all that get what is typed into it; nowhere without it."""
        known = {session.key: session for session in self._panes.sessions if session.accepts_input}
        if self._key not in known:
            return []
        keys = [key for key in self._panes.inputs.receivers(self._key) if key in known]
        return [SnippetReceiver.of(known[key], self._panes.manager.session(key).modes) for key in keys]

    def _send(self, text: str, receivers: Sequence[int], *, enter: bool) -> None:
        self._panes.view_of(self._key).return_to_input()
        # Enter is a key: within a paste that the shell marks, a line break runs nothing.
        send = self._panes.inputs.line if enter else self._panes.inputs.paste
        send(self._key, text, receivers)


def _named(snippets: Mapping[str, Snippet], name: str) -> str | None:
    """The one that ``name`` means: in other letter case as well, where that is one only."""
    if name in snippets:
        return name
    alike = [known for known in snippets if known.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def _about(snippet: Snippet) -> str:
    """What the list says of one beside its name."""
    command = " ⏎ ".join(line.strip() for line in paste.lines(snippet.text))
    return " · ".join(filter(None, (snippet.description, command)))


def _field(question: str) -> str:
    """What the history calls a question, whichever snippet asks it."""
    return f"snippets/{question.replace('/', ' ')}"

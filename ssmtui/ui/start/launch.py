"""A session to start, before any question, and one that cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from ssmtui.errors import SsmtuiError
from ssmtui.model import Node, StartRequest


class Launch(NamedTuple):
    """A session to start."""

    request: StartRequest
    node: Node | None
    """None if it is not listed."""

    @property
    def label(self) -> str:
        """The node's name, or what the request is called."""
        return self.node.label if self.node is not None else self.request.label

    def with_answers(self, answers: StartRequest) -> Launch:
        """The same node with what a form says is to run there, and why."""
        request = replace(
            self.request,
            document_name=answers.document_name,
            parameters=answers.parameters,
            reason=answers.reason,
            command=answers.command,
        )
        return Launch(request, self.node)


class Refusal(NamedTuple):
    """What could not even be tried."""

    name: str
    error: SsmtuiError

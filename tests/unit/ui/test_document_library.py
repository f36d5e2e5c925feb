"""Documents are read once, until they are old or wanted anew; errors are not kept."""

import pytest

from ssmtui.errors import AccessDenied
from ssmtui.model import Scope
from ssmtui.ui.forms.document_library import KEPT, MOST, DocumentLibraries, DocumentLibrary
from tests.support.fakes import FakeGateway, FakeGateways


class Asked(FakeGateway):
    """Counts what it is asked for."""

    def __init__(self) -> None:
        super().__init__([])
        self.asked: list[str] = []

    async def documents(self):  # type: ignore[no-untyped-def]
        self.asked.append("list")
        return await super().documents()

    async def document(self, name: str):  # type: ignore[no-untyped-def]
        self.asked.append(name)
        return (await super().document("Acme-Debug")) if self.documents_error is None else await super().document(name)


async def test_each_is_read_once_until_it_is_old_or_to_be_read_again() -> None:
    gateway, now = Asked(), [100.0]
    library = DocumentLibrary(gateway, lambda: now[0])
    assert library.known("Acme-Debug") is None
    for _ in range(2):
        await library.documents()
        await library.document("Acme-Debug")
    assert gateway.asked == ["list", "Acme-Debug"]
    assert library.known("Acme-Debug") is not None
    now[0] += KEPT + 1
    assert library.known("Acme-Debug") is None
    await library.document("Acme-Debug")
    library.forget()
    await library.documents()
    await library.document("Acme-Debug")
    assert gateway.asked == ["list", "Acme-Debug", "Acme-Debug", "list", "Acme-Debug"]


async def test_a_refusal_is_told_each_time_and_an_old_document_makes_room() -> None:
    gateway = Asked()
    library = DocumentLibrary(gateway)
    gateway.documents_error = AccessDenied("no")
    for _ in range(2):
        with pytest.raises(AccessDenied):
            await library.document("Acme-Debug")
    gateway.documents_error = None
    for number in range(MOST + 1):
        await library.document(str(number))
    assert library.known("0") is None
    assert library.known("1") is not None


def test_each_scope_has_one() -> None:
    libraries = DocumentLibraries(FakeGateways())  # type: ignore[arg-type]
    other = Scope("staging", "us-east-1")
    assert libraries.of(None) is libraries.of(None)
    assert libraries.of(other) is not libraries.of(None)
    assert libraries.of(other).scope == other

"""Documents are read once, until they are old or wanted anew; who asks says what becomes of errors."""

import asyncio
from collections.abc import Callable

import pytest

from ssmtui.errors import AccessDenied, SsmtuiError, Throttled
from ssmtui.model import Scope, SessionDocument
from ssmtui.sessions.documents import KEPT, MOST, Clock, DocumentLibraries, DocumentLibrary
from ssmtui.tasks import Tasks
from tests.support.fakes import FakeGateway, FakeGateways

Make = Callable[..., DocumentLibrary]


class Asked(FakeGateway):
    """Counts what it is asked for."""

    def __init__(self) -> None:
        super().__init__([])
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        """Documents come once it is set."""
        self.gate.set()

    async def documents(self):  # type: ignore[no-untyped-def]
        self.asked.append("list")
        return await super().documents()

    async def document(self, name: str) -> SessionDocument:
        self.asked.append(name)
        await self.gate.wait()
        return (await super().document("Acme-Debug")) if self.documents_error is None else await super().document(name)


@pytest.fixture
async def gateway() -> Asked:
    return Asked()


@pytest.fixture
def make(gateway: Asked, tasks: Tasks) -> Make:
    def made(clock: Clock = lambda: 100.0) -> DocumentLibrary:
        return DocumentLibrary(gateway, tasks, clock)

    return made


async def test_each_is_read_once_until_it_is_old_or_to_be_read_again(make: Make, gateway: Asked) -> None:
    now = [100.0]
    library = make(lambda: now[0])
    assert library.known("Acme-Debug") is None
    for _ in range(2):
        await library.documents()
        await library.document("Acme-Debug")
    assert await library.in_passing("Acme-Debug") is library.known("Acme-Debug")
    assert gateway.asked == ["list", "Acme-Debug"]
    assert library.known("Acme-Debug") is not None
    now[0] += KEPT + 1
    assert library.known("Acme-Debug") is None
    await library.document("Acme-Debug")
    library.forget()
    await library.documents()
    await library.document("Acme-Debug")
    assert gateway.asked == ["list", "Acme-Debug", "Acme-Debug", "list", "Acme-Debug"]


async def test_a_refusal_is_told_each_time_and_an_old_document_makes_room(make: Make, gateway: Asked) -> None:
    library = make()
    gateway.documents_error = AccessDenied("no")
    for _ in range(2):
        with pytest.raises(AccessDenied):
            await library.document("Acme-Debug")
    assert gateway.asked == ["Acme-Debug"] * 2
    gateway.documents_error = None
    for number in range(MOST + 1):
        await library.document(str(number))
    assert library.known("0") is None
    assert library.known("1") is not None


@pytest.mark.parametrize(("error", "asked"), [(AccessDenied("no"), 1), (Throttled("slow down"), 2)])
async def test_in_passing_a_refusal_is_kept_and_what_may_pass_is_not(
    make: Make, gateway: Asked, error: SsmtuiError, asked: int
) -> None:
    library = make()
    gateway.documents_error = error
    for _ in range(2):
        assert await library.in_passing("Acme-Debug") is error
    assert len(gateway.asked) == asked
    gateway.documents_error = None
    assert (await library.document("Acme-Debug")).name == "Acme-Debug"
    assert (await library.in_passing("Acme-Debug")) is library.known("Acme-Debug")


async def test_a_defect_is_told_to_who_waited_and_not_to_who_looks_later(make: Make, gateway: Asked) -> None:
    library = make()
    gateway.documents_error = RuntimeError("a defect")  # type: ignore[assignment]
    with pytest.raises(RuntimeError):
        await library.in_passing("Acme-Debug")
    assert library.known("Acme-Debug") is None
    gateway.documents_error = None
    assert (await library.in_passing("Acme-Debug")) is library.known("Acme-Debug")


async def test_all_wait_for_one_call_and_one_who_leaves_takes_nothing_from_the_others(
    make: Make, gateway: Asked, tasks: Tasks
) -> None:
    library = make()
    gateway.gate.clear()
    waiting = [tasks.start(f"{number}", library.document("Acme-Debug"), awaited=True) for number in range(3)]
    await asyncio.wait(waiting, timeout=0)
    waiting[0].cancel()
    gateway.gate.set()
    first, second = await asyncio.gather(*waiting[1:])
    assert first is second
    assert gateway.asked == ["Acme-Debug"]


async def test_each_scope_has_one(tasks: Tasks) -> None:
    libraries = DocumentLibraries(FakeGateways().gateway, tasks)
    other = Scope("staging", "us-east-1")
    assert libraries.of(None) is libraries.of(None)
    assert libraries.of(other) is not libraries.of(None)
    assert libraries.of(other).scope == other

"""Tasks belong to somebody."""

import asyncio
import gc

import pytest

from ssmtui.tasks import Tasks


async def test_tasks_carry_owner_and_name() -> None:
    group = Tasks("owner")
    task = group.start("work", asyncio.sleep(0))
    assert task.get_name() == "owner/work"
    assert len(group) == 1
    await task
    await asyncio.sleep(0)
    assert len(group) == 0


async def test_closing_cancels_and_waits() -> None:
    ended = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    group = Tasks("owner")
    group.start("work", work())
    await asyncio.sleep(0)
    await group.close()
    assert ended.is_set()


async def test_a_failure_is_told_and_leaves_the_others_alone() -> None:
    told: list[tuple[str, BaseException]] = []
    group = Tasks("owner", lambda name, error: told.append((name, error)))

    async def fail() -> None:
        raise ValueError("broken")

    other = group.start("other", asyncio.Event().wait())
    failing = group.start("failing", fail())
    await asyncio.wait({failing})
    await asyncio.sleep(0)
    assert [(name, str(error)) for name, error in told] == [("owner/failing", "broken")]
    assert not other.done()
    await group.close()


async def test_without_a_listener_the_loop_is_told() -> None:
    contexts: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: contexts.append(context))

    async def fail() -> None:
        raise ValueError("broken")

    group = Tasks("owner")
    await asyncio.wait({group.start("failing", fail())})
    await asyncio.sleep(0)
    assert contexts[0]["message"] == "task owner/failing failed"


@pytest.mark.parametrize(
    ("is_looked_at", "reported"), [(True, []), (False, ["Task exception was never retrieved"])], ids=str
)
async def test_c1_an_awaited_task_is_reported_by_asyncio_only_where_nobody_looks_at_it(
    is_looked_at: bool, reported: list[str]
) -> None:
    contexts: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: contexts.append(context))

    async def fail() -> None:
        raise ValueError("broken")

    group = Tasks("owner")
    task = group.start("failing", fail(), awaited=True)
    await asyncio.wait({task})
    if is_looked_at:
        with pytest.raises(ValueError, match="broken"):
            await task
    await group.close()
    del task
    gc.collect()
    assert [context["message"] for context in contexts] == reported


async def test_c1_an_awaited_task_that_fails_as_its_owner_closes_is_reported() -> None:
    told: list[str] = []

    async def fail() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("broken")

    group = Tasks("owner", lambda name, error: told.append(f"{name}: {error}"))
    group.start("failing", fail(), awaited=True)
    await asyncio.sleep(0)
    await group.close()
    assert told == ["owner/failing: broken"]


async def test_a_failure_that_was_awaited_just_before_the_end_is_not_reported_again():
    reported = []
    tasks = Tasks("some", on_failure=lambda name, error: reported.append(name))

    async def fail() -> None:
        raise ValueError

    task = tasks.start("fails", fail(), awaited=True)
    await asyncio.sleep(0)
    assert task.done()
    assert len(tasks) == 1, "its callback has yet to run"
    with pytest.raises(ValueError, match=r"^$"):
        await task
    await tasks.close()
    assert reported == []

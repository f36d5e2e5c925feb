"""What tests of several rooms need."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ssmtui.tasks import Tasks


@pytest.fixture
async def tasks() -> AsyncIterator[Tasks]:
    """A group of tasks that ends with the test."""
    group = Tasks("test")
    yield group
    await group.close()

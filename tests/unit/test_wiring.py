from typing import Any, cast

import pytest

from ssmtui import wiring
from ssmtui.errors import AccessDenied, ConnectionFailed, CredentialsError


@pytest.mark.parametrize("error", [CredentialsError("expired"), AccessDenied("no"), ConnectionFailed("no route")])
async def test_the_program_opens_for_whoever_is_not_known(error):
    """What the listing is refused is told by it, and another AWS profile can be chosen."""

    class Gateway:
        async def identity(self) -> None:
            raise error

    assert await wiring._identity(cast("Any", Gateway())) is None

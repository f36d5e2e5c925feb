"""botocore's clients for signing in: without credentials, which are what is missing, and set up like all others."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

from ssmtui.aws.session import CALL_ATTEMPTS, CONNECT_TIMEOUT, READ_TIMEOUT
from ssmtui.daemon import in_daemon_thread

if TYPE_CHECKING:
    import botocore.session
    from botocore.config import Config

T = TypeVar("T")


async def apart(work: Callable[[], T]) -> T:
    """``work``, which blocks, in a thread that may be left alone: a person who cancels does not wait for AWS."""
    return await in_daemon_thread(work, math.inf)


def unsigned_client(core: botocore.session.Session, service: str, region: str, agent: str = "") -> Any:
    """A client of ``service`` that signs nothing. Blocks: it reads the service's description."""
    from botocore import UNSIGNED

    config = client_config(agent, signature_version=UNSIGNED)
    # Made-up keys, which nothing is signed with: botocore would look for real ones, and for a profile of `aws login`
    # that fails.
    make = cast("Any", core.create_client)
    return make(service, region_name=region, config=config, aws_access_key_id="-", aws_secret_access_key="-")  # noqa: S106


def client_config(agent: str = "", **more: Any) -> Config:
    """How all clients here call; ``agent`` is said to the service beside our own name."""
    from botocore.config import Config

    from ssmtui import __version__

    return Config(
        retries=cast("Any", {"total_max_attempts": CALL_ATTEMPTS, "mode": "standard"}),
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        user_agent_extra=f"ssmtui/{__version__} {agent}".strip(),
        **more,
    )


def base_address(client: Any, event: str, call: Callable[[], object]) -> str:
    """Scheme and host that the client sends ``call`` to, by the rules of its endpoints and what overrides them. Nothing
    is sent. The pages to open in a browser are on the same host, and AWS describes them in no model."""
    from botocore.awsrequest import AWSResponse

    found: list[str] = []

    def stop(params: Any, **_: object) -> object:
        found.append(params["url"])
        return AWSResponse(cast("Any", None), 200, cast("Any", {}), cast("Any", None)), {}

    client.meta.events.register_first(event, stop)
    try:
        call()
    finally:
        client.meta.events.unregister(event, stop)
    place = urlsplit(found[0])
    return f"{place.scheme}://{place.netloc}"

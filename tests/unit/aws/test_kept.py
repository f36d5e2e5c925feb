"""What is left of calls that were answered."""

from __future__ import annotations

import gc
from collections import Counter

from ssmtui.aws.boto import open_gateway
from ssmtui.aws.session import StaticCredentials
from ssmtui.model import StartRequest
from tests.support.fake_aws import FakeAws

WARM, SESSIONS = 5, 40
ROOMS = ("ssmtui", "boto3", "botocore", "urllib3")
GRANT = {"SessionId": "jane-1", "TokenValue": "secret-token", "StreamUrl": "wss://ssmmessages.test/x"}


def alive() -> Counter[str]:
    """How many objects there are of each class of ours, of the SDK's and of its HTTP client's."""
    gc.collect()
    kinds = Counter(type(one) for one in gc.get_objects())
    rooms = {kind: number for kind, number in kinds.items() if str(kind.__module__).partition(".")[0] in ROOMS}
    return Counter({f"{kind.__module__}.{kind.__qualname__}": number for kind, number in rooms.items()})


async def test_fault_6_nothing_of_a_session_stays_with_its_gateway(fake_aws: FakeAws) -> None:
    fake_aws.answers |= {"StartSession": GRANT, "ResumeSession": GRANT, "TerminateSession": {"SessionId": "jane-1"}}
    static = StaticCredentials("AKIDLAB", "lab-secret")
    gateway = await open_gateway(region="eu-west-1", endpoint_url=fake_aws.url, static=static)

    async def sessions(number: int) -> None:
        for _ in range(number):
            grant = await gateway.start_session(StartRequest("i-1"))
            await gateway.sign_stream(grant.stream_url)
            await gateway.resume_session(grant.session_id)
            await gateway.terminate_session(grant.session_id)

    await sessions(WARM)
    before = alive()
    await sessions(SESSIONS)
    assert {kind: more for kind, more in (alive() - before).items() if more >= SESSIONS // 4} == {}
    await gateway.close()

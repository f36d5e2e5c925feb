"""What is answered without a signature: exactly what botocore's models say, and for this machine only."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import botocore.session
import pytest

from ssmtui.lab import oauth
from ssmtui.lab.call_faults import CALLS
from ssmtui.lab.lab import Lab, LabOptions
from ssmtui.lab.unsigned import CONTAINER_PATH, Door
from tests.support.signed_in import Pkce, console_code, http, post_form, post_json, register

SERVICES = ("ec2", "ec2-instance-connect", "ecs", "elasticache", "iam", "kms", "opensearch", "rds", "redshift", "ssm")
SIGN_IN = ("sso", "sso-oidc", "signin", "sts")


def operations() -> Iterator[tuple[str, bool]]:
    """Each operation that the lab plays, and whether AWS takes it unsigned."""
    session = botocore.session.Session()
    for service in (*SIGN_IN, *SERVICES):
        model = session.get_service_model(service)
        for name in model.operation_names:
            if name in CALLS:
                yield name, model.operation_model(name).auth_type == "none"


def test_unsigned_are_exactly_the_operations_that_aws_takes_so() -> None:
    played = Lab()._service()._unsigned.calls
    assert played == {name for name, unsigned in operations() if unsigned}


PATHS = [
    ("POST", "/client/register"),
    ("POST", "/device_authorization"),
    ("POST", "/token"),
    ("POST", "/v1/token"),
    ("GET", "/federation/credentials?role_name=Ops&account_id=123456789012"),
    ("GET", "/assignment/accounts"),
    ("GET", "/assignment/roles?account_id=123456789012"),
    ("POST", "/logout"),
    ("GET", CONTAINER_PATH),
    ("GET", "/device"),
    ("POST", "/device"),
    ("GET", "/authorize"),
    ("GET", "/v1/authorize"),
    ("GET", "/mfa"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_pages_of_other_sites_and_other_hosts_get_nothing(lab: Lab, method: str, path: str) -> None:
    url = lab.address.endpoint_url + path
    body = b"{}" if method == "POST" else None
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        answer = await asyncio.to_thread(http, method, url, body, headers)
        assert (answer.status, answer.body) == (403, b"This is not for another host or another page.\n")
    assert (await asyncio.to_thread(http, method, url, body)).status != 403


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/token"), ("POST", "/federation/credentials"), ("POST", "/v1/token?x-amz-client-auth-method=iam")],
)
async def test_everything_else_must_be_signed(lab: Lab, method: str, path: str) -> None:
    answer = await asyncio.to_thread(http, method, lab.address.endpoint_url + path, b"{}")
    assert answer.json["__type"] == "MissingAuthenticationTokenException"


async def test_a_lab_that_signs_nobody_in_has_none_of_it(options: LabOptions) -> None:
    lab = Lab(replace(options, door=Door(is_open=False)))
    base = (await lab.start()).endpoint_url
    try:
        for method, path in PATHS:
            answer = await asyncio.to_thread(http, method, base + path, b"{}" if method == "POST" else None)
            assert answer.json["__type"] == "MissingAuthenticationTokenException"
    finally:
        await lab.close()


async def test_other_users_of_the_machine_cannot_approve_themselves(options: LabOptions) -> None:
    lab = Lab(replace(options, door=Door(password="the password")))
    base = (await lab.start()).endpoint_url
    try:
        client = await asyncio.to_thread(register, base)
        ids = {"clientId": client["clientId"], "clientSecret": client["clientSecret"]}
        asked = await asyncio.to_thread(post_json, f"{base}/device_authorization", {**ids, "startUrl": f"{base}/start"})
        page = f"{base}/device?user_code={asked.json['userCode']}"
        assert b'type="password"' in (await asyncio.to_thread(http, "GET", page)).body
        wish = {"user_code": asked.json["userCode"], "decision": "approve"}
        for wrong in ("", "guessed"):
            assert (await asyncio.to_thread(partial(post_form, page, **wish, password=wrong))).status == 403
            assert (await asyncio.to_thread(partial(post_form, f"{base}/mfa", password=wrong))).status == 403
        assert (await asyncio.to_thread(partial(post_form, page, **wish))).status == 403
        assert lab.identity.center.waiting() == [wish["user_code"]]
        assert (await asyncio.to_thread(http, "GET", f"{base}/mfa")).body.find(lab.identity.mfa.code.encode()) == -1
        right = await asyncio.to_thread(partial(post_form, page, **wish, password="the password"))
        assert right.status == 200
        code = await asyncio.to_thread(partial(post_form, f"{base}/mfa", password="the password"))
        assert code.body.decode().strip() == lab.identity.mfa.code
        with pytest.raises(AssertionError):
            await asyncio.to_thread(console_code, base, Pkce.make())
    finally:
        await lab.close()


async def test_what_strangers_ask_for_is_forgotten_in_the_end(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth, "REMEMBERED", 3)
    base = lab.address.endpoint_url
    clients = [await asyncio.to_thread(register, base) for _ in range(5)]
    wishes = []
    for client in clients:
        ids = {"clientId": client["clientId"], "clientSecret": client["clientSecret"], "startUrl": f"{base}/start"}
        wishes.append((await asyncio.to_thread(post_json, f"{base}/device_authorization", ids)).status)
    assert wishes == [401, 401, 200, 200, 200]


async def test_a_container_needs_its_token(lab: Lab) -> None:
    url = lab.address.endpoint_url + CONTAINER_PATH
    assert (await asyncio.to_thread(http, "GET", url)).status == 401
    assert (await asyncio.to_thread(http, "GET", url, None, {"Authorization": "guessed"})).status == 401
    given = await asyncio.to_thread(http, "GET", url, None, {"Authorization": lab.identity.container_token})
    assert given.json.keys() == {"RoleArn", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"}


async def test_nonsense_is_refused_and_nothing_breaks(lab: Lab, caplog: pytest.LogCaptureFixture) -> None:
    base = lab.address.endpoint_url
    for path in ("/client/register", "/device_authorization", "/token", "/v1/token"):
        for body in (b"", b"[]", b"{", b"\xff", b'{"scopes": "x", "clientType": "public", "clientName": "x"}'):
            answer = await asyncio.to_thread(http, "POST", base + path, body)
            assert 400 <= answer.status < 500
            assert answer.json["error"]
    page = await asyncio.to_thread(http, "GET", f"{base}/device?user_code=<script>")
    assert b"<script>" not in page.body
    assert not caplog.records


async def test_no_secret_is_in_a_repr(lab: Lab) -> None:
    center = lab.identity.center
    client = await asyncio.to_thread(
        lambda: (
            post_json(f"{lab.address.endpoint_url}/client/register", {"clientName": "x", "clientType": "public"}).json
        )
    )
    assert client["clientSecret"] not in repr(center._clients)

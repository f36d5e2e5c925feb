"""What a company's network asks of a client: each setting holds for AWS's calls and for the data channel alike, over
real sockets to a real proxy, with AWS behind TLS of the company's own.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from ssmtui.aws.gateways import open_gateways
from ssmtui.backend import ScopeLines
from ssmtui.config.settings import Settings, load
from ssmtui.errors import ConfigurationError, ConnectionFailed, SsmtuiError, StreamRefused
from ssmtui.lab.roles import OPS, find_role
from ssmtui.model import AccessCredentials, PaneOptions, StartRequest, TerminalSize
from ssmtui.sessions.channel_session import ChannelSession
from ssmtui.sessions.entry import ServiceLine
from ssmtui.sessions.states import SessionState
from ssmtui.tasks import Tasks
from ssmtui.transport.policy import StreamPolicy
from ssmtui.transport.websocket import WebSocketDialer
from tests.support.corporate import ACCOUNT, CorporateNetwork, basic, corporate_network
from tests.support.memory import RecordingViewer
from tests.support.pty_app import clean_environment
from tests.support.wait import wait_until

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl"),
    pytest.mark.timeout(60),
]


async def nothing(url: str) -> Mapping[str, str]:
    return {}


WITHOUT_SIGNATURE = WebSocketDialer(StreamPolicy(), nothing)
CERTIFICATES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
DEFAULTS, NO_OPTIONS = Settings(), PaneOptions()
SSM, CHANNEL = "ssm.eu-west-1.amazonaws.com", "ssmmessages.eu-west-1.amazonaws.com"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory and an environment without AWS and proxies."""
    for name in list(os.environ):
        if (
            name.startswith("AWS_")
            or name.lower().endswith("_proxy")
            or name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
        ):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return tmp_path


class Office:
    """A person's environment in the network."""

    def __init__(self, network: CorporateNetwork, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        self.network = network
        self._monkeypatch = monkeypatch
        self._home = home
        self.set(AWS_REGION="eu-west-1", AWS_CA_BUNDLE=str(network.root), **network.keys)

    def set(self, **variables: str) -> None:
        """Set environment variables."""
        for name, value in variables.items():
            self._monkeypatch.setenv(name, value)

    def unset(self, *names: str) -> None:
        """Take environment variables away."""
        for name in names:
            self._monkeypatch.delenv(name)

    def configure(self, text: str) -> None:
        """Write ``~/.aws/config``."""
        (self._home / ".aws").mkdir(exist_ok=True)
        (self._home / ".aws" / "config").write_text(text)

    @property
    def target(self) -> str:
        """The id of a node whose shell is a real one of this machine."""
        return next(node.id for node in self.network.lab.fleet if node.connected and node.system.name == "Ubuntu")

    @asynccontextmanager
    async def line(self, settings: Settings = DEFAULTS) -> AsyncIterator[ServiceLine]:
        """AWS as the program opens it there."""
        gateways = await open_gateways()
        try:
            yield ScopeLines(gateways, settings).line()
        finally:
            await gateways.close()

    async def work(self, settings: Settings = DEFAULTS) -> None:
        """List nodes, start a shell, type into it, end it. Raises what goes wrong."""
        async with self.line(settings) as line:
            nodes = [node.id async for page in line.gateway.nodes() for node in page.nodes]
            assert self.target in nodes
            await self.type_into(line, self.target)

    async def type_into(
        self, line: ServiceLine, target: str, options: PaneOptions = NO_OPTIONS, resumes: int = 0
    ) -> None:
        """Start a shell on ``target``, type into it, and end it. Its socket is closed ``resumes`` times, as AWS's
        gateway does each hour."""
        viewer, tasks = RecordingViewer(), Tasks("office")
        session = ChannelSession(StartRequest(target, options=options), line.gateway, line.dialer, viewer, tasks)
        session.resize(TerminalSize(80, 24))
        try:
            await wait_until("the session is open", lambda: session.state is SessionState.OPEN or session.error)
            if session.error is not None:
                raise session.error
            for number in range(resumes):
                self.network.lab.say_bye()
                await wait_until("it is resumed", lambda number=number: session.resumes > number)
            session.write(b"echo works-$((6 * 7))\r")
            await wait_until("the shell answers", lambda: b"works-42" in viewer.output, report=lambda: viewer.output)
        finally:
            session.end()
            await session.life
            await tasks.close()
        assert session.confirmed_gone


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Office]:
    async with corporate_network(tmp_path) as network:
        yield Office(network, monkeypatch, tmp_path)


Form = Callable[[CorporateNetwork], Mapping[str, str]]

PLAIN: Mapping[str, Form] = {
    "HTTPS_PROXY": lambda net: {"HTTPS_PROXY": f"http://127.0.0.1:{net.proxy.port}"},
    "https_proxy": lambda net: {"https_proxy": f"http://127.0.0.1:{net.proxy.port}"},
    "Https_Proxy": lambda net: {"Https_Proxy": f"http://127.0.0.1:{net.proxy.port}"},
    "lower case before upper case": lambda net: {
        "https_proxy": f"http://127.0.0.1:{net.proxy.port}",
        "HTTPS_PROXY": "http://127.0.0.1:1",
    },
    "without scheme": lambda net: {"HTTPS_PROXY": f"127.0.0.1:{net.proxy.port}"},
    "a name without scheme": lambda net: {"HTTPS_PROXY": f"localhost:{net.proxy.port}"},
    "two slashes": lambda net: {"HTTPS_PROXY": f"//127.0.0.1:{net.proxy.port}"},
    "a slash at its end": lambda net: {"HTTPS_PROXY": f"http://127.0.0.1:{net.proxy.port}/"},
    "user without password": lambda net: {"HTTPS_PROXY": f"http://jane@127.0.0.1:{net.proxy.port}"},
    "user with an empty password": lambda net: {"HTTPS_PROXY": f"http://jane:@127.0.0.1:{net.proxy.port}"},
    "others that are not read": lambda net: {
        "HTTPS_PROXY": f"http://127.0.0.1:{net.proxy.port}",
        "WSS_PROXY": "http://127.0.0.1:1",
        "SOCKS_PROXY": "socks5://127.0.0.1:1",
        "ALL_PROXY": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
    },
}


@pytest.mark.parametrize("form", PLAIN)
async def test_each_form_of_https_proxy(office: Office, form: str) -> None:
    office.set(**PLAIN[form](office.network))
    await office.work()
    proxy = office.network.proxy
    assert {SSM, CHANNEL} <= proxy.hosts
    assert set(proxy.logins) == {""}, "as botocore, a user without a password is not sent"
    assert office.network.resolved == [], "only the proxy looks names up"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("jane:secret", "jane:secret"),
        ("jane:s%40cr%3Aet%2F%25", "jane:s@cr:et/%"),
        ("corp%5Cjane:secret", "corp\\jane:secret"),
        ("jane:p@ss", "jane:p@ss"),
    ],
)
@pytest.mark.parametrize("scheme", ["http://", ""])
async def test_a_proxy_with_user_and_password(office: Office, scheme: str, written: str, sent: str) -> None:
    proxy = office.network.proxy
    proxy.login = sent
    office.set(HTTPS_PROXY=f"{scheme}{written}@127.0.0.1:{proxy.port}")
    await office.work()
    assert {SSM, CHANNEL} <= proxy.hosts
    assert set(proxy.logins) == {basic(sent)}


async def test_a_proxy_that_is_reached_over_tls(office: Office) -> None:
    proxy = office.network.tls_proxy
    proxy.login = "jane:secret"
    office.set(HTTPS_PROXY=f"https://jane:secret@localhost:{proxy.port}")
    await office.work()
    assert {SSM, CHANNEL} <= proxy.hosts


@pytest.mark.parametrize("written", ["http://[::1]:{}", "[::1]:{}", "http://jane:secret@[::1]:{}"])
async def test_a_proxy_with_an_ipv6_address(office: Office, written: str) -> None:
    proxy = office.network.ipv6_proxy
    if proxy is None:
        pytest.skip("this machine has no ::1")
    office.set(HTTPS_PROXY=written.format(proxy.port))
    await office.work()
    assert {SSM, CHANNEL} <= proxy.hosts


@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy"])
@pytest.mark.parametrize(
    ("names", "straight"),
    [
        ("*", {SSM, CHANNEL}),
        ("amazonaws.com", {SSM, CHANNEL}),
        (".amazonaws.com", {SSM, CHANNEL}),
        ("other.example, .AmazonAWS.com ,", {SSM, CHANNEL}),
        (f"{SSM},{CHANNEL}", {SSM, CHANNEL}),
        (SSM, {SSM}),
        (CHANNEL, {CHANNEL}),
        # What neither urllib nor botocore takes for a match.
        ("*.amazonaws.com", set()),
        ("169.254.169.254,localhost,10.0.0.0/8", set()),
        (f"{SSM}:443,{CHANNEL}:443", set()),
        ("sm.eu-west-1.amazonaws.com", set()),
    ],
)
async def test_each_form_of_no_proxy(office: Office, variable: str, names: str, straight: set[str]) -> None:
    office.set(HTTPS_PROXY=f"http://127.0.0.1:{office.network.proxy.port}", **{variable: names})
    await office.work()
    assert {SSM, CHANNEL} & office.network.proxy.hosts == {SSM, CHANNEL} - straight
    assert {SSM, CHANNEL} & set(office.network.resolved) == straight


async def test_without_a_proxy(office: Office) -> None:
    await office.work()
    assert office.network.proxy.asked == []
    assert {SSM, CHANNEL} <= set(office.network.resolved)


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "HTTPS_PROXY"])
async def test_this_machine_is_never_reached_through_a_proxy(office: Office, variable: str) -> None:
    lab = office.network.lab
    lab.stream_base = f"ws://127.0.0.1:{lab.streams.port}"
    office.set(AWS_ENDPOINT_URL=lab.address.endpoint_url, **{variable: f"http://127.0.0.1:{office.network.proxy.port}"})
    await office.work()
    assert (office.network.proxy.asked, office.network.proxy.forwarded) == ([], [])


REFUSALS = [
    ("", "requires a user and a password", "http://USER:PASSWORD@127.0.0.1:"),
    ("jane@", "requires a user and a password", "a user without a password"),
    ("jane:wrong@", "does not accept the user and the password", "percent-encoded"),
]


@pytest.mark.parametrize(("login", "title", "remedy"), REFUSALS)
async def test_a_proxy_that_wants_to_know_who_asks(office: Office, login: str, title: str, remedy: str) -> None:
    """The call's words and the data channel's are the same."""
    office.network.proxy.login = "jane:secret"
    address = f"http://{login}127.0.0.1:{office.network.proxy.port}"
    told = [await failure(office, NO_PROXY="", HTTPS_PROXY=address)]
    told.append(await failure(office, NO_PROXY=f"{SSM},ec2.eu-west-1.amazonaws.com", HTTPS_PROXY=address))
    for error in told:
        assert isinstance(error, ConnectionFailed)
        assert title in error.title
        assert remedy in error.remedy
        assert "407" in error.detail
        assert str(office.network.proxy.port) in error.detail
        assert not error.is_passing
        assert "wrong" not in str(error)


async def failure(office: Office, **variables: str) -> SsmtuiError:
    """What goes wrong with StartSession or with the session's dial."""
    office.set(**variables)
    async with office.line() as line:
        with pytest.raises(SsmtuiError) as failed:
            await office.type_into(line, office.target)
    return failed.value


@pytest.mark.parametrize("asks_for", ["NTLM", 'Negotiate, NTLM realm="x"'])
async def test_a_proxy_that_does_not_speak_basic(office: Office, asks_for: str) -> None:
    office.network.proxy.login = "a ticket:that Basic has not"
    office.network.proxy.asks_for = asks_for
    error = await failure(office, NO_PROXY=SSM, HTTPS_PROXY=f"http://jane:secret@127.0.0.1:{office.network.proxy.port}")
    assert "NTLM" in error.remedy
    assert "HTTPS_PROXY" in error.remedy


async def test_a_proxy_that_lets_nobody_to_the_data_channel(office: Office) -> None:
    proxy = office.network.proxy
    to_front = proxy.way
    proxy.way = lambda target: None if target.startswith("ssmmessages") else to_front(target)
    error = await failure(office, HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
    assert isinstance(error, ConnectionFailed)
    assert error.title == "The proxy refused the connection"
    assert CHANNEL in error.detail
    assert CHANNEL in error.remedy
    assert not error.is_passing
    proxy.way = lambda target: None
    error = await failure(office)
    assert error.title == "The proxy refused the connection"
    assert "403" in error.detail


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("socks5://jane:secret@127.0.0.1:1080", "SOCKS"),
        ("socks5h://127.0.0.1:1080", "SOCKS"),
        ("gopher://127.0.0.1:70", "only http:// and https://"),
        ("http://jane:secret#1@127.0.0.1:3128", "percent-encoded"),
        ("http://jane:secret/1@127.0.0.1:3128", "percent-encoded"),
        ("http://[::1:3128", "cannot be read"),
        ("http://j%C3%A4ne:secret@127.0.0.1:3128", "ASCII"),
        ("http://127.0.0.1:port", "cannot be read"),
    ],
)
async def test_an_address_of_a_proxy_that_nothing_can_be_done_with(office: Office, address: str, words: str) -> None:
    office.set(HTTPS_PROXY=address)
    with pytest.raises(ConfigurationError) as called:
        await office.work()
    with pytest.raises(ConfigurationError) as dialled:
        await WITHOUT_SIGNATURE.dial(f"wss://{CHANNEL}/v1/data-channel/x", "")
    for failed in (called, dialled):
        assert words in failed.value.detail
        assert "secret" not in str(failed.value)


async def test_approved_access_goes_the_same_way(office: Office) -> None:
    """The credentials of just-in-time access take the place of the person's own, and of nothing else."""
    network = office.network
    office.set(HTTPS_PROXY=f"127.0.0.1:{network.proxy.port}", AWS_USE_FIPS_ENDPOINT="true")
    own = network.lab.credentials
    gateways = await open_gateways()
    approved = AccessCredentials(own.access_key_id, own.secret_access_key, "")
    office.unset("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    line = ScopeLines(gateways, DEFAULTS).approved(None, approved)
    try:
        await office.type_into(line, office.target)
        assert (await line.gateway.network()).ca_bundle == str(network.root)
    finally:
        await line.gateway.close()
        await gateways.close()
    assert network.proxy.hosts == {"ssm-fips.eu-west-1.amazonaws.com", CHANNEL}


CertificatesBy = Callable[[Office, str], None]

BUNDLES: Mapping[str, CertificatesBy] = {
    "AWS_CA_BUNDLE": lambda office, root: office.set(AWS_CA_BUNDLE=root),
    "REQUESTS_CA_BUNDLE": lambda office, root: office.set(REQUESTS_CA_BUNDLE=root),
    "ca_bundle of the AWS profile": lambda office, root: office.configure(f"[default]\nca_bundle = {root}\n"),
    "AWS_CA_BUNDLE before the others": lambda office, root: (
        office.configure("[default]\nca_bundle = /nowhere.pem\n"),
        office.set(AWS_CA_BUNDLE=root, REQUESTS_CA_BUNDLE="/nowhere.pem"),
    )[0],
    "ca_bundle before REQUESTS_CA_BUNDLE": lambda office, root: (
        office.configure(f"[default]\nca_bundle = {root}\n"),
        office.set(REQUESTS_CA_BUNDLE="/nowhere.pem"),
    )[0],
}


@pytest.mark.parametrize("bundle", BUNDLES)
async def test_each_place_of_a_ca_bundle(office: Office, bundle: str) -> None:
    office.unset("AWS_CA_BUNDLE")
    BUNDLES[bundle](office, str(office.network.root))
    await office.work()
    assert office.network.front.channels == [CHANNEL]
    assert SSM in office.network.front.calls


async def test_certificates_that_nobody_trusts(office: Office) -> None:
    office.unset("AWS_CA_BUNDLE")
    called = await failure(office)
    dialer = WebSocketDialer(StreamPolicy(), nothing)
    with pytest.raises(ConnectionFailed) as dialled:
        await dialer.dial(f"wss://{CHANNEL}/v1/data-channel/x", "")
    for error, host in ((called, SSM), (dialled.value, CHANNEL)):
        assert "not trusted" in str(error)
        assert host in error.detail
        assert "AWS_CA_BUNDLE" in error.remedy
    assert office.network.front.calls == office.network.front.channels == []


class Way(NamedTuple):
    """A setting that leads to other hosts than AWS's usual ones."""

    variables: Mapping[str, str] = {}
    config: str = ""
    ssm: str = SSM
    """Where Systems Manager must be called then."""
    channel: str = CHANNEL
    """Where AWS opens data channels then, which is its own choice, and where they must be dialled."""
    region: str = "eu-west-1"


VPCE_SSM = "vpce-0a1b2c3d4e5f60718-abcdefgh.ssm.eu-west-1.vpce.amazonaws.com"
VPCE_CHANNEL = "vpce-0a1b2c3d4e5f60718-ijklmnop.ssmmessages.eu-west-1.vpce.amazonaws.com"
FIPS_SSM, FIPS_CHANNEL = "ssm-fips.eu-west-1.amazonaws.com", "ssmmessages-fips.eu-west-1.amazonaws.com"
SERVICES = f"services = private\n[services private]\nssm =\n  endpoint_url = https://{VPCE_SSM}\n"

WAYS: Mapping[str, Way] = {
    "AWS_USE_FIPS_ENDPOINT": Way({"AWS_USE_FIPS_ENDPOINT": "true"}, "", FIPS_SSM, FIPS_CHANNEL),
    "use_fips_endpoint": Way({}, "use_fips_endpoint = true\n", FIPS_SSM, FIPS_CHANNEL),
    "a region with fips": Way({"AWS_REGION": "eu-west-1-fips"}, "", FIPS_SSM, FIPS_CHANNEL),
    "AWS_USE_DUALSTACK_ENDPOINT": Way(
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "", "ssm.eu-west-1.api.aws", "ssmmessages.eu-west-1.api.aws"
    ),
    "use_dualstack_endpoint": Way(
        {}, "use_dualstack_endpoint = true\n", "ssm.eu-west-1.api.aws", "ssmmessages.eu-west-1.api.aws"
    ),
    "FIPS and dual stack": Way(
        {"AWS_USE_DUALSTACK_ENDPOINT": "true", "AWS_USE_FIPS_ENDPOINT": "true"},
        "",
        "ssm-fips.eu-west-1.api.aws",
        "ssmmessages-fips.eu-west-1.api.aws",
    ),
    "aws-us-gov": Way(
        {}, "", "ssm.us-gov-west-1.amazonaws.com", "ssmmessages.us-gov-west-1.amazonaws.com", "us-gov-west-1"
    ),
    "aws-cn": Way({}, "", "ssm.cn-north-1.amazonaws.com.cn", "ssmmessages.cn-north-1.amazonaws.com.cn", "cn-north-1"),
    "aws-eusc": Way(
        {}, "", "ssm.eusc-de-east-1.amazonaws.eu", "ssmmessages.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"
    ),
    "aws-iso": Way({}, "", "ssm.us-iso-east-1.c2s.ic.gov", "ssmmessages.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"),
    "AWS_ENDPOINT_URL": Way({"AWS_ENDPOINT_URL": "https://aws.corp.example"}, "", "aws.corp.example"),
    "AWS_ENDPOINT_URL_SSM": Way({"AWS_ENDPOINT_URL_SSM": f"https://{VPCE_SSM}"}, "", VPCE_SSM, VPCE_CHANNEL),
    "AWS_ENDPOINT_URL_SSM before AWS_ENDPOINT_URL": Way(
        {"AWS_ENDPOINT_URL_SSM": f"https://{VPCE_SSM}", "AWS_ENDPOINT_URL": "https://aws.corp.example"}, "", VPCE_SSM
    ),
    "endpoint_url": Way({}, "endpoint_url = https://aws.corp.example\n", "aws.corp.example"),
    "services": Way({}, SERVICES, VPCE_SSM, VPCE_CHANNEL),
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": Way(
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "https://aws.corp.example"}, SERVICES
    ),
    "ignore_configured_endpoint_urls": Way({}, f"ignore_configured_endpoint_urls = true\n{SERVICES}"),
}


@pytest.mark.parametrize("through_proxy", [False, True])
@pytest.mark.parametrize("name", WAYS)
async def test_each_way_to_other_endpoints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, through_proxy: bool
) -> None:
    """The service takes only signatures for the host and the region that it was asked at."""
    way = WAYS[name]
    async with corporate_network(tmp_path, way.region, stream_host=way.channel) as network:
        office = Office(network, monkeypatch, tmp_path)
        office.set(AWS_REGION=way.region)
        office.set(**way.variables)
        office.configure(f"[default]\n{way.config}")
        if through_proxy:
            office.set(HTTPS_PROXY=f"127.0.0.1:{network.proxy.port}")
        await office.work()
        assert network.front.channels == [way.channel]
        assert way.ssm in network.front.calls
        assert SSM not in network.front.calls or way.ssm == SSM
        went = network.proxy.hosts if through_proxy else set(network.resolved)
        assert {way.ssm, way.channel} <= went
        assert bool(network.proxy.asked) is through_proxy
        signed = {upgrade.verdict.value for upgrade in network.lab.streams.upgrades}
        assert signed == {"good"}


Privately = Callable[[Office], Settings]
SERVICES_OF_MESSAGES = (
    f"services = private\n[services private]\nssmmessages =\n  endpoint_url = https://{VPCE_CHANNEL}\n"
)
ELSEWHERE = "vpce-9z.ssmmessages.us-east-1.vpce.amazonaws.com"


def by_settings(*endpoints: str) -> Privately:
    return lambda office: load(None, {"SSMTUI_MESSAGE_ENDPOINTS": ",".join(endpoints)}).settings


def by_variable(value: str) -> Privately:
    def apply(office: Office) -> Settings:
        office.set(AWS_ENDPOINT_URL_SSMMESSAGES=value)
        return DEFAULTS

    return apply


def by_config(text: str) -> Privately:
    def apply(office: Office) -> Settings:
        office.configure(f"[default]\n{text}")
        return DEFAULTS

    return apply


def by_both(office: Office) -> Settings:
    by_variable(f"https://other.{VPCE_CHANNEL}")(office)
    by_config(SERVICES_OF_MESSAGES)(office)
    return by_settings(VPCE_CHANNEL)(office)


def before_config(office: Office) -> Settings:
    by_config(SERVICES_OF_MESSAGES.replace("vpce-0a", "vpce-9z"))(office)
    return by_variable(f"https://{VPCE_CHANNEL}/")(office)


def ignoring(office: Office) -> Settings:
    office.set(AWS_IGNORE_CONFIGURED_ENDPOINT_URLS="true")
    by_config(SERVICES_OF_MESSAGES)(office)
    return by_variable(f"https://{VPCE_CHANNEL}")(office)


PRIVATELY: Mapping[str, tuple[Privately, str]] = {
    "message_endpoints": (by_settings(VPCE_CHANNEL), VPCE_CHANNEL),
    "message_endpoints with an address": (by_settings(f"wss://{VPCE_CHANNEL}:443/"), VPCE_CHANNEL),
    "message_endpoints of several regions": (by_settings(ELSEWHERE, VPCE_CHANNEL), VPCE_CHANNEL),
    "message_endpoints of another region": (by_settings(ELSEWHERE), CHANNEL),
    "AWS_ENDPOINT_URL_SSMMESSAGES": (by_variable(f"https://{VPCE_CHANNEL}"), VPCE_CHANNEL),
    "services": (by_config(SERVICES_OF_MESSAGES), VPCE_CHANNEL),
    "AWS_ENDPOINT_URL_SSMMESSAGES before services": (before_config, VPCE_CHANNEL),
    "message_endpoints before the others": (by_both, VPCE_CHANNEL),
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": (ignoring, CHANNEL),
}


@pytest.mark.parametrize("through_proxy", [False, True])
@pytest.mark.parametrize("name", PRIVATELY)
async def test_each_place_of_a_message_endpoint(office: Office, name: str, through_proxy: bool) -> None:
    """AWS gives out its public address, and the signature is for the endpoint that is dialled."""
    network, (apply, dialled) = office.network, PRIVATELY[name]
    office.set(HTTPS_PROXY=f"127.0.0.1:{network.proxy.port}", NO_PROXY="" if through_proxy else "vpce.amazonaws.com")
    await office.work(apply(office))
    assert network.front.channels == [dialled]
    assert (dialled in network.proxy.hosts) is (through_proxy or dialled == CHANNEL)
    assert [upgrade.verdict.value for upgrade in network.lab.streams.upgrades] == ["good"]


async def test_a_message_endpoint_of_one_connection_also_when_it_is_resumed(office: Office) -> None:
    """It comes before that of the settings, and holds for each socket of the session."""
    network = office.network
    settings = by_settings(f"other.{VPCE_CHANNEL}")(office)
    options = PaneOptions(message_endpoint=VPCE_CHANNEL)
    async with office.line(settings) as line:
        await office.type_into(line, office.target, options, resumes=1)
        await office.type_into(line, office.target)
    assert network.front.channels == [VPCE_CHANNEL, VPCE_CHANNEL, f"other.{VPCE_CHANNEL}"]


@pytest.mark.parametrize("allowed", [False, True])
async def test_a_message_endpoint_that_is_not_of_aws_must_be_allowed(office: Office, allowed: bool) -> None:
    """Neither an AWS profile nor a saved connection that a team shares leads tokens anywhere else."""
    by_variable("https://messages.corp.example")(office)
    settings = Settings(stream_hosts=("messages.corp.example",) if allowed else ())
    async with office.line(settings) as line:
        if allowed:
            await office.type_into(line, office.target)
        else:
            with pytest.raises(StreamRefused, match=r"messages\.corp\.example"):
                await office.type_into(line, office.target)
    assert office.network.front.channels == (["messages.corp.example"] if allowed else [])


@pytest.mark.parametrize(
    "value", ["http://localhost:1", "https://jane@host", "https://host/path", "a host", "https://"]
)
async def test_a_message_endpoint_that_cannot_be_read(office: Office, value: str) -> None:
    by_variable(value)(office)
    with pytest.raises(ConfigurationError, match="AWS_ENDPOINT_URL_SSMMESSAGES must be the host"):
        await office.work()


@pytest.mark.parametrize("through_proxy", [False, True])
async def test_a_network_that_fails_for_a_moment_costs_no_session(office: Office, through_proxy: bool) -> None:
    """The first dial is tried again with the token of the one StartSession."""
    network, failures = office.network, 3
    if through_proxy:
        office.set(HTTPS_PROXY=f"127.0.0.1:{network.proxy.port}")
        network.proxy.way = lambda target: ("127.0.0.1", 1 if fails(target) else network.front.port)
    else:
        network.turn_away = lambda host: fails(host)

    def fails(target: str) -> bool:
        nonlocal failures
        failures -= target.startswith("ssmmessages")
        return target.startswith("ssmmessages") and failures >= 0

    before = sum(1 for one in network.lab.book)
    async with office.line() as line:
        await office.type_into(line, office.target)
    assert failures == -1
    assert len(network.front.channels) == 1
    assert len(network.lab.streams.openings) == 1
    assert sum(1 for one in network.lab.book) == before + 1, "another session was started"


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required"])
async def test_a_proxy_that_says_no_is_asked_once(office: Office, status: str) -> None:
    proxy = office.network.proxy
    office.set(HTTPS_PROXY=f"jane:secret@127.0.0.1:{proxy.port}")
    proxy.judge = lambda target: (status,) if target.startswith("ssmmessages") else ()
    assert not (await failure(office)).is_passing  # type: ignore[attr-defined]
    assert proxy.asked.count(f"{CHANNEL}:443") == 1


@pytest.mark.parametrize(
    ("address", "login"),
    [("127.0.0.1:{}", ""), ("http://jane@127.0.0.1:{}", ""), ("https://jane:s%40cret@localhost:{}", "jane:s@cret")],
)
async def test_the_program_as_it_is_started(office: Office, home: Path, address: str, login: str) -> None:
    """What it says where it works is the node's, and where it does not, the way out."""
    network = office.network
    proxy = network.tls_proxy if address.startswith("https") else network.proxy
    proxy.login = login
    environment = {
        **clean_environment(home),
        **network.keys,
        "AWS_REGION": "eu-west-1",
        "AWS_CA_BUNDLE": str(network.root),
        "HTTPS_PROXY": address.format(proxy.port),
        "SSMTUI_MESSAGE_ENDPOINTS": VPCE_CHANNEL,
    }

    async def connect() -> tuple[int | None, str, str]:
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ssmtui", "connect", office.target),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        printed, said = await program.communicate(b"echo works-$((6 * 7))\nexit\n")
        return program.returncode, printed.decode(), said.decode()

    status, printed, said = await connect()
    assert status == 0, said
    assert "works-42" in printed
    assert proxy.hosts >= {SSM, VPCE_CHANNEL}
    assert network.front.channels == [VPCE_CHANNEL]
    proxy.login = "jane:another"
    status, _, said = await connect()
    assert status == 255
    assert "HTTPS_PROXY" in said
    assert "s@cret" not in said
    assert "s%40cret" not in said


async def test_credentials_are_fetched_by_the_same_way(office: Office) -> None:
    """STS is called for a role by botocore itself: through the proxy, trusted by the bundle, at its FIPS endpoint."""
    network = office.network
    role = find_role(network.lab.options.accounts, f"arn:aws:iam::{ACCOUNT}:role/{OPS}", [OPS])
    assert role is not None
    office.unset("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CA_BUNDLE")
    office.set(AWS_PROFILE="ops", HTTPS_PROXY=f"127.0.0.1:{network.proxy.port}")
    keys = "".join(f"{name.lower()} = {value}\n" for name, value in network.keys.items())
    way = f"ca_bundle = {network.root}\nuse_fips_endpoint = true\n"
    office.configure(f"[profile own]\n{keys}\n[profile ops]\nrole_arn = {role.arn}\nsource_profile = own\n{way}")
    await office.work()
    assert {"sts-fips.eu-west-1.amazonaws.com", FIPS_SSM, CHANNEL} <= network.proxy.hosts
    assert network.resolved == []
    signer = network.lab.streams.upgrades[-1].headers["x-amz-security-token"]
    assert signer, "the data channel is signed with the role's credentials"

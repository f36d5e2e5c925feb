"""The lab as one thing: builds its parts, starts and closes them. Everything listens on 127.0.0.1 only."""

from __future__ import annotations

import atexit
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ssmtui.lab.access import APPROVED, REJECTED
from ssmtui.lab.api_sts import MfaDevice, StsApi
from ssmtui.lab.call_faults import ApiFault
from ssmtui.lab.company import COMPANY, REGION, Account
from ssmtui.lab.console_login import ConsoleLogin
from ssmtui.lab.fault_spec import NO_FAULTS, FaultSpec
from ssmtui.lab.faults import LabFaults
from ssmtui.lab.fleet import FleetClock
from ssmtui.lab.http_server import HttpServer
from ssmtui.lab.iam import Policies
from ssmtui.lab.identity_center import IdentityCenter
from ssmtui.lab.keyring import Keyring
from ssmtui.lab.machine import Machine
from ssmtui.lab.manners import Manners
from ssmtui.lab.policies import UNLIMITED
from ssmtui.lab.relay import Relay
from ssmtui.lab.roles import Lives
from ssmtui.lab.service import Service
from ssmtui.lab.sites import Ground, Site, Sites
from ssmtui.lab.stream_server import StreamServer
from ssmtui.lab.unsigned import OPEN_DOOR, Door, IdentityServices, Unsigned
from ssmtui.lab.web_identity import WebIdentities


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class LabOptions:
    """The options of a lab."""

    nodes: int = 48
    """How many managed nodes the first account has in its region; everywhere else there are fewer."""
    accounts: tuple[Account, ...] = COMPANY
    """The first one is that of :attr:`LabAddress.environment`."""
    port: int = 0
    """Port of the HTTP endpoint; 0 takes a free one. The web socket always takes a free one."""
    seed: int = 1
    """What the fleet and the past sessions are made from."""
    pacing: bool = True
    """Whether agents pause 1 ms after each read, as the real one does."""
    start_delay: float = 1.0
    """Seconds from the start of a shell to its first output; 1 on a real node."""
    forget_acks: float = 0.01
    """The share of an agent's frames whose first acknowledgement it forgets; 0 for none."""
    deaf: float = 0.02
    """Seconds after a handshake in which an agent throws input away."""
    approve_after: float = 5.0
    """Seconds until a request for just-in-time access is decided."""
    colleagues: int = 0
    """How many sessions of other people run in each place that has nodes. They can be listed and no more."""
    minute: float = 60.0
    """Seconds that a minute of the service's time limits lasts (``idleSessionTimeout`` and ``maxSessionDuration``)."""
    shell: str | None = None
    """The login shell of unix nodes; None: bash, or sh where there is none."""
    signed_only: bool = False
    """Refuse a web-socket upgrade without a signature. Clients from before signing send none; a wrong one is always
    refused."""
    faults: FaultSpec = NO_FAULTS
    """What is to go wrong; nothing by default."""
    door: Door = OPEN_DOOR
    """Whom the services let in that give credentials to people who have none."""
    lives: Lives = field(default_factory=Lives)
    """How long credentials and sign-ins are good."""
    policies: Policies = UNLIMITED
    """What the callers of all accounts may do; approved credentials have policies of their own."""
    now: FleetClock = _utc_now
    """The service's clock, time zone aware."""


@dataclass(frozen=True, slots=True)
class LabProfile:
    """An AWS profile: the way into one account."""

    account: Account
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LabAddress:
    """Where a lab is, and the environment variables that lead the AWS SDKs there, into its first account."""

    endpoint_url: str
    environment: Mapping[str, str] = field(repr=False)
    profiles: Mapping[str, LabProfile] = field(repr=False)
    """A way into every account, by name."""


class Lab:
    """One running stand-in: accounts, fleets, documents, sessions, shells. All its calls belong to one event loop.

    ``fleet``, ``documents``, ``book`` and ``kms`` are the first account's in its region; :meth:`site` has others.
    """

    def __init__(self, options: LabOptions | None = None) -> None:
        self.options = options or LabOptions()
        accounts = self.options.accounts
        self.keyring = Keyring(accounts, self.options.now)
        self.credentials = self.keyring.of(accounts[0])
        self.faults = LabFaults(self.options.faults)
        self.identity = self._identity_services()
        self._machine = Machine(self.options.shell)
        self._relays: dict[str, Relay] = {}
        self.sites = Sites(accounts, self._ground())
        site = self.site()
        self.fleet, self.documents, self.book, self.kms = site.fleet, site.documents, site.book, site.kms
        self._live = site.live
        self.streams = StreamServer(
            self.sites,
            self._relays,
            self.keyring,
            signed_only=self.options.signed_only,
            drop_dial=lambda: self.faults.spec.drop_dial,
        )
        self._http = HttpServer(self._service().answer)

    def site(self, account: str | None = None, region: str | None = None) -> Site:
        """The account of that name (None: the first) in a region (None: that of its AWS profile)."""
        accounts = {one.name: one for one in self.options.accounts}
        found = self.options.accounts[0] if account is None else accounts[account]
        return self.sites.site(found, region or found.region)

    def _ground(self) -> Ground:
        options = self.options
        return Ground(
            nodes=options.nodes,
            seed=options.seed,
            clock=options.now,
            machine=self._machine,
            manners=Manners(options.start_delay, options.pacing, options.forget_acks, options.deaf),
            faults=self.faults,
            keyring=self.keyring,
            approve_after=lambda: options.approve_after,
            minute=options.minute,
            stream_base=lambda: f"ws://127.0.0.1:{self.streams.port}",
            relays=self._relays,
            colleagues=options.colleagues,
            policies=options.policies,
        )

    async def start(self) -> LabAddress:
        """Listen; raises ``OSError`` when the port is taken. Programs die with this process even without ``close``."""
        await self._http.start(self.options.port)
        try:
            await self.streams.start()
        except BaseException:
            await self._http.close()
            raise
        atexit.register(self.kill_now)
        return self.address

    @property
    def address(self) -> LabAddress:
        """Where it listens, once it has started."""
        endpoint_url = self._base()
        return LabAddress(
            endpoint_url,
            {
                "AWS_ENDPOINT_URL": endpoint_url,
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_ACCESS_KEY_ID": self.credentials.access_key_id,
                "AWS_SECRET_ACCESS_KEY": self.credentials.secret_access_key,
            },
            {account.name: self._profile(account) for account in self.options.accounts},
        )

    def _profile(self, account: Account) -> LabProfile:
        credentials = self.keyring.of(account)
        return LabProfile(account, account.region, credentials.access_key_id, credentials.secret_access_key)

    async def close(self) -> None:
        """End every session, close every socket, kill every program, remove the homes."""
        await self._http.close()
        await self.sites.close()
        await self.streams.close()
        self._machine.close()
        atexit.unregister(self.kill_now)

    def kill_now(self) -> None:
        """Kill every program without waiting, from wherever the process is about to die."""
        self.sites.kill_now()
        self._machine.close()

    def cut_clients(self) -> None:
        """Break every client's socket."""
        for relay in list(self._relays.values()):
            relay.cut()

    def cut_agents(self) -> None:
        """Break every agent's own connection, for a moment."""
        for relay in list(self._relays.values()):
            relay.cut_agent()

    def black_hole(self, seconds: float) -> None:
        """Let nothing through the clients' sockets of this moment for ``seconds``, pongs included; they stay open."""
        for relay in list(self._relays.values()):
            relay.black_hole(seconds)

    def say_bye(self) -> None:
        """Close every client's socket with ``1000 Bye``."""
        for relay in list(self._relays.values()):
            relay.say_bye()

    def fail_next(self, call: str, code: str, times: int = 1, status: int = 400, account: str = "") -> None:
        """Let the next so many of an API call (``*``: of any) fail, in all accounts or in one."""
        self.faults.api.add(ApiFault(call, code, status, times, account=account))

    def approve(self, request_id: str) -> None:
        """Approve a request for just-in-time access; ``KeyError`` when there is none of that id."""
        self._decide(request_id, APPROVED)

    def reject(self, request_id: str, status: str = REJECTED) -> None:
        """Reject it, or make it ``Expired`` or ``Revoked``; what it gave is void."""
        self._decide(request_id, status)

    def _decide(self, request_id: str, status: str) -> None:
        for site in self.sites:
            if request_id in site.access:
                return site.access.decide(request_id, status)
        raise KeyError(request_id)

    def end_silently(self, session_id: str) -> None:
        """End a session so that its client learns of it only when it asks."""
        for site in self.sites:
            session = site.book.find(session_id)
            if session is not None:
                site.live.end_silently(session)

    def _identity_services(self) -> IdentityServices:
        accounts, lives = self.options.accounts, self.options.lives
        mfa, identities = MfaDevice(), WebIdentities(self._base)
        return IdentityServices(
            IdentityCenter(accounts, self.keyring, lives, self._base),
            ConsoleLogin(accounts[0], self.keyring, lives, self._base),
            StsApi(accounts, self.keyring, lives, mfa, identities),
            mfa,
            identities,
            secrets.token_urlsafe(40),
        )

    def _base(self) -> str:
        return f"http://127.0.0.1:{self._http.port}"

    def _service(self) -> Service:
        account = self.options.accounts[0]
        unsigned = Unsigned(
            self.identity,
            account,
            self.keyring,
            self.options.lives,
            lambda call: self.sites.check(call, account),
            self.options.door,
        )
        return Service(self.sites, self.keyring, unsigned, self.identity.sts)

"""How botocore is set up: AWS's own conventions for a person's account, a sealed box for the demo's lab.

Everything here blocks (files, processes, the network) and belongs into the call pool.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast
from urllib.parse import urlsplit

from ssmtui import __version__, message_endpoints, proxies
from ssmtui.aws import bulk
from ssmtui.aws.configuration import read_aws_files
from ssmtui.aws.credential_process import ProcessSetting, RunningProcesses
from ssmtui.aws.credentials import sign_ins_of, text_of
from ssmtui.aws.translate import not_aws
from ssmtui.errors import ConfigurationError
from ssmtui.loopback import is_loopback
from ssmtui.model import AccessCredentials

if TYPE_CHECKING:
    import boto3
    import botocore.session
    from botocore.awsrequest import AWSResponse
    from botocore.config import Config
    from botocore.credentials import ReadOnlyCredentials
    from botocore.loaders import Loader
    from botocore.model import OperationModel
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient

    from ssmtui.aws.credential_sources import ProfileCredentials

CONNECT_TIMEOUT = 5
READ_TIMEOUT = 20
CALL_ATTEMPTS = 3
JOIN_ATTEMPTS = 2
"""EC2 only adds to what is known: where it cannot be reached the list must not wait for it."""

MESSAGE_SERVICE = "ssmmessages"
MESSAGE_VARIABLE = "AWS_ENDPOINT_URL_SSMMESSAGES"

MODELS = Path(__file__).parent / "models"

_NO_REGION = "Give --region, set AWS_REGION, or put a region into the AWS profile (`aws configure set region ...`)."


@dataclass(frozen=True, slots=True)
class StaticCredentials:
    """Explicit credentials: the lab's, or those of approved access. With the lab's nothing of the person's AWS files
    and environment is read."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, approved: AccessCredentials) -> StaticCredentials:
        """Those of approved just-in-time access."""
        return cls(approved.access_key_id, approved.secret_access_key, approved.session_token)


@dataclass(frozen=True, slots=True)
class StaticProfile:
    """A made-up AWS profile of the lab."""

    credentials: StaticCredentials
    region: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where credentials, region and endpoints come from, as the command line has it."""

    aws_profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None
    static: StaticCredentials | None = None
    sealed: bool = False
    """Whether the person's AWS files and environment stay unread even where there are no ``static`` credentials."""
    approved: bool = False
    """Whether ``static`` are those of approved access: all else of the person's AWS profile holds for them as well,
    such as endpoints, proxies and certificates."""
    ssm_endpoint: str | None = None
    """Systems Manager's endpoint where somebody has found it out already; all other services keep their own."""


class ProfileSession:
    """The botocore session of one AWS profile: its settings and credentials, which all regions share. Any thread may
    ask; making it and the first credentials may take a while."""

    def __init__(self, source: Source) -> None:
        _quiet_loggers()
        aws_profile, static = source.aws_profile, source.static
        if source.sealed and static is None:
            raise ConfigurationError(
                f"there is no {aws_profile} in the demo", title="No such AWS profile", remedy="Choose another one."
            )
        self.sealed = static is not None and not source.approved
        """Whether nothing of the person's AWS files and environment is read."""
        self.is_given = static is not None
        """Whether its credentials are explicit ones, which no other source renews."""
        self.core = _sealed_core() if self.sealed else _personal_core(aws_profile)
        if static is not None:
            self.core.set_credentials(static.access_key_id, static.secret_access_key, static.session_token)
        self.name: str | None = aws_profile if self.sealed else _name(self.core)
        """The AWS profile in force; None where none is: credentials are the environment's or the machine's."""
        _adjust_core(self.core)
        self.lock = threading.RLock()
        """Held while a client is made."""
        self._running = RunningProcesses()
        self._own = None if self.is_given else _personal_credentials(self.core, source.region, self._running)
        self.sign_ins = () if static or self.name is None else sign_ins_of(self.core.full_config["profiles"], self.name)
        """What a person may have to do until it has credentials, the first thing first."""

    @functools.cached_property
    def boto3(self) -> boto3.Session:
        """What makes the clients, which credentials alone do without. Only while :attr:`lock` is held."""
        return _boto3_session(self.core)

    @property
    def is_ready(self) -> bool:
        """Whether there are credentials now: nothing would have to be fetched first."""
        return self._own is None or self._own.is_ready

    @property
    def fetched_until(self) -> datetime | None:
        """When the credentials end that were fetched last; None: never, not known, or nothing was fetched."""
        return self._own.expires if self._own is not None else None

    def credentials(self) -> ReadOnlyCredentials:
        """The credentials of this moment, refreshed where they can be. May take a minute; any thread may ask."""
        credentials: Any = self._own or self.core.get_credentials()
        return cast("ReadOnlyCredentials", credentials.get_frozen_credentials())

    def renew_credentials(self) -> None:
        """Have them read anew at their source when they are needed next: a file or a program may give others by now.
        Explicit ones stay. Never blocks."""
        if self._own is not None:
            self._own.renew()

    def close(self) -> None:
        """End the programs that are fetching credentials. Never blocks."""
        self._running.close()

    def variable(self, name: str) -> str | None:
        """A setting of the AWS profile or of the environment."""
        return cast("str | None", self.core.get_config_variable(name))

    def ca_bundle(self) -> str | None:
        """The certificates that replace the system's, for the web socket as well."""
        if self.sealed:
            return None
        bundle = self.variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
        if bundle and not os.path.isfile(bundle):
            raise _no_bundle(bundle)
        return bundle or None

    def message_endpoint(self) -> str:
        """The host that data channels are opened to instead of the one that AWS gives out; empty: there is none.

        botocore knows no service ``ssmmessages``. Its endpoint is configured by AWS's rule for those that it knows:
        ``AWS_ENDPOINT_URL_SSMMESSAGES``, or ``ssmmessages`` in the ``services`` section of the AWS profile.
        """
        if self.sealed or self.variable("ignore_configured_endpoint_urls"):
            return ""
        place, url = MESSAGE_VARIABLE, os.environ.get(MESSAGE_VARIABLE)
        if not url:
            services = self.core.get_scoped_config().get("services")
            section = self.core.full_config.get("services", {}).get(services) or {}
            of_service = section.get(MESSAGE_SERVICE)
            url = of_service.get("endpoint_url", "") if isinstance(of_service, dict) else ""
            place = f"endpoint_url of {MESSAGE_SERVICE} in [services {services}]"
        try:
            return message_endpoints.read(url)
        except ValueError as error:
            raise ConfigurationError(f"{place} {error}", title="The message endpoint cannot be used") from None


def _no_bundle(bundle: str) -> ConfigurationError:
    remedy = "Check AWS_CA_BUNDLE, REQUESTS_CA_BUNDLE and the AWS profile's ca_bundle."
    if os.path.isdir(bundle):
        why = f"{bundle} is a folder"
        remedy = f"AWS's SDK needs one file with all certificates: cat them into one. {remedy}"
    elif bundle.startswith("~"):
        why = f"{bundle} does not exist"
        remedy = f"AWS's SDK does not know ~ here: write the whole path. {remedy}"
    else:
        why = f"{bundle} does not exist"
    return ConfigurationError(why, title="The CA bundle cannot be used", remedy=remedy)


class AwsSession:
    """An AWS profile's clients in one region, each made when first asked for. Any thread may ask."""

    def __init__(self, source: Source, profile: ProfileSession | None = None) -> None:
        self.profile = profile or ProfileSession(source)
        self._endpoint_url = source.endpoint_url
        self._ssm_endpoint = source.ssm_endpoint
        self._clients: dict[object, Any] = {}
        self.region = source.region or self.profile.variable("region") or _no_region()
        self.ca_bundle = self.profile.ca_bundle()
        self.message_endpoint = self.profile.message_endpoint()
        self.endpoint = source.ssm_endpoint or self.ssm.meta.endpoint_url
        """Where Systems Manager's calls really go, whatever configured it."""
        self.signing_region = self.region.replace("fips-", "").replace("-fips", "")
        """The region that signatures name. ``us-east-1-fips`` is an old way to ask for FIPS endpoints, which botocore
        reads so as well."""

    @property
    def aws_profile(self) -> str | None:
        """The AWS profile in force; None where none is."""
        return self.profile.name

    @property
    def ssm(self) -> SSMClient:
        """For calls about one thing."""
        return cast("SSMClient", self._client("ssm", CALL_ATTEMPTS))

    @property
    def ssm_lists(self) -> SSMClient:
        """For lists; its answers are as their JSON says."""
        return cast("SSMClient", self._client("ssm", CALL_ATTEMPTS, bulk.read_json))

    @property
    def ec2(self) -> EC2Client:
        """For questions about one instance, and the regions."""
        return cast("EC2Client", self._client("ec2", JOIN_ATTEMPTS))

    @property
    def ec2_lists(self) -> EC2Client:
        """For what EC2 adds to the nodes; instances come as ``Rows``."""
        return cast("EC2Client", self._client("ec2", JOIN_ATTEMPTS, bulk.read_instances))

    @property
    def sts(self) -> STSClient:
        """For the caller's identity."""
        return cast("STSClient", self._client("sts", CALL_ATTEMPTS))

    @property
    def kms(self) -> KMSClient:
        """For the keys of encrypted sessions."""
        return cast("KMSClient", self._client("kms", CALL_ATTEMPTS))

    @property
    def iam(self) -> Any:
        """For the account's alias."""
        return self._client("iam", JOIN_ATTEMPTS)

    @property
    def instance_connect(self) -> Any:
        """For keys that let one in for a minute."""
        return self._client("ec2-instance-connect", CALL_ATTEMPTS)

    @property
    def ecs(self) -> Any:
        """For entering containers."""
        return self._client("ecs", CALL_ATTEMPTS)

    @property
    def ecs_lists(self) -> Any:
        """For finding containers; its answers are as their JSON says."""
        return self._client("ecs", JOIN_ATTEMPTS, bulk.read_json)

    @property
    def rds(self) -> Any:
        """For the databases, and for the tokens that open them."""
        return self._client("rds", JOIN_ATTEMPTS)

    @property
    def elasticache(self) -> Any:
        """For the caches."""
        return self._client("elasticache", JOIN_ATTEMPTS)

    @property
    def opensearch(self) -> Any:
        """For the search domains."""
        return self._client("opensearch", JOIN_ATTEMPTS)

    @property
    def redshift(self) -> Any:
        """For the data warehouses."""
        return self._client("redshift", JOIN_ATTEMPTS)

    @property
    def redshift_serverless(self) -> Any:
        """For the data warehouses without clusters."""
        return self._client("redshift-serverless", JOIN_ATTEMPTS)

    def known_regions(self) -> list[str]:
        """The regions of this partition that botocore knows to have Systems Manager."""
        core = self.profile.core
        partition = core.get_partition_for_region(self.region)
        return sorted(core.get_available_regions("ssm", partition_name=partition))

    def credentials(self) -> ReadOnlyCredentials:
        """The credentials of this moment, refreshed where they can be."""
        return self.profile.credentials()

    def renew_credentials(self) -> None:
        """Let :meth:`credentials` read them anew at their source. Explicit ones stay. Never blocks."""
        self.profile.renew_credentials()

    def close(self) -> None:
        """Close the connections that are kept open; a call under way keeps its own until it is done. Never blocks."""
        # Without the lock, which a thread may hold that is making a client.
        for client in list(self._clients.values()):
            client.close()

    def _client(self, service: str, attempts: int, adapt: Callable[[Any], None] | None = None) -> object:
        key = (service, adapt)
        with self.profile.lock:
            if key not in self._clients:
                self._clients[key] = self._new_client(service, attempts)
                if adapt is not None:
                    adapt(self._clients[key].meta.events)
            return self._clients[key]

    def _new_client(self, service: str, attempts: int) -> Any:
        make = cast("Any", self.profile.boto3.client)

        def client(*, straight: bool) -> Any:
            return make(
                service,
                region_name=self.region,
                endpoint_url=(self._ssm_endpoint if service == "ssm" else None) or self._endpoint_url,
                config=self._config(attempts, straight=straight),
            )

        made = client(straight=self.profile.sealed)
        endpoint = made.meta.endpoint_url
        if self.profile.sealed or not proxies.are_set():
            return made
        # botocore reads the environment as `proxies` does, but for this machine's own addresses; and a proxy's address
        # that it cannot use shows as another error in each of its calls.
        try:
            proxies.proxy_for(endpoint)
        except proxies.UnusableProxy as error:
            raise proxies.unusable(error) from None
        return client(straight=True) if is_loopback(urlsplit(endpoint).hostname or "") else made

    def _config(self, attempts: int, *, straight: bool) -> Config:
        from botocore.config import Config

        return Config(
            retries=cast(
                "Any", {"total_max_attempts": self.profile.variable("max_attempts") or attempts, "mode": "standard"}
            ),
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
            user_agent_extra=f"ssmtui/{__version__}",
            # An empty mapping keeps botocore from asking the environment for proxies.
            proxies={} if straight else None,
        )


def _personal_core(aws_profile: str | None) -> botocore.session.Session:
    import botocore.session

    # botocore alone of the AWS SDKs does not know AWS_REGION.
    variables: dict[str, Any] = {"region": ("region", ["AWS_REGION", "AWS_DEFAULT_REGION"], None, None)}
    return botocore.session.Session(session_vars=variables, profile=aws_profile)


def _name(core: botocore.session.Session) -> str | None:
    """The AWS profile in force: by option, by environment, or ``default`` where nothing goes before it."""
    if core.profile is not None:
        return core.profile
    is_default = "default" in core.available_profiles and not os.environ.get("AWS_ACCESS_KEY_ID")
    return "default" if is_default else None


def _sealed_core() -> botocore.session.Session:
    """A session in which every setting has its default: no variable, no file, no metadata service is asked."""
    import botocore.session

    defaults: dict[str, Any] = {
        name: (None, None, default, conversion)
        for name, (_, _, default, conversion) in botocore.session.Session.SESSION_VARIABLES.items()
    }
    core = botocore.session.Session(session_vars=defaults)
    core.set_config_variable("config_file", os.devnull)
    core.set_config_variable("credentials_file", os.devnull)
    return core


def _personal_credentials(
    core: botocore.session.Session, region: str | None, running: RunningProcesses
) -> ProfileCredentials:
    from ssmtui.aws.credential_sources import set_up

    return set_up(core, region, partial(_process_setting, core), running)


def _process_setting(core: botocore.session.Session, aws_profile: str) -> ProcessSetting | None:
    """The ``credential_process`` of an AWS profile, with the place where it stands."""
    command = text_of(core.full_config["profiles"].get(aws_profile), "credential_process")
    if not command:
        return None
    file, line, section = read_aws_files().place(aws_profile, "credential_process")
    place = f"{file}, line {line}, [{section}], credential_process" if file else ""
    return ProcessSetting(aws_profile, command, place)


def _adjust_core(core: botocore.session.Session) -> None:
    """Have all that it calls, for credentials too, use our models and refuse answers that are none."""
    core.register_component("data_loader", _service_models(core.get_config_variable("data_path")))
    core.register("before-parse", cast("Any", _refuse_nonsense))
    core.register("after-call", cast("Any", _refuse_web_page))


def _boto3_session(core: botocore.session.Session) -> boto3.Session:
    import boto3

    paths = core.get_component("data_loader").search_paths
    known = list(paths)
    session = boto3.Session(botocore_session=core)
    # It adds a folder that is not used here, and would do so again with every session that shares the loader.
    paths[:] = known
    return session


@functools.cache
def _service_models(data_path: str | None) -> Loader:
    """The descriptions of the services, read once and not for every session anew.

    Ours describe only what is called here: reading botocore's own of EC2 takes a tenth of a second, in which no other
    thread runs, and keeping it takes tens of megabytes. Where botocore has a newer API, its own is used.
    """
    from botocore.loaders import create_loader

    loader = create_loader(data_path)
    loader.search_paths.insert(loader.search_paths.index(loader.BUILTIN_DATA_PATH), str(MODELS))
    return loader


def _refuse_nonsense(response_dict: Mapping[str, Any], operation_model: OperationModel, **_: object) -> None:
    """botocore reads what is not JSON as an answer in which nothing is said: a list without elements, for one.

    Errors are left to it: it may try again.
    """
    if response_dict["status_code"] >= 300:
        return
    if _is_web_page(response_dict["headers"]):
        raise not_aws("the answer is a web page")
    service = operation_model.service_model
    is_json = service.metadata.get("protocol") == "json" or service.service_name == "opensearch"
    if is_json and not response_dict["body"].lstrip().startswith(b"{"):
        raise not_aws("the answer is not one of AWS")


def _refuse_web_page(http_response: AWSResponse, **_: object) -> None:
    """A page that hotels and proxies send as an error is reported once botocore has given up.

    AWS's own front end answers with a page, too, while it is overloaded. Behind TLS nobody else can: a proxy that
    refuses the tunnel is another error.
    """
    is_aws_in_trouble = http_response.status_code >= 500 and http_response.url.startswith("https://")
    if _is_web_page(http_response.headers) and not is_aws_in_trouble:
        raise not_aws("the answer is a web page")


def _is_web_page(headers: Mapping[str, str]) -> bool:
    return headers.get("content-type", "").startswith("text/html")


def _no_region() -> NoReturn:
    raise ConfigurationError("no AWS region is set", title="No region", remedy=_NO_REGION)


def _quiet_loggers() -> None:
    """At DEBUG botocore logs signatures and the answers that hold tokens; no log file of ours may see them."""
    for name in ("boto3", "botocore", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Each call that signs with credentials that soon end would log once more why there are no newer ones.
    for name in ("botocore.credentials", "botocore.tokens"):
        logging.getLogger(name).setLevel(logging.ERROR)

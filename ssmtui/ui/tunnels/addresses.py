"""What programs connect to at this end of a tunnel: addresses, and URLs by what usually listens on a port. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from ssmtui.documents.port_forwards import Forward
    from ssmtui.forwards.tunnel import TunnelSnapshot

_UNSPECIFIED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nothing listens here
"""Where a listener on all addresses of this machine is reached from it."""


class WellKnownService(NamedTuple):
    """What usually listens on a port."""

    name: str
    scheme: str = ""
    """Of its URLs; empty where programs take host and port apart."""

    @property
    def is_web(self) -> bool:
        """Whether a browser opens it."""
        return self.scheme in ("http", "https")


SOCKS = WellKnownService("SOCKS and HTTP proxy", "socks5h")
"""With ``socks5h`` the node resolves names (curl, requests)."""
_NOTHING = WellKnownService("")

_WEB = WellKnownService("web server", "http")
_SECURE_WEB = WellKnownService("web server with TLS", "https")

SERVICES: dict[int, WellKnownService] = {
    22: WellKnownService("ssh", "ssh"),
    80: _WEB,
    443: _SECURE_WEB,
    1433: WellKnownService("SQL Server", "sqlserver"),
    1521: WellKnownService("Oracle"),
    2181: WellKnownService("ZooKeeper"),
    2379: WellKnownService("etcd", "http"),
    3000: WellKnownService("Grafana or another web server", "http"),
    3306: WellKnownService("MySQL or MariaDB", "mysql"),
    3389: WellKnownService("Remote Desktop"),
    4369: WellKnownService("Erlang"),
    5000: _WEB,
    5432: WellKnownService("PostgreSQL", "postgresql"),
    5439: WellKnownService("Redshift", "postgresql"),
    5601: WellKnownService("Kibana or OpenSearch Dashboards", "http"),
    5671: WellKnownService("RabbitMQ with TLS", "amqps"),
    5672: WellKnownService("RabbitMQ", "amqp"),
    5900: WellKnownService("VNC", "vnc"),
    5985: WellKnownService("WinRM", "http"),
    5986: WellKnownService("WinRM with TLS", "https"),
    6379: WellKnownService("Redis or Valkey", "redis"),
    6443: WellKnownService("Kubernetes", "https"),
    7474: WellKnownService("Neo4j", "http"),
    7687: WellKnownService("Neo4j", "bolt"),
    8000: _WEB,
    8080: _WEB,
    8086: WellKnownService("InfluxDB", "http"),
    8182: WellKnownService("Neptune", "https"),
    8200: WellKnownService("Vault", "http"),
    8443: _SECURE_WEB,
    8500: WellKnownService("Consul", "http"),
    8888: WellKnownService("Jupyter or another web server", "http"),
    9000: _WEB,
    9042: WellKnownService("Cassandra"),
    9090: WellKnownService("Prometheus or another web server", "http"),
    9092: WellKnownService("Kafka"),
    9200: WellKnownService("Elasticsearch or OpenSearch", "http"),
    11211: WellKnownService("Memcached"),
    15672: WellKnownService("RabbitMQ's management page", "http"),
    27017: WellKnownService("MongoDB or DocumentDB", "mongodb"),
}
"""By the port on the far side, where most know what it is."""


def service_of(forward: Forward) -> WellKnownService:
    """What a forward leads to, as far as its port says that."""
    return SOCKS if forward.socks else SERVICES.get(forward.port, _NOTHING)


def reached_at(tunnel: TunnelSnapshot) -> str:
    """Where programs of this machine reach a tunnel: ``127.0.0.1:5432``; empty while no port is known."""
    _, _, port = tunnel.address.rpartition(":")
    host = _UNSPECIFIED.get(tunnel.bind)
    if host is None or not port:
        return tunnel.address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def url_of(tunnel: TunnelSnapshot) -> str:
    """The URL for programs of this machine: ``postgresql://app@127.0.0.1:5432``; empty where there is none."""
    scheme, address = service_of(tunnel.forward).scheme, reached_at(tunnel)
    if not scheme or not address:
        return ""
    user = f"{quote(tunnel.options.database_user, safe='')}@" if tunnel.options.database_user else ""
    path = "/" if scheme in ("http", "https") else ""
    return f"{scheme}://{user}{address}{path}"


def web_address(tunnel: TunnelSnapshot) -> str:
    """What a browser opens: as :func:`url_of` says; of a port that is nothing else that is known, as a web server's."""
    service, address = service_of(tunnel.forward), reached_at(tunnel)
    if not address or tunnel.forward.socks or not (service.is_web or service is _NOTHING):
        return ""
    return f"{service.scheme or 'http'}://{address}/"

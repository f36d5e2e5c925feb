"""What programs connect to at this end of a tunnel: addresses, and URLs by what usually listens on a port. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from ssmtui.documents.port_forwards import Forward
    from ssmtui.forwards.tunnel import TunnelSnapshot

_UNSPECIFIED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  # nothing listens here
"""Where a listener on all addresses of this machine is reached from it."""


class Service(NamedTuple):
    """What usually listens on a port."""

    name: str
    scheme: str = ""
    """Of its URLs; empty where programs take host and port apart."""

    @property
    def is_web(self) -> bool:
        """Whether a browser opens it."""
        return self.scheme in ("http", "https")


SOCKS = Service("SOCKS and HTTP proxy", "socks5h")
"""With ``socks5h`` the node resolves names (curl, requests)."""
_NOTHING = Service("")

_WEB = Service("web server", "http")
_SECURE_WEB = Service("web server with TLS", "https")

SERVICES: dict[int, Service] = {
    22: Service("ssh", "ssh"),
    80: _WEB,
    443: _SECURE_WEB,
    1433: Service("SQL Server", "sqlserver"),
    1521: Service("Oracle"),
    2181: Service("ZooKeeper"),
    2379: Service("etcd", "http"),
    3000: Service("Grafana or another web server", "http"),
    3306: Service("MySQL or MariaDB", "mysql"),
    3389: Service("Remote Desktop"),
    4369: Service("Erlang"),
    5000: _WEB,
    5432: Service("PostgreSQL", "postgresql"),
    5439: Service("Redshift", "postgresql"),
    5601: Service("Kibana or OpenSearch Dashboards", "http"),
    5671: Service("RabbitMQ with TLS", "amqps"),
    5672: Service("RabbitMQ", "amqp"),
    5900: Service("VNC", "vnc"),
    5985: Service("WinRM", "http"),
    5986: Service("WinRM with TLS", "https"),
    6379: Service("Redis or Valkey", "redis"),
    6443: Service("Kubernetes", "https"),
    7474: Service("Neo4j", "http"),
    7687: Service("Neo4j", "bolt"),
    8000: _WEB,
    8080: _WEB,
    8086: Service("InfluxDB", "http"),
    8182: Service("Neptune", "https"),
    8200: Service("Vault", "http"),
    8443: _SECURE_WEB,
    8500: Service("Consul", "http"),
    8888: Service("Jupyter or another web server", "http"),
    9000: _WEB,
    9042: Service("Cassandra"),
    9090: Service("Prometheus or another web server", "http"),
    9092: Service("Kafka"),
    9200: Service("Elasticsearch or OpenSearch", "http"),
    11211: Service("Memcached"),
    15672: Service("RabbitMQ's management page", "http"),
    27017: Service("MongoDB or DocumentDB", "mongodb"),
}
"""By the port on the far side, where most know what it is."""


def service_of(forward: Forward) -> Service:
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

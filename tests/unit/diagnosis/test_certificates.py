"""The chains that endpoints, and what stands between, show."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ssmtui.diagnosis.certificates import Certificate, chain_of, is_by_aws
from ssmtui.diagnosis.probe import Prober, ProbeStep

NOW = datetime.now(UTC).replace(microsecond=0)
ENDS = NOW + timedelta(days=30)
INSPECTOR = "Inspection CA 7 (Acme Security)"


def _name(common: str, organization: str = "") -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)


@pytest.fixture
def inspected(tmp_path: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's context with a chain as a proxy that inspects TLS makes it, and the file of its root."""
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    root_name, own_name = _name("Inspection CA 7", "Acme Security"), _name("ssm.eu-west-1.amazonaws.com")

    def made(subject: x509.Name, key: ec.EllipticCurvePrivateKey, *extensions: x509.ExtensionType) -> x509.Certificate:
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(root_name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(NOW - timedelta(days=1))
        builder = builder.not_valid_after(ENDS)
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(keys[0], hashes.SHA256())

    root = made(root_name, keys[0], x509.BasicConstraints(ca=True, path_length=None))
    names: list[x509.GeneralName] = [x509.IPAddress(ip_address("127.0.0.1"))]
    own = made(own_name, keys[1], x509.SubjectAlternativeName(names))
    pem = serialization.Encoding.PEM
    chain, key, bundle = tmp_path / "chain.pem", tmp_path / "key.pem", tmp_path / "root.pem"
    chain.write_bytes(own.public_bytes(pem) + root.public_bytes(pem))
    key.write_bytes(keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    bundle.write_bytes(root.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    return context, bundle


async def test_who_inspects_is_known_trusted_or_not(
    inspected: tuple[ssl.SSLContext, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    context, bundle = inspected
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        trusted = await Prober(str(bundle))(url)
        heard.clear()
        untrusted = await Prober()(url)
    assert trusted.failed is None
    assert untrusted.failed is ProbeStep.TLS
    own = Certificate("ssm.eu-west-1.amazonaws.com", INSPECTOR, ENDS)
    assert trusted.chain[0] == untrusted.chain[0] == own
    assert untrusted.chain[-1].issuer == INSPECTOR
    assert set(heard) <= {b""}, "something was sent to a server that is not trusted"


def test_python_without_the_whole_chain_gives_the_first(inspected: tuple[ssl.SSLContext, Path]) -> None:
    pem = (inspected[1].parent / "chain.pem").read_text()

    class Connection:
        """As before Python 3.10."""

        def getpeercert(self, *, binary_form: bool) -> bytes:
            assert binary_form
            return ssl.PEM_cert_to_DER_cert(
                pem.partition("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----\n"
            )

    assert [one.issuer for one in chain_of(Connection())] == [INSPECTOR]


def test_what_is_no_certificate_is_left_out() -> None:
    class Connection:
        def get_unverified_chain(self) -> list[bytes]:
            return [b"\x30\x03\x02\x01\x01", b"nonsense"]

    assert chain_of(Connection()) == ()


@pytest.mark.parametrize(
    ("host", "issuer", "is_aws"),
    [
        ("ssm.eu-west-1.amazonaws.com", "Amazon RSA 2048 M01 (Amazon)", True),
        ("ssm.eu-west-1.amazonaws.com", INSPECTOR, False),
        ("ssm.eu-west-1.api.aws", INSPECTOR, False),
        ("ssm.us-iso-east-1.c2s.ic.gov", "Some CA", None),
        ("ssm.corp.example", "Some CA", None),
        ("amazonaws.com.corp.example", "Some CA", None),
    ],
)
def test_who_signs_for_aws(host: str, issuer: str, is_aws: bool | None) -> None:
    assert is_by_aws(host, [Certificate(host, issuer, ENDS)]) is is_aws
    assert is_by_aws(host, []) is None

"""Which certificates are trusted."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
from botocore.httpsession import create_urllib3_context, get_cert_path

from ssmtui.transport.tls import new_tls_context
from tests.support.certificates import authority

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificate with openssl")


def trusted(context: ssl.SSLContext) -> set[bytes]:
    return set(context.get_ca_certs(binary_form=True))


def of_calls() -> set[bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(get_cert_path(True))
    return trusted(context)


def test_a_python_without_certificates_trusts_what_calls_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert trusted(new_tls_context(None)) == of_calls()


@needs_openssl
def test_the_systems_certificates_stand_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, _ = authority(tmp_path / "ca", "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(root))
    assert len(trusted(new_tls_context(None))) == 1
    # A folder of certificates by their hash, as systems have it, is read when one is asked for.
    subprocess.run(["openssl", "rehash", str(root.parent)], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(root.parent))
    assert trusted(new_tls_context(None)) == set()


@needs_openssl
def test_a_bundle_stands_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, _ = authority(tmp_path / "ca", "localhost")
    assert len(trusted(new_tls_context(str(root)))) == 1
    assert trusted(new_tls_context(str(root.parent))) == set()


def test_certificates_need_be_no_stricter_than_for_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Python 3.13 makes its contexts."""
    make = ssl.create_default_context

    def strict(**options: str) -> ssl.SSLContext:
        context = make(**options)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", strict)
    context = new_tls_context(None)
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert not create_urllib3_context().verify_flags & ssl.VERIFY_X509_STRICT
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)

"""The certificates that are trusted, for every TLS connection that is opened here.

Apart from the web socket, so that the diagnosis can try TLS without loading ``websockets``.
"""

from __future__ import annotations

import importlib.util
import os
import ssl
from pathlib import Path

from ssmtui.errors import ConfigurationError


def new_tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Trusts what is in the file or directory ``ca_bundle``, or, for None, what the system trusts. Where Python finds
    no certificates of the system (that of python.org on macOS, portable builds on some Linux systems) it trusts what
    AWS's calls trust, which bring their own: a session that they have started must not fail for that.

    Reads files: do not call it on the loop. Raises :class:`ssmtui.errors.ConfigurationError` when they cannot be used.
    """
    try:
        is_folder = ca_bundle is not None and os.path.isdir(ca_bundle)
        context = ssl.create_default_context(
            cafile=None if is_folder else ca_bundle, capath=ca_bundle if is_folder else None
        )
        # Python 3.13 and later refuse what RFC 5280 does not allow and many proxies that inspect TLS do: a certificate
        # without an authority key identifier, for one. AWS's calls, with the same credentials, accept it.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        if ca_bundle is None and not _trusts_anybody(context) and (calls := _bundle_of_calls()) is not None:
            context.load_verify_locations(calls)
        return context
    except OSError as error:
        raise ConfigurationError(
            f"{ca_bundle}: {error.strerror or 'no certificates'}",
            title="The CA bundle cannot be used",
            remedy="Check AWS_CA_BUNDLE and the AWS profile's ca_bundle.",
        ) from error


def _trusts_anybody(context: ssl.SSLContext) -> bool:
    # What is in a folder is loaded when it is asked for, and counted only then.
    folder = ssl.get_default_verify_paths().capath
    return bool(context.cert_store_stats()["x509_ca"]) or bool(folder and next(Path(folder).glob("*.[0-9]"), None))


def _bundle_of_calls() -> Path | None:
    """The file that botocore trusts without any setting: certifi's where that is installed, or its own. Neither is
    imported."""
    specs = (importlib.util.find_spec(name) for name in ("certifi", "botocore"))
    files = (Path(spec.origin).with_name("cacert.pem") for spec in specs if spec is not None and spec.origin)
    return next((file for file in files if file.is_file()), None)

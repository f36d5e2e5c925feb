"""The certificates that are trusted, for every TLS connection that is opened here.

Apart from the web socket, so that the diagnosis can try TLS without loading ``websockets``.
"""

from __future__ import annotations

import os
import ssl

from ssmtui.errors import ConfigurationError


def new_tls_context(ca_bundle: str | None) -> ssl.SSLContext:
    """Trusts what is in the file or directory ``ca_bundle``, or, for None, what the system trusts.

    Reads files: do not call it on the loop. Raises :class:`ssmtui.errors.ConfigurationError` when they cannot be used.
    """
    try:
        if ca_bundle is not None and os.path.isdir(ca_bundle):
            return ssl.create_default_context(capath=ca_bundle)
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:
        raise ConfigurationError(
            f"{ca_bundle}: {error.strerror or 'no certificates'}",
            title="The CA bundle cannot be used",
            remedy="Check AWS_CA_BUNDLE and the profile's ca_bundle.",
        ) from error

"""Where AWS is called, whatever option, variable or file says so: found without credentials and calls. Blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ssmtui.aws.session import AwsSession, ProfileSession, Source, StaticCredentials
from ssmtui.aws.translate import translate

_NOBODY = StaticCredentials("none", "none")
"""Nothing is signed with these."""


class Endpoints(NamedTuple):
    """Where the calls of one AWS profile in one region go."""

    region: str
    urls: Mapping[str, str]
    """By service: ``ssm``, ``sts``, ``ec2``, ``kms``."""
    ca_bundle: str | None = None
    """File or directory of certificates that are trusted in place of the system's."""
    message_endpoint: str = ""
    """Where data channels are dialled in place of AWS's own address, as the AWS profile or the environment has it."""


def find(aws_profile: str | None, region: str | None, endpoint_url: str | None) -> Endpoints:
    """The endpoints that are configured for the AWS profile. Raises :class:`ssmtui.errors.ConfigurationError` for what
    keeps them from being known: a file that cannot be read, no such AWS profile, no region."""
    source = Source(aws_profile, region, endpoint_url)
    try:
        profile = ProfileSession(source)
        # No credentials are looked for: that may start programs and wait for the network.
        profile.core.set_credentials(_NOBODY.access_key_id, _NOBODY.secret_access_key)
        return _of(AwsSession(source, profile))
    except Exception as error:
        raise translate(error) from error


def usual(region: str, endpoint_url: str | None = None) -> Endpoints:
    """The endpoints of ``region`` where nothing else is known: the person's files stay unread, and of the variables
    only those that name an endpoint count."""
    try:
        return _of(AwsSession(Source(None, region, endpoint_url, _NOBODY, sealed=True)))
    except Exception as error:
        raise translate(error) from error


def _of(aws: AwsSession) -> Endpoints:
    clients = {"ssm": aws.ssm, "sts": aws.sts, "ec2": aws.ec2, "kms": aws.kms}
    try:
        urls = {service: client.meta.endpoint_url for service, client in clients.items()}
        return Endpoints(aws.region, urls, aws.ca_bundle, aws.message_endpoint)
    finally:
        aws.close()

"""Checks of this side: the ways to the endpoints, the clock, the credentials. Pure: evidence in, a finding out.

Evidence is what a call gave, or the error that it raised.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ssmtui import proxies
from ssmtui.diagnosis.findings import Check, Finding, Verdict
from ssmtui.diagnosis.probe import Probe, ProbeStep
from ssmtui.diagnosis.sentences import said, sentence, span
from ssmtui.errors import ConfigurationError, ConnectionFailed, CredentialsError, SsmtuiError
from ssmtui.model import Identity, Scope

CLOCK_LIMIT = 300.0
"""Seconds by which a clock may be off before AWS refuses the signatures."""
CLOCK_WARNING = 60.0

_ANSWERED = re.compile(r"it answered (\d{3})")
_SET_CLOCK = "Set this machine's clock by NTP (Linux: `timedatectl set-ntp true`)."


def endpoint(probe: Probe, called: object) -> Finding:
    """The way to Systems Manager. ``called`` is the result of a call to it: where that was answered, the endpoint was
    reached, whatever the probe met."""
    where = probe.where
    if isinstance(called, ConnectionFailed):
        if probe.failed is not None:
            return out_of_reach(Check.ENDPOINT, probe, probe.failed, "ssm")
        what = f"{where} takes connections, but AWS's calls fail"
        return Finding(Check.ENDPOINT, Verdict.BAD, what, said(called), called.remedy)
    if probe.failed is None:
        return Finding(Check.ENDPOINT, Verdict.OK, f"{where} can be reached", way(probe))
    if isinstance(called, ConfigurationError):  # raised before anything was asked
        return out_of_reach(Check.ENDPOINT, probe, probe.failed, "ssm")
    evidence = sentence(f"A plain connection failed: {probe.failure}")
    return Finding(Check.ENDPOINT, Verdict.OK, f"{where} answers calls", evidence)


def channel(probe: Probe | None, *, stand_in: bool = True) -> Finding:
    """The way to where sessions run; None: StartSession names that place with each session, as a ``stand_in`` for AWS
    and an interface endpoint do."""
    if probe is None and stand_in:
        return Finding(Check.CHANNEL, Verdict.OK, "The stand-in for AWS names it with each session")
    if probe is None:
        what = "Behind an interface endpoint its address is only known once a session starts"
        return Finding(Check.CHANNEL, Verdict.UNKNOWN, what)
    if probe.failed is not None:
        return out_of_reach(Check.CHANNEL, probe, probe.failed, "ssmmessages")
    return Finding(Check.CHANNEL, Verdict.OK, f"{probe.where} can be reached", way(probe))


def clock(probes: Sequence[Probe], identity: Identity | SsmtuiError) -> Finding:
    """This machine's clock against the endpoints'. AWS refuses a signature that is more than five minutes off."""
    for probe in probes:
        if probe.clock_ahead is not None:
            return _clock_of(probe.host, probe.clock_ahead)
    if isinstance(identity, Identity):
        return Finding(Check.CLOCK, Verdict.OK, "AWS accepts signatures made by this clock")
    if isinstance(identity, CredentialsError) and "clock" in identity.remedy:
        what = "By AWS's clock the signatures made here are too old or too early"
        return Finding(Check.CLOCK, Verdict.BAD, what, said(identity), _SET_CLOCK)
    return Finding(Check.CLOCK, Verdict.UNKNOWN, "No endpoint sent its time")


def credentials(identity: Identity | SsmtuiError, scope: Scope, *, answered: bool) -> Finding:
    """Who is calling. ``answered``: Systems Manager took the same credentials, so that STS need not be reached."""
    source = (
        f"AWS profile {scope.aws_profile}" if scope.aws_profile else "Credentials of the environment or the machine"
    )
    source = f"{source}, region {scope.region}"
    if isinstance(identity, Identity):
        who = f"{identity.short} of account {identity.account}"
        return Finding(Check.CREDENTIALS, Verdict.OK, who, f"{source}; {identity.arn}.")
    if isinstance(identity, ConfigurationError):
        evidence = f"{source}. {said(identity)}"
        return Finding(Check.CREDENTIALS, Verdict.BAD, identity.title, evidence, identity.remedy)
    if answered:
        evidence = f"{source}. STS does not say whose they are: {said(identity)}"
        return Finding(Check.CREDENTIALS, Verdict.OK, "Systems Manager accepts them", evidence)
    return Finding(Check.CREDENTIALS, Verdict.UNKNOWN, "Who is calling is not known", said(identity), identity.remedy)


def _clock_of(host: str, ahead: float) -> Finding:
    off = abs(ahead)
    told = f"{span(off)} {'ahead of' if ahead > 0 else 'behind'}"
    if off <= CLOCK_WARNING:
        evidence = f"{sentence(told)[:-1]} {host}." if off >= 2 else f"The same time as {host}."
        return Finding(Check.CLOCK, Verdict.OK, "The clock is right", evidence)
    verdict = Verdict.BAD if off > CLOCK_LIMIT else Verdict.WARN
    refused = "calls are refused" if verdict is Verdict.BAD else "from 5 min on calls are refused"
    return Finding(Check.CLOCK, verdict, f"This machine's clock is {told} AWS's", f"By {host}; {refused}.", _SET_CLOCK)


def out_of_reach(check: Check, probe: Probe, failed: ProbeStep, service: str) -> Finding:
    """That an endpoint of ``service`` cannot be reached, by the step that failed."""
    where = probe.where
    if failed is ProbeStep.PROXY:
        what = f"{where} cannot be reached through the proxy {probe.proxy}".rstrip()
        fix = _proxy_fix(probe)
    elif failed is ProbeStep.NAME:
        what = f"The name {probe.host} cannot be looked up"
        fix = (
            "Check the network, the name server, the region and the endpoint URL; in a private network the VPC "
            f"endpoint for {service} and its private DNS."
        )
    elif failed is ProbeStep.CONNECT:
        what = f"{where} cannot be connected to"
        fix = (
            "Check the network, the firewall (outbound TCP 443), HTTPS_PROXY, and in a private network the route or "
            f"the VPC endpoint to {service} and its security group."
        )
    else:
        what = f"The connection to {where} cannot be secured"
        fix = "If a proxy inspects TLS here, put its certificate into the file that AWS_CA_BUNDLE names."
    return Finding(check, Verdict.BAD, what, f"{sentence(probe.failure)} {way(probe)}".strip(), fix)


def _proxy_fix(probe: Probe) -> str:
    """What to do about a proxy; by its own answer, where it has given one."""
    answered = _ANSWERED.search(probe.failure)
    if answered is None:
        return "Check HTTPS_PROXY and NO_PROXY, and what the proxy allows."
    refusal = proxies.refused(proxies.given(probe.proxy), int(answered[1]), host=probe.host)
    return f"{refusal.title}. {refusal.remedy}"


def way(probe: Probe) -> str:
    """By which way it was reached, as a sentence."""
    parts = []
    if probe.proxy:
        parts.append(f"by the proxy {probe.proxy}")
    if probe.addresses:
        private = " (private)" if probe.is_private else ""
        parts.append(f"at {' '.join(probe.addresses)}{private}")
    if probe.failed is None:
        parts.append(f"in {probe.seconds * 1000:.0f} ms")
    if probe.issuer:
        parts.append(f"certificate by {probe.issuer}")
    return sentence(", ".join(parts))

"""The ways to AWS's endpoints, whose certificates are shown there, and this machine's clock. Pure: probes in, results
out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from ssmtui.checkup.results import CheckupArea, Result, of_finding
from ssmtui.diagnosis import checks_here
from ssmtui.diagnosis.certificates import is_by_aws
from ssmtui.diagnosis.evidence import is_interface_endpoint
from ssmtui.diagnosis.findings import Check, Verdict
from ssmtui.diagnosis.probe import Probe, ProbeStep
from ssmtui.diagnosis.sentences import sentence
from ssmtui.errors import SsmtuiError
from ssmtui.model import Identity


class ProbedService(NamedTuple):
    """One of AWS's services that is called."""

    name: str
    """As endpoints and IAM have it: ``ssm``."""
    use: str
    """What is missing without it."""
    is_needed: bool
    """Whether nothing works without it."""


SERVICES = (
    ProbedService("ssm", "Everything needs it.", True),
    ProbedService("ssmmessages", "All sessions go through it.", True),
    ProbedService("sts", "It says who is calling, and gives the credentials of roles.", False),
    ProbedService("ec2", "It gives the names and tags of instances.", False),
    ProbedService("kms", "Only sessions that a key encrypts need it.", False),
)

PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
NO_PROXY_VARIABLES = ("NO_PROXY", "no_proxy")
_LOGIN = re.compile(r"(?<=//)[^/@]*@|^[^/@]*@")
SOON = 3 * 86_400
"""Seconds before the end of a certificate from which on it is told."""


def proxies(environment: Mapping[str, str], probes: Mapping[str, Probe]) -> Result:
    """Which proxy is on the way, and which variables say so."""
    used = list(dict.fromkeys(probe.proxy for probe in probes.values() if probe.proxy))
    named = [f"{name}={without_login(environment[name])}" for name in PROXY_VARIABLES if environment.get(name)]
    named += [f"{name}={environment[name]}" for name in NO_PROXY_VARIABLES if environment.get(name)]
    evidence = sentence(", ".join(named))
    if not used:
        what = "No proxy is used" if not named else "AWS is called without the proxy"
        return Result(CheckupArea.NETWORK, "proxy", Verdict.OK, what, evidence, is_note=True)
    straight = [service for service, probe in probes.items() if not probe.proxy]
    beside = f"; without it: {', '.join(straight)}" if straight else ""
    return Result(
        CheckupArea.NETWORK,
        "proxy",
        Verdict.OK,
        f"AWS is called through {' and '.join(used)}{beside}",
        evidence,
        is_note=True,
    )


def without_login(address: str) -> str:
    """A proxy's address without its user and password."""
    return _LOGIN.sub("…@", address)


def reached(service: ProbedService, url: str, probe: Probe) -> Result:
    """Whether one endpoint can be reached, and of which kind it is."""
    kind = _kind(url, probe)
    if probe.failed is not None:
        found = checks_here.out_of_reach(Check.ENDPOINT, probe, probe.failed, service.name)
        verdict = Verdict.BAD if service.is_needed else Verdict.WARN
        evidence = f"{found.evidence} {service.use}"
        return Result(CheckupArea.NETWORK, service.name, verdict, found.what, evidence, _fix(found.fix, probe))
    what = f"{probe.where} can be reached{f', {kind}' if kind else ''}"
    return Result(CheckupArea.NETWORK, service.name, Verdict.OK, what, checks_here.way(probe))


def together(results: Sequence[Result]) -> list[Result]:
    """Endpoints that cannot be reached for the same reason, as one result: where the network is down, all of them."""
    found: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        is_well = result.verdict is Verdict.OK
        key = (result.name, "") if is_well else (result.what.rpartition(" ")[2], result.evidence.partition(".")[0])
        found.setdefault(key, []).append(result)
    return [same[0] if len(same) == 1 else _as_one(same) for same in found.values()]


def _as_one(same: Sequence[Result]) -> Result:
    first = same[0]
    what = f"{first.what}, nor can {'the other' if len(same) == 2 else f'the {len(same) - 1} others'}"
    worst = Verdict.BAD if any(result.verdict is Verdict.BAD for result in same) else first.verdict
    evidence = f"{first.evidence.partition('. ')[0].rstrip('.')}."
    return first._replace(name=", ".join(result.name for result in same), verdict=worst, what=what, evidence=evidence)


def channel_unknown(endpoint: str) -> Result:
    """Of the sessions' own endpoint, where only StartSession names it."""
    found = checks_here.channel(None, stand_in=not is_interface_endpoint(endpoint))
    return of_finding(CheckupArea.NETWORK, "ssmmessages", found)._replace(is_note=True)


def certificates(probes: Mapping[str, Probe], ca_bundle: str | None, now: datetime) -> list[Result]:
    """Who signs what the endpoints show: AWS, or something on the way that inspects TLS."""
    results: list[Result] = []
    by_issuer: dict[str, list[Probe]] = {}
    for probe in probes.values():
        if probe.chain:
            by_issuer.setdefault(probe.chain[0].issuer, []).append(probe)
    for issuer, shown in by_issuer.items():
        results.append(_signed(issuer, shown, ca_bundle, now))
    if results or any(probe.secure for probe in probes.values()):
        trusted = f"Certificates are trusted by {ca_bundle}" if ca_bundle else "The system's certificates are trusted"
        results.append(Result(CheckupArea.CERTIFICATES, "trust", Verdict.OK, trusted, is_note=True))
    return results


def clock(probes: Sequence[Probe], identity: Identity | SsmtuiError) -> Result:
    """This machine's clock against that of the endpoints."""
    return of_finding(CheckupArea.CLOCK, "this machine", checks_here.clock(probes, identity))


def _kind(url: str, probe: Probe) -> str:
    host = urlsplit(url).hostname or ""
    told = []
    if is_interface_endpoint(url):
        told.append("an interface endpoint")
    elif probe.is_private:
        told.append("by a VPC's interface endpoint or a private address")
    if "-fips." in host:
        told.append("FIPS")
    if host.endswith((".api.aws", ".api.amazonwebservices.com.cn")):
        told.append("dual stack")
    return ", ".join(told)


def _fix(usual: str, probe: Probe) -> str:
    """Who shows a certificate that is not trusted is known by now, and so what must be trusted."""
    if probe.failed is not ProbeStep.TLS or not probe.chain:
        return usual
    return (
        f"If you trust {probe.chain[-1].issuer}, put its certificate (PEM) into a file with those that you need "
        "besides, and name the file in AWS_CA_BUNDLE or as ca_bundle of the AWS profile."
    )


def _signed(issuer: str, shown: Sequence[Probe], ca_bundle: str | None, now: datetime) -> Result:
    hosts = ", ".join(probe.where for probe in shown)
    chain = shown[0].chain
    path = " ← ".join([chain[0].subject, *(one.issuer for one in chain)])
    ends = min(probe.chain[0].ends for probe in shown)
    evidence = f"{path}; valid until {ends:%Y-%m-%d %H:%M} UTC. For {hosts}."
    if ends <= now:
        what = f"The certificate by {issuer} has ended"
        return Result(CheckupArea.CERTIFICATES, issuer, Verdict.BAD, what, evidence, "Ask who runs what is on the way.")
    untrusted = [probe for probe in shown if probe.failed is ProbeStep.TLS]
    inspected = [probe for probe in shown if is_by_aws(probe.host, probe.chain) is False]
    if untrusted:
        by = (
            "Something on the way inspects TLS, and this machine does not trust it"
            if inspected
            else "It is not trusted"
        )
        return Result(CheckupArea.CERTIFICATES, issuer, Verdict.BAD, by, evidence, _fix("", untrusted[0]))
    if inspected:
        what = f"TLS is inspected on the way: the certificates are by {issuer}, not by Amazon"
        fix = "It is trusted here, so that it works. Who runs it can read what is typed and printed in sessions."
        return Result(CheckupArea.CERTIFICATES, issuer, Verdict.WARN, what, evidence, fix)
    if (ends - now).total_seconds() < SOON:
        return Result(
            CheckupArea.CERTIFICATES, issuer, Verdict.WARN, "The certificate ends within three days", evidence
        )
    return Result(CheckupArea.CERTIFICATES, issuer, Verdict.OK, f"Signed by {issuer}", evidence)

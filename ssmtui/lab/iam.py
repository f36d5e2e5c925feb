"""IAM's policy language: whether the policies in force let somebody do something, and which of them does not.

Written from IAM's public pages ("Policy evaluation logic", "IAM JSON policy elements: Resource", "... Condition
operators", "... Variables and tags"), not from a client. Pure: no clock, no I/O. What is not played raises
:class:`PolicyError` when a policy is read, so that none is ever half understood.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

Context = Mapping[str, str | Sequence[str]]
"""Condition keys in lower case, and what each is: text, or several texts where the key has several values."""

_VARIABLES_SINCE = "2012-10-17"
"""The policy version that knows variables; in older ones ``${...}`` is plain text."""
_VARIABLE = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")
_LITERALS = {"*", "?", "$"}
"""What a variable of that name stands for: itself."""


class PolicyError(ValueError):
    """A policy that IAM would refuse, or that needs what the lab does not play. The text says where and what."""


class PolicyQuestion(NamedTuple):
    """One call on one resource, as a policy sees it."""

    action: str
    """``ssm:ResumeSession``."""
    resource: str
    """An ARN, or ``*`` where the service has none for the action."""
    context: Context
    """Everything that is known; a key that is not there is unknown to IAM as well."""


class PolicyDenial(NamedTuple):
    """Why a call is denied."""

    kind: str
    """Of the policy, as IAM calls it: ``identity-based policy``."""
    name: str
    """The policy's, for an explicit deny; empty where nothing allowed the call."""
    question: PolicyQuestion

    @property
    def is_explicit(self) -> bool:
        """Whether a statement denies it, rather than none allowing it."""
        return bool(self.name)


@dataclass(frozen=True, slots=True)
class _Test:
    """One operator with one key."""

    operator: str
    key: str
    wanted: Sequence[str]
    if_exists: bool = False
    quantifier: str = ""
    """``ForAnyValue``, ``ForAllValues``, or empty."""


@dataclass(frozen=True, slots=True)
class _Statement:
    allows: bool
    actions: Sequence[str]
    but_actions: Sequence[str]
    resources: Sequence[str]
    but_resources: Sequence[str]
    tests: Sequence[_Test]
    variables: bool

    def applies(self, ask: PolicyQuestion) -> bool:
        context = ask.context if self.variables else None
        return (
            self._is_about(ask.action)
            and _among(self.resources, self.but_resources, lambda one: _matches_arn(one, ask.resource, context))
            and all(_holds(test, ask.context, context) for test in self.tests)
        )

    def _is_about(self, action: str) -> bool:
        return _among(self.actions, self.but_actions, lambda one: _matches(one.lower(), action.lower(), None))


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy document, read and checked."""

    name: str
    statements: Sequence[_Statement] = field(repr=False)

    @classmethod
    def read(cls, document: object, name: str = "policy") -> Policy:
        """``document`` is the parsed JSON. Raises :class:`PolicyError`."""
        if not isinstance(document, Mapping) or "Statement" not in document:
            raise PolicyError("it has no Statement")
        version = document.get("Version", "2008-10-17")
        if version not in ("2008-10-17", _VARIABLES_SINCE):
            raise PolicyError(f"Version must be {_VARIABLES_SINCE}, not {version}")
        statements = [
            _statement(one, f"statement {number}", version == _VARIABLES_SINCE)
            for number, one in enumerate(_list(document["Statement"]), 1)
        ]
        return cls(name, statements)

    def allows(self, ask: PolicyQuestion) -> bool:
        """Whether a statement allows it; what another one denies is not asked."""
        return any(one.allows and one.applies(ask) for one in self.statements)

    def denies(self, ask: PolicyQuestion) -> bool:
        """Whether a statement denies it."""
        return any(not one.allows and one.applies(ask) for one in self.statements)


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies that are about a caller. None stands for a kind that does not limit them."""

    identity: Sequence[Policy]
    boundary: Policy | None = None
    organization: Policy | None = None
    """A service control policy."""
    session: Policy | None = None
    """The policy that temporary credentials were asked for with."""

    def denial(self, ask: PolicyQuestion) -> PolicyDenial | None:
        """Who denies it; None where it is allowed."""
        limits = {
            "service control policy": self.organization,
            "permissions boundary": self.boundary,
            "session policy": self.session,
        }
        everyone = [*((kind, one) for kind, one in limits.items()), *((_IDENTITY, one) for one in self.identity)]
        for kind, policy in everyone:
            if policy is not None and policy.denies(ask):
                return PolicyDenial(kind, policy.name, ask)
        # The order of IAM's chart of the evaluation: the first that does not allow is the one that is named.
        if self.organization is not None and not self.organization.allows(ask):
            return PolicyDenial("service control policy", "", ask)
        if not any(policy.allows(ask) for policy in self.identity):
            return PolicyDenial(_IDENTITY, "", ask)
        for kind in ("permissions boundary", "session policy"):
            limit = limits[kind]
            if limit is not None and not limit.allows(ask):
                return PolicyDenial(kind, "", ask)
        return None


_IDENTITY = "identity-based policy"


def allows(document: Mapping[str, Any], ask: PolicyQuestion) -> bool:
    """Whether one identity policy allows it; ``document`` is its JSON. Raises :class:`PolicyError`."""
    return Policies((Policy.read(document),)).denial(ask) is None


# Reading


_ELEMENTS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})


def _statement(one: object, where: str, variables: bool) -> _Statement:
    if not isinstance(one, Mapping):
        raise PolicyError(f"{where} is not an object")
    unknown = sorted(set(one) - _ELEMENTS)
    if unknown:
        raise PolicyError(f"{where}: {unknown[0]} has no place in such a policy")
    if one.get("Effect") not in ("Allow", "Deny"):
        raise PolicyError(f"{where}: Effect must be Allow or Deny")
    for name in ("Action", "Resource"):
        if (name in one) == (f"Not{name}" in one):
            raise PolicyError(f"{where} must have either {name} or Not{name}")
    patterns = {
        name: _texts(one[name], f"{where}: {name}")
        for name in ("Action", "NotAction", "Resource", "NotResource")
        if name in one
    }
    for name in ("Resource", "NotResource"):
        for arn in patterns.get(name, ()):
            if arn != "*" and (not arn.startswith("arn:") or arn.count(":") < 5):
                raise PolicyError(f"{where}: {name} {arn} is neither an ARN nor *")
    return _Statement(
        one["Effect"] == "Allow",
        patterns.get("Action", ()),
        patterns.get("NotAction", ()),
        patterns.get("Resource", ()),
        patterns.get("NotResource", ()),
        list(_tests(one.get("Condition", {}), where)),
        variables,
    )


def _tests(condition: object, where: str) -> Iterator[_Test]:
    if not isinstance(condition, Mapping):
        raise PolicyError(f"{where}: Condition is not an object")
    for written, keys in condition.items():
        quantifier, _, rest = written.rpartition(":")
        name = rest.removesuffix("IfExists")
        if name not in _OPERATORS and name != "Null":
            raise PolicyError(f"{where}: the lab does not play the condition operator {written}")
        if quantifier not in ("", "ForAnyValue", "ForAllValues"):
            raise PolicyError(f"{where}: {quantifier} is no way to look at several values")
        if not isinstance(keys, Mapping):
            raise PolicyError(f"{where}: {written} is not an object")
        for key, values in keys.items():
            if not any(_matches(known, key.lower(), None) for known in _KNOWN_KEYS):
                raise PolicyError(f"{where}: the lab does not play the condition key {key}")
            yield _Test(name, key.lower(), _texts(values, f"{where}: {key}"), rest != name, quantifier)


_KNOWN_KEYS = (
    "aws:calledviafirst", "aws:currenttime", "aws:epochtime", "aws:multifactorauthpresent", "aws:principalaccount",
    "aws:principalarn", "aws:principaltag/*", "aws:principaltype", "aws:requestedregion", "aws:requesttag/*",
    "aws:resourceaccount", "aws:resourcetag/*", "aws:securetransport", "aws:sourceip", "aws:tagkeys", "aws:userid",
    "aws:username", "aws:viaawsservice", "ec2:osuser", "ec2:region", "ec2:resourcetag/*", "ecs:cluster",
    "ecs:container-name", "ecs:resourcetag/*", "ecs:task", "kms:calleraccount", "kms:encryptioncontext:*",
    "kms:encryptioncontextkeys", "kms:viaservice", "ssm:documenttype", "ssm:resourcetag/*",
    "ssm:sessiondocumentaccesscheck",
)  # fmt: skip
"""Those that the lab gives to its policies, or knows not to be there. Any other one would be false by silence."""


def _texts(value: object, where: str) -> Sequence[str]:
    """A text or a list of them; numbers and truth values, which JSON may hold, as IAM writes them."""
    texts = []
    for one in _list(value):
        if isinstance(one, bool):
            texts.append(str(one).lower())
        elif isinstance(one, (str, int, float)):
            texts.append(str(one))
        else:
            raise PolicyError(f"{where} is not a text")
    return texts


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


# Matching


class _Piece(NamedTuple):
    """A part of a pattern."""

    text: str
    is_literal: bool = False
    """A variable's value, in which ``*`` is no wildcard."""


def _among(patterns: Sequence[str], but: Sequence[str], matches: Callable[[str], bool]) -> bool:
    return any(map(matches, patterns)) if patterns else not any(map(matches, but))


def _matches(pattern: str, value: str, variables: Context | None) -> bool:
    """Whether ``pattern`` with ``*``, ``?`` and variables is ``value``; None leaves variables as they are written."""
    regex = _regex(pattern, variables, r".*")
    return regex is not None and regex.fullmatch(value) is not None


def _matches_arn(pattern: str, arn: str, variables: Context | None) -> bool:
    """As :func:`_matches`, with what IAM says of ARNs: only a ``*`` that ends a segment goes beyond a colon."""
    regex = _regex(pattern, variables, None)
    return regex is not None and regex.fullmatch(arn) is not None


def _regex(pattern: str, variables: Context | None, star: str | None) -> re.Pattern[str] | None:
    pieces = _pieces(pattern, variables)
    return None if pieces is None else _compiled(pieces, star)


def _pieces(text: str, variables: Context | None) -> tuple[_Piece, ...] | None:
    """``text`` cut at its variables; None where one has no value: such a text matches nothing."""
    pieces, end = [], 0
    for found in _VARIABLE.finditer(text) if variables is not None else ():
        assert variables is not None
        name = found[1].strip()
        value = name if name in _LITERALS else variables.get(name.lower(), found[2])
        if not isinstance(value, str):
            return None
        pieces += [_Piece(text[end : found.start()]), _Piece(value, is_literal=True)]
        end = found.end()
    return (*pieces, _Piece(text[end:]))


@lru_cache(4096)
def _compiled(pieces: tuple[_Piece, ...], star: str | None) -> re.Pattern[str]:
    """``star`` is what ``*`` stands for; None: what it does in an ARN."""
    whole = ""
    for text, is_literal in pieces:
        if is_literal:
            whole += re.escape(text)
            continue
        for place, letter in enumerate(text):
            ends_segment = text[place + 1 : place + 2] in ("", ":")
            wild = {"*": star or (".*" if ends_segment else "[^:]*"), "?": "."}
            whole += wild.get(letter, re.escape(letter))
    return re.compile(whole, re.DOTALL)


# Conditions

_Compare = Callable[[str, str, Context | None], bool]
"""What the policy wants, what is, and the variables that the first may have."""


def _holds(test: _Test, context: Context, variables: Context | None) -> bool:
    there = context.get(test.key)
    values = [there] if isinstance(there, str) else list(there or ())
    if test.operator == "Null":
        return any((want.lower() == "true") == (not values) for want in test.wanted)
    compare, negated = _OPERATORS[test.operator]
    if not values:
        # "ForAllValues" is true of no value at all, and so is what asks that a key does not match.
        return test.if_exists or test.quantifier == "ForAllValues" or (negated and test.quantifier != "ForAnyValue")

    def fits(value: str) -> bool:
        return any(compare(want, value, variables) for want in test.wanted) != negated

    return all(map(fits, values)) if test.quantifier == "ForAllValues" or negated else any(map(fits, values))


def _filled(text: str, variables: Context | None) -> str | None:
    """``text`` with its variables' values; None where one has none."""
    pieces = _pieces(text, variables)
    return None if pieces is None else "".join(piece.text for piece in pieces)


def _equal(want: str, value: str, variables: Context | None) -> bool:
    return _filled(want, variables) == value


def _equal_in_any_case(want: str, value: str, variables: Context | None) -> bool:
    filled = _filled(want, variables)
    return filled is not None and filled.lower() == value.lower()


def _in_network(want: str, value: str, _: Context | None) -> bool:
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(want, strict=False)
    except ValueError:
        return False


def _by_number(compare: Callable[[Any, Any], bool]) -> _Compare:
    def holds(want: str, value: str, _: Context | None) -> bool:
        try:
            return compare(float(value), float(want))
        except ValueError:
            return False

    return holds


def _by_date(compare: Callable[[Any, Any], bool]) -> _Compare:
    def holds(want: str, value: str, _: Context | None) -> bool:
        try:
            return compare(_moment(value), _moment(want))
        except ValueError:
            return False

    return holds


def _moment(text: str) -> datetime:
    if text.isdecimal():
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


_ORDER = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
_OPERATORS: Mapping[str, tuple[_Compare, bool]] = {
    "StringEquals": (_equal, False),
    "StringNotEquals": (_equal, True),
    "StringEqualsIgnoreCase": (_equal_in_any_case, False),
    "StringNotEqualsIgnoreCase": (_equal_in_any_case, True),
    "StringLike": (_matches, False),
    "StringNotLike": (_matches, True),
    "ArnEquals": (_matches_arn, False),
    "ArnLike": (_matches_arn, False),
    "ArnNotEquals": (_matches_arn, True),
    "ArnNotLike": (_matches_arn, True),
    "Bool": (_equal_in_any_case, False),
    "IpAddress": (_in_network, False),
    "NotIpAddress": (_in_network, True),
    **{f"Numeric{name}": (_by_number(compare), False) for name, compare in _ORDER.items()},
    "NumericNotEquals": (_by_number(operator.eq), True),
    **{f"Date{name}": (_by_date(compare), False) for name, compare in _ORDER.items()},
    "DateNotEquals": (_by_date(operator.eq), True),
}
"""How each compares, and whether it asks that nothing matches."""

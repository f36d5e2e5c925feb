"""How the services refuse: the codes and the words of each, for what is the same refusal in all of them."""

from __future__ import annotations

from collections.abc import Mapping

from ssmtui.lab.answers import ApiError, Dialect
from ssmtui.lab.call_faults import DENIED, EXPIRED, THROTTLED
from ssmtui.lab.company import Principal
from ssmtui.lab.signature import SignatureVerdict

_WRONG: Mapping[Dialect, ApiError] = {
    Dialect.JSON: ApiError(
        "InvalidSignatureException", "The request signature we calculated does not match the one you provided."
    ),
    Dialect.QUERY: ApiError(
        "SignatureDoesNotMatch", "The request signature we calculated does not match the one you provided.", 403
    ),
    Dialect.EC2: ApiError("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
}
REFUSALS: Mapping[SignatureVerdict, Mapping[Dialect, ApiError]] = {
    SignatureVerdict.MISSING: {
        Dialect.JSON: ApiError("MissingAuthenticationTokenException", "Missing Authentication Token"),
        Dialect.QUERY: ApiError("MissingAuthenticationToken", "Request is missing Authentication Token", 403),
        Dialect.EC2: ApiError("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    },
    SignatureVerdict.UNKNOWN_KEY: {
        Dialect.JSON: ApiError("UnrecognizedClientException", "The security token included in the request is invalid."),
        Dialect.QUERY: ApiError("InvalidClientTokenId", "The security token included in the request is invalid.", 403),
        Dialect.EC2: ApiError("AuthFailure", "AWS was not able to validate the provided access credentials", 401),
    },
    SignatureVerdict.WRONG: _WRONG,
    SignatureVerdict.ELSEWHERE: _WRONG,
    SignatureVerdict.SKEWED: {
        Dialect.JSON: ApiError("InvalidSignatureException", "Signature expired or not yet current."),
        Dialect.QUERY: ApiError("SignatureDoesNotMatch", "Signature expired or not yet current.", 403),
        Dialect.EC2: ApiError("RequestExpired", "Request has expired."),
    },
    SignatureVerdict.EXPIRED: {
        Dialect.JSON: ApiError(EXPIRED, "The security token included in the request is expired."),
        Dialect.QUERY: ApiError("ExpiredToken", "The security token included in the request is expired", 403),
        Dialect.EC2: ApiError("RequestExpired", "Request has expired."),
    },
}
"""What comes of a signature that is not good."""

_DIALECT_CODES: Mapping[Dialect, Mapping[str, tuple[str, int]]] = {
    Dialect.JSON: {},
    Dialect.QUERY: {
        EXPIRED: ("ExpiredToken", 403),
        THROTTLED: ("Throttling", 400),
        DENIED: ("AccessDenied", 403),
    },
    Dialect.EC2: {
        EXPIRED: ("RequestExpired", 400),
        THROTTLED: ("RequestLimitExceeded", 503),
        DENIED: ("UnauthorizedOperation", 403),
    },
}
"""How the XML services call what faults are named after in JSON."""


def in_words(error: ApiError, dialect: Dialect, action: str, who: Principal) -> ApiError:
    """A call's failure as its service reports it. ``action`` is as in a policy: ``ssm:StartSession``."""
    code, status = _DIALECT_CODES[dialect].get(error.code, (error.code, error.status))
    return ApiError(code, _MESSAGES.get(error.code, "{0}").format(error.message, action, who.arn), status)


_MESSAGES = {
    EXPIRED: "The security token included in the request is expired",
    THROTTLED: "Rate exceeded",
    DENIED: "User: {2} is not authorized to perform: {1} because no identity-based policy allows the {1} action",
}

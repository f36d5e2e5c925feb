"""What the caller is allowed: calls that change nothing are tried, the others are named as not tried. Pure: what came
of the calls in, results out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ssmtui.aws import denials, permissions
from ssmtui.aws.denials import Denial
from ssmtui.checkup.results import CheckupArea, Result
from ssmtui.diagnosis.findings import Verdict
from ssmtui.diagnosis.sentences import said
from ssmtui.errors import AccessDenied, ConfigurationError, ConnectionFailed, ServiceError, SsmtuiError

LISTS = ("ssm:DescribeInstanceProperties", "ssm:DescribeInstanceInformation")
"""Either lists the nodes."""
SPARES = {LISTS[1]: LISTS[0], "ssm:DescribeDocument": "ssm:GetDocument"}
"""Actions that are only needed where another one is denied."""
POLICY = "what would allow it"
ALLOWED_BY_THIS, ALLOWED_BELOW = " This policy allows it:", " The policy below allows it."


def check(outcomes: Mapping[str, SsmtuiError | None], where: str = "") -> list[Result]:
    """The results for one account. ``outcomes`` has what each action that was tried ended with; ``where`` names the
    account where there are several."""
    beside = f", {where}" if where else ""
    refused = {action: error for action, error in outcomes.items() if isinstance(error, AccessDenied)}
    denied = {one: error for one, error in refused.items() if SPARES.get(one, one) in refused}
    failed = {action: error for action, error in outcomes.items() if error is not None and _is_no_answer(error)}
    allowed = [action for action in outcomes if action not in refused and action not in failed]
    results = [_denied(action, error, beside, is_needed=_is_needed(action, denied)) for action, error in denied.items()]
    results += _policy(denied, beside)
    results += _failed(failed, beside)
    if allowed:
        what = f"{len(allowed)} of {len(outcomes)} calls that were tried are allowed"
        note = bool(denied or failed)
        results.append(
            Result(
                CheckupArea.PERMISSIONS, f"allowed{beside}", Verdict.OK, what, f"{', '.join(allowed)}.", is_note=note
            )
        )
    return results


def merged(results: Sequence[Result]) -> list[Result]:
    """For reading from top to bottom: where one policy is for all that is denied, each has no other of its own."""
    if not any(result.name.startswith(POLICY) for result in results):
        return list(results)
    return [
        result
        if result.statement is None or result.name.startswith(POLICY)
        else result._replace(statement=None, fix=result.fix.replace(ALLOWED_BY_THIS, ALLOWED_BELOW))
        for result in results
    ]


def not_tried(tried: frozenset[str]) -> Result:
    """Those that would change something, or cost something."""
    rest = [one for one in permissions.PERMISSIONS if one.action not in tried]
    needed, others = [one.action for one in rest if one.is_needed], [one.action for one in rest if not one.is_needed]
    what = f"{', '.join(needed)} and {len(others)} others, since they would change something or are for one thing alone"
    evidence = f"{', '.join(others)}. Whether they are allowed shows when they are used; the error says who denies it."
    return Result(CheckupArea.PERMISSIONS, "not tried", Verdict.UNKNOWN, what, evidence, is_note=True)


def who(denial: Denial) -> str:
    """Who denies it, to end a sentence with."""
    named = f" {denial.policy}" if denial.policy else ""
    if denial.explicit:
        article = "an" if denial.by.value[0] in "aeiou" else "a"
        return f"by an explicit deny in {article} {denial.by.value}{named}"
    if denial.by is denials.DeniedBy.UNKNOWN:
        return "AWS does not say by which policy"
    return f"no {denial.by.value} allows it"


def _denied(action: str, error: AccessDenied, beside: str, *, is_needed: bool) -> Result:
    denial = denials.read(error.detail)
    permission = permissions.of(action)
    fix = f"It is needed for {permission.brings}."
    if denial.is_for_permission:
        fix += ALLOWED_BY_THIS
    elif denial.by is denials.DeniedBy.ORGANIZATION:
        fix += " Another permission does not help: ask those who run your organization."
    else:
        fix += " Another permission does not help: ask the administrator of that policy."
    statement = permissions.policy([action]) if denial.is_for_permission else None
    what = f"It is denied, {who(denial)}"
    name = f"{action}{beside}"
    return Result(CheckupArea.PERMISSIONS, name, Verdict.WARN, what, said(error), fix, statement, is_note=not is_needed)


def _is_needed(action: str, denied: Mapping[str, AccessDenied]) -> bool:
    """Whether something that everybody uses is missing: the list of nodes has two ways."""
    if action in LISTS:
        return action == LISTS[0] and LISTS[1] in denied
    return permissions.of(action).is_needed or action == "sts:GetCallerIdentity"


def _policy(denied: Mapping[str, AccessDenied], beside: str) -> list[Result]:
    """One policy for all that a permission helps with."""
    helped = [action for action, error in denied.items() if denials.read(error.detail).is_for_permission]
    if len(helped) < 2:
        return []
    what = f"One policy for all {len(helped)} that a permission helps with, ready to paste"
    statement = permissions.policy(helped)
    return [Result(CheckupArea.PERMISSIONS, f"{POLICY}{beside}", Verdict.OK, what, statement=statement, is_note=True)]


def _is_no_answer(error: SsmtuiError) -> bool:
    """Whether nothing is known of the permission: AWS looks at permissions before it looks for a thing."""
    if isinstance(error, ServiceError):
        is_about_it = isinstance(error, AccessDenied) or not (error.is_passing or error.is_unsupported)
        return not is_about_it
    return True


def _failed(failed: Mapping[str, SsmtuiError], beside: str) -> list[Result]:
    """The calls that got no answer, once for each reason."""
    by_reason: dict[tuple[str, bool], list[str]] = {}
    for action, error in failed.items():
        is_unsupported = isinstance(error, ServiceError) and error.is_unsupported
        by_reason.setdefault((error.title, is_unsupported), []).append(action)
    results = []
    for (title, is_unsupported), actions in by_reason.items():
        error = failed[actions[0]]
        what = f"{'One call' if len(actions) == 1 else f'{len(actions)} calls'} could not be tried: {_lowered(title)}"
        if is_unsupported:
            what = f"{', '.join(actions)}: this region does not have it"
        # What keeps all of them from an answer has its own result in another area.
        is_explained = isinstance(error, ConfigurationError | ConnectionFailed)
        fix = "" if is_explained else error.remedy
        evidence = "" if is_explained else f"{', '.join(actions)}. {said(error)}"
        name = f"no answer{beside}"
        results.append(
            Result(CheckupArea.PERMISSIONS, name, Verdict.UNKNOWN, what, evidence, fix, is_note=is_unsupported)
        )
    return results


def _lowered(title: str) -> str:
    return title if title.startswith(("AWS", "SSO")) else title[:1].lower() + title[1:]

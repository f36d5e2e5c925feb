"""The AWS configuration: its files, what is wrong in them, and the variables that count beside them. Pure."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ssmtui.checkup.results import CheckupArea, Result
from ssmtui.diagnosis.findings import Verdict
from ssmtui.diagnosis.sentences import said, sentence
from ssmtui.errors import ConfigurationError

if TYPE_CHECKING:
    from ssmtui.aws.configuration import Configuration, ConfigurationFile, ConfigurationProblem

NO_CONFIGURATION = (
    "Sign in: `aws configure sso` or `aws login` write a configuration, `ssmtui sign-in` uses it. To look around "
    "without AWS: `ssmtui --demo`."
)
SHOWN = (
    "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSM", "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL_KMS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_EC2_METADATA_DISABLED", "AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_CREDENTIAL_EXPIRATION",
)  # fmt: skip
"""Variables whose values are no secret."""
HIDDEN = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)  # fmt: skip
"""Variables of which only is said that they are set."""
_OURS_ALONE = stat.S_IRWXG | stat.S_IRWXO


def check(
    configuration: Configuration,
    environment: Mapping[str, str],
    chosen: str | None,
    refused: ConfigurationError | None,
) -> list[Result]:
    """The files, their problems, the variables. ``chosen`` is the AWS profile in force, where one is named; ``refused``
    is why it cannot be used, None where it can."""
    results = _files(configuration, environment)
    results += [_problem(problem, chosen) for problem in configuration.problems]
    if refused is not None and not any(result.verdict is Verdict.BAD for result in results):
        name = f"AWS profile {chosen}" if chosen else "AWS profile and region"
        results.append(
            Result(CheckupArea.CONFIGURATION, name, Verdict.BAD, refused.title, said(refused), refused.remedy)
        )
    results += _variables(configuration, environment)
    return results


def named_profile(option: str | None, environment: Mapping[str, str]) -> str | None:
    """The AWS profile that an option or a variable names; None: the default one, or none."""
    return option or environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE") or None


def has_other_credentials(environment: Mapping[str, str]) -> bool:
    """Whether variables give credentials, so that no file is needed."""
    return any(
        environment.get(name)
        for name in (
            "AWS_ACCESS_KEY_ID",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        )
    )


def _files(configuration: Configuration, environment: Mapping[str, str]) -> list[Result]:
    files = configuration.files
    if not any(file.exists for file in files) and not has_other_credentials(environment):
        named = " nor ".join(file.path for file in files) or "~/.aws/config"
        what = "There is no AWS configuration on this machine"
        evidence = f"Neither {named} exists, and no variable gives credentials."
        return [Result(CheckupArea.CONFIGURATION, "files", Verdict.BAD, what, evidence, NO_CONFIGURATION)]
    return [_file(file, configuration, environment) for file in files]


def _file(file: ConfigurationFile, configuration: Configuration, environment: Mapping[str, str]) -> Result:
    named = f", named by {file.variable}" if environment.get(file.variable) else ""
    if not file.exists:
        missing_but_named = bool(named) and file.path != os.devnull
        verdict = Verdict.WARN if missing_but_named else Verdict.OK
        fix = f"Check {file.variable}." if missing_but_named else ""
        return Result(
            CheckupArea.CONFIGURATION,
            file.path,
            verdict,
            f"It does not exist{named}",
            "",
            fix,
            is_note=not missing_but_named,
        )
    problems = sum(problem.file == file.path for problem in configuration.problems)
    if problems:
        what = f"It has {'one problem' if problems == 1 else f'{problems} problems'}, shown below{named}"
        return Result(CheckupArea.CONFIGURATION, file.path, Verdict.WARN, what, is_note=True)
    count = len(configuration.profiles)
    profiles = "one AWS profile" if count == 1 else f"{count} AWS profiles"
    if _is_open(file.path) and "CREDENTIALS" in file.variable:
        return Result(
            CheckupArea.CONFIGURATION,
            file.path,
            Verdict.WARN,
            "Other people of this machine may read it, and it holds credentials",
            "",
            f"chmod 600 {file.path}",
        )
    return Result(
        CheckupArea.CONFIGURATION, file.path, Verdict.OK, f"It can be read{named}", f"Both files have {profiles}."
    )


def _is_open(path: str) -> bool:
    if os.name == "nt":
        return False
    try:
        return bool(os.stat(path).st_mode & _OURS_ALONE)
    except OSError:
        return False


def _problem(problem: ConfigurationProblem, chosen: str | None) -> Result:
    """Of another AWS profile than the chosen one it is worth knowing, and keeps nothing from working."""
    is_ours = not problem.aws_profile or problem.aws_profile == (chosen or "default")
    verdict = Verdict.BAD if problem.is_error and is_ours else Verdict.WARN
    what = sentence(problem.what).removesuffix(".")
    return Result(CheckupArea.CONFIGURATION, problem.place, verdict, what, "", problem.fix)


def _variables(configuration: Configuration, environment: Mapping[str, str]) -> list[Result]:
    shown = [f"{name}={environment[name]}" for name in SHOWN if environment.get(name)]
    hidden = [f"{name} is set" for name in HIDDEN if environment.get(name)]
    if not shown and not hidden:
        return []
    results = [
        Result(
            CheckupArea.CONFIGURATION,
            "variables",
            Verdict.OK,
            ", ".join([*shown, *hidden]),
            is_note=True,
        )
    ]
    keys = [name for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if environment.get(name)]
    if len(keys) == 1:
        other = "AWS_SECRET_ACCESS_KEY" if keys[0] == "AWS_ACCESS_KEY_ID" else "AWS_ACCESS_KEY_ID"
        what = f"{keys[0]} is set and {other} is not"
        results.append(Result(CheckupArea.CONFIGURATION, "variables", Verdict.WARN, what, "", "Set both, or unset it."))
    names: Sequence[str] = [profile.name for profile in configuration.profiles]
    if keys and "default" in names and not named_profile(None, environment):
        what = "Variables give the credentials, so that the default AWS profile is not used"
        fix = "Unset AWS_ACCESS_KEY_ID, or name the AWS profile with --aws-profile, if you mean the AWS profile."
        results.append(Result(CheckupArea.CONFIGURATION, "variables", Verdict.OK, what, "", fix, is_note=True))
    return results

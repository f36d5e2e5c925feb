"""The questions to ask before profiles are opened, and the profiles with the answers filled in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ssmtui import inert
from ssmtui.config import template
from ssmtui.documents import reasons
from ssmtui.errors import ConfigurationError
from ssmtui.profiles.keys import KEYS
from ssmtui.profiles.profile import Profile, Values
from ssmtui.profiles.resolving import named

REASON = "Reason"
"""The question for a reason that a rule asks for and that the profile does not give."""

REASON_SHOWN = 30

FILLED = ("aws_profile", "region", "target", "query", "document", "reason", "on_connect", "database_user")
"""Values that are one string with places; ``parameters`` and ``forwards`` hold several such strings."""


class Asked(NamedTuple):
    """One question."""

    text: str
    answer: str = ""
    """What the answer may begin with."""
    note: str = ""
    is_reason: bool = False
    """Whether the answer is the whole reason."""


class Asking:
    """The questions of some profiles."""

    def __init__(self, profiles: Sequence[Profile], environment: Mapping[str, str]) -> None:
        """Raises :class:`ssmtui.errors.ConfigurationError`, naming profile, key and variable, where something cannot be
        filled in whatever is answered."""
        self._profiles = profiles
        self._environment = environment
        texts = dict.fromkeys(text for profile in profiles for text in questions(profile.values))
        for profile in profiles:
            self._check_variables(profile)
        lacking = [profile for profile in profiles if self._lacks_reason(profile)]
        self._without = {profile.name for profile in lacking}
        self._reason_name = REASON if REASON not in texts else f"{REASON} for the session"
        self.questions = [Asked(text, note=self._note(text)) for text in texts]
        """Each once, in the order in which the profiles ask them; the one for a missing reason comes last."""
        if lacking:
            begins = next((one.values.reason for one in lacking if one.values.reason), "")
            self.questions.append(Asked(self._reason_name, begins, lacking[0].values.reason_rule.hint, is_reason=True))

    def problems(self, answers: Mapping[str, str]) -> Mapping[str, str]:
        """What is wrong with ``answers``, by question."""
        found = {asked.text: "needed" for asked in self.questions if not answers.get(asked.text)}
        for profile in self._profiles:
            rule = profile.values.reason_rule
            if profile.name in self._without:
                _add(found, [self._reason_name], reasons.problem(rule, answers.get(self._reason_name, "")))
                continue
            asked = template.asked_in(profile.values.reason)
            if asked and all(answers.get(text) for text in asked):
                reason = template.filled(profile.values.reason, self._environment, answers)
                problem = reasons.problem(rule, reason)
                if problem and reason not in (answers.get(text) for text in asked):
                    # Else the person could not see that the words around the answer are at fault.
                    problem = f"“{inert.line(reason, REASON_SHOWN)}”: {problem}"
                _add(found, asked[-1:], problem)
        return found

    def answered(self, profile: Profile, answers: Mapping[str, str]) -> Profile:
        """``profile`` with everything filled in."""
        values = profile.values
        if profile.name in self._without:
            # As it is, whatever it looks like: it has been typed just now.
            reason = answers[self._reason_name]
            values = replace(self._filled(profile, replace(values, reason=""), answers), reason=reason)
        else:
            values = self._filled(profile, values, answers)
        return replace(profile, values=values)

    def _filled(self, profile: Profile, values: Values, answers: Mapping[str, str]) -> Values:
        try:
            return filled_values(values, self._environment, answers)
        except ConfigurationError as error:
            raise _placed(profile, error) from None

    def _check_variables(self, profile: Profile) -> None:
        for key, text in texts_of(profile.values):
            for variable in template.variables(text):
                if variable not in self._environment:
                    raise _placed(
                        profile,
                        ConfigurationError(
                            f"{key}: the environment variable {variable} is not set",
                            remedy="Set it before ssmtui is started.",
                        ),
                        key,
                    )

    def _lacks_reason(self, profile: Profile) -> bool:
        """Whether its reason, if it asks no question, breaks its rule."""
        text = profile.values.reason
        if template.asked_in(text):
            return False
        reason = template.filled(text, self._environment, {})
        return bool(reasons.problem(profile.values.reason_rule, reason))

    def _note(self, text: str) -> str:
        """What a reason's rule says of an answer that is in it."""
        asking = (one.values for one in self._profiles if text in template.asked_in(one.values.reason))
        return next((values.reason_rule.hint for values in asking if values.reason_rule.hint), "")


def _add(found: dict[str, str], texts: Sequence[str], problem: str) -> None:
    if problem:
        for text in texts:
            found[text] = problem


def _placed(profile: Profile, error: ConfigurationError, key: str = "") -> ConfigurationError:
    """``error`` with the profile's name and where it is written."""
    origin = profile.origins.get(key)
    place = origin.place if origin is not None else profile.place
    return ConfigurationError(f"{place}: {named(profile)}: {error.detail}", title=error.title, remedy=error.remedy)


def texts_of(values: Values) -> Iterator[tuple[str, str]]:
    """Every text of a profile in which places may stand, after the key that it is under."""
    for key in FILLED:
        yield key, getattr(values, key)
    for given in values.parameters.values():
        yield from (("parameters", text) for text in given)
    yield from (("forwards", text) for text in values.forwards)


def questions(values: Values) -> tuple[str, ...]:
    """What has to be asked before a profile is opened, each once, in order."""
    return tuple(dict.fromkeys(asked for _, text in texts_of(values) for asked in template.asked_in(text)))


def filled_values(values: Values, environment: Mapping[str, str], answers: Mapping[str, str]) -> Values:
    """The same with all places filled in, and checked again.

    Raises :class:`ssmtui.errors.ConfigurationError` naming the key, and the variable or what is wrong with the value.
    """

    def fill(key: str, text: str) -> str:
        try:
            return template.filled(text, environment, answers)
        except ConfigurationError as error:
            raise ConfigurationError(f"{key}: {error.detail}", remedy=error.remedy) from None

    new: dict[str, Any] = {key: fill(key, getattr(values, key)) for key in FILLED}
    new["parameters"] = {
        name: [fill("parameters", text) for text in given] for name, given in values.parameters.items()
    }
    new["forwards"] = [fill("forwards", text) for text in values.forwards]
    for key, value in new.items():
        try:
            new[key] = KEYS[key].check_filled(value)
        except ValueError as error:
            raise ConfigurationError(f"{key}, once filled in, {error}") from None
    return replace(values, **new)

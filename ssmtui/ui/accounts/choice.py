"""Choosing scopes: AWS profiles by regions, with what is known of each. Pure; the dialog and its questions are in
``ui.accounts.dialog``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ssmtui.errors import SsmtuiError
from ssmtui.inventory.states import ScopeState
from ssmtui.model import AwsProfile, Identity, Scope

MOST = 200
"""Scopes that can be chosen at once."""


@dataclass(slots=True)
class ProfileFacts:
    """What is known of an AWS profile."""

    identity: Identity | None = None
    alias: str = ""
    regions: Sequence[str] = ()
    """Enabled in its account."""
    error: SsmtuiError | None = None
    asked: bool = False
    """Whether AWS has been asked."""


class ScopeChoice:
    """What is ticked. ``default`` is the scope that the program was started for, if there is one; a profile of None is
    that of the environment or the machine."""

    def __init__(self, default: Scope | None, states: Iterable[ScopeState]) -> None:
        self._states = list(states)
        scopes = [state.scope for state in self._states] or ([default] if default is not None else [])
        self._default = default or next(iter(scopes), None)
        self.profiles: list[AwsProfile] = []
        self.chosen_profiles = set(dict.fromkeys(scope.aws_profile for scope in scopes))
        self.organizations = {scope.aws_profile for scope in scopes if scope.organization}
        self.chosen_regions = {scope.region for scope in scopes}
        self.facts: dict[str | None, ProfileFacts] = {}
        for state in self._states:
            facts = self.facts.setdefault(state.scope.aws_profile, ProfileFacts())
            facts.identity = state.identity or facts.identity
            facts.alias = state.alias or facts.alias
            facts.error = facts.error or (state.error if state.identity is None else None)

    @property
    def names(self) -> list[str | None]:
        """All AWS profiles: the one the program was started for first, then those of the configuration."""
        known: list[str | None] = [profile.name for profile in self.profiles]
        first = [self._default.aws_profile] if self._default is not None else []
        return list(dict.fromkeys([*first, *known, *sorted(filter(None, self.chosen_profiles))]))

    @property
    def regions(self) -> list[str]:
        """All regions that are worth offering: the default one first, then the chosen profiles' own and chosen ones,
        then those that are enabled."""
        own = [profile.region for profile in self.profiles if profile.name in self.chosen_profiles and profile.region]
        enabled = {region for name in self.chosen_profiles for region in self.of(name).regions}
        first = [self._default.region] if self._default is not None else []
        return list(dict.fromkeys([*first, *sorted({*own, *self.chosen_regions}), *sorted(enabled)]))

    def of(self, name: str | None) -> ProfileFacts:
        """What is known of an AWS profile."""
        return self.facts.setdefault(name, ProfileFacts())

    def kind(self, name: str | None) -> str:
        """Where its credentials come from."""
        profile = self._profile(name)
        return profile.kind if profile else ""

    def account(self, name: str | None) -> str:
        """The id of its account: as AWS reports it, else from the configuration, else empty."""
        identity, profile = self.of(name).identity, self._profile(name)
        return identity.account if identity else profile.account if profile else ""

    def _profile(self, name: str | None) -> AwsProfile | None:
        return next((profile for profile in self.profiles if profile.name == name), None)

    def scope_to_ask(self, name: str | None) -> Scope:
        """Where to ask about an AWS profile: in its own region, else in the default one."""
        profile = self._profile(name)
        region = profile.region if profile else ""
        if self._default is None:
            return Scope(name, region)
        return replace(self._default, aws_profile=name, region=region or self._default.region, organization=False)

    def toggle_profile(self, name: str | None) -> None:
        """Tick an AWS profile, or no longer; one stays."""
        if self.chosen_profiles == {name}:
            return
        self.chosen_profiles ^= {name}
        region = self.scope_to_ask(name).region
        if not self.chosen_regions and region:
            self.chosen_regions = {region}

    def toggle_region(self, region: str) -> None:
        """Tick a region, or no longer; one stays."""
        if self.chosen_regions != {region}:
            self.chosen_regions ^= {region}

    def toggle_organization(self, name: str | None) -> None:
        """Switch the profile between its whole organization and its account alone."""
        self.organizations ^= {name}
        self.chosen_profiles.add(name)

    @property
    def scopes(self) -> list[Scope]:
        """What is ticked, each profile in each region."""
        return [
            replace(
                self._default or Scope(name, region),
                aws_profile=name,
                region=region,
                organization=name in self.organizations,
            )
            for name in self.names
            if name in self.chosen_profiles
            for region in self.regions
            if region in self.chosen_regions
        ]

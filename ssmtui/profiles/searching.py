"""What of a profile the words that are typed to find it are looked for in, on the screen as on the command line."""

from __future__ import annotations

from ssmtui import matching
from ssmtui.profiles.profile import Profile


def searched(profile: Profile) -> matching.Searched:
    """``profile`` as :func:`ssmtui.matching.matches` wants it: folder and name in pieces, the rest as it stands."""
    values = profile.values
    others = (*values.labels, values.description, values.target, values.query, values.document)
    return matching.searched(profile.path, (*others, values.aws_profile, values.region))

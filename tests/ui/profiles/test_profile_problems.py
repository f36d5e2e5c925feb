"""What is wrong with the files of profiles is told in full, at the smallest usual size."""

from __future__ import annotations

from tests.ui.harness import Harness

OWN = '[profiles.web]\nquery = "name:web"\ncolour = "red"\n[profiles.bad]\nquery = "ping:blue"\n'


async def test_all_problems_are_shown_with_file_line_and_key() -> None:
    async with Harness(profiles=OWN, shared_profiles={"team.toml": "[folders\n"}).run(size=(80, 24)) as harness:
        await harness.ready()
        await harness.press("p", "E")
        text = " ".join(harness.text().replace("│", " ").split())
        assert "profiles.toml, line 3 connection web: there is no key colour. Did you mean color?" in text
        assert "profiles.toml, line 5 connection bad: query cannot be read as a filter at character 6" in text
        assert "team.toml, line 1 it is not valid TOML" in text

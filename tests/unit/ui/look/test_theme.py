import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from ssmtui.ui.look import theme
from ssmtui.ui.look.palette import Palette
from ssmtui.ui.look.tones import PAINTS, Tone

OWN = [theme.NIGHT, theme.DAY]


def variables(of):
    found = {**of.to_color_system().generate(), **of.variables}
    theme.complete(found, of.dark)
    return found


@pytest.mark.parametrize("of", [*OWN, *BUILTIN_THEMES.values()], ids=lambda of: of.name)
def test_every_tone_can_be_drawn_in_every_theme(of):
    found = variables(of)
    palette = Palette(found)
    for tone in Tone:
        assert palette.style(tone) is palette.style(tone)
    assert all(len(found[f"terminal-{name}"]) == 7 for name in ("foreground", "background"))


def test_every_tone_has_its_paint():
    assert set(PAINTS) == set(Tone)


def luminance(color: Color) -> float:
    parts = [part / 255 for part in color.rgb]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("of", OWN, ids=lambda of: of.name)
@pytest.mark.parametrize("on", ["background", "surface", "panel", "row-cursor-blurred"])
@pytest.mark.parametrize("color", ["foreground", "dim", "primary", "accent", "success", "warning", "error"])
def test_our_own_themes_can_be_read(of, on, color):
    """4.5 is WCAG's AA for text."""
    found = variables(of)
    assert contrast(found[color], found[on]) >= 4.5


@pytest.mark.parametrize("of", OWN, ids=lambda of: of.name)
def test_the_shown_row_can_be_read(of):
    found = variables(of)
    for color in ("foreground", "success", "error", "warning"):
        assert contrast(found[color], found["row-cursor"]) >= 4


@pytest.mark.parametrize("of", OWN, ids=lambda of: of.name)
@pytest.mark.parametrize(
    "tone", [Tone.SELECTED, Tone.MATCH, Tone.MATCH_HERE, Tone.COPY_CURSOR], ids=lambda tone: tone.name
)
def test_what_is_marked_can_be_read_and_told_from_what_is_not(of, tone):
    found = variables(of)
    paint = PAINTS[tone]
    assert contrast(found[paint.color], found[paint.on]) >= 4.5
    assert contrast(found[paint.on], found["terminal-background"]) >= 1.25


def test_a_theme_of_ones_own_draws_everything_and_brings_its_sixteen_colours():
    ansi = [f"#0000{number:02x}" for number in range(16)]
    own = theme.of_settings("mine", {"primary": "#4fb3a5", "dark": False, "ansi": ansi})
    found = variables(own)
    assert (own.name, own.primary, own.dark) == ("mine", "#4fb3a5", False)
    assert all(Palette(found).style(tone) for tone in Tone)
    assert theme.terminal_colors(found, own.dark).palette[:16] == tuple(range(16))
    plain = theme.of_settings("plain", {"primary": "#4fb3a5"})
    assert theme.terminal_colors(variables(plain), plain.dark).palette[1] == int(theme.DARK_ANSI[1][1:], 16)

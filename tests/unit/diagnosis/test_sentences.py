import pytest

from ssmtui.diagnosis.sentences import span


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(40, "40 s"), (119, "119 s"), (150, "2 min"), (7199, "119 min"), (10_300, "2 h"), (172_800, "2 days")],
)
def test_a_span_is_told_in_whole_units_as_in_the_table(seconds: float, text: str) -> None:
    assert span(seconds) == text

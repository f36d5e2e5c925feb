"""What the word under the cursor may become: keys while it is a word, values behind a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ssmtui.inventory.field_sets import IS_KEY, TAG, TAG_KEY, FieldKind
from ssmtui.inventory.query.language import Language
from ssmtui.inventory.query.tokens import Part, Token, tokens
from ssmtui.inventory.query.vocabulary import KnownValue, Vocabulary

MOST = 8
"""Offers at once."""

_LENGTHS = ("<5m", "<1h", "<1d", ">1h", ">1d")
_AGES = (*_LENGTHS, ">30d", "never")
_OFFERED = {FieldKind.AGE: _AGES, FieldKind.LENGTH: _LENGTHS}
_NEEDS_QUOTES = frozenset(' |(),"*?!<>=/')


class Completion(NamedTuple):
    """One offer: the characters from ``start`` to ``end`` (not included) become ``text``."""

    text: str
    start: int
    end: int
    note: str = ""
    """What it is, or how many rows have it."""

    def applied(self, line: str) -> tuple[str, int]:
        """The whole line with it, and where the cursor is then."""
        return line[: self.start] + self.text + line[self.end :], self.start + len(self.text)


class Completions(NamedTuple):
    """What is offered."""

    offers: tuple[Completion, ...] = ()
    of_values: bool = False
    """Whether they are values behind a key, which are worth showing unasked."""


def complete(
    text: str, cursor: int, language: Language[Any], vocabulary: Vocabulary, saved: Mapping[str, str] | None = None
) -> Completions:
    """Offers for the word that the cursor stands in or right behind."""
    found = tokens(text, language.fields)
    here = next((place for place, token in enumerate(found) if token.start < cursor <= token.end), None)
    if here is None:
        return Completions()
    token = found[here]
    if token.part is Part.SAVED or (token.part is Part.WORD and token.text == "@"):
        return Completions(_saved(token, text[token.start + 1 : cursor], saved or {}))
    if (key := _key_before(found, here)) is not None:
        return _values(found, here, key, text, cursor, language, vocabulary)
    if token.part is Part.WORD:
        return Completions(_keys(token, text[token.start : cursor], language, vocabulary))
    return Completions()


def _key_before(found: Sequence[Token], here: int) -> int | None:
    """The key that the token is a value of: itself where it is one, else the one it is joined to."""
    place = here
    while place >= 0:
        if found[place].part is Part.KEY:
            return place
        if place == 0 or found[place - 1].end != found[place].start or found[place].part is Part.OR:
            return None
        place -= 1
    return None


def _saved(token: Token, typed: str, saved: Mapping[str, str]) -> tuple[Completion, ...]:
    names = [name for name in sorted(saved) if name.startswith(typed)]
    return tuple(Completion(f"@{name}", token.start, token.end, saved[name]) for name in names[:MOST])


def _keys(token: Token, typed: str, language: Language[Any], vocabulary: Vocabulary) -> tuple[Completion, ...]:
    lowered = typed.casefold()
    meanings = {known.name: known.help for known in language.fields.values()}
    if language.fields.has_tags:
        meanings[TAG_KEY] = "a tag: tag:env, tag:env=prod"
    meanings[IS_KEY] = ", ".join(language.words)
    names = [name for name in meanings if name.startswith(lowered)]
    offers = [Completion(f"{name}:", token.start, token.end, meanings[name]) for name in names]
    tags = [known for known in vocabulary.tags if known.text.casefold().startswith(lowered)]
    offers += [Completion(f"{TAG}{_quoted(known.text)}=", token.start, token.end, _rows(known)) for known in tags]
    return tuple(offers[:MOST])


def _values(
    found: Sequence[Token],
    here: int,
    key: int,
    text: str,
    cursor: int,
    language: Language[Any],
    vocabulary: Vocabulary,
) -> Completions:
    name, token, fields = found[key].text, found[here], language.fields
    if name == TAG_KEY:
        tag = next((other for other in found[key:here] if other.part is Part.TAG), None)
        if tag is None or tag is token:
            return Completions(_tag_keys(token, text, cursor, vocabulary), of_values=True)
        known: Iterable[KnownValue] = vocabulary.values(TAG + tag.text)
    elif name == IS_KEY:
        return _offered([KnownValue(word, 0) for word in language.words], token, text, cursor, language.words)
    elif name not in fields:
        known = vocabulary.values(TAG + name)
    elif (kind := fields[name].kind) in _OFFERED:
        sign = next((other.text for other in found[key : here + 1] if other.part is Part.COMPARE), "")
        known = [KnownValue(age.removeprefix(sign), 0) for age in _OFFERED[kind] if age.startswith(sign)]
    else:
        known = vocabulary.values(name) or [KnownValue(choice, 0) for choice in fields[name].choices]
    return _offered(known, token, text, cursor)


def _tag_keys(token: Token, text: str, cursor: int, vocabulary: Vocabulary) -> tuple[Completion, ...]:
    start = token.start if token.part is Part.TAG else token.end
    typed = text[start:cursor].casefold().lstrip('"')
    fitting = [known for known in vocabulary.tags if typed in known.text.casefold()]
    fitting.sort(key=lambda known: not known.text.casefold().startswith(typed))
    end = token.end if token.part is Part.TAG else cursor
    return tuple(Completion(_quoted(known.text) + "=", start, end, _rows(known)) for known in fitting[:MOST])


def _offered(
    known: Iterable[KnownValue], token: Token, text: str, cursor: int, notes: Mapping[str, str] | None = None
) -> Completions:
    is_value = token.part in (Part.WORD, Part.QUOTED)
    if not is_value and token.part not in (Part.KEY, Part.COMPARE, Part.COMMA, Part.NOT):
        return Completions()
    start, end = (token.start, token.end) if is_value else (token.end, token.end)
    typed = text[start:cursor].casefold().lstrip('"')
    fitting = [value for value in known if typed in value.text.casefold() and value.text.casefold() != typed]
    fitting.sort(key=lambda value: not value.text.casefold().startswith(typed))
    offers = [
        Completion(
            value.text if value.text in _AGES else _quoted(value.text),
            start,
            end,
            (notes or {}).get(value.text) or _rows(value),
        )
        for value in fitting[:MOST]
    ]
    return Completions(tuple(offers), of_values=True)


def _quoted(text: str) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text)  # as rows have it
    if not _NEEDS_QUOTES & set(printable):
        return printable
    escaped = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _rows(known: KnownValue) -> str:
    return f"{known.rows:,}" if known.rows else ""

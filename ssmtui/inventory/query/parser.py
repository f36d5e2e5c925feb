"""From tokens to terms, or to an error at its place. What is still being typed counts as complete or as not there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any as Anything

from ssmtui import time_limit
from ssmtui.inventory.field_sets import IS_KEY, TAG_KEY, Field, FieldKind
from ssmtui.inventory.query import values
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.keyed import AgeTerm, FieldTerm, IsTerm, LengthTerm
from ssmtui.inventory.query.language import FAVOURITE, Language
from ssmtui.inventory.query.patterns import PatternTerm, Wild
from ssmtui.inventory.query.tags import TagTerm
from ssmtui.inventory.query.targets import private_address
from ssmtui.inventory.query.terms import All, Any, FavouriteTerm, Not, Term
from ssmtui.inventory.query.tokens import MAX_TEXT, Part, Token, tokens
from ssmtui.inventory.query.values import Test
from ssmtui.inventory.query.words import Phrase, Word
from ssmtui.inventory.rows import RowKey, folded

MAX_TERMS, MAX_DEPTH = 100, 20
"""Terms, and levels of parentheses and saved filters that a filter may have."""
MAX_IN_ALL = 500
"""Terms of a filter together with those of the saved filters that it names, each as often as it is named."""

_AGE = re.compile(r"(\d{1,6})(s|m|min|h|d|w)?")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True)
class FilterContext:
    """What a filter's meaning depends on besides its text."""

    language: Language[Anything]
    now: datetime
    favourites: Container[RowKey] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    """Of accounts, by their ids."""
    saved: Mapping[str, str] = field(default_factory=dict)
    """Saved filters by name."""


@dataclass
class _Budget:
    """What all levels of one filter may still use together: saved filters that name each other twice would otherwise
    double the work at each level."""

    terms: int = MAX_IN_ALL


def terms(text: str, around: FilterContext) -> All:
    """What ``text`` means; raises :class:`QueryError` for an invalid filter."""
    return _terms(text, around, 0, (), _Budget())


def _terms(text: str, around: FilterContext, depth: int, within: tuple[str, ...], budget: _Budget) -> All:
    if len(text) > MAX_TEXT:
        raise QueryError(f"a filter has at most {MAX_TEXT} characters", MAX_TEXT)
    return _FilterParser(text, around, depth, within, budget).run()


class _FilterParser:
    def __init__(self, text: str, around: FilterContext, depth: int, within: tuple[str, ...], budget: _Budget) -> None:
        """``within``: the names of the saved filters that this one is part of, the outermost first."""
        self._text = text
        self._around = around
        self._language = around.language
        self._fields = around.language.fields
        self._depth = depth
        self._within = within
        self._budget = budget
        self._tokens = tokens(text, around.language.fields)
        self._place = 0
        self._count = 0

    def run(self) -> All:
        found = self._sequence()
        stray = self._peek()
        if stray is not None:
            raise QueryError("there is no ( before this )", stray.start)
        return found

    def _peek(self) -> Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _next(self) -> Token:
        self._place += 1
        return self._tokens[self._place - 1]

    def _is(self, *parts: Part) -> bool:
        token = self._peek()
        return token is not None and token.part in parts

    def _adjacent(self, *parts: Part) -> bool:
        """Whether the next token is one of those and directly behind the last one."""
        return self._is(*parts) and self._tokens[self._place].start == self._tokens[self._place - 1].end

    def _sequence(self) -> All:
        """Terms side by side: all of them have to match."""
        found: list[Term] = []
        while self._peek() is not None and not self._is(Part.CLOSE):
            term = self._alternatives()
            found.extend(term.parts if isinstance(term, All) else [term] if term is not None else [])
        return All(tuple(dict.fromkeys(found)))

    def _alternatives(self) -> Term | None:
        """Neighbours with ``|`` between them: ``web|api ping:online`` are those of web or api that are online."""
        found: list[Term] = []
        while True:
            while self._is(Part.OR):
                self._next()
            if self._peek() is None or self._is(Part.CLOSE):
                break
            term = self._unary()
            if term is not None:
                found.append(term)
            if not self._is(Part.OR):
                break
        return found[0] if len(found) == 1 else Any(tuple(dict.fromkeys(found))) if found else None

    def _unary(self) -> Term | None:
        negated = False
        while self._is(Part.NOT):
            sign = self._next()
            if sign.text == "-" and not self._adjacent(*Part):
                continue  # a dash between words
            negated = not negated
        term = self._primary() if self._peek() is not None and not self._is(Part.CLOSE, Part.OR) else None
        return None if term is None else _not(term) if negated else term

    def _primary(self) -> Term | None:
        token = self._next()
        self._count += 1
        if self._count > MAX_TERMS:
            raise QueryError(f"a filter has at most {MAX_TERMS} terms", token.start)
        self._budget.terms -= 1
        if self._budget.terms < 0:
            raise QueryError(f"with the saved filters that it names it has more than {MAX_IN_ALL} terms", token.start)
        if token.part is Part.OPEN:
            return self._group(token)
        if token.part is Part.KEY:
            return self._keyed(token)
        if token.part is Part.SAVED:
            return self._saved(token)
        if token.part is Part.QUOTED:
            return Phrase(folded(token.text)) if token.text else None
        if token.part is Part.REGEX:
            pattern = self._pattern(token)
            return PatternTerm(pattern) if pattern else None
        return self._word(token.text)

    def _group(self, opening: Token) -> Term | None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QueryError("the parentheses are nested too deep", opening.start)
        found = self._sequence()
        if self._is(Part.CLOSE):
            self._next()
        self._depth -= 1
        return (found.parts[0] if len(found.parts) == 1 else found) if found.parts else None

    def _saved(self, token: Token) -> Term | None:
        text = self._around.saved.get(token.text)
        if text is None:
            half_typed = token.end == len(self._text) and any(n.startswith(token.text) for n in self._around.saved)
            return None if half_typed else self._word(f"@{token.text}")
        if token.text in self._within:
            raise QueryError(f"@{token.text} is a filter that names itself", token.start, token.end - token.start)
        if self._depth >= MAX_DEPTH:
            raise QueryError("the saved filters are nested too deep", token.start, token.end - token.start)
        try:
            found = _terms(text, self._around, self._depth + 1, (*self._within, token.text), self._budget)
        except QueryError as error:
            innermost = error.detail.startswith("the saved filter @")
            detail = error.detail if innermost else f"the saved filter @{token.text} is wrong: {error.detail}"
            raise QueryError(detail, token.start, token.end - token.start, remedy=error.remedy) from error
        return found if found.parts else None

    def _word(self, text: str) -> Term | None:
        word = folded(text)
        if "*" not in word:
            ip = self._fields.get("ip")
            address = private_address(word) if ip is not None else ""
            # A node with a host name of its own is still found by the private DNS name of its address.
            return Any((Word(word), FieldTerm(ip, (values.Equals(address),)))) if ip and address else Word(word)
        return Wild(word) if word.strip("*") else None

    # Terms with a key

    def _keyed(self, key: Token) -> Term | None:
        negated = self._negation()
        name = key.text
        if name == TAG_KEY:
            term = self._tag()
        elif name == IS_KEY:
            term = self._any_of(self._values(), self._is_term)
        elif name in self._fields:
            term = self._field(name)
        else:
            term = self._foreign(key)
        return None if term is None else Not(term) if negated != self._inner_negation else term

    def _negation(self) -> bool:
        self._inner_negation = False
        if self._adjacent(Part.NOT):
            self._next()
            return True
        return False

    def _sign(self) -> Token | None:
        """The comparison before a value, with the negation that may follow it."""
        sign = self._next() if self._adjacent(Part.COMPARE) else None
        if sign is not None and self._adjacent(Part.NOT):
            self._next()
            self._inner_negation = not self._inner_negation
        return sign

    def _values(self) -> list[Token]:
        found: list[Token] = []
        while self._adjacent(Part.WORD, Part.QUOTED, Part.REGEX, Part.COMMA, Part.COMPARE):
            token = self._next()
            if token.part is not Part.COMMA and token.text:
                found.append(token)
        return found

    @staticmethod
    def _any_of(found: Sequence[Token], make: Callable[[Token], Term]) -> Term | None:
        parts = tuple(dict.fromkeys(make(token) for token in found))
        return None if not parts else parts[0] if len(parts) == 1 else Any(parts)

    def _field(self, name: str) -> Term | None:
        known = self._fields[name]
        sign = self._sign()
        found = self._values()
        if known.kind is FieldKind.AGE:
            return self._any_of(found, lambda token: self._age(known, token, sign.text if sign else "<"))
        if known.kind is FieldKind.LENGTH:
            return self._any_of(found, lambda token: self._length(known, token, sign.text if sign else ">"))
        if sign is not None and sign.text != "=" and known.no_order:
            raise QueryError(f"{name} has no order", sign.start, len(sign.text), remedy=known.no_order)
        tests: list[Test] = []
        for token in found:
            if known.kind is FieldKind.CHOICE and token.part is not Part.REGEX:
                tests += self._choices(known, token)
                continue
            test = self._test(token, sign, version=known.kind is FieldKind.VERSION, whole=False, field=name)
            if test is not None:
                tests.append(test)
        if not tests:
            return None
        return FieldTerm(known, tuple(tests), self._around.aliases if name == "account" else {})

    def _tag(self) -> Term | None:
        if not self._adjacent(Part.TAG):
            return None
        key = folded(self._next().text)
        sign = self._sign()
        if sign is not None and sign.text == "=" and self._adjacent(Part.COMPARE):
            sign = self._sign()
        found = self._values()
        tests = [self._test(token, sign, version=False, whole=True) for token in found]
        known = tuple(test for test in tests if test is not None)
        if not key.strip("*") and not known:
            return None
        return TagTerm(key, known)

    def _foreign(self, key: Token) -> Term | None:
        """A key that is not a field: a tag's, or text with a colon in it."""
        found = self._values()
        end = found[-1].end if found else key.end
        raw = folded(self._text[key.start : end])
        near = _misspelt(key.text, self._fields.keys_of_filters)
        if near:
            raise QueryError(
                f"there is no key {key.text}",
                key.start,
                key.end - key.start - 1,
                remedy=f"Did you mean {near}:? "
                + (f"A tag is tag:{key.text}=VALUE, and quotes" if self._fields.has_tags else "Quotes")
                + " make it plain text.",
            )
        if not self._fields.has_tags:
            return Phrase(raw)
        tests = tuple(test for token in found if (test := self._test(token, None, version=False, whole=True)))
        return Any((TagTerm(folded(key.text), tests), Phrase(raw))) if tests else Phrase(raw)

    # Values

    def _test(self, token: Token, sign: Token | None, *, version: bool, whole: bool, field: str = "") -> Test | None:
        if token.part is Part.REGEX:
            return self._pattern(token)
        text = folded(token.text)
        if sign is not None and (sign.text != "=" or version):
            if not version:
                return values.Compares(sign.text, text)
            parts = values.version_parts(text)
            if not parts:
                raise QueryError(f"{token.text} is not a version", token.start, token.end - token.start)
            return values.Version(sign.text, parts)
        if token.part is Part.WORD and ("*" in text or "?" in text):
            return values.Glob(text)
        if address := private_address(text) if field == "ip" else "":
            return values.Equals(address)
        return values.Equals(text) if whole or sign is not None else values.Contains(text)

    def _pattern(self, token: Token) -> values.FilterPattern | None:
        if not token.text:
            return None
        if not time_limit.AVAILABLE:
            raise QueryError(values.PLAIN_ONLY, token.start, token.end - token.start, remedy="Use plain text, * or ?.")
        if len(token.text) > values.MAX_PATTERN:
            raise QueryError(
                f"a regular expression has at most {values.MAX_PATTERN} characters", token.start + values.MAX_PATTERN
            )
        try:
            return values.FilterPattern(token.text)
        except (re.error, OverflowError, RecursionError) as error:
            if not token.closed:
                return None
            where = getattr(error, "pos", None)
            reason = getattr(error, "msg", "it is too deep")
            inner = len(token.text) if where is None else min(where, len(token.text) - 1)
            raise QueryError(
                f"the regular expression is wrong: {reason}", token.start + 1 + (0 if where is None else inner)
            ) from error

    @staticmethod
    def _choices(known: Field[Anything], token: Token) -> list[Test]:
        """The words that begin so; a whole one is itself."""
        text = folded(token.text).rstrip("*")
        meant = [
            aws for word, aws in zip(known.choices, known.accepts, strict=True) if word == text or aws.startswith(text)
        ] or [aws for word, aws in zip(known.choices, known.accepts, strict=True) if word.startswith(text)]
        if not meant:
            listed = f"{', '.join(known.choices[:-1])} or {known.choices[-1]}"
            raise QueryError(f"{known.name} is {listed}", token.start, token.end - token.start)
        return [values.Equals(aws) for aws in meant]

    def _is_term(self, token: Token) -> Term:
        word = folded(token.text).replace("favorite", FAVOURITE)
        known_words, questions = self._language.words, self._language.questions
        meant = [word] if word in known_words else [known for known in known_words if known.startswith(word)]
        if not meant:
            near = difflib.get_close_matches(word, list(known_words), n=1)
            remedy = f"Did you mean is:{near[0]}?" if near else f"Known are {', '.join(known_words)}."
            raise QueryError(f"is:{token.text} is unknown", token.start, token.end - token.start, remedy=remedy)
        parts = tuple(
            IsTerm(known, questions[known].ask) if known in questions else FavouriteTerm(self._around.favourites)
            for known in meant
        )
        return parts[0] if len(parts) == 1 else Any(parts)

    def _age(self, known: Field[Anything], token: Token, sign: str) -> Term:
        assert known.moment is not None, known.name
        text = folded(token.text)
        if text and "never".startswith(text):
            return AgeTerm(known.moment, values.Heard("=", None))
        try:
            than = self._around.now - self._span(token, "an age")
        except OverflowError:
            raise QueryError(f"{token.text} is too long ago", token.start, token.end - token.start) from None
        return AgeTerm(known.moment, values.Heard("<" if sign == "=" else sign, than))

    def _length(self, known: Field[Anything], token: Token, sign: str) -> Term:
        assert known.length is not None, known.name
        return LengthTerm(known.length, ">" if sign == "=" else sign, self._span(token, "a length of time"))

    @staticmethod
    def _span(token: Token, wanted: str) -> timedelta:
        """What ``2h`` says; minutes without a unit."""
        span = _AGE.fullmatch(folded(token.text))
        if span is None:
            raise QueryError(
                f"{token.text} is not {wanted}",
                token.start,
                token.end - token.start,
                remedy="Write 30s, 5m, 2h, 3d or 1w.",
            )
        return timedelta(seconds=int(span.group(1)) * _SECONDS[span.group(2) or "m"])


def _not(term: Term) -> Term:
    return term.part if isinstance(term, Not) else Not(term)


def _misspelt(key: str, keys: Collection[str]) -> str | None:
    """The key that ``key`` was meant to be: with one letter missing, one too many, or two that changed places. Another
    letter is another word: ``stage:prod`` is a tag's."""
    lowered = key.lower()
    for known in sorted(keys):
        if len(known) >= 4 and len(lowered) >= 3 and (
            _without_one(known, lowered) or _without_one(lowered, known) or _swapped(known, lowered)
        ):  # fmt: skip
            return known
    return None


def _without_one(longer: str, shorter: str) -> bool:
    return len(longer) == len(shorter) + 1 and any(
        longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer))
    )


def _swapped(one: str, other: str) -> bool:
    return len(one) == len(other) and any(
        one[:place] + one[place + 1] + one[place] + one[place + 2 :] == other for place in range(len(one) - 1)
    )

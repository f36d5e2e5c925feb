"""What holds of every filter and every fleet, against the slow and plain way of saying it."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ssmtui.inventory.fields import FIELDS
from ssmtui.inventory.node_rows import NODE_ROWS
from ssmtui.inventory.query.errors import QueryError
from ssmtui.inventory.query.patterns import PatternTerm
from ssmtui.inventory.query.query import Query, parse
from ssmtui.inventory.query.terms import All, Any, Not, Term
from ssmtui.inventory.query.tokens import tokens
from ssmtui.inventory.query.words import Word, loose_spans
from ssmtui.inventory.rows import IndexRow
from ssmtui.model import Node

from .nodes import NODES, NOW, query

LETTERS = "abi0-19 "
names = st.text(alphabet=LETTERS, max_size=9)
nodes = st.builds(
    lambda tail, name, ip, tags: Node(f"i-{tail}", name, ip=ip, tags=tags),
    st.text(alphabet="0ab9", max_size=6),
    names,
    st.text(alphabet="019.", max_size=6),
    st.dictionaries(st.sampled_from(["env", "a", "b1", "Name"]), names, max_size=2),
)
plain = st.text(alphabet="abi019", min_size=1, max_size=5)
term = st.one_of(
    plain,
    st.builds("name:{}".format, plain),
    st.builds("id:{}".format, plain),
    st.builds("tag:env={}".format, plain),
    st.builds("tag:{}*".format, plain),
    st.builds('"{}"'.format, plain),
    st.builds("name:{}*{}".format, plain, plain),
    st.builds("/{}.{}/".format, plain, plain),
    st.builds("/^{}.*{}$/".format, plain, plain),
    st.sampled_from(["tag:env", "ip:>1", "is:ec2", "ping:unknown"]),
)
signed = st.builds("{}{}".format, st.sampled_from(["", "", "!"]), term)
alternatives = st.lists(signed, min_size=1, max_size=3).map("|".join)
filters = st.lists(st.one_of(alternatives, st.builds("({})".format, alternatives)), min_size=1, max_size=3).map(
    " ".join
)
pieces = st.sampled_from([*'abwe:=<>|!-()",/*@\\ ', "name:", "tag:", "seen:<1", "ping:", "is:o"])
typed = st.lists(pieces, max_size=14).map("".join)


def naive(term: Term, one: IndexRow) -> bool:
    """Whether a term matches, told by its parts' words alone and one row at a time."""
    if isinstance(term, All):
        return all(naive(part, one) for part in term.parts)
    if isinstance(term, Any):
        return any(naive(part, one) for part in term.parts)
    if isinstance(term, Not):
        return not naive(term.part, one)
    if isinstance(term, Word):
        return naive_word(term.text, one.item)
    if isinstance(term, PatternTerm):
        return re.search(term.pattern.source, one.text, re.MULTILINE) is not None
    return term.mask([one])[0]


def naive_word(word: str, node: Node) -> bool:
    loose = [node.name, *(f"{key}={value}" for key, value in node.tags.items())]
    elsewhere = [node.ip, "Unknown"] + ([] if re.fullmatch("[0-9a-f]{2,3}", word) else [node.id])
    runs = 4 if len(word) <= 6 else 3
    return any(word in text.casefold() for text in (*loose, *elsewhere)) or (
        1 < len(word) <= 12 and word.isalnum() and any(pieced(word, text.casefold(), 0, runs) for text in loose)
    )


def pieced(word: str, text: str, begin: int, runs: int) -> bool:
    """Every way to cut the word, every place for each piece."""
    if not word:
        return True
    return runs > 0 and any(
        text.startswith(word[:cut], place) and starts(text, place) and pieced(word[cut:], text, place + cut, runs - 1)
        for cut in range(1, len(word) + 1)
        for place in range(begin, len(text))
    )


def starts(text: str, place: int) -> bool:
    if not place:
        return True
    before, first = text[place - 1], text[place]
    return not (before.isdigit() if first.isdigit() else before.isalpha())


@given(filters, st.lists(nodes, max_size=12))
def test_a_chunk_is_selected_as_its_rows_are_one_by_one(text: str, fleet: list[Node]) -> None:
    looked_for = parse(text, now=NOW)
    rows = [NODE_ROWS.row(node) for node in fleet]
    selected = looked_for.select(rows)
    assert selected == [one for one in rows if looked_for.select([one])]
    assert selected == [one for one in rows if naive(looked_for._terms, one)]
    assert selected == [one for one in rows if looked_for.matches(one.item)]
    grades = looked_for.grades(selected)
    assert grades == [grade for one in selected for grade in looked_for.grades([one])]
    assert grades == looked_for._terms.grades(selected)
    assert all(0 <= grade <= 3 for grade in grades)
    assert looked_for.ranks or not any(grades)


@given(filters, filters, st.lists(nodes, max_size=12), st.integers(0, 3))
def test_what_narrows_finds_nothing_new(text: str, other: str, fleet: list[Node], more: int) -> None:
    rows = [NODE_ROWS.row(node) for node in fleet]
    for longer in (other, f"{text} {other}", text + "a1b"[:more], text[: -more or None]):
        try:
            one, two = parse(longer, now=NOW), parse(text, now=NOW)
        except QueryError:
            continue
        if one.narrows(two):
            assert set(one.select(rows)) <= set(two.select(rows))
        if two.narrows(one):
            assert set(two.select(rows)) <= set(one.select(rows))


@given(plain, names)
def test_the_letters_of_a_word_that_is_pieced_together_are_shown(word: str, name: str) -> None:
    spans = loose_spans(word, name)
    assert bool(spans) == (pieced(word, name, 0, 4))
    if spans:
        assert "".join(name[start:end] for start, end in spans) == word


@given(typed)
def test_whatever_is_typed_is_a_filter_or_an_error_with_a_place_in_it(text: str) -> None:
    looked_for = read(text)
    if isinstance(looked_for, QueryError):
        assert 0 <= looked_for.position < max(1, len(text))
        assert str(looked_for)
        return
    looked_for.select([NODE_ROWS.row(node) for node in NODES.values()])
    for node in NODES.values():
        spans = looked_for.spans("name", node.name)
        assert all(0 <= start < end <= len(node.name) for start, end in spans)
        assert all(one[1] < other[0] for one, other in pairwise(spans))


def read(text: str) -> Query | QueryError:
    try:
        return query(text)
    except QueryError as error:
        return error


@given(st.text(max_size=40))
def test_any_text_is_cut_without_loss(text: str) -> None:
    cut = tokens(text, FIELDS)
    kept = "".join(text[token.start : token.end] for token in cut)
    assert kept == "".join(
        text[place] for place in range(len(text)) if any(token.start <= place < token.end for token in cut)
    )
    assert "".join(kept.split()) == "".join(text.split())
    read(text)


def test_one_more_letter_narrows() -> None:
    for longer, shorter in [
        ("we", "w"), ("web", "we"), ("web p", "web"), ("web pr", "web p"), ("web !db", "web"), ("name:web", "name:we"),
        ("tag:env=prod", "tag:env"), ("web|api db", "web|api"), ("web", "web|api"), ("0a1b2", "0a1b"), ("x", ""),
    ]:  # fmt: skip
        assert query(longer).narrows(query(shorter)), longer
    for longer, shorter in [
        ("w", "we"), ("web|api", "web"), ("!web", "!we"), ("ffee", "ffe"), ("pdb", "db"), ("tag:env=pro", "tag:env=pr"),
        ("seen:<1h", "seen:<1"), ("i-0ab", "0ab"),
    ]:  # fmt: skip
        assert not query(longer).narrows(query(shorter)), longer

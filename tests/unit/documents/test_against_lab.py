"""What the form accepts the lab accepts and botocore sends; what the form refuses the lab refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import botocore.session
import botocore.validate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssmtui.aws import convert
from ssmtui.documents import checks, patterns
from ssmtui.lab.answers import ApiError
from ssmtui.lab.document_texts import AMAZON, OWN
from ssmtui.lab.documents import LabDocument
from ssmtui.lab.parameters import bind
from ssmtui.lab.re2 import Regex, Unsupported

SHAPE = botocore.session.get_session().get_service_model("ssm").operation_model("StartSession").input_shape
LETTERS = "abAK1_-. \n\té☃{}[]$^"

QUICK = settings(deadline=None, max_examples=60)

atoms = st.sampled_from(
    ["a", "b", ".", r"\d", r"\w", r"\W", r"\s", r"\S", r"\.", r"\$", r"\x41", "[ab]", "[^a]", "[a-c1]", "[[:alpha:]]",
     "[^[:space:]_]", r"[\d-z]", "[]a]", "[a&&b]", r"[\s\-]", "é", r"\Qa.\E", "{", "-", "#", r"\t", r"\_"]
)  # fmt: skip
repeats = st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{1,}", "{0,3}", "*?", "+?", "{,2}"])
places = st.sampled_from(["", "", "^", "$", r"\A", r"\z", r"\b", r"\B"])
pieces = st.recursive(
    st.tuples(atoms, repeats).map("".join),
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, places), min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda ways: f"({'|'.join(ways)})"),
        st.tuples(inner, repeats).map(lambda both: f"(?:{both[0]}){both[1]}"),
    ),
    max_leaves=4,
)
foreign = st.sampled_from(
    ["(?=a)b", r"(a)\1", "[a", "(", r"a\Z", "a**", "*", r"\p{L}", "a{1001}", "(?i:a)", "[b-a]", "^*"]
)
regexes = st.one_of(
    st.tuples(st.sampled_from(["", "", "(?i)", "(?m)", "(?is)"]), places, pieces, places).map("".join), foreign
)
texts = st.text(LETTERS, max_size=8)
plain = st.one_of(texts, st.integers(-9, 10**12), st.booleans(), st.sampled_from([0.5, 1e22, 3.0]))
bounds = st.one_of(st.integers(0, 6), st.integers(0, 6).map(str))
LONG = st.sampled_from(["x" * 65_536, "\N{GRINNING FACE}" * 3])


@st.composite
def declarations(draw):
    kind = draw(st.sampled_from(["String", "String", "StringList", "StringList", "Boolean", "Integer", "StringMap"]))
    default = st.lists(plain, max_size=3) if kind == "StringList" else plain
    fields = {
        "default": default,
        "allowedValues": st.lists(plain, max_size=4),
        "allowedPattern": regexes,
        "minChars": bounds,
        "maxChars": bounds,
        "minItems": bounds,
        "maxItems": bounds,
    }
    chosen = draw(st.sets(st.sampled_from(sorted(fields)), max_size=3))
    return {"type": kind, **{name: draw(fields[name]) for name in sorted(chosen)}}


@st.composite
def documents(draw):
    names = draw(st.lists(st.text("abcXY09_ ", min_size=1, max_size=6), unique=True, max_size=4))
    declared = {name: draw(declarations()) for name in names}
    return {"schemaVersion": "1.0", "sessionType": "InteractiveCommands", "parameters": declared}


def read(body):
    content = json.dumps(body)
    return convert.session_document("D", {"Content": content}), LabDocument(
        "D", "1", json.loads(content), datetime(2026, 1, 1, tzinfo=UTC)
    )


def likely(parameter):
    """Texts of which some fit."""
    known = [*map(str, parameter.allowed_values), *(parameter.default or ())]
    one = st.one_of(texts, LONG, st.sampled_from(known)) if known else st.one_of(texts, LONG)
    return st.lists(one, max_size=4).map("\n".join) if parameter.is_list else one


def refused(call, *arguments):
    try:
        call(*arguments)
    except ApiError as error:
        return f"{error.code}: {error.message}"
    return ""


def valid_for_botocore(document_name, parameters):
    request = {"Target": "i-1", "DocumentName": document_name, "Parameters": parameters}
    return not botocore.validate.ParamValidator().validate(request, SHAPE).has_errors()


@QUICK
@given(st.data())
def test_the_form_and_the_service_agree_on_every_field(data):
    document, in_lab = read(data.draw(documents()))
    sent, wrong = {}, {}
    for parameter in document.parameters:
        text = data.draw(likely(parameter))
        values = tuple(filter(None, checks.values_of(parameter, text)))
        given_values = {} if not values or values == parameter.default else {parameter.name: list(values)}
        told = checks.problem(parameter, text)
        answer = refused(bind, {parameter.name: in_lab.parameters[parameter.name]}, given_values)
        assert bool(told) == bool(answer), (parameter, text, told, answer)
        sent |= given_values
        wrong |= {parameter.name: told} if told else {}
    assert bool(wrong) == bool(refused(in_lab.plan, sent))
    assert valid_for_botocore("Doc", sent)


@QUICK
@given(st.data())
def test_what_a_profile_gives_is_refused_as_the_service_refuses_it(data):
    document, in_lab = read(data.draw(documents()))
    names = [parameter.name for parameter in document.parameters] + ["other"]
    values = st.lists(st.one_of(texts, st.sampled_from(["", "a", "1"])), max_size=3).map(tuple)
    given_values = data.draw(st.dictionaries(st.sampled_from(names), values))
    told = checks.refusals(document, given_values)
    sent = {name: list(values) for name, values in checks.to_send(document, given_values).items()}
    assert bool(told) == bool(refused(in_lab.plan, sent)), (told, sent)
    assert told or valid_for_botocore("Doc", sent)


@QUICK
@given(regexes, st.lists(texts, min_size=1, max_size=4))
def test_both_readers_of_patterns_find_the_same(pattern, values):
    for value in values:
        here = patterns.fits(pattern, value)
        try:
            there = Regex(pattern).search(value)
        except Unsupported:
            there = None
        assert here is there, (pattern, value)


@pytest.mark.parametrize("name", [name for name, body in (AMAZON | OWN).items() if "sessionType" in body])
def test_the_labs_own_documents_take_their_defaults(name):
    document, in_lab = read((AMAZON | OWN)[name])
    required = {parameter.name for parameter in document.parameters if parameter.required}
    assert set(checks.refusals(document, {})) == required
    assert bool(refused(in_lab.plan, {})) == bool(required)
    assert all(
        checks.problem(one, checks.text_of(one, one.default or ())) == "" for one in document.parameters if one.default
    )

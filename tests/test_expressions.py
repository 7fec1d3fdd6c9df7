"""Expressions: known answers on a frame, what is refused and where, and that nothing else can happen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cohort.errors import InputError
from cohort.expressions import MOST_DEPTH, MOST_LETTERS, Kind, parse

FRAME = pd.DataFrame(
    {
        "id": [0, 1, 2, 3],
        "age": [20.0, 40.0, 60.0, np.nan],
        "sex": ["female", "male", "male", None],
        "ace": [0, 4, 5, 2],
        "5-HTTLPR": [0, 1, 2, 1],
        "near": [True, False, True, False],
        "ancestry": pd.Categorical(["EUR", "AFR", "EUR", "EAS"]),
    }
)
KINDS: dict[str, Kind] = {
    "id": "number", "age": "number", "sex": "text", "ace": "number", "5-HTTLPR": "number", "near": "truth",
    "ancestry": "text",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ace >= 4 and sex == "male"', [0, 1, 1, 0]),
        ("18 <= age < 50", [1, 1, 0, 0]),
        ("`5-HTTLPR` in [1, 2]", [0, 1, 1, 1]),
        ("sex not in ['male']", [1, 0, 0, 1]),
        ("not near", [0, 1, 0, 1]),
        ("not not near", [1, 0, 1, 0]),
        ("near or ace == 4 and age > 50", [1, 0, 1, 0]),
        ("(near or ace == 4) and age > 50", [0, 0, 1, 0]),
        ("id % 2 == 1", [0, 1, 0, 1]),
        ("1 + 2 * 3 == 7", [1, 1, 1, 1]),
        ("10 - 2 - 3 == 5", [1, 1, 1, 1]),
        ("-age < -30", [0, 1, 1, 0]),
        ("age / ace > 11", [1, 0, 1, 0]),  # 20 / 0 is infinite
        ('ancestry == "EUR"', [1, 0, 1, 0]),
        ('ancestry != "EUR"', [0, 1, 0, 1]),
        ("true", [1, 1, 1, 1]),
        ("near == false", [0, 1, 0, 1]),
        ("age > 1e9", [0, 0, 0, 0]),
        ("age >= .5e2", [0, 0, 1, 0]),
    ],
)
def test_known_answers(text: str, expected: list[int]) -> None:
    expression = parse(text)
    assert expression.faults(KINDS) == []
    assert list(expression.evaluate(FRAME, len(FRAME))) == [bool(e) for e in expected]
    arrays = {name: FRAME[name].to_numpy() for name in FRAME}
    assert list(expression.evaluate(arrays, len(FRAME))) == [bool(e) for e in expected]


def test_names_are_those_that_are_read_in_order() -> None:
    assert parse("ace > 1 and (near or ace < age)").names == ("ace", "near", "age")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("agee > 3", "unknown name 'agee' at position 1; did you mean 'age'?"),
        ("near and agee > 3", "unknown name 'agee' at position 10"),
        ("age > 3 and agee > 3 or sx == 'male'", "'sx'"),
        ('age == "old"', "has a text where '==' takes a number, at position 5"),
        ("age", "is a number, neither true nor false"),
        ("not sex", "has a text where 'not' takes a truth"),
        ("sex > 'a'", "takes a number"),
        ("near + 1 > 0", "has a truth where '+' takes a number"),
        ("age in [1, 'x']", "has a text where 'in' takes a number"),
    ],
)
def test_a_fault_of_meaning_is_named(text: str, said: str) -> None:
    faults = parse(text).faults(KINDS)
    assert said in "\n".join(faults)


def test_every_unknown_name_is_named() -> None:
    assert len(parse("a > 1 or b > 2 or c > 3").faults(KINDS)) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("age = 3", "'=' is not permitted; write ==, at position 5"),
        ("age & 3", "write and"),
        ("a.b", "'.' is not permitted"),
        ("__import__('os')", "where an operator or the end is expected"),
        ("(age > 3", "ends where ')' is expected, at position 9"),
        ("age >", "ends where a name, a number or text is expected"),
        ("age > 3)", "')' where an operator or the end is expected, at position 8"),
        ("1age > 3", "is not permitted"),
        ("age not 3", "'in' is expected after 'not'"),
        ("1 < age in [2]", "give parentheses"),
        ("age in []", "a name, a number or text is expected"),
        ("x" * (MOST_LETTERS + 1), f"permitted: {MOST_LETTERS}"),
        ("(" * 400 + "age > 1" + ")" * 400, "nested too deeply"),
        ("1" + "+1" * 400 + "> 2", "too many operations"),
        ('"open', "is not permitted"),
        ("age > 3; 1", "is not permitted"),
        ("lambda: 1", "is not permitted"),
    ],
)
def test_what_is_no_expression_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert said in str(caught.value)


def test_depth_up_to_the_bound_is_read() -> None:
    levels = MOST_DEPTH - 2
    assert parse("(" * levels + "age > 1" + ")" * levels).faults(KINDS) == []
    assert parse("not " * 200 + "near").evaluate(FRAME, 4).tolist() == FRAME["near"].tolist()


PIECES = st.sampled_from(
    ["age", "sex", "near", "ace", "`5-HTTLPR`", "1", "2.5", "'male'", "true", "and", "or", "not", "in", "[", "]",
     "(", ")", "==", "!=", "<", ">=", "+", "-", "*", "/", "%", ",", "zz"]
)  # fmt: skip


@given(st.one_of(st.lists(PIECES, max_size=25).map(" ".join), st.text(max_size=60)))
@example("near == near")
@example("sex == sex and near in [true]")
def test_any_text_is_refused_or_gives_a_truth_for_everybody(text: str) -> None:
    try:
        expression = parse(text)
    except InputError:
        return
    if not expression.faults(KINDS):
        out = expression.evaluate(FRAME, len(FRAME))
        assert out.shape == (len(FRAME),)
        assert out.dtype == bool

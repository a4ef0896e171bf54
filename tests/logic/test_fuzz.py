"""No text makes a reader crash or hang: it is read, or refused with a `LogicError`.

    EVALSUITE_FUZZ=600 pytest tests/logic/test_fuzz.py

gives each reader its share of 600 seconds; without the variable each gets one short round.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from evalsuite.logic.clauses import literal
from evalsuite.logic.elaborators import refutation, tableau
from evalsuite.logic.flaws import LogicError
from evalsuite.logic.formats import anita, clausal, truth_tables, worlds
from evalsuite.logic.syntax import Atom, Or
from evalsuite.logic.text import reading, statements, structures, valuations

FUZZ = "EVALSUITE_FUZZ"
SECONDS = float(os.environ.get(FUZZ, "0"))
EXAMPLES = 150
SLOW = 10.0  # seconds of the processor for a text of a few hundred characters: the reader hangs

P, Q = Atom("P"), Atom("Q")
CLAUSES = tuple(frozenset(map(literal, names)) for names in (("~P", "Q"), ("P",), ("~Q",)))
LIKES = reading.formula("forall x. exists y. R(x, f(y, a)) & P")
NUMBERED = tuple(
    frozenset(map(literal, names)) for names in (("~x1", "x2"), ("x1",), ("~x2",), ("x3", "~x1"))
)

READERS: dict[str, Callable[[str], object]] = {
    "formula": reading.formula,
    "clause": reading.clause,
    "numbered clause": lambda text: reading.clause(text, numbers=True),
    "signed formula": reading.signed,
    "term": reading.term,
    "substitution": reading.substitution,
    "problem": statements.read,
    "dimacs": lambda text: statements.read(text, format="dimacs"),
    "tptp": lambda text: statements.read(text, format="tptp"),
    "refutation": lambda text: refutation.check(CLAUSES, text),
    "numbered refutation": lambda text: refutation.check(NUMBERED, text, numbers=True),
    "tableau": lambda text: tableau.check((Or(P, Q),), P, text),
    "anita": anita.read,
    "drup": lambda text: clausal.drup(NUMBERED, text),
    "lrat": lambda text: clausal.lrat(NUMBERED, text),
    "valuation": lambda text: valuations.valuation(text, {"P": "P", "Q": "Q"}),
    "structure": lambda text: structures.structure(text, (LIKES,)),
    "worlds": worlds.read,
    "truth table": lambda text: truth_tables.check((Or(P, Q),), P, text),
}

SOUP = """
P Q R(x) f(a) x y a v T F true false 0 1 2 3 -1 -2 12 C1 x3 ~ - ! ¬ not & ∧ ^ and | ∨ or -> → ⊃
<-> ↔ xor ⊕ ∀ ∃ forall exists all some . : ; , ( ) [ ] { } [] <> □ ◇ ⊥ ⊤ # $F $true $false
[given] [1,2] (1,2) [factor 3] [0] [0.1] [0.1.2] premise goal premissa open closed x @ pre
conclusion res from and e de {x->a} x:=a |- ⊢ premise: conclusion: clause: logic: S4 K
cnf(a,axiom, fof(b,conjecture, ![X]: ?[Y]: => <=> <~> % p cnf 3 2 d 1. 2) **3.** ``` $ \\lor
\\forall Answer: - * | --- 10000000000000000000000 \x00 \u202e А ４ ² é ' \" \\ / = :=
"""
TOKENS = SOUP.split()

PROOFS = (
    "1. ~P | Q [given]\n2. P [given]\n3. Q [1,2]\n4. ~Q [given]\n5. [] [3,4]\nAnswer: yes",
    "1. [0] T P|Q premise\n2. [0] F P goal\n3. [0.1] T P 1\n4. [0.2] T Q 1\n5. [0.1] x 3,2",
    "1. T P|Q pre\n2. F P conclusion\n3. { T P 1\n4. @ 2,3\n}\n5. { T Q 1\n}",
    "p cnf 3 4\n-1 2 0\n1 0\n-2 0\n3 -1 0\n",
    "2 0\n0\n",
    "5 2 0 1 2 0\n6 0 5 3 0\n",
    "fof(a, axiom, ![X]: (p(X) => ?[Y]: q(X,Y))). cnf(b, negated_conjecture, ~p(a) | q(a,Z)).",
    "logic: S4\npremise: []P -> P\nconclusion: <>P",
    "domain: a, b\na = a\nR: (a,b), (b,b)\nf: (a,a)->b\nP=T",
    "worlds: w0, w1\nrelation: w0->w1\nw0: P\nw1:",
    "P Q | P | Q | P\nT T | T | T\nP=T, Q=F",
    "forall x. (P(x) -> exists y. R(x, f(y))) <-> ~[]<>Q xor true",
)

soup = st.lists(st.sampled_from(TOKENS), max_size=40).flatmap(
    lambda tokens: st.sampled_from(("", " ", "\n")).map(lambda gap: gap.join(tokens))
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A text that some reader takes, with pieces cut out, put in and repeated."""
    text = draw(st.sampled_from(PROOFS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 12)))
        piece = draw(st.one_of(st.sampled_from(TOKENS), st.text(max_size=3), st.just(text[:end])))
        text = (text[:start] + piece * draw(st.integers(0, 3)) + text[end:])[:2000]
    return text


texts = st.one_of(st.text(max_size=200), soup, damaged(), soup.map(lambda text: text * 20))


@pytest.mark.parametrize("name", READERS)
def test_a_reader_reads_or_refuses_any_text(name: str) -> None:
    end = time.monotonic() + SECONDS / len(READERS)

    def one(text: str) -> None:
        start = time.process_time()
        with suppress(LogicError):
            READERS[name](text)
        assert time.process_time() - start < SLOW

    for turn in count():
        ruled = settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )(given(texts)(one))
        (seed(turn)(ruled) if SECONDS else ruled)()
        if time.monotonic() >= end:
            break

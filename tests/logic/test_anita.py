"""ANITA, an independent checker of tableaux, judges ours as we do, and we its examples."""

import re
import warnings
from collections.abc import Iterator
from importlib import resources
from itertools import islice
from random import Random

import pytest

from evalsuite.logic import flaws
from evalsuite.logic.elaborators import tableau
from evalsuite.logic.elaborators.tableau import Read
from evalsuite.logic.formats import anita
from evalsuite.logic.limits import Limits
from evalsuite.logic.proofs import NodeLine, Verdict
from evalsuite.logic.syntax import And, Atom, Exists, Forall, Function, Iff, Implies, Not, Or, Truth
from evalsuite.logic.tableau import Signed, extensions
from tests.logic.tableaux import closed, proofs

# What ANITA asks for beyond what makes a tableau a proof.
STRICTER = re.compile(
    r"The (?:next|previous) line should be"  # both components of an α formula, side by side
    r"|The initial tableau should start with the premises followed by the conclusion"
    r"|can only be used once in this branch"
    r"|The premise must have a truth value T|The conclusion must have a truth value F"
    # Its check of `T A -> A` takes the right side for the left one and wants another sign.
    r"|must be the antecedent of the implication"
)


CRASHED = "ANITA crashed:"


def anita_says(text: str, theorem: str | None = None) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its regular expressions are old
        from anita.anita_en_fo import check_proof

        try:
            return str(check_proof(text, theorem, display_theorem=False, display_latex=False))
        except (AttributeError, IndexError, KeyError, TypeError) as error:
            return f"{CRASHED} {error}"  # while it words what is wrong


def we_say(text: str) -> Verdict:
    premises, conclusion, lines = anita.read(text)
    if not any(isinstance(line, NodeLine) and line.origin == "goal" for line in lines):
        return Verdict(flaw=flaws.NoProof("no line is the conclusion"))
    told = Read(lines=lines, liberties=(), flaw=None, has_signs=True, answer=None)
    return tableau.judge(tableau.assumptions(premises, conclusion), told)


def is_accepted(verdict: Verdict) -> bool:
    return verdict.flaw is None and all(one.kind != "logic" for one in verdict.liberties)


def splits_on_itself(lines: tuple[object, ...]) -> bool:
    """Say whether `T A -> A` is split, which ANITA gets wrong."""
    nodes = {line.label: line for line in lines if isinstance(line, NodeLine)}
    sources = {nodes[line.origin].signed for line in nodes.values() if line.origin in nodes}
    return any(
        one.sign and isinstance(one.formula, Implies) and one.formula.left == one.formula.right
        for one in sources
    )


def exported(rng: Random, *, first_order: bool = False) -> Iterator[str]:
    for premises, conclusion, lines in proofs(rng, first_order=first_order):
        if not splits_on_itself(lines):
            try:
                yield anita.write(premises, conclusion, lines)
            except flaws.Unsupported:  # a function, or a quantifier that binds nothing
                continue


@pytest.mark.parametrize(("first_order", "count"), [(False, 180), (True, 60)])
def test_our_tableaux_are_accepted_by_anita_and_read_back(*, first_order: bool, count: int) -> None:
    texts = list(islice(exported(Random(7), first_order=first_order), count))
    assert len(texts) == count
    for text in texts:
        assert anita_says(text) == "The proof is valid.", text
        assert is_accepted(we_say(text)), text


# ── its own examples ────────────────────────────────────────────────────────────────────────────


def shipped_theorems() -> list[str]:
    from anita.example_theorems import THEOREMS

    return list(THEOREMS)


def test_the_theorems_that_anita_ships_are_proved_and_accepted_as_stated() -> None:
    theorems = shipped_theorems()
    assert len(theorems) > 60
    for theorem in theorems:
        premises, conclusion = anita.statement(theorem)
        lines = closed(premises, conclusion)
        assert lines is not None, theorem
        text = anita.write(premises, conclusion, lines)
        assert anita.read(text)[:2] == (premises, conclusion)
        if not splits_on_itself(lines):
            assert anita_says(text, theorem) == "The proof is valid.", text
        assert is_accepted(we_say(text)), text


@pytest.mark.parametrize("module", ["anita_en_basic_usage.py", "anita_pt_basic_usage.py"])
def test_the_proof_that_anita_ships_is_read_and_accepted(module: str) -> None:
    source = (resources.files("anita") / module).read_text(encoding="utf-8")
    text = source.split("'''")[1]
    premises, conclusion, lines = anita.read(text)
    assert (premises, conclusion) == anita.statement("A|B, A->C, B->C |- C")
    assert len(lines) == 14
    assert is_accepted(we_say(text))
    assert anita_says(text.replace("conclusao", "conclusion")) == "The proof is valid."


# ── wrong tableaux ──────────────────────────────────────────────────────────────────────────────


def damaged(text: str, rng: Random) -> str:
    """Change a sign, a reference or an atom, or put two lines in each other's place."""
    rows = text.splitlines()
    numbered = [at for at, row in enumerate(rows) if row[:1].isdigit()]
    at, other = rng.choice(numbered), rng.choice(numbered)
    match rng.choice(("sign", "reference", "closure", "atom", "order")):
        case "sign":
            turned = {"T": "F", "F": "T"}
            rows[at] = re.sub(
                r"(\. [\s{]*)([TF]) ", lambda found: f"{found[1]}{turned[found[2]]} ", rows[at]
            )
        case "reference":
            rows[at] = re.sub(r"  \d+$", f"  {rng.randint(1, len(numbered))}", rows[at])
        case "closure":
            rows[at] = re.sub(r"@  \d+", f"@  {rng.randint(1, len(numbered))}", rows[at])
        case "atom":
            rows[at] = re.sub(r"\b[PQRS]\b", rng.choice("PQRS"), rows[at], count=1)
        case "order" if "{" not in rows[at] + rows[other]:
            one, two = rows[at].partition("."), rows[other].partition(".")
            rows[at], rows[other] = f"{one[0]}.{two[2]}", f"{two[0]}.{one[2]}"
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("first_order", [False, True])
def test_what_anita_accepts_we_accept_and_what_we_accept_it_refuses_for_its_rules_alone(
    *,
    first_order: bool,
) -> None:
    rng = Random(23)
    agreed = refused = 0
    for text in islice(exported(rng, first_order=first_order), 70):
        for _ in range(3):
            wrong = damaged(text, rng)
            verdict, said = we_say(wrong), anita_says(wrong)
            if said.startswith(CRASHED):
                continue
            if is_accepted(verdict) != (said == "The proof is valid."):
                assert verdict.flaw is None, (wrong, verdict)
                assert STRICTER.search(said), (wrong, said)
                continue
            agreed += 1
            refused += verdict.flaw is not None
    assert agreed > 140
    assert refused > 80


SPLIT_ON_ITSELF = """
1. T A->A pre
2. F B->B conclusion
3. T B 2
4. F B 2
5. { F A 1
6. @ 3,4
}
7. { T A 1
8. @ 3,4
}
"""
CAPTURE = """
1. T Ax (Ey R(x,y)&P(x)) pre
2. F Ey R(y,y)&P(y) conclusion
3. T Ey R(y,y)&P(y) 1
4. @ 3,2
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # One component of an α formula is enough for us.
        ("1. T A&B pre\n2. F A conclusion\n3. T A 1\n4. @ 2,3\n", "The next line should be"),
        # A rule may be applied again.
        (
            "1. T ~A pre\n2. F ~A conclusion\n3. F A 1\n4. F A 1\n5. @ 1,2\n",
            "can only be used once",
        ),
        # The conclusion may come before a premise.
        (
            "1. F A conclusion\n2. T A pre\n3. @ 1,2\n",
            "should start with the premises followed by the conclusion",
        ),
        # Lines may be numbered as one likes.
        ("7. T A pre\n8. F A conclusion\n9. @ 7,8\n", "should be 1"),
        # `T A -> A` splits as any other implication.
        (
            SPLIT_ON_ITSELF,
            "must be the antecedent",
        ),
    ],
)
def test_anita_is_stricter_where_it_asks_for_order(text: str, said: str) -> None:
    assert said in anita_says(text)
    assert is_accepted(we_say(text))


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        # A branch that is closed may go on there.
        (
            "1. T A pre\n2. F A conclusion\n3. @ 1,2\n4. @ 1,2\n",
            flaws.ClosedBranch,
        ),
        # The `y` put for `x` is caught by `Ey`: the inference is not valid.
        (
            CAPTURE,
            flaws.WrongComponent,
        ),
    ],
)
def test_anita_is_laxer_about_closed_branches_and_capture(
    text: str, flaw: type[flaws.Flaw]
) -> None:
    assert anita_says(text) == "The proof is valid."
    assert type(we_say(text).flaw) is flaw


def test_an_open_branch_is_one_for_anita_too() -> None:
    text = "1. T A|B pre\n2. F A conclusion\n3. { T A 1\n4. @ 2,3\n}\n5. { T B 1\n}\n"
    assert anita_says(text).startswith("The theorem is not valid.")
    assert isinstance(we_say(text).flaw, flaws.OpenBranch)


# ── the language ────────────────────────────────────────────────────────────────────────────────

A, B, C = map(Atom, "ABC")
x, a = "x", Function("a")


def test_connectives_group_to_the_right_and_quantifiers_bind_closest() -> None:
    assert anita.statement("A->B->C |- A&B|C") == (
        (Implies(A, Implies(B, C)),),
        Or(And(A, B), C),
    )
    _, both = anita.statement("|- Ax P(x) & Ex ~Q(x)")
    assert isinstance(both, And)
    assert isinstance(both.left, Forall)
    assert isinstance(both.right, Exists)


def test_comments_are_passed_over_and_rule_names_may_stand() -> None:
    text = "# a comment\n1. T A&B pre ## another ##\n2. F A conclusion\n3. T A &T 1\n"
    premises, conclusion, lines = anita.read(text)
    assert (premises, conclusion) == ((And(A, B),), A)
    assert [line.line for line in lines] == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("1. T A| pre", 1, 8),
        ("1. T A pre\n2. F a conclusion", 2, 5),
        ("1. T A pre\n}", 2, 0),
        ("1. { T A 1", 1, 10),
        ("1. T A <-> B pre", 1, 7),
        ("1. T A", 1, 6),
        ("1. T A § pre", 1, 7),
        ("T A pre", 1, 0),
    ],
)
def test_what_is_not_in_the_language_is_refused_where_it_is(
    text: str, line: int, column: int
) -> None:
    with pytest.raises(flaws.SyntaxFlaw) as caught:
        anita.read(text)
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    "text",
    [
        f"1. T {'~' * 10_000}A pre",
        f"1. T {'(' * 10_000}A{')' * 10_000} pre",
        f"1. T {'A->' * 10_000}A pre",
        f"1. T {'Ax ' * 10_000}A pre",
        "1. T " + "A" * 10_000 + " pre",
        "1. T A pre\n" * 30_000,
        "1. { T A pre\n" * 90_000,
        f"1. T P({'a,' * 900_000}a) pre",
        "x" * 10_000_000,
    ],
    ids=[
        *("negations", "brackets", "implications", "quantifiers", "name", "lines", "branches"),
        *("arguments", "text"),
    ],
)
@pytest.mark.usefixtures("promptly")
def test_what_is_beyond_the_limits_is_refused_soon(text: str) -> None:
    with pytest.raises(flaws.TooLarge):
        anita.read(text, Limits())


def test_many_closures_are_no_large_formula() -> None:
    rows = "".join(f"{number}. @ 1,2\n" for number in range(1, 9_000))
    assert len(anita.read(rows)[2]) == 8_999


@pytest.mark.parametrize(
    "formula",
    [
        Iff(A, B),
        Truth(True),
        Forall(x, A),
        Atom("P", (Function("f", (a,)),)),
    ],
)
def test_what_anita_lacks_is_not_written(formula: Forall) -> None:
    with pytest.raises(flaws.Unsupported):
        anita.write((formula,), A, ())


def test_names_that_anita_lacks_are_changed_and_told() -> None:
    premises = (Atom("p"), Atom("T"), Not(Atom("P")))
    lines = closed(premises, Atom("Fáb_1"))
    assert lines is None  # `p` and `P` are two atoms
    lines = closed((*premises, Not(Atom("T"))), Atom("Fáb_1"))
    assert lines is not None
    text = anita.write((*premises, Not(Atom("T"))), Atom("Fáb_1"), lines)
    assert text.startswith("# P1 stands for p\n# PT stands for T\n# PFB1 stands for Fáb_1\n")
    assert anita_says(text) == "The proof is valid."


def test_constants_and_bound_variables_of_one_name_are_told_apart() -> None:
    from evalsuite.logic.syntax import Variable

    holds = Forall(x, Atom("P", (Variable(x),)))
    goal = Atom("P", (Function("x"),))
    lines = closed((holds,), goal)
    assert lines is not None
    text = anita.write((holds,), goal, lines)
    assert anita_says(text) == "The proof is valid."
    assert extensions(Signed(sign=True, formula=holds), Function("x"))[0][0].formula == goal

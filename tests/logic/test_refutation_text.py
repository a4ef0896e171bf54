"""Refutations as models write them: right ones are accepted, wrong ones refused where they err."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.logic import flaws
from evalsuite.logic.clauses import EMPTY, Clause, complement, literal, resolvents, show_clause
from evalsuite.logic.elaborators import lines as finding
from evalsuite.logic.elaborators import refutation
from evalsuite.logic.elaborators.refutation import check, elaborate, read, show
from evalsuite.logic.kernels import refutation as kernel
from evalsuite.logic.limits import DEFAULT, Limits
from evalsuite.logic.proofs import ClauseLine, Verdict
from evalsuite.logic.syntax import Atom, Function, Term, Variable
from evalsuite.logic.text import reading
from tests.strategies import rngs

PROOFS = sorted((Path(__file__).parent / "proofs" / "refutation").glob("*.txt"))
SYLLOGISM = tuple(map(reading.clause, ("~P | Q", "P", "~Q")))
PROOF = "1. ~P | Q [given]\n2. P [given]\n3. Q [1,2]\n4. ~Q [given]\n5. [] [3,4]\n"


def outcome(verdict: Verdict) -> str:
    if verdict.flaw is None:
        strict = all(liberty.kind == "ink" for liberty in verdict.liberties)
        return "accepted" if strict else "lenient"
    line = getattr(verdict.flaw, "line", None)
    return type(verdict.flaw).__name__ + ("" if line is None else f" at {line}")


# ── proofs by hand ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PROOFS, ids=lambda path: path.stem)
def test_a_proof_by_hand_is_judged_as_by_hand(path: Path) -> None:
    head, _, text = path.read_text(encoding="utf-8").partition("---\n")
    fields = [row.partition(": ")[::2] for row in head.splitlines()]
    clauses = [reading.clause(value) for key, value in fields if key == "clause"]
    verdict = check(clauses, text, numbers=("numbers", "yes") in fields)
    assert outcome(verdict) == dict(fields)["expect"], verdict


def test_every_way_to_be_wrong_is_among_them() -> None:
    expected = Counter(
        row.removeprefix("expect: ").split()[0]
        for path in PROOFS
        for row in path.read_text(encoding="utf-8").partition("---\n")[0].splitlines()
        if row.startswith("expect: ")
    )
    assert expected.total() == len(PROOFS) >= 75
    wrong = set(expected) - {"accepted", "lenient"}
    classes = (*flaws.Flaw.__subclasses__(), *flaws.RefutationFlaw.__subclasses__())
    own = {one.__name__ for one in classes if one.__module__ == flaws.__name__}
    # Families of flaws, and what no line of such a text can be.
    own -= {"RefutationFlaw", "TableauFlaw", "NotWeaker", "NotUnitPropagation", "NotAConsequence"}
    assert wrong == own
    assert sum(expected[one] for one in wrong) >= len(PROOFS) // 3


# ── spellings ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "why",
    [
        "[3,1]",
        "(3, 1)",
        "[3 1]",
        "[3; 1]",
        "[3 & 1]",
        "from 3 and 1",
        "from (3) and (1)",
        "by resolution from lines 3 and 1",
        "[res 3 1]",
        "res(3,1)",
        "Res. 3, 1",
        "[resolve(3,1)]",
        "[Resolution of 3, 1 on P]",
        "[resolving 3 and 1 on P/~P]",
        "[3,1 on ¬P]",
        "[3, 1, P]",
        "(resolvent of clauses 3 and 1)",
        "-- from 3, 1",
        "— 3, 1",
        "// resolve 3 with 1",
        "; 3, 1",
        ", from 3 and 1",
        "← 3, 1",
        "   3,1",
        "\t3, 1",
        "de 3 e 1",
        "(resolução de 3 e 1 sobre P)",
        "por resolução entre as linhas 3 e 1",
        "[R: 3,1]",
        "[steps 3, 1]",
        "[#3, #1]",
        "[3a, 1b]",
        "[C3, C1]",
        "[3, 1] (P cancels)",
    ],
)
def test_two_lines_are_named_in_many_ways(why: str) -> None:
    text = f"1. ~P | Q [given]\n2. ~Q [given]\n3. P [given]\n4. Q {why}\n5. [] [4,2]\n"
    assert outcome(check(SYLLOGISM, text)) == "accepted"


@pytest.mark.parametrize(
    "why",
    [
        *("[given]", "(given)", "given", "Given.", "[premise]", "premise 2", "(axiom)", "[C2]"),
        *("[input clause]", "hypothesis", "(from the problem)", "[negated conclusion]"),
        *("premissa", "(dada)", "[hipótese]", "do enunciado", "— premissa", "[given clause 2]"),
    ],
)
def test_what_is_given_is_said_in_many_ways(why: str) -> None:
    text = PROOF.replace("2. P [given]", f"2. P {why}")
    assert outcome(check(SYLLOGISM, text)) == "accepted"


@pytest.mark.parametrize(
    ("front", "label"),
    [
        *(("3. ", "3"), ("3) ", "3"), ("(3) ", "3"), ("3: ", "3"), ("[3] ", "3"), ("03. ", "3")),
        *(("C3: ", "C3"), ("c3. ", "C3"), ("2a. ", "2a"), ("Step 3: ", "3"), ("Passo 3 – ", "3")),
        *(("- 3. ", "3"), ("**3.** ", "3"), ("**3**. ", "3"), ("* **Step 3:** ", "3")),
        *(("> 3. ", "3"), ("3  ", "3"), ("3\t", "3"), ("3 — ", "3"), ("#3: ", "3")),
        *(("Linha 3. ", "3"), ("Clause 3: ", "3"), ("3\\. ", "3"), ("  3.", "3")),
    ],
)
def test_lines_are_numbered_in_many_ways(front: str, label: str) -> None:
    (line,) = read(f"{front}P | Q [given]").lines
    assert (line.label, line.clause, line.rule) == (label, reading.clause("P | Q"), "given")


@pytest.mark.parametrize(
    "spelled",
    [
        *("[]", "[ ]", "{}", "{ }", "⊥", "□", "#", "$F", "$false", "FALSE", "false", "0", "∅"),
        *(r"\bot", r"$\square$", r"$\Box$", "empty clause", "the empty clause", "■", "{ } (empty)"),
        *("cláusula vazia", "a cláusula vazia", "contradiction", "Contradição", "**[]**", "`[]`"),
        *("□ (empty clause)", "[] (contradiction!)"),
    ],
)
def test_the_empty_clause_is_spelled_in_many_ways(spelled: str) -> None:
    text = PROOF.replace("5. []", f"5. {spelled}")
    assert outcome(check(SYLLOGISM, text)) == "accepted"


@pytest.mark.parametrize(
    "stated",
    [
        *("[1,2] {x->a}", "[1,2, {x -> a}]", "[1,2] [x/a]", "[1,2] {a/x}", "[1,2] with x = a"),
        *("{x ↦ a} [1,2]", r"[1,2] $\{x \mapsto a\}$", "(1,2; x := a)", "from 1 and 2, x = a"),
        *("[1,2] mgu {x/a}", "1,2 σ = {x/a}", "de 1 e 2 com {x/a}", "[1,2] {x1 -> a}", "[1,2]"),
        *("[1, 2 {x=a}]", "[res 1,2 on P(x), {x -> a}]", "[res 1,2 on P(a)]", "[1,2 on P]"),
    ],
)
def test_a_substitution_is_stated_in_many_ways(stated: str) -> None:
    clauses = tuple(map(reading.clause, ("~P(x) | Q(x)", "P(a)", "~Q(a)")))
    text = (
        "1. ~P(x) | Q(x) [given]\n2. P(a) [given]\n"
        f"3. Q(a) {stated}\n4. ~Q(a) [given]\n5. [] [3,4]\n"
    )
    assert outcome(check(clauses, text)) == "accepted"
    wrong = stated.replace("a}", "b}").replace("/a", "/b").replace("= a", "= b")
    wrong = wrong.replace("=a", "=b").replace("{a/", "{b/").replace("on P(a)", "on P(b)")
    if wrong != stated and "x1" not in stated:
        assert (
            outcome(check(clauses, text.replace(stated, wrong)))
            in {
                "WrongUnifier at 3",
                "NoPivot at 3",
            }
            or "on P(b)" in wrong
        )


def test_a_wrong_number_of_a_literal_or_clause_is_no_line() -> None:
    text = "```\n1. Q [C1, C2]\n2. [] [1, C4]\n```"
    assert outcome(check(SYLLOGISM, text)) == "UnknownReference at 3"
    assert outcome(check(SYLLOGISM, PROOF.replace("[3,4]", "[3,4x]"))) == "UnreadableLine at 5"


def test_a_name_in_a_clause_is_no_justification() -> None:
    clauses = tuple(map(reading.clause, ("given | by", "~given", "~by")))
    text = "1. given | by [given]\n2. ~given [given]\n3. by [1,2]\n4. ~by [given]\n5. [] [3,4]\n"
    assert outcome(check(clauses, text)) == "accepted"


# ── the text around ─────────────────────────────────────────────────────────────────────────────


@given(st.text(alphabet="abc .,;:()\n*", max_size=60), st.text(alphabet="abc .,\n", max_size=60))
def test_prose_around_a_fenced_proof_changes_nothing(before: str, after: str) -> None:
    text = f"{before}\n```\n{PROOF}```\n{after}\nAnswer: **unsatisfiable**"
    verdict = check(SYLLOGISM, text)
    assert outcome(verdict) == "accepted"
    assert (verdict.lines, verdict.valid_prefix, verdict.unused) == (5, 5, ())
    assert read(text).answer == "unsatisfiable"


def test_the_last_block_with_steps_counts() -> None:
    wrong = "```\n1. R [given]\n```\n"
    assert (
        outcome(check(SYLLOGISM, f"{wrong}```text\n{PROOF}```\n```\nno step\n```\n")) == "accepted"
    )
    assert outcome(check(SYLLOGISM, f"```\n{PROOF}```\n{wrong}")) == "NotGiven at 9"


def test_lines_are_those_of_the_text() -> None:
    text = PROOF.replace("Q [1,2]", "~Q [1,2]")
    for before in ("", "\n\n", "prose\r\n", "a\rb\r\n\n"):
        count = before.replace("\r\n", "\n").replace("\r", "\n").count("\n")
        verdict = check(SYLLOGISM, before + text)
        assert outcome(verdict) == f"NotAResolvent at {3 + count}"
        assert (verdict.valid_prefix, verdict.lines) == (2, 5)


def test_cut_at_any_place_a_fenced_proof_is_cut_off_or_not_begun() -> None:
    text = f"```\n{PROOF.strip()}\n```"
    end = text.index("[] [3,4]") + len("[] [3,4]")
    for at in range(end):
        verdict = check(SYLLOGISM, text[:at])
        assert verdict.flaw is not None
        if at > 8:
            assert isinstance(verdict.flaw, flaws.CutOff | flaws.WrongPremises), text[:at]
    for at in range(end, len(text)):
        assert outcome(check(SYLLOGISM, text[:at])) == "accepted"


def test_unused_steps_are_named() -> None:
    text = PROOF.replace("5. []", "4a. P | R [given]\n4b. P | R [4a]\n5. []")
    clauses = (*SYLLOGISM, reading.clause("P | R"))
    verdict = check(clauses, text)
    assert outcome(verdict) == "lenient"
    assert verdict.unused == ("4a", "4b")


def test_a_flaw_says_which_resolvents_there_are() -> None:
    clauses = tuple(map(reading.clause, ("A | B | C | D | E", "~A | ~B | ~C | ~D | ~E")))
    text = f"1. {show_clause(clauses[0])} [given]\n2. {show_clause(clauses[1])} [given]\n3. Z [1,2]"
    verdict = check(clauses, text)
    assert outcome(verdict) == "NotAResolvent at 3"
    assert str(verdict.flaw).count("| ~") <= 3 * 9
    assert str(verdict.flaw).endswith("…")


# ── lines in and out ────────────────────────────────────────────────────────────────────────────

VARIABLES = st.sampled_from(["x", "y1"])
TERMS: st.SearchStrategy[Term] = st.recursive(
    st.sampled_from([Variable("x"), Variable("y1"), Function("a"), Function("b")]),
    lambda inner: st.builds(lambda one, two: Function("f", (one, two)), inner, inner),
    max_leaves=3,
)
LITERALS = st.builds(
    lambda name, args, positive: replace(
        literal(name), atom=Atom(name, tuple(args)), positive=positive
    ),
    st.sampled_from(["P", "Q", "given", "v", "x"]),
    st.lists(TERMS, max_size=2),
    st.booleans(),
)
REASONS = st.one_of(
    st.just(("given", ())),
    st.just((None, ())),
    st.tuples(st.just("resolve"), st.tuples(*[st.sampled_from(["1", "2a", "C3"])] * 2)),
    st.tuples(
        st.sampled_from(["factor", "instance", None]), st.tuples(st.sampled_from(["1", "12"]))
    ),
)


@st.composite
def clause_lines(draw: st.DrawFn) -> tuple[ClauseLine, ...]:
    count = draw(st.integers(1, 6))
    made = []
    stated: Sequence[Mapping[str, Term]]
    for number in range(1, count + 1):
        rule, parents = draw(REASONS)
        stated = ()
        if parents:
            bindings = st.dictionaries(VARIABLES, TERMS, min_size=1)
            stated = draw(st.lists(bindings, max_size=2))
        pivot = draw(st.none() | LITERALS) if rule == "resolve" else None
        made.append(
            ClauseLine(
                label=str(number),
                clause=draw(st.frozensets(LITERALS, max_size=3)),
                rule=rule,
                parents=parents,
                substitutions=tuple(stated),
                pivot=None if pivot is None else pivot.atom,
                line=number,
            )
        )
    return tuple(made)


@given(clause_lines())
def test_what_is_shown_is_read_back(lines: tuple[ClauseLine, ...]) -> None:
    assert read(show(lines)).lines == lines


# ── proofs by saturation ────────────────────────────────────────────────────────────────────────


def refuted(clauses: Sequence[Clause]) -> list[ClauseLine] | None:
    """Saturate; return a refutation with only what it needs, if there is one."""
    why: dict[Clause, tuple[Clause, ...]] = dict.fromkeys(clauses, ())
    waiting = list(why)
    while waiting and EMPTY not in why:
        one = waiting.pop(0)
        for other in list(why):
            for new in resolvents(one, other):
                if new not in why:
                    why[new] = (one, other)
                    waiting.append(new)
    if EMPTY not in why:
        return None
    needed, todo = {EMPTY}, [EMPTY]
    while todo:
        for parent in why[todo.pop()]:
            if parent not in needed:
                needed.add(parent)
                todo.append(parent)
    kept = [clause for clause in why if clause in needed]
    labels = {clause: str(number) for number, clause in enumerate(kept, start=1)}
    return [
        ClauseLine(
            label=labels[clause],
            clause=clause,
            rule="resolve" if why[clause] else "given",
            parents=tuple(labels[parent] for parent in why[clause]),
        )
        for clause in kept
    ]


def random_clauses(rng: Random, letters: str = "PQRS") -> tuple[Clause, ...]:
    count = rng.randint(4, 12)
    return tuple(
        frozenset(
            literal(rng.choice(["", "~"]) + name) for name in rng.sample(letters, rng.randint(1, 3))
        )
        for _ in range(count)
    )


def follows(clauses: Sequence[Clause], clause: Clause) -> bool:
    """Decide by PySAT."""
    from pysat.solvers import Solver

    numbers: dict[str, int] = {}

    def number(name: str) -> int:
        return numbers.setdefault(name, len(numbers) + 1)

    cnf = [
        [number(one.atom.name) * (1 if one.positive else -1) for one in each] for each in clauses
    ]
    cnf += [[-number(one.atom.name) if one.positive else number(one.atom.name)] for one in clause]
    with Solver(name="minisat22", bootstrap_with=cnf) as solver:
        return not solver.solve()


@settings(max_examples=30)
@given(rngs)
def test_what_saturation_proves_is_accepted(rng: Random) -> None:
    clauses = random_clauses(rng)
    lines = refuted(clauses)
    assert (lines is not None) == follows(clauses, EMPTY)
    if lines is None:
        return
    verdict = check(clauses, show(lines))
    assert outcome(verdict) == "accepted"
    assert verdict.unused == ()
    made = elaborate(clauses, lines)
    kernel.check(clauses, made.steps)
    assert made.valid == len(lines)


def mutated(lines: list[ClauseLine], rng: Random) -> list[ClauseLine]:
    made = list(lines)
    at = rng.randrange(len(made))
    line = made[at]
    some = rng.choice(sorted(line.clause, key=repr)) if line.clause else literal("P")
    match rng.choice(["drop", "parent", "swap", "add", "remove", "flip", "rule", "label"]):
        case "drop":
            del made[at]
        case "parent":
            label = rng.choice(made).label
            made[at] = replace(line, parents=(*line.parents[:-1], label), rule="resolve")
        case "swap":
            other = rng.randrange(len(made))
            made[at], made[other] = made[other], made[at]
        case "add":
            extra = literal(rng.choice(["P", "~P", "Q", "~Z"]))
            made[at] = replace(line, clause=line.clause | {extra})
        case "remove":
            made[at] = replace(line, clause=line.clause - {some})
        case "flip":
            made[at] = replace(line, clause=(line.clause - {some}) | {complement(some)})
        case "rule":
            rule = rng.choice(["given", "factor", "instance", None])
            made[at] = replace(line, rule=rule, parents=line.parents[:1])
        case _:
            made[at] = replace(line, label=rng.choice(made).label)
    return made


def is_strict(clauses: Sequence[Clause], lines: Sequence[ClauseLine]) -> bool:
    """Judge propositional lines by the letter of the rules, up to the first empty clause."""
    seen: dict[str, Clause] = {}
    for line in lines:
        parents = [seen.get(label) for label in line.parents]
        if line.label in seen or None in parents:
            return False
        known = [one for one in parents if one is not None]
        match line.rule, known:
            case ("given", _) | (None, []):
                good = line.clause in clauses
            case "resolve", [left, right]:
                good = line.clause in resolvents(left, right)
            case "factor", [one]:
                good = line.clause == one
            case _:
                good = False
        if not good:
            return False
        seen[line.label] = line.clause
        if not line.clause:
            return True
    return False


def test_of_mutated_proofs_none_is_accepted_with_a_step_that_does_not_follow() -> None:
    rng, counts = Random(7), Counter[str]()
    while counts.total() < 2_000:
        clauses = random_clauses(rng, "PQR")
        lines = refuted(clauses)
        if lines is None or len(lines) < 3:
            continue
        for _ in range(5):
            changed = mutated(lines, rng)
            verdict = check(clauses, show(changed))
            found = outcome(verdict).split()[0]
            counts[found] += 1
            assert (found == "accepted") == is_strict(clauses, changed), show(changed)
            judged = changed[: verdict.valid_prefix]
            assert all(follows(clauses, line.clause) for line in judged), show(changed)
    print(counts)  # noqa: T201 - how often each way to be wrong was found
    assert counts["accepted"] > 100
    assert len(counts) > 10


FIRST_ORDER = [path for path in PROOFS if path.stem[:2] in {"13", "14", "15", "16", "17", "27"}]


def test_of_mutated_first_order_proofs_none_is_accepted_that_does_not_follow() -> None:
    from evalsuite.logic.smt import entails_clause

    rng, counts = Random(11), Counter[str]()
    for path in FIRST_ORDER:
        head, _, text = path.read_text(encoding="utf-8").partition("---\n")
        clauses = [
            reading.clause(row.removeprefix("clause: "))
            for row in head.splitlines()
            if row.startswith("clause: ")
        ]
        lines = list(read(text).lines)
        for _ in range(25):
            changed = mutated(lines, rng)
            at = rng.randrange(len(changed))
            stated = ({"x": Function(rng.choice(["a", "socrates", "bob"]))},)
            if rng.random() < 0.3 and changed[at].parents:
                changed[at] = replace(changed[at], substitutions=stated)
            verdict = check(clauses, show(changed))
            counts[outcome(verdict).split()[0]] += 1
            for line in changed[: verdict.valid_prefix]:
                assert entails_clause(clauses, line.clause, milliseconds=2000) != "no"
    assert len(counts) > 5


def test_every_pair_of_clauses_is_resolved_as_the_rules_say() -> None:
    literals = [literal(name) for name in ("P", "~P", "Q", "~Q")]
    clauses = [frozenset(some) for size in range(4) for some in combinations(literals, size)]
    for left in clauses:
        for right in clauses:
            for claimed in clauses:
                lines = [
                    ClauseLine(label="1", clause=left, rule="given"),
                    ClauseLine(label="2", clause=right, rule="given"),
                    ClauseLine(label="3", clause=claimed, rule="resolve", parents=("1", "2")),
                ]
                if not left or not right:
                    continue
                made = elaborate((left, right), lines)
                strict = claimed in resolvents(left, right)
                wide = any(one <= claimed for one in resolvents(left, right))
                assert (made.flaw is None) == wide
                assert strict == (wide and not made.liberties)


# ── hostile text ────────────────────────────────────────────────────────────────────────────────

HOSTILE = {
    "ten megabytes": "1. P [given]\n" * 800_000,
    "a hundred thousand steps": "".join(f"{n}. P [given]\n" for n in range(1, 100_001)),
    "deep brackets": f"1. {'(' * 10_000}P{')' * 10_000} [given]",
    "a deep term": f"1. P({'f(' * 10_000}a{')' * 10_000}) [given]",
    "many negations": f"1. {'~' * 10_000}P [given]",
    "NUL": "1. P\0 [given]",
    "a huge clause": f"1. {' | '.join(f'P{n}' for n in range(200_000))} [given]",
    "a huge name": f"1. {'x' * 1_900_000} [given]",
    "open brackets": f"1. P {'[1 ' * 600_000}",
    "many brackets": f"1. P {'[1] ' * 400_000}",
    "a huge substitution": f"1. P [given]\n2. ~P [1,1] {{{'x -> a, ' * 90_000}}}",
    "references in a ring": "1. P [2,3]\n2. Q [1,3]\n3. [] [1,2]",
    "references to itself": "".join(f"{n}. P [{n},{n}]\n" for n in range(1, 19_000)),
    "prose": "lorem (ipsum)\n" * 130_000,
    "fences": "```\n" * 400_000,
    "a table": "| 1 | P | given |\n" * 19_000,
    "pipes": "|" * 1_900_000,
    "answers": "Answer: x\n" * 180_000,
    "dollars": "$" * 1_900_000,
    "spaces": ("1. P" + "  1" * 600 + "  Q\n") * 1_000,
    "digits": ("9" * 1_000 + ". P [given]\n") * 1_900,
    "a look-alike": "1. ~Р | Q [given]",
    "an invisible sign": "1. ~P\u200b | Q [given]",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.usefixtures("promptly")
def test_hostile_text_is_refused_within_a_second(name: str) -> None:
    check(SYLLOGISM, PROOF)  # the grammar is compiled once
    verdict = check(SYLLOGISM, HOSTILE[name])
    assert verdict.flaw is not None
    assert isinstance(verdict.flaw, flaws.LogicError)
    assert 0 < len(str(verdict.flaw)) < 400


@pytest.mark.usefixtures("promptly")
def test_terms_that_grow_at_each_step_are_refused() -> None:
    clauses = tuple(map(reading.clause, ("P(x) | ~P(f(x,x))", "P(a)")))
    rows = ["1. P(x) | ~P(f(x,x)) [given]"]
    term, body = "x", ""
    for number in range(2, 12):
        term = f"f({term},{term})"
        body = f"P(x) | ~P({term.replace('f(x,x)', 'f(f(x,x),f(x,x))')})"
        rows.append(f"{number}. {body} [{number - 1},{number - 1}]")
    verdict = check(clauses, "\n".join(rows))
    assert isinstance(verdict.flaw, flaws.LogicError)


@pytest.mark.parametrize("width", [6, 10, 20, 40, 150])
@pytest.mark.parametrize(
    "step", ["[] [1,2]", "Q [1,2]", "P(x,x) [1,2]", "P(x,y) [factor 1]", "P(x,x) [1]"]
)
@pytest.mark.usefixtures("promptly")
def test_wide_clauses_are_judged_within_a_second(width: int, step: str) -> None:
    left = " | ".join(f"P(x{n},y{n})" for n in range(width))
    right = " | ".join(f"~P(y{n},x{n})" for n in range(width))
    clauses = tuple(map(reading.clause, (left, right)))
    verdict = check(clauses, f"1. {left} [given]\n2. {right} [given]\n3. {step}")
    assert verdict.flaw is not None
    assert len(str(verdict.flaw)) < 800


@pytest.mark.usefixtures("promptly")
def test_many_givens_of_one_shape_are_told_apart_quickly() -> None:
    clauses = [reading.clause(f"P(x,a{n}) | Q(x)") for n in range(1_000)]
    rows = (f"{n + 1}. P(y,a{n}) | Q(y) [given]\n" for n in range(1_000))
    assert outcome(check(clauses, "".join(rows))) == "NoEmptyClause at 1000"


def long_proof(count: int) -> tuple[list[Clause], list[ClauseLine]]:
    """Derive A1, A2 … from A0 and ~A0 | A1, ~A1 | A2 …, and a contradiction."""
    clauses = [reading.clause("A0")]
    lines = [ClauseLine(label="1", clause=clauses[0], rule="given", line=1)]

    def add(clause: Clause, *parents: str) -> None:
        rule, number = "resolve" if parents else "given", len(lines) + 1
        lines.append(
            ClauseLine(label=str(number), clause=clause, rule=rule, parents=parents, line=number)
        )

    for n in range(count):
        clauses.append(frozenset({literal(f"~A{n}"), literal(f"A{n + 1}")}))
        add(clauses[-1])
        add(frozenset({literal(f"A{n + 1}")}), str(len(lines) - 1), str(len(lines)))
    clauses.append(frozenset({literal(f"~A{count}")}))
    add(clauses[-1])
    add(EMPTY, str(len(lines) - 1), str(len(lines)))
    return clauses, lines


def test_long_proofs_are_judged_when_the_limits_allow() -> None:
    clauses, lines = long_proof(50_000)
    made = elaborate(clauses, lines)
    assert (made.flaw, made.valid, made.unused) == (None, 100_003, ())
    kernel.check(clauses, made.steps)
    clauses, lines = long_proof(10_000)
    text = show(lines)
    assert isinstance(check(clauses, text).flaw, flaws.TooLarge)
    limits = Limits(steps=100_000, characters=10_000_000)
    assert read(text, limits).lines == tuple(lines)
    assert outcome(check(clauses, text, limits)) == "accepted"


TOKENS = [
    *(
        "1. ",
        "2. ",
        "3) ",
        "(4) ",
        "Step 5: ",
        "|",
        "1",
        "2",
        "\n",
        "\n",
        "\n",
        "```\n",
        "Answer: ",
    ),
    *("P", "~P", "Q(x)", "P(a)", "[]", "∨", "¬", " | ", ", ", r"\bot", "$", "\\", "**", "→"),
    *(" [given]", " [1,2]", " (1, 2)", " [factor 1]", "{x -> a}", "from ", "res ", "on P"),
    *("[", "]", "(", ")", "{", "}", "   ", ":", "—", "#", "\t"),
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join) | st.text(max_size=80))
def test_any_text_has_a_verdict(text: str) -> None:
    for numbers in (False, True):
        verdict = check(SYLLOGISM, text, numbers=numbers)
        assert 0 <= verdict.valid_prefix <= verdict.lines or verdict.flaw is not None
        if verdict.flaw is None:
            assert follows(SYLLOGISM, EMPTY)
    assert isinstance(finding.find(text, DEFAULT).lines, tuple)
    assert isinstance(refutation.read(text).count, int)


# ── as models write ─────────────────────────────────────────────────────────────────────────────

MORTALS = tuple(map(reading.clause, ("~man(x) | mortal(x)", "man(socrates)", "~mortal(socrates)")))
GENERAL = tuple(map(reading.clause, ("P(x) | Q(x)", "~P(y) | R(y)", "~Q(a)", "~R(a)")))


@pytest.mark.parametrize(
    "text",
    [
        (
            "**Step 1: Convert to CNF**\n1. ~P | Q\n2. P\n3. ~Q\n"
            "**Step 2: Apply resolution**\n4. Resolve 1 and 2: Q\n5. Resolve 3 and 4: []\n"
        ),
        (
            "C1: ~P | Q (given)\nC2: P (given)\nC3: ~Q (given)\n"
            "**Resolution:**\nResolve C1 and C2 on P:\nC4: Q\nResolve C3 and C4 on Q:\nC5: []\n"
        ),
        (
            "1. **Clause 1**: ~P | Q (given)\n2. **Clause 2**: P (given)\n"
            "3. **Clause 3**: ~Q (given)\n4. **Clause 4**: Q (1, 2)\n5. **Clause 5**: [] (3, 4)\n"
        ),
        (
            "1. ¬P ∨ Q — Premissa 1\n2. P — Premissa 2\n3. ¬Q — Negação da tese\n"
            "4. Q — Resolvendo (1) e (2)\n5. Falso — Resolvendo (3) e (4)\n"
        ),
    ],
)
def test_headings_and_reasons_before_a_step_are_no_steps(text: str) -> None:
    assert outcome(check(SYLLOGISM, text)) == "accepted"


def test_a_rule_of_another_calculus_is_no_pivot() -> None:
    assert outcome(check(SYLLOGISM, PROOF.replace("[1,2]", "[1,2, MP]"))) == "UnknownRule at 3"


def test_a_capital_letter_is_a_variable_where_the_problem_has_no_such_constant() -> None:
    text = (
        "1. ~man(X) | mortal(X) [given]\n2. man(socrates) [given]\n"
        "3. mortal(socrates) [1,2, X = socrates]\n4. ~mortal(socrates) [given]\n5. [] [3,4]\n"
    )
    assert outcome(check(MORTALS, text)) == "accepted"
    assert outcome(check((*MORTALS, reading.clause("Q(X)")), text)) != "accepted"
    wrong = text.replace("3. mortal(socrates)", "3. mortal(X)")
    assert outcome(check(MORTALS, wrong)) == "StrongerClause at 3"


@pytest.mark.parametrize(
    ("left", "right", "stated", "made"),
    [
        ("P(x,y) | Q(x)", "~P(a,y)", "{x->a}", "Q(a)"),
        ("P(x,y) | Q(x,y)", "~P(a,y) | R(y)", "{x/a}", "Q(a,y) | R(y)"),
        ("~P(x) | P(f(x))", "~P(x) | P(f(x))", "{y -> f(x)}", "~P(x) | P(f(f(x)))"),
        ("P(x) | Q(x,y)", "~P(f(y)) | R(y)", "{x -> f(y)}", "Q(f(z),y) | R(z)"),
        ("P(x) | Q(x)", "~P(y) | R(y)", "most general unifier {x -> z, y -> z}", "Q(z) | R(z)"),
    ],
)
def test_a_substitution_may_share_names_of_variables(
    left: str, right: str, stated: str, made: str
) -> None:
    clauses = tuple(map(reading.clause, (left, right)))
    text = f"1. {left} [given]\n2. {right} [given]\n3. {made} [1,2, {stated}]\n"
    verdict = check(clauses, text)
    assert outcome(verdict) == "NoEmptyClause at 3"
    assert all(one.kind == "ink" for one in verdict.liberties)


def test_a_clause_more_general_than_the_substitution_makes_is_a_liberty() -> None:
    text = (
        "1. P(x) | Q(x) [given]\n2. ~P(y) | R(y) [given]\n3. Q(x) | R(x) [1,2, {x->a, y->a}]\n"
        "4. ~Q(a) [given]\n5. R(a) [3,4]\n6. ~R(a) [given]\n7. [] [5,6]\n"
    )
    assert outcome(check(GENERAL, text)) == "lenient"
    assert outcome(check(GENERAL, text.replace("x->a, y->a", "x->y"))) == "accepted"


@pytest.mark.usefixtures("promptly")
def test_a_huge_instance_is_refused_before_it_is_made() -> None:
    atom, term = f"P({','.join(['x'] * 4000)})", f"f({','.join(['x'] * 150)})"
    clauses = (reading.clause(f"{atom} | Q(x)"), reading.clause(f"~{atom}"))
    text = f"1. {atom} | Q(x) [given]\n2. ~{atom} [given]\n3. Q(x) [1,2 {{x->{term}}}]\n"
    assert outcome(check(clauses, text)) == "TooLarge"

"""DRUP and LRAT proofs become refutations that the kernel accepts; damaged ones are refused."""

from collections.abc import Iterator
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalsuite.logic import flaws
from evalsuite.logic.clauses import EMPTY, Clause, literal
from evalsuite.logic.formats.clausal import drup, lrat
from evalsuite.logic.kernels import refutation
from evalsuite.logic.limits import Limits
from evalsuite.logic.proofs import Step

Cnf = list[list[int]]
LARGE = Limits(steps=1_000_000, characters=100_000_000)


def clauses_of(cnf: Cnf) -> tuple[Clause, ...]:
    return tuple(
        frozenset(literal(f"x{n}" if n > 0 else f"~x{-n}") for n in numbers) for numbers in cnf
    )


def pigeonhole(holes: int) -> Cnf:
    """More pigeons than holes, by one."""

    def sits(pigeon: int, hole: int) -> int:
        return pigeon * holes + hole + 1

    somewhere = [[sits(p, h) for h in range(holes)] for p in range(holes + 1)]
    alone = [
        [-sits(p, h), -sits(q, h)]
        for h in range(holes)
        for p, q in combinations(range(holes + 1), 2)
    ]
    return somewhere + alone


def parity(atoms: int, rng: Random) -> Cnf:
    """A ring of exclusive disjunctions whose values add up to an odd number."""
    ring = rng.sample(range(1, atoms + 1), atoms)
    values = [rng.random() < 0.5 for _ in ring]
    values[0] ^= sum(values) % 2 == 0
    cnf = []
    for one, other, odd in zip(ring, ring[1:] + ring[:1], values, strict=True):
        cnf += [[one, other], [-one, -other]] if odd else [[one, -other], [-one, other]]
    return cnf


def random_cnf(atoms: int, clauses: int, rng: Random) -> Cnf:
    picked = [rng.sample(range(1, atoms + 1), 3) for _ in range(clauses)]
    return [[n if rng.random() < 0.5 else -n for n in three] for three in picked]


def trace(cnf: Cnf, solver: str) -> list[str] | None:
    """Return a solver's proof; `None` where the clauses are satisfiable."""
    from pysat.solvers import Solver

    with Solver(name=solver, bootstrap_with=cnf, with_proof=True) as running:
        if running.solve():
            return None
        return [str(line) for line in running.get_proof()]


def unsatisfiable() -> Iterator[Cnf]:
    rng = Random(20)
    for holes in (2, 3, 4, 5, 6):
        yield pigeonhole(holes)
    for atoms in range(3, 43):
        yield parity(atoms, rng)
    while True:
        atoms = rng.randint(5, 40)
        yield random_cnf(atoms, round(atoms * rng.uniform(4.8, 7)), rng)


@pytest.mark.parametrize("solver", ["cadical153", "cadical195", "glucose4"])
def test_what_solvers_prove_is_accepted(solver: str) -> None:
    accepted = 0
    for cnf in unsatisfiable():
        lines = trace(cnf, solver)
        if lines is None:
            continue
        clauses = clauses_of(cnf)
        steps = drup(clauses, "\n".join(lines), LARGE)
        refutation.check(clauses, steps)
        assert steps[-1].clause == EMPTY
        accepted += 1
        if accepted == 200:
            break
    assert accepted == 200


# ── small proofs by hand ────────────────────────────────────────────────────────────────────────

# All four clauses over two atoms.
SQUARE = clauses_of([[1, 2], [1, -2], [-1, 2], [-1, -2]])
LRAT = "5 1 0 1 2 0\n6 2 0 5 3 0\n7 0 5 6 4 0\n"
# Three pigeons, two holes: 1 2 | 3 4 | 5 6, and no two of 1 3 5, of 2 4 6.
PIGEONS = clauses_of(
    [[1, 2], [3, 4], [5, 6], [-1, -3], [-1, -5], [-3, -5], [-2, -4], [-2, -6], [-4, -6]]
)
PIGEONS_LRAT = (
    "c by hand\n10 -1 0 4 2 5 3 9 0\n11 -3 0 10 6 3 1 8 0\n11 d 4 5 0\n12 0 10 11 1 2 7 0\n"
)


def accepted(clauses: tuple[Clause, ...], steps: tuple[Step, ...]) -> bool:
    refutation.check(clauses, steps)
    return True


def test_drup_by_hand_is_accepted() -> None:
    assert accepted(SQUARE, drup(SQUARE, "c a comment\n1 0\n2 0\n0\n"))
    assert accepted(SQUARE, drup(SQUARE, "1 0\nd 1 2 0\nd 1 -2 0\n0"))
    assert accepted(SQUARE, drup(SQUARE, "1 5 0\n1 -5 0\n1 0\n0\nwhat comes after 0 is not read 0"))


def test_lrat_by_hand_is_accepted() -> None:
    assert accepted(SQUARE, lrat(SQUARE, LRAT))
    assert accepted(PIGEONS, lrat(PIGEONS, PIGEONS_LRAT))


def test_a_clause_may_be_wider_than_what_propagation_gives() -> None:
    assert accepted(SQUARE, lrat(SQUARE, "9 1 7 0 1 2 0\n10 1 0 1 2 0\n11 0 10 3 4 0\n"))


def test_steps_name_the_line_they_come_from() -> None:
    lines = [step.line for step in lrat(SQUARE, LRAT)]
    assert lines == sorted(lines)
    assert set(lines) == {0, 1, 2, 3}


def test_given_clauses_may_be_empty_or_tautologies() -> None:
    assert accepted((EMPTY,), drup((EMPTY,), "0\n"))
    assert accepted((EMPTY,), lrat((EMPTY,), "2 0 1 0\n"))
    clauses = (*clauses_of([[1, -1], [2]]), *clauses_of([[-2]]))
    assert accepted(clauses, drup(clauses, "3 -3 0\n0\n"))


@pytest.mark.parametrize(
    ("text", "flaw", "line"),
    [
        ("", flaws.NoProof, None),
        ("c nothing\n", flaws.NoProof, None),
        ("1 0\n2 0\n", flaws.NoEmptyClause, 2),
        ("3 0\n0\n", flaws.NotAConsequence, 1),  # x3 is new: RAT on it
        ("-3 1 2 0\n0\n", flaws.NotUnitPropagation, 2),
        ("1 0\n-1 0\n", flaws.NoEmptyClause, 2),
        ("1 0\n2 0", flaws.NoEmptyClause, 2),
        ("1 0\n2", flaws.CutOff, 2),
        ("1\n2 0\n0\n", flaws.UnreadableLine, 1),
        ("1 0\nx2 0\n0\n", flaws.UnreadableLine, 2),
        ("1 0 2 0\n0\n", flaws.UnreadableLine, 1),
        ("1 99999999999 0\n0\n", flaws.UnreadableLine, 1),
        ("1 ² 0\n0\n", flaws.Unsupported, None),
        ("a\x02\x04\x00", flaws.Unsupported, None),
    ],
)
def test_a_drup_proof_that_is_wrong_is_refused(
    text: str, flaw: type[flaws.LogicError], line: int | None
) -> None:
    with pytest.raises(flaw) as caught:
        drup(SQUARE, text)
    assert getattr(caught.value, "line", None) == line


def test_a_clause_that_propagation_does_not_give_is_refused() -> None:
    clauses = clauses_of([[1, 2, 3], [-1, 4], [-4, 2], [-2]])
    with pytest.raises(flaws.NotUnitPropagation, match=r"line 1: `~x3` does not follow"):
        drup(clauses, "-3 0\n0\n")


def test_what_was_forgotten_is_not_used() -> None:
    clauses = clauses_of([[1, 2], [1, -2], [-1, 2], [-1, -2]])
    with pytest.raises(flaws.NotUnitPropagation):
        drup(clauses, "d 1 2 0\nd 2 1 0\n1 3 0\n0\n")
    with pytest.raises(flaws.UnreadableLine):
        drup(clauses, "d 1 2\n0\n")


@pytest.mark.parametrize(
    ("text", "flaw", "line"),
    [
        ("", flaws.NoProof, None),
        ("5 1 0 1 2 0\n6 2 0 5 3 0\n", flaws.NoEmptyClause, 2),
        ("5 1 0 1 2 0\n7 0 5 3 0\n", flaws.NotUnitPropagation, 2),  # a hint dropped
        ("5 1 0 2 0\n7 0 5 3 4 0\n", flaws.NotUnitPropagation, 1),
        ("5 -1 0 1 2 0\n7 0 5 3 4 0\n", flaws.NotUnitPropagation, 1),  # a literal flipped
        ("5 1 0 1 2 0\n7 0 5 1 4 0\n", flaws.NotUnitPropagation, 2),  # true, not unit
        ("5 1 0 1 2 0\n7 0 4 5 3 0\n", flaws.NotUnitPropagation, 2),  # in another order
        ("5 1 0 0\n7 0 5 3 4 0\n", flaws.NotUnitPropagation, 1),
        ("5 1 0 1 9 0\n7 0 5 3 4 0\n", flaws.UnknownReference, 1),
        ("5 1 0 7 2 0\n7 0 5 3 4 0\n", flaws.ForwardReference, 1),
        ("5 1 0 5 2 0\n7 0 5 3 4 0\n", flaws.SelfReference, 1),
        ("4 1 0 1 2 0\n7 0 5 3 4 0\n", flaws.DuplicateNumber, 1),
        ("5 1 0 1 2 0\n5 d 3 0\n7 0 5 3 4 0\n", flaws.UnknownReference, 3),
        ("5 1 0 1 2 0\n5 d 17 0\n7 0 5 3 4 0\n", flaws.UnknownReference, 2),
        ("5 3 0 -1 0\n7 0 5 3 4 0\n", flaws.NotAConsequence, 1),
        ("5 3 -1 -2 0 0\n7 0 5 3 4 0\n", flaws.NotAConsequence, 1),  # no clause has ~x3
        ("5 1 0\n7 0 5 3 4 0\n", flaws.UnreadableLine, 1),
        ("five 1 0 1 2 0\n7 0 5 3 4 0\n", flaws.UnreadableLine, 1),
        ("5 1 0 1 2 0\n7 0 5 3 4", flaws.CutOff, 2),
        ("0\n", flaws.UnreadableLine, 1),
    ],
)
def test_an_lrat_proof_that_is_wrong_is_refused(
    text: str, flaw: type[flaws.LogicError], line: int | None
) -> None:
    with pytest.raises(flaw) as caught:
        lrat(SQUARE, text)
    assert getattr(caught.value, "line", None) == line


@pytest.mark.parametrize("read", [drup, lrat])
def test_other_atoms_are_not_taken_for_numbers(read: object) -> None:
    assert callable(read)
    for name in ("P", "x0", "x01", "x"):
        with pytest.raises(flaws.Unsupported, match=f"`{name}`"):
            read((frozenset({literal(name)}),), "0\n")


def test_more_than_the_limits_allow_is_refused() -> None:
    for text in ("1 0\n" * 20_001, "1 " * 5_000_000, "5 1 0 1 2 0\n" * 100_000):
        for read in (drup, lrat):
            with pytest.raises(flaws.TooLarge):
                read(SQUARE, text)


def test_what_comes_after_the_empty_clause_is_not_read() -> None:
    assert accepted(SQUARE, lrat(SQUARE, "5 1 0 1 2 0\n7 0 5 3 4 0\nand so on\n8 1"))
    assert accepted(SQUARE, drup(SQUARE, "1 0\n0\nand so on\n8 1"))


def test_a_few_lines_that_ask_for_too_much_are_refused() -> None:
    last = 3000
    links = clauses_of([[-atom, atom + 1] for atom in range(1, last)])
    few = Limits(steps=1000)
    # Each of these takes as many cuts as there are links.
    with pytest.raises(flaws.TooLarge, match="resolution steps"):
        drup(links, "".join(f"-1 {last} {last + more} 0\n" for more in range(1, 100)), few)
    # Each of these makes thousands of atoms true, and two cuts.
    fan = [[-1, atom] for atom in range(2, last)]
    wide = clauses_of([*fan, [-5000, 6000], [-5000, -6000]])
    with pytest.raises(flaws.TooLarge, match="propagations"):
        drup(wide, "-1 -5000 0\n" * 400, few)
    # To see that the step is a RAT step takes all links for each of these.
    others = clauses_of([[-9000, last, 10_000 + more] for more in range(last)])
    with pytest.raises(flaws.NotUnitPropagation):
        drup((*links, *others), "9000 -1 0\n")


# ── damage ──────────────────────────────────────────────────────────────────────────────────────


def entailed(clauses: tuple[Clause, ...], clause: Clause) -> bool:
    """Decide by all valuations, of which there are few."""
    names = sorted({one.atom.name for each in (*clauses, clause) for one in each})
    for values in product((False, True), repeat=len(names)):
        world = dict(zip(names, values, strict=True))
        holds = [any(world[one.atom.name] == one.positive for one in each) for each in clauses]
        if all(holds) and not any(world[one.atom.name] == one.positive for one in clause):
            return False
    return True


@settings(max_examples=150)
@given(st.randoms(use_true_random=False), st.sampled_from(["drup", "lrat"]))
def test_damage_never_makes_what_does_not_follow(rng: Random, kind: str) -> None:
    text = PIGEONS_LRAT if kind == "lrat" else "-1 0\n-3 0\nd 1 2 0\n-5 0\n0\n"
    rows = [row.split() for row in text.splitlines() if not row.startswith("c")]
    row = rng.choice(rows)
    at = rng.randrange(len(row))
    match rng.choice(["flip", "drop", "change", "repeat", "lose"]):
        case "flip":
            row[at] = row[at][1:] if row[at].startswith("-") else f"-{row[at]}"
        case "drop":
            del row[at]
        case "change":
            row[at] = str(rng.randint(-12, 12))
        case "repeat":
            row.insert(at, row[at])
        case _:
            rows.remove(row)
    # A clause or two of the problem may be lost as well: what is left is satisfiable.
    clauses = tuple(rng.sample(PIGEONS, len(PIGEONS) - rng.randint(0, 1)))
    read = lrat if kind == "lrat" else drup
    try:
        steps = read(clauses, "\n".join(" ".join(row) for row in rows) + "\n")
    except flaws.LogicError:
        return
    refutation.check(clauses, steps)
    assert entailed(clauses, EMPTY)


def test_damaged_traces_of_solvers_are_refused_or_still_right() -> None:
    rng = Random(3)
    cnf = pigeonhole(4)
    lines = trace(cnf, "cadical153")
    assert lines is not None
    refused = 0
    for _ in range(60):
        clauses = clauses_of(cnf)
        lost = rng.randrange(len(clauses))
        missing = clauses[:lost] + clauses[lost + 1 :]  # satisfiable without it
        with pytest.raises(flaws.Flaw):
            drup(missing, "\n".join(lines))
        at = rng.choice([at for at, line in enumerate(lines) if len(line.split()) > 2])
        flipped = [str(-int(word)) for word in lines[at].removeprefix("d ").split()[:-1]]
        damaged = [*lines[:at], f"{' '.join(flipped)} 0", *lines[at + 1 :]]
        try:
            refutation.check(clauses, drup(clauses, "\n".join(damaged)))
        except flaws.RefutationFlaw:
            refused += 1
    assert refused > 10


@settings(max_examples=200)
@given(st.one_of(st.text(max_size=40), st.text(alphabet="01-d c\n9", max_size=60)))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (drup, lrat):
        try:
            steps = read(SQUARE, text)
        except flaws.LogicError:
            continue
        refutation.check(SQUARE, steps)

"""Time the logic core: proofs checked, formulas parsed, and how checking grows with length.

    .venv/bin/python bench/logic.py

Each figure is a ratio within one run: against ANITA on the same tableaux, against the parsers of
NLTK and sympy on the same texts, and of long proofs against short ones. It wants the `dev` extra.
"""

import argparse
import contextlib
import io
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from evalsuite.logic.clauses import EMPTY, Clause, literal
from evalsuite.logic.elaborators import refutation, tableau
from evalsuite.logic.formats import anita
from evalsuite.logic.kernels import tableau as kernel
from evalsuite.logic.limits import Limits
from evalsuite.logic.provers.tableau import Closed, prove
from evalsuite.logic.sampling import formula
from evalsuite.logic.syntax import And, Atom, Formula, Implies, Not, Or
from evalsuite.logic.text import reading
from evalsuite.logic.writing import show

ROOMY = Limits(characters=100_000_000, steps=1_000_000)


def seconds(work: Callable[[], object], repeat: int = 3) -> float:
    """Return the least time of a few runs."""
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


# ── proofs checked, beside ANITA ────────────────────────────────────────────────────────────────


def tableaux(count: int, rng: Random) -> list[tuple[tuple[Formula, ...], Formula, str]]:
    """Return entailments with a closed tableau each, in ANITA's language."""
    found: list[tuple[tuple[Formula, ...], Formula, str]] = []
    while len(found) < count:
        premises = tuple(_drawn(rng, rng.randint(1, 3)) for _ in range(rng.randint(1, 4)))
        conclusion = _drawn(rng, 2)
        answer = prove(premises, conclusion)
        if isinstance(answer, Closed):
            found.append((premises, conclusion, anita.write(premises, conclusion, answer.lines)))
    return found


def _drawn(rng: Random, size: int) -> Formula:
    return _in_fragment(formula([rng.choice("PQRS") for _ in range(size)], rng, negated=0.25))


def _in_fragment(tree: Formula) -> Formula:
    """Leave `<->` out, which ANITA does not have."""
    match tree:
        case Atom():
            return tree
        case Not(body):
            return Not(_in_fragment(body))
        case And(left, right) | Or(left, right) | Implies(left, right):
            return type(tree)(_in_fragment(left), _in_fragment(right))
        case _:
            return Atom("P")


def beside_anita(count: int) -> None:
    """Print how many tableaux each checks in a second, both from text."""
    from anita.anita_en_fo import check_proof  # noqa: PLC0415 - slow to import, and for this alone

    cases = tableaux(count, Random(1))

    def ours() -> None:
        for premises, conclusion, text in cases:
            _, _, lines = anita.read(text)
            assumptions = tableau.assumptions(premises, conclusion)
            kernel.check(assumptions, tableau.elaborate(assumptions, lines).steps)

    def theirs() -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            for _, _, text in cases:
                check_proof(text)

    mine, other = seconds(ours), seconds(theirs, repeat=1)
    print(f"tableaux checked a second, from text ({count} tableaux)")
    _print("evalsuite", count / mine)
    _print("ANITA", count / other)
    print(f"  ratio     {other / mine:10.1f}")


# ── formulas parsed, beside NLTK and sympy ──────────────────────────────────────────────────────


def beside_parsers(count: int) -> None:
    """Print how many formulas each parses in a second, on texts that both can read."""
    from nltk.sem.logic import LogicParser  # noqa: PLC0415 - as above
    from sympy.parsing.sympy_parser import parse_expr  # noqa: PLC0415 - as above

    rng = Random(2)
    drawn = [_drawn(rng, rng.randint(3, 12)) for _ in range(count)]
    for_nltk = [show(one).replace("~", "-") for one in drawn]
    for_sympy = [show(one) for one in drawn if "->" not in show(one)]
    parser = LogicParser()
    names = {name: __import__("sympy").Symbol(name) for name in "PQRS"}
    _compare("NLTK", for_nltk, parser.parse)
    _compare("sympy", for_sympy, lambda text: parse_expr(text, local_dict=names, evaluate=False))


def _compare(name: str, texts: Sequence[str], parse: Callable[[str], object]) -> None:
    mine = seconds(lambda: [reading.formula(text) for text in texts])
    other = seconds(lambda: [parse(text) for text in texts], repeat=1)
    print(f"formulas parsed a second, {len(texts)} texts that {name} reads too")
    _print("evalsuite", len(texts) / mine)
    _print(name, len(texts) / other)
    print(f"  ratio     {other / mine:10.1f}")


# ── growth ──────────────────────────────────────────────────────────────────────────────────────


def chain(length: int) -> tuple[tuple[Clause, ...], str]:
    """Return the clauses P0, P0 -> P1, …, and a refutation of about `length` lines."""
    links = length // 2
    clauses = [frozenset({literal("P0")})]
    clauses += [frozenset({literal(f"~P{n}"), literal(f"P{n + 1}")}) for n in range(links)]
    clauses += [frozenset({literal(f"~P{links}")})]
    lines = ["1. P0 [given]"]
    last = 1
    for n in range(links):
        lines.append(f"{last + 1}. ~P{n} | P{n + 1} [given]")
        lines.append(f"{last + 2}. P{n + 1} [{last},{last + 1}]")
        last += 2
    lines.append(f"{last + 1}. ~P{links} [given]")
    lines.append(f"{last + 2}. [] [{last},{last + 1}]")
    return tuple(clauses), "\n".join(lines)


def growth(longest: int) -> None:
    """Print the time a line takes, from text to verdict, as the proof gets longer."""
    print("refutation checked from text, microseconds a line")
    first = None
    for length in (longest // 100, longest // 10, longest):
        clauses, text = chain(length)
        assert EMPTY not in clauses
        start = time.perf_counter()
        verdict = refutation.check(clauses, text, ROOMY)
        each = (time.perf_counter() - start) / verdict.lines * 1e6
        assert verdict.flaw is None, verdict.flaw
        first = first or each
        print(f"  {verdict.lines:9,} lines {each:9.1f}    {each / first:5.2f} times the first")


def _print(name: str, rate: float) -> None:
    print(f"  {name:9} {rate:10,.0f}")


def main() -> None:
    """Run all three."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--proofs", type=int, default=200)
    options.add_argument("--formulas", type=int, default=2000)
    options.add_argument("--longest", type=int, default=100_000)
    chosen = options.parse_args()
    print(f"python {platform.python_version()}, {Path(__file__).name}")
    beside_anita(chosen.proofs)
    beside_parsers(chosen.formulas)
    growth(chosen.longest)


if __name__ == "__main__":
    main()

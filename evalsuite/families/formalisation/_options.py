"""Four sentences of which one is meant: what the kinds with options share."""

from dataclasses import dataclass
from random import Random

from evalsuite.families.formalisation import _phrases, _sampling
from evalsuite.families.formalisation._phrases import Phrase
from evalsuite.logic import forms
from evalsuite.logic.canonical import Node, any_order, form
from evalsuite.logic.structures import satisfies
from evalsuite.logic.writing import show as show_formula

_MILLISECONDS = 4_000  # for z3, each way


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOfFour:
    """Which of the options means what is said? Its index."""

    said: Phrase
    options: tuple[Phrase, ...]


def drawn(rung: int, fragment: str, gold: int, rng: Random) -> OneOfFour | None:
    """Draw four sentences in the same words, and take number `gold`."""
    phrase = _sampling.text(rung, fragment, rng)
    options = None if phrase is None else _sampling.square(phrase, rng)
    return None if options is None else OneOfFour(said=options[gold], options=options)


def decided(problem: OneOfFour) -> tuple[int, int]:
    """Return the answer by evaluation and by solver.

    The sentence is evaluated in structures that tell the options' formulas apart; PySAT or z3
    compares the formulas.

    Raises:
        ValueError: not one option alone means what is said.

    """
    structures = _sampling.apart(problem.options)
    if structures is None:
        raise ValueError("two options mean the same")
    formulas = [_phrases.meaning(option) for option in problem.options]
    evaluated = [
        index
        for index, formula in enumerate(formulas)
        if all(_phrases.holds(problem.said, one) == satisfies(one, formula) for one in structures)
    ]
    meant = _phrases.meaning(problem.said)
    same = [
        index
        for index, formula in enumerate(formulas)
        if forms.same_meaning(formula, meant, milliseconds=_MILLISECONDS) == "yes"
    ]
    if len(evaluated) != 1 or len(same) != 1:
        raise ValueError(f"{len(evaluated)} and {len(same)} options mean what is said")
    return evaluated[0], same[0]


def canonical(problem: OneOfFour) -> str:
    """Return a text that two problems share iff they are the same up to renaming and order."""
    options = any_order(map(_phrases.tree, problem.options))
    return form(Node("one of", (_phrases.tree(problem.said), options)))


def show(problem: OneOfFour) -> str:
    """Write a problem on one line, for messages."""
    options = (show_formula(_phrases.meaning(option)) for option in problem.options)
    return f"{show_formula(_phrases.meaning(problem.said))}: {' / '.join(options)}?"

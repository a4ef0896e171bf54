"""Pelletier's problems 1–46, those without equality (Seventy-five Problems, JAR 2, 1986).

All are theorems. The premises of number 25 contradict each other, and number 36 needs but one of
its first two premises: so they were published.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """A named inference that is valid, as text."""

    name: str
    premises: tuple[str, ...]
    conclusion: str


def _case(number: int, *formulas: str) -> Case:
    *premises, conclusion = formulas
    return Case(f"pelletier-{number:02}", tuple(premises), conclusion)


PROPOSITIONAL = (
    _case(1, "(P -> Q) <-> (~Q -> ~P)"),
    _case(2, "~~P <-> P"),
    _case(3, "~(P -> Q) -> (Q -> P)"),
    _case(4, "(~P -> Q) <-> (~Q -> P)"),
    _case(5, "((P | Q) -> (P | R)) -> (P | (Q -> R))"),
    _case(6, "P | ~P"),
    _case(7, "P | ~~~P"),
    _case(8, "((P -> Q) -> P) -> P"),
    _case(9, "((P | Q) & (~P | Q) & (P | ~Q)) -> ~(~P | ~Q)"),
    _case(10, "Q -> R", "R -> (P & Q)", "P -> (Q | R)", "P <-> Q"),
    _case(11, "P <-> P"),
    _case(12, "((P <-> Q) <-> R) <-> (P <-> (Q <-> R))"),
    _case(13, "(P | (Q & R)) <-> ((P | Q) & (P | R))"),
    _case(14, "(P <-> Q) <-> ((Q | ~P) & (~Q | P))"),
    _case(15, "(P -> Q) <-> (~P | Q)"),
    _case(16, "(P -> Q) | (Q -> P)"),
    _case(17, "((P & (Q -> R)) -> S) <-> ((~P | Q | S) & (~P | ~R | S))"),
)

MONADIC = (
    _case(18, "exists y. forall x. (F(y) -> F(x))"),
    _case(19, "exists x. forall y. forall z. ((P(y) -> Q(z)) -> (P(x) -> Q(x)))"),
    _case(
        20,
        "forall x. forall y. exists z. forall w. ((P(x) & Q(y)) -> (R(z) & U(w)))",
        "(exists x. exists y. (P(x) & Q(y))) -> (exists z. R(z))",
    ),
    _case(21, "exists x. (P -> F(x))", "exists x. (F(x) -> P)", "exists x. (P <-> F(x))"),
    _case(22, "(forall x. (P <-> F(x))) -> (P <-> (forall x. F(x)))"),
    _case(23, "(forall x. (P | F(x))) <-> (P | (forall x. F(x)))"),
    _case(
        24,
        "~(exists x. (U(x) & Q(x)))",
        "forall x. (P(x) -> (Q(x) | R(x)))",
        "~(exists x. P(x)) -> (exists x. Q(x))",
        "forall x. ((Q(x) | R(x)) -> U(x))",
        "exists x. (P(x) & R(x))",
    ),
    _case(
        25,
        "exists x. P(x)",
        "forall x. (F(x) -> (~G(x) & R(x)))",
        "forall x. (P(x) -> (G(x) & F(x)))",
        "(forall x. (P(x) -> Q(x))) | (exists x. (P(x) & R(x)))",
        "exists x. (Q(x) & P(x))",
    ),
    _case(
        26,
        "(exists x. P(x)) <-> (exists x. Q(x))",
        "forall x. forall y. ((P(x) & Q(y)) -> (R(x) <-> U(y)))",
        "(forall x. (P(x) -> R(x))) <-> (forall x. (Q(x) -> U(x)))",
    ),
    _case(
        27,
        "exists x. (F(x) & ~G(x))",
        "forall x. (F(x) -> H(x))",
        "forall x. ((J(x) & I(x)) -> F(x))",
        "(exists x. (H(x) & ~G(x))) -> (forall x. (I(x) -> ~H(x)))",
        "forall x. (J(x) -> ~I(x))",
    ),
    _case(
        28,
        "forall x. (P(x) -> (forall z. Q(z)))",
        "(forall x. (Q(x) | R(x))) -> (exists x. (Q(x) & S(x)))",
        "(exists x. S(x)) -> (forall x. (F(x) -> G(x)))",
        "forall x. ((P(x) & F(x)) -> G(x))",
    ),
    _case(
        29,
        "(exists x. F(x)) & (exists x. G(x))",
        "((forall x. (F(x) -> H(x))) & (forall x. (G(x) -> J(x))))"
        " <-> (forall x. forall y. ((F(x) & G(y)) -> (H(x) & J(y))))",
    ),
    _case(
        30,
        "forall x. ((F(x) | G(x)) -> ~H(x))",
        "forall x. ((G(x) -> ~I(x)) -> (F(x) & H(x)))",
        "forall x. I(x)",
    ),
    _case(
        31,
        "~(exists x. (F(x) & (G(x) | H(x))))",
        "exists x. (I(x) & F(x))",
        "forall x. (~H(x) -> J(x))",
        "exists x. (I(x) & J(x))",
    ),
    _case(
        32,
        "forall x. ((F(x) & (G(x) | H(x))) -> I(x))",
        "forall x. ((I(x) & H(x)) -> J(x))",
        "forall x. (K(x) -> H(x))",
        "forall x. ((F(x) & K(x)) -> J(x))",
    ),
    _case(
        33,
        "(forall x. ((P(a) & (P(x) -> P(b))) -> P(c)))"
        " <-> (forall x. ((~P(a) | P(x) | P(c)) & (~P(a) | ~P(b) | P(c))))",
    ),
    _case(
        34,
        "((exists x. forall y. (P(x) <-> P(y))) <-> ((exists z. Q(z)) <-> (forall w. Q(w))))"
        " <-> ((exists x. forall y. (Q(x) <-> Q(y))) <-> ((exists z. P(z)) <-> (forall w. P(w))))",
    ),
)

FULL = (
    _case(35, "exists x. exists y. (P(x, y) -> (forall z. forall w. P(z, w)))"),
    _case(
        36,
        "forall x. exists y. F(x, y)",
        "forall x. exists y. G(x, y)",
        "forall x. forall y. ((F(x, y) | G(x, y)) -> (forall z. ((F(y, z) | G(y, z)) -> H(x, z))))",
        "forall x. exists y. H(x, y)",
    ),
    _case(
        37,
        "forall z. exists w. forall x. exists y. ((P(x, z) -> P(y, w)) & P(y, z)"
        " & (P(y, w) -> (exists u. Q(u, w))))",
        "forall x. forall z. (~P(x, z) -> (exists y. Q(y, z)))",
        "(exists x. exists y. Q(x, y)) -> (forall x. R(x, x))",
        "forall x. exists y. R(x, y)",
    ),
    _case(
        38,
        "(forall x. ((P(a) & (P(x) -> (exists y. (P(y) & R(x, y)))))"
        " -> (exists z. exists w. (P(z) & R(x, w) & R(w, z)))))"
        " <-> (forall x. ((~P(a) | P(x) | (exists z. exists w. (P(z) & R(x, w) & R(w, z))))"
        " & (~P(a) | ~(exists y. (P(y) & R(x, y)))"
        " | (exists z. exists w. (P(z) & R(x, w) & R(w, z))))))",
    ),
    _case(39, "~(exists x. forall y. (F(y, x) <-> ~F(y, y)))"),
    _case(
        40,
        "(exists y. forall x. (F(x, y) <-> F(x, x)))"
        " -> ~(forall x. exists y. forall z. (F(z, y) <-> ~F(z, x)))",
    ),
    _case(
        41,
        "forall z. exists y. forall x. (F(x, y) <-> (F(x, z) & ~F(x, x)))",
        "~(exists z. forall x. F(x, z))",
    ),
    _case(42, "~(exists y. forall x. (F(x, y) <-> ~(exists z. (F(x, z) & F(z, x)))))"),
    _case(
        43,
        "forall x. forall y. (Q(x, y) <-> (forall z. (F(z, x) <-> F(z, y))))",
        "forall x. forall y. (Q(x, y) <-> Q(y, x))",
    ),
    _case(
        44,
        "forall x. (F(x) -> ((exists y. (G(y) & H(x, y))) & (exists y. (G(y) & ~H(x, y)))))",
        "exists x. (J(x) & (forall y. (G(y) -> H(x, y))))",
        "exists x. (J(x) & ~F(x))",
    ),
    _case(
        45,
        "forall x. ((F(x) & (forall y. ((G(y) & H(x, y)) -> J(x, y))))"
        " -> (forall y. ((G(y) & H(x, y)) -> K(y))))",
        "~(exists y. (L(y) & K(y)))",
        "exists x. (F(x) & (forall y. (H(x, y) -> L(y)))"
        " & (forall y. ((G(y) & H(x, y)) -> J(x, y))))",
        "exists x. (F(x) & ~(exists y. (G(y) & H(x, y))))",
    ),
    _case(
        46,
        "forall x. ((F(x) & (forall y. ((F(y) & H(y, x)) -> G(y)))) -> G(x))",
        "(exists x. (F(x) & ~G(x)))"
        " -> (exists x. (F(x) & ~G(x) & (forall y. ((F(y) & ~G(y)) -> J(x, y)))))",
        "forall x. forall y. ((F(x) & F(y) & H(x, y)) -> ~J(y, x))",
        "forall x. (F(x) -> G(x))",
    ),
)

PELLETIER = PROPOSITIONAL + MONADIC + FULL

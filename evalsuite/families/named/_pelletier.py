"""Pelletier's problems 1–46, those without equality, their friends, and companions that fail.

Pelletier, *Seventy-five problems for testing automatic theorem provers*, JAR 2, 1986. All of them
are theorems. The premises of number 25 contradict each other, and number 36 needs but one of its
first two premises: so they were published.

A companion is made of a theorem by a small change (two atoms or two quantifiers change places, a
connective or a premise is another one), mostly with all signs kept, and is no theorem.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """A named inference, as text."""

    name: str
    premises: tuple[str, ...]
    conclusion: str


def _case(name: int | str, *formulas: str) -> Case:
    *premises, conclusion = formulas
    known = name if isinstance(name, str) else f"pelletier-{name:02}"
    return Case(known, tuple(premises), conclusion)


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

# Axioms and laws that are known by the names of those who stated them, and pieces of textbooks.
FRIENDS = (
    _case("frege-distribution", "(P -> (Q -> R)) -> ((P -> Q) -> (P -> R))"),
    _case("frege-commutation", "(P -> (Q -> R)) -> (Q -> (P -> R))"),
    _case("lukasiewicz-syllogism", "(P -> Q) -> ((Q -> R) -> (P -> R))"),
    _case("lukasiewicz-clavius", "(~P -> P) -> P"),
    _case("lukasiewicz-duns-scotus", "P -> (~P -> Q)"),
    _case("lukasiewicz-implication", "((P -> Q) -> R) -> ((R -> P) -> (S -> P))"),
    _case("meredith", "((((P -> Q) -> (~R -> ~S)) -> R) -> U) -> ((U -> P) -> (S -> P))"),
    _case("mendelson", "(~Q -> ~P) -> ((~Q -> P) -> Q)"),
    _case("hilbert-ackermann", "(P -> Q) -> ((R | P) -> (R | Q))"),
    _case("nicod", "~(P & ~(Q & R)) -> (~(S & Q) -> ~(P & S))"),
    _case("leibniz-praeclarum", "((P -> R) & (Q -> S)) -> ((P & Q) -> (R & S))"),
    _case("de-morgan", "~(P & Q) <-> (~P | ~Q)"),
    _case("roy-dyckhoff", "((P -> Q) -> R) -> ((Q -> R) & (P -> (Q -> R)))"),
    _case("drinker", "exists x. (D(x) -> (forall y. D(y)))"),
    _case("barber", "~(exists x. (B(x) & (forall y. (S(x, y) <-> ~S(y, y)))))"),
    _case(
        "de-morgan-horses",
        "forall x. (H(x) -> A(x))",
        "forall x. ((exists y. (H(y) & K(x, y))) -> (exists y. (A(y) & K(x, y))))",
    ),
    _case(
        "euclidean",
        "forall x. R(x, x)",
        "forall x. forall y. forall z. ((R(x, y) & R(x, z)) -> R(y, z))",
        "forall x. forall y. forall z. ((R(x, y) & R(y, z)) -> R(x, z))",
    ),
    _case(
        "serial-symmetric-transitive",
        "forall x. exists y. R(x, y)",
        "forall x. forall y. (R(x, y) -> R(y, x))",
        "forall x. forall y. forall z. ((R(x, y) & R(y, z)) -> R(x, z))",
        "forall x. R(x, x)",
    ),
    _case("asymmetric", "forall x. forall y. (R(x, y) -> ~R(y, x))", "forall x. ~R(x, x)"),
    _case(
        "los",
        "forall x. forall y. forall z. ((P(x, y) & P(y, z)) -> P(x, z))",
        "forall x. forall y. forall z. ((Q(x, y) & Q(y, z)) -> Q(x, z))",
        "forall x. forall y. (Q(x, y) -> Q(y, x))",
        "forall x. forall y. (P(x, y) | Q(x, y))",
        "(forall x. forall y. P(x, y)) | (forall x. forall y. Q(x, y))",
    ),
)

# Each has the name of the theorem that it is made of.
COMPANIONS = (
    _case("pelletier-01", "P -> Q <-> ~P -> ~Q"),
    _case("pelletier-02", "~P <-> P"),
    _case("pelletier-03", "~(Q -> P) -> (Q -> P)"),
    _case("pelletier-04", "~Q -> Q <-> ~P -> P"),
    _case("pelletier-05", "(P | R -> P | Q) -> P | (Q -> R)"),
    _case("pelletier-06", "P | ~Q"),
    _case("pelletier-07", "P | ~~P"),
    _case("pelletier-08", "((P -> Q) -> P) -> Q"),
    _case("pelletier-09", "(P | Q) & (~Q | Q) & (P | ~P) -> ~(~P | ~Q)"),
    _case("pelletier-10", "Q -> R", "R -> P & Q", "R -> Q | P", "P <-> Q"),
    _case("pelletier-11", "P <-> Q"),
    _case("pelletier-12", "(P <-> Q) -> R <-> (P <-> (Q <-> R))"),
    _case("pelletier-13", "Q | P & R <-> (P | Q) & (P | R)"),
    _case("pelletier-14", "(P <-> Q) <-> (P | ~P) & (~Q | Q)"),
    _case("pelletier-15", "P -> Q <-> ~Q | P"),
    _case("pelletier-16", "(P -> Q) | (R -> Q)"),
    _case("pelletier-17", "P & (Q -> R) -> S <-> (~S | Q | P) & (~P | ~R | S)"),
    _case("pelletier-18", "exists y. forall x. (F(y) <-> F(x))"),
    _case("pelletier-19", "exists x. forall y. forall z. ((P(y) -> Q(z)) -> (Q(x) -> P(x)))"),
    _case(
        "pelletier-20",
        "forall x. forall y. exists z. exists w. (P(x) & Q(y) -> R(z) & U(w))",
        "(exists x. exists y. (P(x) & Q(y))) -> (forall z. R(z))",
    ),
    _case("pelletier-21", "exists x. (P -> F(x))", "exists x. (F(x) -> P)", "exists x. (P | F(x))"),
    _case("pelletier-22", "(forall x. (P -> F(x))) <-> (P <-> (forall x. F(x)))"),
    _case("pelletier-23", "(forall x. (P <-> F(x))) | (P | (forall x. F(x)))"),
    _case(
        "pelletier-24",
        "~exists x. (U(x) & Q(x))",
        "forall x. (P(x) -> Q(x) | R(x))",
        "(~exists x. P(x)) -> (exists x. Q(x))",
        "forall x. (Q(x) | R(x) -> R(x))",
        "exists x. (P(x) & U(x))",
    ),
    _case(
        "pelletier-25",
        "exists x. F(x)",
        "forall x. (F(x) -> ~G(x) & R(x))",
        "forall x. (P(x) -> G(x) & P(x))",
        "(forall x. (P(x) -> Q(x))) | (exists x. (P(x) & R(x)))",
        "exists x. (Q(x) & P(x))",
    ),
    _case(
        "pelletier-26",
        "(exists x. P(x)) <-> (exists x. Q(x))",
        "forall x. forall y. (Q(x) & Q(y) -> (R(x) <-> U(y)))",
        "(forall x. (P(x) -> R(x))) <-> (forall x. (P(x) -> U(x)))",
    ),
    _case(
        "pelletier-27",
        "forall x. (F(x) & ~G(x))",
        "exists x. (F(x) -> H(x))",
        "forall x. (J(x) & I(x) -> F(x))",
        "(exists x. (H(x) & ~G(x))) -> (forall x. (I(x) -> ~H(x)))",
        "forall x. (J(x) -> ~I(x))",
    ),
    _case(
        "pelletier-28",
        "forall x. (G(x) -> (forall z. Q(z)))",
        "(forall x. (Q(x) | R(x))) -> (exists x. (Q(x) & S(x)))",
        "(exists x. S(x)) -> (forall x. (F(x) -> P(x)))",
        "forall x. (P(x) & F(x) -> G(x))",
    ),
    _case(
        "pelletier-29",
        "(exists x. F(x)) & (exists x. H(x))",
        "(forall x. (F(x) -> H(x))) & (forall x. (G(x) -> J(x))) <-> (forall x. forall y."
        " (F(x) & G(y) -> G(x) & J(y)))",
    ),
    _case(
        "pelletier-30",
        "forall x. (F(x) | G(x) -> ~H(x))",
        "forall x. ((I(x) -> ~I(x)) -> F(x) & H(x))",
        "forall x. G(x)",
    ),
    _case(
        "pelletier-31",
        "~exists x. (F(x) & (F(x) | H(x)))",
        "exists x. (I(x) & G(x))",
        "forall x. (~H(x) -> J(x))",
        "exists x. (I(x) & J(x))",
    ),
    _case(
        "pelletier-32",
        "forall x. (F(x) & (G(x) | H(x)) -> I(x))",
        "forall x. (I(x) & H(x) -> J(x))",
        "forall x. (K(x) -> H(x))",
        "forall x. (F(x) & J(x) -> K(x))",
    ),
    _case(
        "pelletier-33",
        "(forall x. (P(a) & (P(x) -> P(c)) -> P(c))) <-> (forall x. ((~P(a) | P(x) | P(b)) &"
        " (~P(a) | ~P(b) | P(c))))",
    ),
    _case(
        "pelletier-34",
        "((exists x. forall y. (P(x) <-> P(y))) <-> ((exists z. Q(z)) <-> (exists w. Q(w))))"
        " <-> ((exists x. forall y. (Q(x) <-> Q(y))) <-> ((forall z. P(z)) <-> (forall w. P(w))))",
    ),
    _case("pelletier-35", "exists x. forall y. (P(x, y) -> (exists z. forall w. P(z, w)))"),
    _case(
        "pelletier-36",
        "forall x. exists y. F(x, y)",
        "forall x. exists y. G(x, y)",
        "forall x. exists y. (F(x, y) | G(x, y) -> (forall z. (F(y, z) | G(y, z) -> H(x, z))))",
        "forall x. forall y. H(x, y)",
    ),
    _case(
        "pelletier-37",
        "forall z. forall w. forall x. exists y. ((P(x, z) -> P(y, w)) & P(y, z) & (P(y, w) ->"
        " (exists u. Q(u, w))))",
        "forall x. forall z. (~P(x, z) -> (exists y. Q(y, z)))",
        "(exists x. exists y. Q(x, y)) -> (exists x. R(x, x))",
        "forall x. exists y. R(x, y)",
    ),
    _case(
        "pelletier-38",
        "(forall x. (P(a) & (P(x) -> (exists y. (P(y) & R(x, y)))) -> (exists z. exists w."
        " (P(z) & R(x, w) & R(w, z))))) <-> (forall x. ((~P(a) | P(a) | (exists z. exists w."
        " (P(z) & R(x, w) & R(w, z)))) & (~P(x) | (~exists y. (P(y) & R(x, y))) | (exists z."
        " exists w. (P(z) & R(x, w) & R(w, z))))))",
    ),
    _case("pelletier-39", "~forall x. exists y. (F(y, x) <-> ~F(y, y))"),
    _case(
        "pelletier-40",
        "(exists y. forall x. (F(x, y) <-> F(x, x))) <-> (~forall x. exists y. forall z. (F(z,"
        " y) -> ~F(z, x)))",
    ),
    _case(
        "pelletier-41",
        "forall z. exists y. forall x. (F(x, y) <-> F(x, z) & ~F(x, z))",
        "~exists z. forall x. F(x, z)",
    ),
    _case("pelletier-42", "~exists y. exists x. (F(x, y) <-> (~forall z. (F(x, z) & F(z, x))))"),
    _case(
        "pelletier-43",
        "forall x. forall y. (Q(x, y) -> (forall z. (F(z, x) <-> F(z, y))))",
        "forall x. forall y. (Q(x, y) <-> Q(y, x))",
    ),
    _case(
        "pelletier-44",
        "forall x. (F(x) -> (exists y. (G(y) & H(x, y))) & (exists y. (G(y) & ~H(x, y))))",
        "forall x. (J(x) & (exists y. (G(y) -> H(x, y))))",
        "exists x. (J(x) & ~F(x))",
    ),
    _case(
        "pelletier-45",
        "exists x. (F(x) & (forall y. (G(y) & H(x, y) -> J(x, y))) -> (forall y. (G(y) & H(x,"
        " y) -> K(y))))",
        "~exists y. (L(y) & K(y))",
        "exists x. (F(x) & (forall y. (H(x, y) -> L(y))) & (forall y. (G(y) & H(x, y) -> J(x,"
        " y))))",
        "forall x. (F(x) & (~exists y. (G(y) & H(x, y))))",
    ),
    _case(
        "pelletier-46",
        "forall x. (F(x) & (forall y. (F(y) & F(x) -> G(y))) -> G(x))",
        "(exists x. (F(x) & ~G(x))) -> (exists x. (F(x) & ~G(x) & (forall y. (F(y) & ~G(y) ->"
        " J(x, y)))))",
        "forall x. forall y. (H(y, x) & F(y) & H(x, y) -> ~J(y, x))",
        "forall x. (F(x) -> G(x))",
    ),
    _case("frege-distribution", "(P -> (Q -> R)) -> ((Q -> P) -> (P -> R))"),
    _case("frege-commutation", "(Q -> (Q -> R)) -> (P -> (P -> R))"),
    _case("lukasiewicz-syllogism", "(P -> R) -> ((Q -> R) -> (P -> Q))"),
    _case("lukasiewicz-clavius", "(~P -> Q) -> P"),
    _case("lukasiewicz-duns-scotus", "Q -> (~P -> P)"),
    _case("lukasiewicz-implication", "((P -> R) -> Q) -> ((R -> P) -> (S -> P))"),
    _case("meredith", "((((R -> Q) -> (~R -> ~S)) -> P) -> U) -> ((U -> P) -> (S -> P))"),
    _case("mendelson", "(~P -> ~Q) -> ((~Q -> P) -> Q)"),
    _case("hilbert-ackermann", "(Q -> P) -> (R | P -> R | Q)"),
    _case("nicod", "~(P & ~(Q & R)) -> (~(S & P) -> ~(Q & S))"),
    _case("leibniz-praeclarum", "(S -> R) & (Q -> P) -> (P & Q -> R & S)"),
    _case("de-morgan", "~(P <-> Q) & (~P | ~Q)"),
    _case("roy-dyckhoff", "((P -> R) -> Q) -> (Q -> R) & (P -> (Q -> R))"),
    _case("drinker", "forall x. (D(x) -> (forall y. D(y)))"),
    _case("barber", "~forall x. (B(x) & (exists y. (S(x, y) <-> ~S(y, y))))"),
    _case(
        "de-morgan-horses",
        "forall x. (H(x) -> A(x))",
        "exists x. ((exists y. (H(y) & K(x, y))) -> (forall y. (A(y) & K(x, y))))",
    ),
    _case(
        "euclidean",
        "forall x. R(x, x)",
        "forall x. forall y. forall z. (R(x, y) & R(x, z) -> R(y, z))",
        "forall x. forall y. forall z. ((R(x, y) -> R(y, z)) & R(x, z))",
    ),
    _case(
        "serial-symmetric-transitive",
        "forall x. exists y. R(x, y)",
        "forall x. forall y. (R(x, y) -> R(y, x))",
        "forall x. forall y. forall z. (R(x, y) & R(y, z) -> R(x, y))",
        "forall x. R(x, x)",
    ),
    _case("asymmetric", "~forall x. forall y. (R(x, y) -> R(y, x))", "forall x. ~R(x, x)"),
    _case(
        "los",
        "forall x. forall y. forall z. (Q(y, z) & P(y, z) -> P(x, z))",
        "forall x. forall y. forall z. (Q(x, y) & P(x, y) -> Q(x, z))",
        "forall x. forall y. (Q(x, y) -> Q(y, x))",
        "forall x. forall y. (P(x, y) | Q(x, y))",
        "(forall x. forall y. P(x, y)) | (forall x. forall y. Q(x, y))",
    ),
)

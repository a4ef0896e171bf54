"""The rules of analytic tableaux for signed formulas.

α   T ~A   F ~A   T A & B   F A | B   F A -> B        a branch grows by every component
    ----   ----   -------   -------   --------
    F A    T A    T A       F A       T A
                  T B       F B       F B

β   F A & B     T A | B     T A -> B     T A <-> B     F A <-> B     a branch splits in two
    -------     -------     --------     ---------     ---------
    F A | F B   T A | T B   F A | T B    T A | F A     T A | F A
                                         T B | F B     F B | T B

γ   T forall x. A    F exists x. A       for any closed term t
    -------------    -------------
    T A[t/x]         F A[t/x]

δ   T exists x. A    F forall x. A       for a constant c that is new
    -------------    -------------
    T A[c/x]         F A[c/x]

ν   w T []A    w F <>A       for a world u that is on the branch and that w reaches
    -------    -------
    u T A      u F A

π   w T <>A    w F []A       for a world w.n that is new
    -------    -------
    w.n T A    w.n F A

In intuitionistic logic `T ~A` and `T A -> B` are ν, `F ~A` and `F A -> B` are π, and `T A` in a
world contradicts `F A` in every world that it reaches.

α to δ: Smullyan, *First-Order Logic*, 1968, chapters II and V. ν and π with prefixes for worlds:
Fitting, *Proof Methods for Modal and Intuitionistic Logics*, 1983, chapter 8. A prefix w.n is a
world that w reaches; which others it reaches depends on the logic.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.syntax import (
    And,
    Atom,
    Box,
    Diamond,
    Exists,
    Forall,
    Formula,
    Iff,
    Implies,
    Not,
    Or,
    Term,
    Truth,
    Xor,
    instantiate,
    subformulas,
)
from evalsuite.logic.writing import show

Logic: TypeAlias = Literal["classical", "K", "D", "T", "B", "K4", "S4", "S5", "intuitionistic"]
LOGICS: tuple[Logic, ...] = ("classical", "K", "D", "T", "B", "K4", "S4", "S5", "intuitionistic")
World: TypeAlias = tuple[int, ...]  # a prefix; classical logic has only the world ()
ROOT: World = (1,)  # where assumptions stand in the other logics
Witness: TypeAlias = Term | World  # what γ and δ put for the variable; where ν and π go


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The claim that a formula is true (sign `True`) or false in a world."""

    sign: bool
    formula: Formula
    world: World = ()


Alternatives: TypeAlias = tuple[tuple[Signed, ...], ...]  # for each new branch its lines


class Kind(Enum):
    """What a rule needs to be applied."""

    NONE = "no rule"
    PLAIN = "α or β"  # nothing; with more than one alternative it is β
    GAMMA = "γ"  # a closed term
    DELTA = "δ"  # a constant that is new
    NU = "ν"  # a world that can be reached
    PI = "π"  # a world that is new


def check_fragment(formula: Formula, logic: Logic) -> None:
    """Pass a formula that the logic has: classical ones without worlds, others propositional.

    Raises:
        Unsupported: it has no place in the logic.

    """
    for found in subformulas(formula):
        match found:
            case Forall() | Exists() if logic != "classical":
                raise Unsupported(f"{logic} logic is propositional here: there is a quantifier")
            case Atom(name, args) if args and logic != "classical":
                raise Unsupported(f"{logic} logic is propositional here: `{name}` has arguments")
            case Box() | Diamond() if logic in {"classical", "intuitionistic"}:
                raise Unsupported(f"{logic} logic has no boxes and diamonds")
            case _:
                pass


def show_signed(signed: Signed) -> str:
    """Write a signed formula: `T P & Q`, `F P -> Q`, `1.2 T []P`."""
    prefix = f"{'.'.join(map(str, signed.world))} " if signed.world else ""
    return f"{prefix}{'T' if signed.sign else 'F'} {show(signed.formula)}"


def kind(signed: Signed, logic: Logic = "classical") -> Kind:
    """Say which kind of rule a signed formula has."""
    match signed.formula:
        case Atom() | Truth():
            return Kind.NONE
        case Forall():
            return Kind.GAMMA if signed.sign else Kind.DELTA
        case Exists():
            return Kind.DELTA if signed.sign else Kind.GAMMA
        case Box():
            return Kind.NU if signed.sign else Kind.PI
        case Diamond():
            return Kind.PI if signed.sign else Kind.NU
        case Not() | Implies() if logic == "intuitionistic":
            return Kind.NU if signed.sign else Kind.PI
        case Not() | Implies() | And() | Or() | Iff() | Xor():
            return Kind.PLAIN


def extensions(
    signed: Signed, witness: Witness | None = None, logic: Logic = "classical"
) -> Alternatives:
    """Return what the formula's rule adds: for each new branch its lines; none for an atom.

    `witness` is what the kind of rule needs: a term for γ and δ, a world for ν and π. Whether it
    may be taken is not asked here.
    """
    sign, world = signed.sign, signed.world
    match signed.formula:
        case Atom() | Truth():
            return ()
        case Forall(variable, body) | Exists(variable, body):
            return ((_signed(sign, instantiate(body, {variable: _term(witness)}), world),),)
        case Box(body) | Diamond(body):
            return ((_signed(sign, body, _place(witness)),),)
        case formula if logic == "intuitionistic":
            return _intuitionistic(sign, formula, world, witness)
        case formula:
            return _classical(sign, formula, world)


def _term(witness: Witness | None) -> Term:
    if witness is None or isinstance(witness, tuple):
        raise TypeError("γ and δ take a term")
    return witness


def _place(witness: Witness | None) -> World:
    if not isinstance(witness, tuple):
        raise TypeError("ν and π take a world")
    return witness


def _classical(sign: bool, formula: Formula, world: World) -> Alternatives:
    match formula:
        case Not(body):
            return ((_signed(not sign, body, world),),)
        case And(left, right):
            return _joined(sign, _signed(sign, left, world), _signed(sign, right, world))
        case Or(left, right):
            return _joined(not sign, _signed(sign, left, world), _signed(sign, right, world))
        case Implies(left, right):
            return _joined(not sign, _signed(not sign, left, world), _signed(sign, right, world))
        case Iff(left, right):
            return _compared(left, right, world, same=sign)
        case Xor(left, right):
            return _compared(left, right, world, same=not sign)
        case Atom() | Truth() | Forall() | Exists() | Box() | Diamond():
            return ()


def _intuitionistic(
    sign: bool,
    formula: Formula,
    world: World,
    witness: Witness | None,
) -> Alternatives:
    match formula:
        case Not(body):
            return ((_signed(not sign, body, _place(witness)),),)
        case Implies(left, right):
            place = _place(witness)
            return _joined(not sign, _signed(not sign, left, place), _signed(sign, right, place))
        case Iff(left, right):
            there, back = Implies(left, right), Implies(right, left)
            return _joined(sign, _signed(sign, there, world), _signed(sign, back, world))
        case Xor(left, right):
            some, both = Or(left, right), Not(And(left, right))
            return _joined(sign, _signed(sign, some, world), _signed(sign, both, world))
        case _:
            return _classical(sign, formula, world)


def _signed(sign: bool, formula: Formula, world: World) -> Signed:
    return Signed(sign=sign, formula=formula, world=world)


def _joined(alpha: bool, first: Signed, second: Signed) -> Alternatives:
    return ((first, second),) if alpha else ((first,), (second,))


def _compared(left: Formula, right: Formula, world: World, *, same: bool) -> Alternatives:
    return (
        (_signed(True, left, world), _signed(same, right, world)),
        (_signed(False, left, world), _signed(not same, right, world)),
    )


def reaches(logic: Logic, world: World, other: World) -> bool:
    """Say whether the logic makes one world of a branch reach another."""
    child = len(other) == len(world) + 1 and other[:-1] == world
    match logic:
        case "classical":
            return world == other
        case "K" | "D":
            return child
        case "T":
            return child or world == other
        case "B":
            return child or world == other or (other == world[:-1] and bool(other))
        case "K4":
            return len(other) > len(world) and other[: len(world)] == world
        case "S4" | "intuitionistic":
            return other[: len(world)] == world
        case "S5":
            return True


def contradicts(first: Signed, second: Signed, logic: Logic = "classical") -> bool:
    """Say whether two claims about one formula cannot both hold."""
    if first.formula != second.formula or first.sign == second.sign:
        return False
    if logic != "intuitionistic":
        return first.world == second.world
    true, false = (first, second) if first.sign else (second, first)
    return reaches(logic, true.world, false.world)


def is_absurd(signed: Signed) -> bool:
    """Say whether a claim contradicts itself: `T false` or `F true`."""
    return isinstance(signed.formula, Truth) and signed.formula.value != signed.sign


def complementary(branch: Iterable[Signed]) -> bool:
    """Say whether some formula stands on the branch with both signs, in one world."""
    stands = frozenset(branch)
    return any(_signed(not one.sign, one.formula, one.world) in stands for one in stands)

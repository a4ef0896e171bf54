"""What can be wrong with a logical text: one class for each way, with the line it is on.

    LogicError
    ├── TooLarge             more than the limits allow: nothing was judged
    ├── Unsupported          outside the fragment that was asked for
    ├── BadStructure         a structure or Kripke model that is none
    ├── SyntaxFlaw           text that cannot be read, with a caret
    └── Flaw                 a step of a proof that is wrong
        ├── UnreadableLine   a line that should be a step and cannot be read
        ├── NoProof          no step in the whole text
        ├── CutOff           the text ends in the middle of a step
        ├── DuplicateNumber UnknownReference ForwardReference SelfReference
        ├── NoJustification UnknownRule WrongPremises
        ├── RefutationFlaw
        │   ├── NotGiven WrongInstance NotUnifiable WrongUnifier
        │   ├── NoPivot TwoPivots NotAResolvent StrongerClause NotAFactor NotWeaker
        │   ├── NotUnitPropagation NotAConsequence
        │   └── NoEmptyClause
        └── TableauFlaw
            ├── NotAssumed NoRule WrongComponent OffBranch UnknownBranch
            ├── ClosedBranch MissingBranch TwiceSplit
            ├── StaleConstant OpenTerm NotAccessible StaleWorld
            ├── NotComplementary OpenBranch
            └── NotACountermodel

A message is one line, lower case, without the place; `str` puts the place before it.
"""


class LogicError(ValueError):
    """Something is wrong with a logical text."""


class TooLarge(LogicError):
    """A text goes beyond the limits it is read with."""


class Unsupported(LogicError):
    """A text or a problem is outside what a prover, kernel or format can take."""


class BadStructure(LogicError):
    """A structure or Kripke model that is none, or does not say what a formula needs."""


class SyntaxFlaw(LogicError):
    """A text that is not in the language.

    Attributes:
        message: what is wrong and what was expected.
        text: the line that cannot be read, cut around the place where it is long.
        column: where in `text`, from 0.
        line: which line of the whole text, from 1.

    """

    def __init__(self, message: str, *, text: str, column: int, line: int = 1) -> None:
        super().__init__(message, text, column, line)
        self.message = message
        self.text = text
        self.column = column
        self.line = line

    def __str__(self) -> str:
        told = f"line {self.line}: {self.message}"
        return f"{told}\n  {self.text}\n  {' ' * self.column}^" if self.text.strip() else told


class Flaw(LogicError):
    """A step of a proof is wrong.

    Attributes:
        message: what is wrong.
        line: the line of the proof's text, from 1; `None` where the whole proof is meant.

    """

    def __init__(self, message: str, *, line: int | None = None) -> None:
        super().__init__(message, line)
        self.message = message
        self.line = line

    def __str__(self) -> str:
        return self.message if self.line is None else f"line {self.line}: {self.message}"


# ── any proof ───────────────────────────────────────────────────────────────────────────────────


class UnreadableLine(Flaw):
    """A line that should be a step cannot be read."""


class NoProof(Flaw):
    """No line of the text is a step."""


class CutOff(Flaw):
    """The text ends in the middle of a step."""


class DuplicateNumber(Flaw):
    """Two steps have the same number."""


class UnknownReference(Flaw):
    """A step names one that is not there."""


class ForwardReference(Flaw):
    """A step names one that comes only later."""


class SelfReference(Flaw):
    """A step names itself."""


class NoJustification(Flaw):
    """A step does not say what it follows from."""


class UnknownRule(Flaw):
    """A step names a rule that the calculus does not have."""


class WrongPremises(Flaw):
    """A step names too many or too few steps for its rule."""


# ── refutations ─────────────────────────────────────────────────────────────────────────────────


class RefutationFlaw(Flaw):
    """A step of a resolution refutation is wrong."""


class NotGiven(RefutationFlaw):
    """A clause is said to be given and is not one of the problem's."""


class WrongInstance(RefutationFlaw):
    """A clause is not what the substitution makes of the other."""


class NotUnifiable(RefutationFlaw):
    """The atoms that a step resolves on or merges have no unifier."""


class WrongUnifier(RefutationFlaw):
    """A substitution that a step states does not unify, or is not most general."""


class NoPivot(RefutationFlaw):
    """Two clauses have no complementary literals to resolve on."""


class TwoPivots(RefutationFlaw):
    """A step resolves on two literals at once."""


class NotAResolvent(RefutationFlaw):
    """A clause is no resolvent of the two it is said to come from."""


class StrongerClause(RefutationFlaw):
    """A clause leaves out literals of the resolvent."""


class NotAFactor(RefutationFlaw):
    """A clause is no factor of the one it is said to come from."""


class NotWeaker(RefutationFlaw):
    """A clause does not hold every literal of the one it is said to be weaker than."""


class NotUnitPropagation(RefutationFlaw):
    """A clause of a DRUP or LRAT proof does not follow by unit propagation."""


class NotAConsequence(RefutationFlaw):
    """A RAT step: it keeps satisfiability but does not follow."""


class NoEmptyClause(RefutationFlaw):
    """A refutation does not end in the empty clause."""


# ── tableaux ────────────────────────────────────────────────────────────────────────────────────


class TableauFlaw(Flaw):
    """A step of a tableau is wrong."""


class NotAssumed(TableauFlaw):
    """A line is said to be a premise or the goal and is not."""


class NoRule(TableauFlaw):
    """A formula that nothing can be drawn from: an atom or a constant."""


class WrongComponent(TableauFlaw):
    """A line is not what the rule for its source gives."""


class OffBranch(TableauFlaw):
    """A step uses a line that is not on its branch."""


class UnknownBranch(TableauFlaw):
    """A line stands on a branch that no rule has opened."""


class ClosedBranch(TableauFlaw):
    """A line stands on a branch that is closed already."""


class MissingBranch(TableauFlaw):
    """A splitting rule opens fewer branches than it must."""


class TwiceSplit(TableauFlaw):
    """A branch is split, or goes on, where it has been split already."""


class StaleConstant(TableauFlaw):
    """A δ rule takes a constant that is not new."""


class OpenTerm(TableauFlaw):
    """A γ or δ rule takes no term, or one with variables."""


class NotAccessible(TableauFlaw):
    """A rule takes a world that is not on the branch or cannot be reached."""


class StaleWorld(TableauFlaw):
    """A rule that needs a new world takes one that is not."""


class NotComplementary(TableauFlaw):
    """The lines that should close a branch do not contradict each other."""


class OpenBranch(TableauFlaw):
    """A tableau that should be closed has an open branch."""


class NotACountermodel(TableauFlaw):
    """What is claimed to be a countermodel makes a premise false or the conclusion true."""

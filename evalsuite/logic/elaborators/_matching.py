"""What stands for a quantifier's variable: matching with one variable."""

from evalsuite.logic.syntax import (
    Atom,
    Exists,
    Forall,
    Formula,
    Function,
    Term,
    Truth,
    Variable,
    parts,
)


class Mismatch(Exception):
    """The two are no instance of each other."""


def matched(body: Formula, variable: str, instance: Formula) -> Term | None:
    """Return the term that makes the instance of the body; `None` where any term does.

    The term is closed or it would have been renamed apart: bound variables have to agree.

    Raises:
        Mismatch: no term does.

    """
    found: Term | None = None
    waiting: list[tuple[Formula, Formula, bool]] = [(body, instance, True)]
    while waiting:
        pattern, subject, is_free = waiting.pop()
        match pattern, subject:
            case Atom(name, args), Atom(other, others) if name == other and len(args) == len(
                others
            ):
                for arg, term in zip(args, others, strict=True):
                    found = _term(arg, variable if is_free else None, term, found)
            case Truth(), Truth() if pattern == subject:
                pass
            case (Forall(bound, inner), Forall(other, within)) | (
                Exists(bound, inner),
                Exists(other, within),
            ) if bound == other:
                waiting.append((inner, within, is_free and bound != variable))
            case _ if type(pattern) is type(subject) and not isinstance(
                pattern, Atom | Truth | Forall | Exists
            ):
                pairs = zip(parts(pattern), parts(subject), strict=True)
                waiting.extend((one, two, is_free) for one, two in pairs)
            case _:
                raise Mismatch
    return found


def _term(pattern: Term, variable: str | None, subject: Term, found: Term | None) -> Term | None:
    waiting = [(pattern, subject)]
    while waiting:
        one, two = waiting.pop()
        match one, two:
            case Variable(name), _ if name == variable:
                if found is not None and found != two:
                    raise Mismatch
                found = two
            case Variable(), Variable() if one == two:
                pass
            case Function(name, args), Function(other, others) if name == other and len(
                args
            ) == len(others):
                waiting.extend(zip(args, others, strict=True))
            case _:
                raise Mismatch
    return found

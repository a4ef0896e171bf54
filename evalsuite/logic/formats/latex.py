r"""Write proofs in LaTeX: a refutation as an `array`, a tableau as a `forest`.

What is written is a snippet for a document that loads `amsmath`, `amssymb` and, for a tableau,
`forest`; its first line says so.
"""

from collections.abc import Iterator, Mapping, Sequence

from evalsuite.logic.formats.notation import claim, escape, reason, show_clause, sources
from evalsuite.logic.formats.twigs import Twig, tree
from evalsuite.logic.proofs import ClauseLine, CloseLine, NodeLine, OpenLine, TableauLine
from evalsuite.logic.syntax import Atom, Substitution, Variable
from evalsuite.logic.tableau import Signed
from evalsuite.logic.text.stated import ClauseSet, Inference, Stated
from evalsuite.logic.writing import show, show_term


def problem(stated: Stated) -> str:
    """Write an inference as premises over a line and the conclusion, clauses as a list."""
    match stated:
        case Inference(premises=premises, conclusion=conclusion):
            rows = [show(one, "latex") for one in premises]
            below = [] if conclusion is None else [rf"\hline {show(conclusion, 'latex')}"]
        case ClauseSet(clauses=clauses):
            rows, below = [show_clause(one, "latex") for one in clauses], []
    body = " \\\\\n".join(f"  {row}" for row in (*rows, *below))
    head = r"% \usepackage{amsmath,amssymb}"
    return f"{head}\n\\[\n\\begin{{array}}{{l}}\n{body}\n\\end{{array}}\n\\]"


def refutation(lines: Sequence[ClauseLine]) -> str:
    r"""Write a refutation: number, clause, reason, and the substitutions where it states any."""
    stated = any(line.substitutions for line in lines)
    body = " \\\\\n".join(f"  {_clause_row(line, stated=stated)}" for line in lines)
    return "\n".join(
        (
            r"% \usepackage{amsmath,amssymb}",
            r"\[",
            rf"\begin{{array}}{{r@{{\quad}}l@{{\qquad}}l{'l' if stated else ''}}}",
            body,
            r"\end{array}",
            r"\]",
        )
    )


def tableau(lines: Sequence[TableauLine], *, signs: bool = True) -> str:
    """Write a tableau as a tree; without signs, a negation stands for F.

    Raises:
        TooLarge: branches stand in one another too deep to be drawn.

    """
    body = "\n".join(_branch(tree(lines), sources(lines), 1, signs=signs))
    head = r"% \usepackage{amsmath,amssymb,forest}"
    return f"{head}\n\\begin{{forest}}\n{body}\n\\end{{forest}}"


def _clause_row(line: ClauseLine, *, stated: bool) -> str:
    told = ", ".join(line.parents) or line.rule or ""
    if line.rule == "factor":
        told = f"factor {told}"
    cells = [
        f"{escape(line.label)}.",
        show_clause(line.clause, "latex"),
        rf"\text{{{escape(told)}}}",
    ]
    if stated:
        cells.append(", ".join(map(_substitution, line.substitutions)))
    return " & ".join(cells).rstrip()


def _substitution(substitution: Substitution) -> str:
    pairs = (
        rf"{show_term(Variable(name), 'latex')} \mapsto {show_term(term, 'latex')}"
        for name, term in sorted(substitution.items())
    )
    return rf"\{{{', '.join(pairs)}\}}"


def _branch(twig: Twig, known: Mapping[str, Signed], depth: int, *, signs: bool) -> Iterator[str]:
    margin = "  " * depth
    rows = f" \\\\\n{margin}  ".join(_row(line, known, signs=signs) for line in twig.lines)
    # Braces keep commas, brackets and `=` from `forest`, which reads them as its own.
    yield rf"{margin}[{{$\begin{{array}}{{r@{{\ }}l@{{\quad}}l}}"
    yield f"{margin}  {rows}"
    node = rf"{margin}\end{{array}}$}}"
    if not twig.twigs:
        yield f"{node}]"
        return
    yield node
    for one in twig.twigs:
        yield from _branch(one, known, depth + 1, signs=signs)
    yield f"{margin}]"


def _row(line: TableauLine, known: Mapping[str, Signed], *, signs: bool) -> str:
    match line:
        case NodeLine(label=label, signed=signed):
            told = reason(line, known, "latex", signs=signs)
            return f"{escape(label)}. & {claim(signed, 'latex', signs=signs)} & {told}"
        case CloseLine(label=label, nodes=nodes):
            number = "" if label is None else f"{escape(label)}. "
            return rf"{number}& \times & {', '.join(map(escape, nodes))}"
        case OpenLine(valuation=valuation):
            pairs = ", ".join(
                rf"{show(Atom(name), 'latex')} = \mathsf{{{'T' if true else 'F'}}}"
                for name, true in valuation.items()
            )
            return rf"& \circ & {pairs}"

"""Put a tableau of signed formulas into unsigned notation, where `~A` stands for `F A`.

`T ~A` and `F A` are then the same line, so that the rule that leads from one to the other goes:

    1. T ~A   premise             1. ~A   premise
    2. F A    T~ 1
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from evalsuite.logic.flaws import Unsupported
from evalsuite.logic.proofs import Branch, CloseLine, NodeLine, OpenLine, TableauLine
from evalsuite.logic.syntax import Not
from evalsuite.logic.tableau import Logic, Signed, contradicts


def unsigned(lines: Sequence[TableauLine], logic: Logic = "classical") -> tuple[TableauLine, ...]:
    """Return the tableau without lines `T ~A`, numbered anew from 1.

    Raises:
        Unsupported: in intuitionistic logic `F A` and `T ~A` are not the same.

    """
    if logic == "intuitionistic":
        raise Unsupported("an intuitionistic tableau has no unsigned notation")
    turned = _Turned()
    for line in lines:
        _turn(turned, line)
    return tuple(turned.lines)


@dataclass(slots=True)
class _Turned:
    lines: list[TableauLine] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)  # old to new
    claims: dict[str, Signed] = field(default_factory=dict)  # by new labels

    count: int = 0  # of numbered lines

    def number(self) -> str:
        self.count += 1
        return str(self.count)

    def put(self, line: NodeLine) -> str:
        label = self.number()
        self.claims[label] = line.signed
        self.lines.append(replace(line, label=label))
        return label


def _turn(turned: _Turned, line: TableauLine) -> None:
    match line:
        case NodeLine(label=label, origin=origin):
            origin = turned.labels.get(origin, origin)
            claim = _without_negation(line.signed)
            if turned.claims.get(origin) == claim:  # the rule for `T ~A` changes nothing here
                turned.labels[label] = origin
            else:
                turned.labels[label] = turned.put(replace(line, signed=claim, origin=origin))
        case CloseLine(branch=branch, nodes=nodes):
            found = tuple(turned.labels.get(node, node) for node in nodes)
            nodes = _clash(turned, branch, found)
            number = None if line.label is None else turned.number()
            turned.lines.append(replace(line, label=number, nodes=nodes))
        case OpenLine():
            turned.lines.append(line)


def _without_negation(signed: Signed) -> Signed:
    match signed.formula:
        case Not(body) if signed.sign:
            return replace(signed, sign=False, formula=body)
        case _:
            return signed


def _clash(turned: _Turned, branch: Branch, nodes: tuple[str, ...]) -> tuple[str, ...]:
    """Take `~~A` apart until the pair contradicts itself: `T ~A, F ~A` have become `~A, ~~A`."""
    if len(nodes) != 2 or not all(node in turned.claims for node in nodes):  # noqa: PLR2004
        return nodes
    while not contradicts(turned.claims[nodes[0]], turned.claims[nodes[1]]):
        deep, shallow = nodes
        if turned.claims[shallow].formula == Not(turned.claims[deep].formula):
            deep, shallow = shallow, deep
        match turned.claims[deep].formula:
            case Not(body):
                claim = replace(turned.claims[deep], sign=True, formula=body)
            case _:
                return nodes
        claim = _without_negation(claim)
        line = NodeLine(label="", branch=branch, signed=claim, origin=deep)
        nodes = (shallow, turned.put(line))
    return nodes

"""Scoring by branch and tail: whatever the continuations, every one gets its own sum."""

import math

from hypothesis import given
from hypothesis import strategies as st

from evalsuite.engines._parts import Branch, Part, Tail, branches, parts, total
from evalsuite.engines._tokens import Tokens

tokens = st.integers(min_value=0, max_value=3)
continuations = st.lists(
    st.lists(tokens, min_size=1, max_size=12).map(tuple), min_size=1, max_size=6
)


starts = st.integers(min_value=1, max_value=9)
BLOCK = 4


def logprob(node: Tokens) -> float:
    """Return a number of the node's own."""
    return -math.log(2 + hash(node) % 1000)


def split(asked: list[Tokens], start: int = 1, width: int = 128) -> tuple[Part, ...]:
    return parts(tuple(asked), width=width, start=start, block=BLOCK)


@given(continuations, starts, st.integers(min_value=1, max_value=4))
def test_every_continuation_gets_the_sum_over_its_nodes(
    asked: list[Tokens], start: int, width: int
) -> None:
    scored = {node: logprob(node) for part in split(asked, start, width) for node in part.nodes()}
    for one in asked:
        expected = math.fsum(logprob(one[:end]) for end in range(1, len(one) + 1))
        assert total(one, scored) == expected


@given(continuations, starts, st.integers(min_value=1, max_value=4))
def test_every_node_is_asked_once_and_no_other(asked: list[Tokens], start: int, width: int) -> None:
    found = split(asked, start, width)
    nodes = [node for part in found for node in part.nodes()]
    assert len(nodes) == len(set(nodes))
    assert set(nodes) == {one[:end] for one in asked for end in range(1, len(one) + 1)}
    for part in found:
        match part:
            case Branch(tokens=following):
                assert 1 <= len(following) <= width
            case Tail(prefix=prefix, tokens=run):
                assert len(run) > 1
                at_end_of_block = (start + len(prefix)) % BLOCK == 0
                others = [one for one in found if one is not part and one.prefix == prefix]
                assert not (at_end_of_block and (not prefix or others))


def test_choices_of_one_token_are_one_part() -> None:
    assert split([(5,), (3,), (9,), (5,)]) == (Branch((), (3, 5, 9)),)


def test_a_branch_after_the_context_comes_before_the_tails() -> None:
    assert split([(1, 2, 3), (4, 5, 6)]) == (
        Branch((), (1, 4)),
        Tail((1,), (2, 3)),
        Tail((4,), (5, 6)),
    )


def test_a_tail_scores_what_it_shares_with_the_next() -> None:
    assert split([(1, 2, 3, 4), (1, 2, 5, 6)]) == (
        Branch((), (1,)),
        Tail((1,), (2, 3, 4)),
        Tail((1, 2), (5, 6)),
    )


def test_at_the_end_of_a_block_no_tail_begins() -> None:
    # Context and prefix have `BLOCK` tokens, and both tails would read them.
    assert split([(1, 2, 3), (1, 4, 5)], start=BLOCK - 1) == (
        Branch((), (1,)),
        Branch((1, 2), (3,)),
        Branch((1, 4), (5,)),
        Branch((1,), (2, 4)),
    )


@given(continuations, starts)
def test_there_is_hardly_more_than_a_part_for_each_continuation(
    asked: list[Tokens], start: int
) -> None:
    inner = {one[:end] for one in asked for end in range(len(one))}
    aligned = [node for node in inner if (start + len(node)) % BLOCK == 0]
    assert len(split(asked, start)) <= len(set(asked)) + 1 + 2 * len(aligned)


def test_a_common_start_is_read_once() -> None:
    start = tuple(range(10, 90))
    assert split([(*start, 1), (*start, 2), (*start, 3)]) == (
        Branch((), start[:1]),
        Tail(start[:1], start[1:]),
        Branch(start, (1, 2, 3)),
    )


@given(continuations, st.integers(min_value=1, max_value=4))
def test_branches_alone_score_every_node_once(asked: list[Tokens], width: int) -> None:
    found = branches(tuple(asked), width=width)
    nodes = [node for part in found for node in part.nodes()]
    assert len(nodes) == len(set(nodes))
    assert set(nodes) == {one[:end] for one in asked for end in range(1, len(one) + 1)}
    assert all(len(part.tokens) <= width for part in found)

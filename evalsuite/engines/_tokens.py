"""The token ids of a request, for the engines that take token ids."""

from typing import TypeAlias

from evalsuite.errors import EngineFailure
from evalsuite.records import Choices, Request

Tokens: TypeAlias = tuple[int, ...]


def context(request: Request) -> Tokens:
    """Return the prompt's token ids.

    Raises:
        EngineFailure: it has none.

    """
    if not request.prompt.token_ids:
        raise EngineFailure(f"request {request.key[:12]} has no token ids")
    return request.prompt.token_ids


def continuations(request: Choices) -> tuple[Tokens, ...]:
    """Return what each choice adds to the prompt; none is empty.

    Raises:
        EngineFailure: one is.

    """
    found = tuple(choice.token_ids or () for choice in request.choices)
    if not all(found):
        raise EngineFailure(f"request {request.key[:12]} has a choice without token ids")
    return found


def logical(request: Choices) -> int:
    """Return how many tokens are scored or read, each once, as if nothing were cached."""
    return len(context(request)) + sum(map(len, continuations(request)))

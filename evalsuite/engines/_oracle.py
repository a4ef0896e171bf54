"""Answer as a baseline does: with a verdict, whatever the kind of request."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from evalsuite.records import (
    Choices,
    Completion,
    Generate,
    Json,
    LogLikelihoods,
    Oracle,
    Request,
    Response,
)

_ANSWERS = ("Answer:", "Resposta:")


@dataclass(frozen=True, slots=True)
class Baseline:
    """An engine that answers each request with the choice that `decide` picks."""

    decide: Callable[[Request], int]
    certifies: bool = False  # whether it gives the certificate that it has

    @property
    def facts(self) -> Mapping[str, Json]:
        """Return nothing: a baseline has no settings."""
        return {}

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        """Answer each request in turn."""
        for request in requests:
            certificate = request.oracle.certificate if self.certifies and request.oracle else None
            yield _response(request, self.decide(request), certificate)

    def close(self) -> None:
        """Hold nothing, give back nothing."""


def oracle(request: Request) -> Oracle:
    """Return what the baselines may answer from.

    Raises:
        ValueError: the request has none, so a baseline cannot answer it.

    """
    if request.oracle is None:
        raise ValueError(f"request {request.key} has no oracle")
    return request.oracle


def _response(request: Request, verdict: int, certificate: str | None) -> Response:
    match request:
        case Choices(key=key, choices=choices):
            return LogLikelihoods(
                key=key,
                values=tuple(0.0 if index == verdict else -1.0 for index in range(len(choices))),
            )
        case Generate(key=key, choices=choices):
            line = _answer_line(choices[verdict].text.strip())
            if certificate is not None and len(choices) == 1:
                line = _answer_line(certificate)
            elif certificate is not None:
                line = f"```\n{certificate}\n```\n{line}"
            return Completion(key=key, text=line, finish="stop")


def _answer_line(answer: str) -> str:
    """Return the line that is read; some forms write it into the answer themselves."""
    return answer if answer.startswith(_ANSWERS) else f"Answer: {answer}"

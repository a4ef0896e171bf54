"""An engine for the tests: one vLLM answers all by the fast routes, then all by the plain one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from evalsuite.engines import vllm
from evalsuite.records import Json, Model, Request, Response, Settings


@dataclass(frozen=True)
class Both:
    fast: vllm.Vllm
    plain: vllm.Vllm

    @property
    def facts(self) -> Mapping[str, Json]:
        return self.fast.facts

    def ask(self, requests: Iterable[Request]) -> Iterator[Response]:
        everything = list(requests)
        yield from self.fast.ask(everything)
        yield from self.plain.ask(everything)

    def close(self) -> None:
        self.fast.close()


def start(model: Model | None, settings: Settings) -> Both:
    fast = vllm.start(model, settings)
    return Both(fast, fast.by_route("plain"))

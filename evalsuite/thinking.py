"""The thinking part of a reasoning model's text, kept apart from its answer.

Such models think between `<think>` and `</think>` (DeepSeek-R1, Guo et al. 2025, and those after
it); with many the chat template itself writes the first mark, so that the text has the last alone.
"""

from dataclasses import replace

from evalsuite.records import Completion, Response

_BEGIN, _END = "<think>", "</think>"


def answer_of(text: str) -> str:
    """Return what stands after the thinking; nothing, where that has not come to an end."""
    _, ended, answer = text.rpartition(_END)
    if ended:
        return answer
    return "" if text.lstrip().startswith(_BEGIN) else text


def apart(response: Response) -> Response:
    """Return a response without its thinking: an answer that stands in there is none yet."""
    match response:
        case Completion(text=text):
            return replace(response, text=answer_of(text))
        case _:
            return response

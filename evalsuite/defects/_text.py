"""What can be wrong with a text, whatever it is about: in a file, or in what a block writes."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from types import MappingProxyType

from evalsuite import sandbox
from evalsuite.defects._findings import Found, error, short
from evalsuite.errors import quoted
from evalsuite.prompts import Tokenizer
from evalsuite.templates import Template

_STRAY = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}")
_BRACED = re.compile(r"\{ ?(\w+) ?\}")
_ODD = re.compile("[\t\r\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xa0\xad\u2000-\u200f\u2028-\u202f\ufeff]")
_BOS = ("<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>", "<|endoftext|>", "[CLS]")
_MARKERS = re.compile(
    r"<[|｜][^|｜<>\n]{1,40}[|｜]>|</?s>"
    r"|<(?:bos|eos|pad|unk|start_of_turn|end_of_turn)>|\[/?INST\]|<</?SYS>>"
    r"|\[(?:CLS|SEP|BOS|EOS)\]"
)
# Frequent words that the other language has not.
_ENGLISH = """
the is of and not means if that true then are both with does other only its each which decide
whether every yes false premises follow follows what this when there it answer conclusion statement
question sentence two all can or following below between instruction response write
therefore hence thus valid invalid correct incorrect consider entails
"""
_PORTUGUESE = """
que não uma significa das nas conclusão premissas cada então sim resposta são ou decida verdadeiro
falso verdadeira falsa responda decorre qual quais fórmula cláusulas afirmação pergunta frase dois
duas todos todas pode seguinte entre instrução escreva é está em
portanto logo dado dada considere válido inválido premissa nao conclusao
"""
_WORDS = MappingProxyType({"en": frozenset(_ENGLISH.split()), "pt": frozenset(_PORTUGUESE.split())})
_NAMES = {"en": "English", "pt": "Portuguese"}


def in_file(
    template: Template,
    blocks: Sequence[str],
    tokenizers: Mapping[str, Tokenizer],
    known: Collection[str],
) -> Found:
    """Check what stands in the file, whatever its names, those `known`, are given."""
    for line, text in sandbox.outside(template.source, blocks):
        if text.strip():
            first = line + text[: len(text) - len(text.lstrip())].count("\n")
            yield error(
                template,
                first,
                "outside-blocks",
                f"`{short(text)}` stands in no block that is sent",
                f"the blocks are {quoted(blocks)}",
            )
    for block in blocks:
        pieces = sandbox.texts(template.source, block)
        yield from _spaces(template, pieces, tokenizers)
        for line, text in (*numbered(pieces), *sandbox.constants(template.source, block)):
            yield from _letters(template, line, text, known)
            yield from _special(template, line, text, tokenizers)
            yield from foreign_words(template, line, text)


def in_output(
    template: Template, block: str, text: str, shown: str, tokenizers: Mapping[str, Tokenizer]
) -> Found:
    """Check what a block writes for what stands neither in its source nor in what is shown."""
    source = template.source
    pieces = (*sandbox.texts(source, block), *sandbox.constants(source, block))
    given = "\n".join((shown, *(piece for _, piece in pieces)))
    line = sandbox.line_of(source, block)
    if "Undefined" in text and "Undefined" not in given:
        yield error(
            template,
            line,
            "undefined-name",
            f"block `{block}` writes `Undefined`, for an attribute that nothing has",
            "name one that there is, such as in `map(attribute=…)`",
        )
    if not any(_special(template, line, given, tokenizers)):
        yield from _special(template, line, text, tokenizers)


def numbered(pieces: Sequence[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Yield each line of a file's pieces with its number."""
    for first, text in pieces:
        yield from enumerate(text.split("\n"), start=first)


def _spaces(
    template: Template, pieces: Sequence[tuple[int, str]], tokenizers: Mapping[str, Tokenizer]
) -> Found:
    for first, text in pieces:
        for line, part in enumerate(text.split("\n")[:-1], start=first):
            if part != part.rstrip():
                yield error(
                    template,
                    line,
                    "trailing-space",
                    f"a line ends in a space{cost(tokenizers, part, part.rstrip())}",
                    "take it out",
                )


def _letters(template: Template, line: int, text: str, known: Collection[str]) -> Found:
    if odd := _ODD.search(text):
        yield error(
            template,
            line,
            "odd-character",
            f"the character U+{ord(odd[0]):04X}, which looks like a space or like nothing",
            "write an ordinary space, or nothing",
        )
    braced = (one for one in _BRACED.finditer(text) if one[1] in known)
    if stray := _STRAY.search(text) or next(braced, None):
        yield error(
            template,
            line,
            "stray-tag",
            f"`{stray[0]}` is sent as it stands",
            "write `{{ name }}` or `{% tag %}`, closed as it was opened",
        )


def _special(
    template: Template, line: int, text: str, tokenizers: Mapping[str, Tokenizer]
) -> Found:
    begins = {name: bos for name, one in tokenizers.items() if (bos := getattr(one, "bos", None))}
    known = [marker for marker in (*_BOS, *begins.values()) if marker in text]
    if known:
        models = [name for name, bos in begins.items() if bos in text]
        yield error(
            template,
            line,
            "double-bos",
            f"the template writes the BOS token `{known[0]}`"
            + (f", which {quoted(models)} has already" if models else ""),
            "take it out: evalsuite sends one where the model wants one",
        )
    elif marker := _MARKERS.search(text):
        yield error(
            template,
            line,
            "special-token",
            f"`{marker[0]}` is a special token of some models",
            "take it out: form `chat` uses the model's own chat template",
        )


def foreign_words(template: Template, line: int, text: str) -> Found:
    """Find words of another language than the template's."""
    words = re.findall(r"[^\W\d_]+", text.lower())
    for other, known in _WORDS.items():
        mixed = sorted(set(words) & known) if other != template.language else []
        if template.language in _WORDS and mixed:
            yield error(
                template,
                line,
                "language-mix",
                f"{_NAMES[other]} in a template for `{template.language}`: {quoted(mixed[:4])}",
                f"write it in {_NAMES[template.language]}, or move the file to `{other}/`",
            )


def cost(tokenizers: Mapping[str, Tokenizer], text: str, better: str) -> str:
    """Say in how many tokens a text and a better one are read, where that differs."""
    said = []
    for name, tokenizer in tokenizers.items():
        worse, good = map(len, tokenizer.encode([text, better]))
        if worse != good:
            said.append(f"`{name}` reads {worse} tokens in place of {good}")
    return f" ({'; '.join(said)})" if said else ""

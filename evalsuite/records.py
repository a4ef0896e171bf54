"""Every record that more than one stop of a run knows. No behaviour.

read → Task, Suite · draw → Instance · render → Prompt, Request · ask → Response ·
judge → Score · sum up → Estimate, Comparison · post → Row
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
AnswerKind: TypeAlias = Literal["choices", "generate", "certificate"]
ModelKind: TypeAlias = Literal["pretrained", "instruct"]
ShotMode: TypeAlias = Literal["fixed", "per-item"]
Labels: TypeAlias = Literal["gold", "shuffled", "none"]  # of the shots


# ── read ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One YAML file under `tasks/`: a family with its parameters."""

    name: str
    path: Path
    about: str
    family: str
    params: object  # the family's own `Params`
    size: int  # number of instances
    seed: int
    answer: AnswerKind
    max_tokens: int  # of a generated answer
    scorer: str
    metrics: tuple[str, ...]
    template: str
    version: int
    digest: str  # of everything above that decides what instance i is, so not of the size


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Some of the conditions of a suite: every combination of the levels of each factor."""

    template: tuple[str | None, ...]  # None: the task's own
    language: tuple[str, ...]
    form: tuple[str, ...]  # names of forms, or `auto`: `chat` for instruct models, else `text`
    shots: tuple[int, ...]  # the numbers of shots, k
    description: tuple[bool, ...]
    labels: tuple[Labels, ...]
    shot_mode: tuple[ShotMode, ...]
    shot_seeds: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One YAML file under `tasks/suites/`: which tasks, which models, under which conditions."""

    name: str
    path: Path
    about: str
    tasks: tuple[str, ...]
    models: tuple[str, ...]
    baselines: tuple[str, ...]
    slices: tuple[Slice, ...]  # its conditions are those of all slices
    calibration: bool  # whether choices are scored after queries without content, too


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a prompt is conditioned."""

    template: str
    language: str
    form: str
    k: int
    description: bool
    labels: Labels
    shot_mode: ShotMode
    shot_seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model that is ready on this machine."""

    name: str
    kind: ModelKind
    path: Path | None  # a Hugging Face folder; None: it is known to a server alone
    bos: int | None  # the token id that its prompts begin with, where it wants one
    chat: bool  # whether it has a chat template
    context_length: int  # tokens
    parameters: int | None  # None where the weights are in no safetensors file
    licence: str
    weights_sha256: str | None  # None: nothing here tells which weights answer
    about: str
    encoder_decoder: bool = False  # its encoder reads the prompt, its decoder writes the answer
    layers: int | None = None  # of both stacks, where it has an encoder
    width: int | None = None  # heads × head dimension
    tables: int | None = None  # parameters with a row a token: the embedding, and a head of its own
    head: int | None = None  # parameters of the head, whether or not it is the embedding


# ── draw ────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a family draws: an instance that is not yet certified, numbered or compared."""

    shown: Mapping[str, Json]  # {"en": …, "pt": …} stands for its part in the template's language
    choices: tuple[str, ...]  # a single one: the answer is open, and only its certificate counts
    problem: object  # the family's own record
    tags: Mapping[str, int | str]
    formal: Mapping[str, Json] = field(default_factory=dict)  # the problem as its scorer reads it


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One problem of a fixed set, with the answer that the set gives."""

    draft: Draft
    gold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One problem with a certified answer."""

    id: str  # `<task>/<index>`; a shot's is `<task>/shot/<index>`
    task: str
    shown: Mapping[str, Json]  # all that a template's query may see
    choices: tuple[str, ...]  # the labels, in words that no template depends on the order of
    gold: int  # index into `choices`
    problem: object  # the family's own record
    formal: Mapping[str, Json]  # the problem as its scorer reads it
    certificate: str | None  # what makes the gold answer checkable; None: not asked for
    canonical: str  # equal for two instances iff they are equal up to renaming and order
    tags: Mapping[str, int | str]  # `rung` among them


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """A worked example: what it asks, and the instance whose gold answer stands after it."""

    asked: Instance
    answered: Instance | None  # None: no answer; another than asked for: a shuffled label


# ── render ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """The text that a model gets, and its token ids; `None` for engines that take text."""

    text: str
    token_ids: tuple[int, ...] | None
    messages: tuple[Message, ...] = ()  # what the text is made of, where the form has messages
    shots: tuple[str, ...]  # instance ids, in the order they stand in the text
    dropped: int = 0  # shots that did not fit the context


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One answer string that follows a prompt, and the token ids that it adds."""

    text: str
    token_ids: tuple[int, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle:
    """What the baselines answer from. A run takes it off before a model's engine is asked."""

    decide: Callable[[], int]  # by a decider of the family, without a look at the label
    majority: int  # the most frequent gold label of the task; the first among equals
    certificate: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """Ask for the log-likelihood of each choice after the prompt."""

    key: str
    prompt: Prompt
    choices: tuple[Choice, ...]
    oracle: Oracle | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Generate:
    """Ask for a completion of the prompt."""

    key: str
    prompt: Prompt
    choices: tuple[Choice, ...]  # the answers that would be read as a verdict
    max_tokens: int
    stop: tuple[str, ...]
    seed: int
    temperature: float = 0.0
    oracle: Oracle | None = None


Request: TypeAlias = Choices | Generate


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing that a run asks, with all that is needed to judge the response later."""

    key: str  # that of its request
    model: str
    engine: str
    task: str
    condition: Condition
    instance: str
    rung: str
    twin: str  # the same for the same problem in other tasks
    gold: int
    labels: tuple[str, ...]  # the instance's choices
    answers: tuple[str, ...]  # the text of each choice, as the template writes it
    answer: AnswerKind
    scorer: str
    formal: Mapping[str, Json]  # the problem as the scorer reads it
    prompt: str  # the text as sent
    prompt_sha256: str  # of the token ids, or of the text where the engine takes text
    shots: tuple[str, ...]
    dropped: int
    too_long: bool  # then it is never asked
    choice_tokens: tuple[int, ...] = ()  # of each choice; empty where the engine takes text
    choice_bytes: tuple[int, ...] = ()  # of each choice in UTF-8
    setting: str = ""  # the same for all that differs in the query alone; empty: not calibrated
    blank: bool = False  # it asks nothing: what its choices score calibrates its setting
    proof: bool = False  # its one choice is the gold answer, proof included: how likely is that?
    sample: int = 0  # which of several answers to the same prompt it asks for


# ── ask ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a response cost: logical tokens, as if nothing were cached, and what was cached."""

    prompt_tokens: int = 0  # tokens of the prompt, and of the choices that were scored
    cached_tokens: int = 0
    generated_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLikelihoods:
    """The response to `Choices`: the summed log-probability (natural) of each choice's tokens."""

    key: str
    values: tuple[float, ...]
    usage: Usage = Usage()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """The response to `Generate`."""

    key: str
    text: str
    finish: Literal["stop", "length"]
    usage: Usage = Usage()


Response: TypeAlias = LogLikelihoods | Completion


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an engine is set up. What a model answers may depend on any of it."""

    seed: int = 0
    dtype: str = "auto"  # of weights and activations; `auto`: the engine's choice for the model
    max_context: int = 8192  # tokens; less where the model's own context is shorter
    arguments: Mapping[str, Json] = field(default_factory=dict)  # the engine's own, by name
    servers: tuple[str, ...] = ()  # base URLs, for `openai`
    recording: Mapping[str, Response] = field(default_factory=dict)  # by key, for `replay`


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One stretch of asking one model, from an engine's start to its end."""

    model: str
    engine: str
    facts: Mapping[str, Json]
    asked: int | None  # requests handed to the engine; None where the run was killed
    answered: int
    seconds: float  # from the first request to the last response
    usage: Usage = Usage()  # summed over its responses


# ── judge ───────────────────────────────────────────────────────────────────────────────────────


class Outcome(Enum):
    """What became of a question. Only `RIGHT` counts as right."""

    RIGHT = "right"  # where a certificate is asked for: verdict right, certificate accepted
    WRONG = "wrong"
    INVALID = "invalid"  # the verdict is right; its certificate is refused
    TIE = "tie"  # two choices share the highest score
    UNREAD = "unread"  # no verdict could be read, or nothing of its certificate
    CUT = "cut"  # the completion ended at its limit before a verdict, or in its certificate
    TOO_LONG = "too_long"  # the prompt does not fit the model's context; it was not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One response judged."""

    outcome: Outcome
    verdict: int | None = None  # the choice that was read
    note: str = ""
    strict: bool = True  # of a certificate that is accepted: every step by the rule it names
    flaw: str = ""  # of a certificate that is refused: the class of its first error
    line: int | None = None  # where that stands in the certificate
    certificate: str = field(default="", compare=False, repr=False)  # the text that was judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A question of a run with what became of it."""

    question: Question
    score: Score
    usage: Usage
    values: tuple[float, ...] = ()  # the log-likelihood of each choice, where they were scored
    blanks: tuple[tuple[float, ...], ...] = ()  # the same after queries without content
    proof: float | None = None  # the log-likelihood of the gold answer, proof included, if scored
    proof_tokens: int = 0  # that it has
    samples: tuple[Score, ...] = ()  # each one's, where several were asked: the score is their vote


# ── sum up and post ─────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A proportion or mean with its 95 % interval over n."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Few-shot minus zero-shot on the same instances."""

    difference: float
    low: float
    high: float
    p: float  # exact McNemar
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change of one factor of the prompt did, on the same instances, all else equal."""

    model: str
    kind: ModelKind
    engine: str
    task: str
    factor: str
    before: str  # its levels
    after: str
    setting: str  # what both sides have in common, in words
    seeds: int  # shot seeds that each instance counts with the mean over
    n: int  # instances
    base: float  # share right before
    difference: float  # of the share right; of a slope: a doubling of k + 1
    low: float  # 95 % interval
    high: float
    p: float
    p_holm: float  # corrected over all effects of the report
    detectable: float | None  # what n would show 8 times in 10, uncorrected; None: nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How far the results of conditions lie apart that ought not to matter."""

    model: str
    kind: ModelKind
    task: str
    over: str  # what differs: shot seeds, forms or templates
    setting: str  # what does not, in words
    levels: int
    n: int  # instances
    mean: float  # of the levels' shares right
    worst: str
    worst_value: float
    best: str
    best_value: float
    flip_rate: float  # share of instances that are right under some level and not under another


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What other scores of the choices than their log-likelihood say, and how sure the model is.

    `evalsuite.calibration` says what each is; None: what it needs was not asked.
    """

    accuracy_per_token: float | None
    accuracy_per_byte: float | None
    accuracy_pmi: float | None
    accuracy_calibrated: float | None
    entropy: float | None
    calibration_error: float | None
    brier: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the leaderboard: a model on a task under a condition."""

    run: str
    suite: str
    model: str
    engine: str
    task: str
    condition: Condition
    metric: str
    estimate: Estimate
    counts: Mapping[Outcome, int]
    dropped: int  # shots dropped, over all prompts
    comparison: Comparison | None  # with k = 0, for rows with k > 0
    calibration: Calibration | None  # in the row of the accuracy, where choices were scored
    usage: Usage  # summed
    seconds: float | None  # that the engine worked on this row's model; None: not known of the rows
    weights_sha256: str | None

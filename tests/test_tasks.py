"""Task and suite files: what is wrong with one is said with its file, line, field and a hint."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evalsuite import paths, tasks
from evalsuite.cli import app
from evalsuite.errors import TaskMistake, UnknownName
from evalsuite.families import draws, family
from tests.strategies import FAMILIES

SHIPPED = (paths.shipped("tasks"),)
TASK = "about: a\nfamily: entailment\n"
SUITE = "about: a\ntasks: [entailment]\n"
ONLY_PLAIN = "a value is a text, a number, `true`, `false`, a list or a mapping"


def bomb(levels: int = 12) -> str:
    """Return a YAML mapping that would mean 9 ** levels texts."""
    lines = ["about: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


def placed(folder: Path, content: str | bytes, *, kind: str = "mine") -> tuple[Path, ...]:
    """Write `<kind>/mine.yaml` and return the folders to look it up in."""
    (folder / kind).mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    (folder / kind / "mine.yaml").write_bytes(data)
    return (folder, *SHIPPED)


# What is written, then where in the file and what is said, and the hint.
UNREADABLE: dict[str, tuple[str | bytes, str, str | None]] = {
    "not YAML": ("about: a\nfamily: [\n", ":3: not YAML: ", None),
    "a tab": ("about: a\n\tfamily: a\n", ":2: not YAML: ", None),
    "two documents": ("about: a\n---\nfamily: a\n", ":2: not YAML: ", None),
    "too large": (TASK + "#" * 300_000, ": larger than 262144 bytes", "shorten it"),
    "too deep": ("about: " + "[" * 30 + "]" * 30, ":1: nested over 20 deep", None),
    "far too deep": ("about: " + "[" * 50_000, ": nested over 20 deep", None),
    "an alias bomb": (bomb(), ":1: an alias stands for this value", "write the value out"),
    "an alias of itself": (
        "about: &a [*a]\n",
        ":1: an alias stands for this value",
        "write the value out",
    ),
    "a merge": (
        "about: &a {}\n<<: *a\n",
        ":1: an alias stands for this value",
        "write the value out",
    ),
    "a key twice": (TASK + "about: b\n", ":3: `about` is given twice", "remove one"),
    "a key twice, inside": (
        TASK + "params:\n  most_atoms: 3\n  most_atoms: 4\n",
        ":5: `most_atoms` is given twice",
        "remove one",
    ),
    "a list as a key": ("? [a]\n: b\n", ":1: a key that is not a text", None),
    "not UTF-8": (b"about: a\nfamily: \xff\n", ": not UTF-8 at byte 17", None),
    "NUL bytes": (b"about: \0\0\n", ": not YAML: ", None),
    "a list": ("- about\n", ":1: not a mapping", "write `key: value` lines"),
    "nothing": ("", ":1: not a mapping", "write `key: value` lines"),
    "an object": (
        "about: a\nfamily: !!python/object/apply:os.system ['true']\n",
        ":2: a value of the type `tag:yaml.org,2002:python/object/apply:os.system`",
        ONLY_PLAIN,
    ),
    "a set": ("about: !!set {a}\n", ":1: a value of the type `tag:yaml.org,2002:set`", ONLY_PLAIN),
    "bytes": ("about: !!binary aaaa\n", ":1: a value of the type", ONLY_PLAIN),
    "a date": ("about: 2020-01-01\n", ":1: a value of the type", ONLY_PLAIN),
    "no date": ("about: 2020-99-99\n", ":1: a value of the type", ONLY_PLAIN),
    "not a number": (TASK + "size: .nan\n", ":3: `.nan` is no number", ONLY_PLAIN),
    "infinity": (TASK + "size: -.inf\n", ":3: `-.inf` is no number", ONLY_PLAIN),
    "a huge number": (TASK + "seed: 1" + "0" * 9_000 + "\n", ":3: a value that cannot be", None),
    "half of a character": (
        'about: a\nfamily: "a\\ud800"\n',
        ":2: `a\ud800`: half of a character (a lone surrogate)",
        "write the character itself",
    ),
    "a huge float": (TASK + "seed: 1.0e+999\n", ":3: `1.0e+999` is no number", ONLY_PLAIN),
}

BAD_TASKS: dict[str, tuple[str, str, str | None]] = {
    "unknown key": (TASK + "sizee: 3\n", ":3: unknown key `sizee`", "did you mean `size`?"),
    "unknown key, far off": (TASK + "zzz: 3\n", ":3: unknown key `zzz`", "known: `about`, "),
    "unknown parameter": (
        TASK + "params:\n  fewest_atom: 3\n",
        ":4: unknown key `params.fewest_atom`",
        "did you mean `fewest_atoms`?",
    ),
    "missing": ("family: entailment\n", ":1: `about`: field required", "add it"),
    "wrong type": (TASK + "size: '3'\n", ":3: `size`: ", 'it is "3"'),
    "a truth as a number": (TASK + "size: true\n", ":3: `size`: ", "it is true"),
    "a fraction": (TASK + "size: 2.5\n", ":3: `size`: ", "it is 2.5"),
    "a number as a text": ("about: 3\nfamily: entailment\n", ":1: `about`: ", "it is 3"),
    "a truth as a text": ("about: a\nfamily: no\n", ":2: `family`: ", "it is false"),
    "nothing as a number": (TASK + "size:\n", ":3: `size`: ", "it is null"),
    "too small": (TASK + "size: 0\n", ":3: `size`: ", "it is 0"),
    "too many": (TASK + "size: 1000001\n", ":3: `size`: ", "it is 1000001"),
    "a text as a list": (TASK + "metrics: accuracy\n", ":3: `metrics`: ", 'it is "accuracy"'),
    "an empty list": (TASK + "metrics: []\n", ":3: `metrics`: ", "it is []"),
    "an item": (TASK + "metrics:\n- accuracy\n- 3\n", ":5: `metrics.1`: ", "it is 3"),
    "no such answer": (TASK + "answer: chioces\n", ":3: `answer`: ", 'it is "chioces"'),
    "parameters as a list": (TASK + "params: [3]\n", ":3: `params`: ", "it is [3]"),
    "parameter of a wrong type": (
        TASK + "params:\n  most_atoms: many\n",
        ":4: `params.most_atoms`: ",
        'it is "many"',
    ),
    "parameters that do not fit": (
        TASK + "params:\n  fewest_atoms: 6\n  most_atoms: 4\n",
        ":3: `params`: `fewest_atoms` and `most_atoms`: 3 <= fewest <= most <= 10",
        'it is {"fewest_atoms": 6, "most_atoms": 4}',
    ),
    "unknown family": (
        "about: a\nfamily: entailmnt\n",
        ":2: `family`: unknown family `entailmnt`",
        "did you mean `entailment`?",
    ),
    "unknown scorer": (
        TASK + "scorer: lable\n",
        ":3: `scorer`: unknown scorer `lable`",
        "did you mean `label`?",
    ),
    "unknown metric": (
        TASK + "metrics:\n- accuracy\n- acuracy\n",
        ":5: `metrics.1`: unknown metric `acuracy`",
        "did you mean `accuracy`?",
    ),
    "certificates and no scorer of them": (
        TASK + "answer: certificate\nscorer: label\n",
        ":4: `scorer`: `label` judges no certificate, and the answer is `certificate`",
        "one of `clauses`, `countermodel`, ",
    ),
    "certificates and no scorer named": (
        TASK + "answer: certificate\n",
        ":3: `answer`: `label` judges no certificate",
        "`valuation`",
    ),
    "a scorer of certificates and none asked for": (
        TASK + "answer: generate\nscorer: tableau\n",
        ":4: `scorer`: `tableau` judges certificates, and the answer is `generate`",
        "use the scorer `label`",
    ),
    "a path as a family": (
        "about: a\nfamily: ../families/entailment\n",
        ":2: `family`: unknown family",
        "entailment",
    ),
}

BAD_SUITES: dict[str, tuple[str, str, str | None]] = {
    "unknown key": (SUITE + "shot: [0]\n", ":3: unknown key `shot`", "did you mean `shots`?"),
    "missing": ("about: a\n", ":1: `tasks`: field required", "add it"),
    "no tasks": ("about: a\ntasks: []\n", ":2: `tasks`: ", "it is []"),
    "negative shots": (SUITE + "shots: [0, -1]\n", ":3: `shots.1`: ", "it is -1"),
    "too many shots": (SUITE + "shots: [1001]\n", ":3: `shots.0`: ", "it is 1001"),
    "no shot numbers": (SUITE + "shots: []\n", ":3: `shots`: ", "it is []"),
    "no such mode": (SUITE + "shot_mode: per-itm\n", ":3: `shot_mode`: ", 'it is "per-itm"'),
    "a text for a truth": (SUITE + "description: ['on']\n", ":3: `description.0`: ", 'it is "on"'),
}


def check(caught: TaskMistake, reason: str, hint: str | None) -> None:
    assert f"mine.yaml{reason}" in caught.message
    assert "\n" not in caught.message
    assert caught.exit_status == 2
    if hint is None:
        assert caught.hint is None
    else:
        assert hint in str(caught.hint)


@pytest.mark.parametrize(("content", "reason", "hint"), UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.parametrize("kind", ["mine", "suites"])
def test_a_file_that_is_not_plain_yaml_is_refused(
    tmp_path: Path, kind: str, content: str | bytes, reason: str, hint: str | None
) -> None:
    load: Callable[..., object] = tasks.suite if kind == "suites" else tasks.task
    with pytest.raises(TaskMistake) as caught:
        load("mine", placed(tmp_path, content, kind=kind))
    check(caught.value, reason, hint)


@pytest.mark.parametrize(("content", "reason", "hint"), BAD_TASKS.values(), ids=BAD_TASKS)
def test_a_bad_task_is_refused_with_line_field_and_hint(
    tmp_path: Path, content: str, reason: str, hint: str | None
) -> None:
    with pytest.raises(TaskMistake) as caught:
        tasks.task("mine", placed(tmp_path, content))
    check(caught.value, reason, hint)


@pytest.mark.parametrize(("content", "reason", "hint"), BAD_SUITES.values(), ids=BAD_SUITES)
def test_a_bad_suite_is_refused_with_line_field_and_hint(
    tmp_path: Path, content: str, reason: str, hint: str | None
) -> None:
    with pytest.raises(TaskMistake) as caught:
        tasks.suite("mine", placed(tmp_path, content, kind="suites"))
    check(caught.value, reason, hint)


@pytest.mark.parametrize(("content", "reason", "hint"), BAD_TASKS.values(), ids=BAD_TASKS)
def test_a_bad_task_ends_a_run_before_anything_is_started(
    tmp_path: Path, content: str, reason: str, hint: str | None
) -> None:
    placed(tmp_path / "tasks", content)
    results = tmp_path / "results"
    options = ["--engine", "random", "--task", "mine", "--tasks", str(tmp_path / "tasks")]
    ran = CliRunner().invoke(app, ["run", "quick", *options, "--results", str(results)])
    assert isinstance(ran.exception, TaskMistake)
    check(ran.exception, reason, hint)
    assert ran.stdout == ""
    assert not results.exists()


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_a_name_that_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine" / "mine.yaml"
    path.parent.mkdir()
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    with pytest.raises(TaskMistake, match=r"mine\.yaml: cannot be read"):
        tasks.task("mine", (tmp_path,))


def test_two_tasks_of_one_name_in_one_folder_are_refused(tmp_path: Path) -> None:
    for kind in ("one", "two"):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "same.yaml").write_text("about: a\nfamily: entailment\n")
    with pytest.raises(TaskMistake, match="has the same name"):
        tasks.task("same", (tmp_path,))


@settings(deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_file_is_a_task_or_a_mistake(content: bytes) -> None:
    assert _loaded_or_refused(content)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["about", "family", "size", "seed", "params", "answer", "metrics", "zzz"]),
        st.sampled_from(["a", "entailment", "3", "-1", "[]", "{}", "[accuracy]", "choices", "~"]),
    )
)
def test_any_mapping_is_a_task_or_a_mistake(values: dict[str, str]) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in values.items())
    assert _loaded_or_refused(text.encode())


def _loaded_or_refused(content: bytes) -> bool:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        folders = placed(Path(folder), content)
        try:
            return tasks.task("mine", folders).name == "mine"
        except TaskMistake as mistake:
            return "mine.yaml:" in mistake.message


@pytest.mark.parametrize(
    ("load", "name", "message"),
    [
        (tasks.task, "entailmnt", "unknown task `entailmnt`"),
        (tasks.suite, "quik", "unknown suite `quik`"),
        (tasks.task, "../entailment/entailment", "unknown task"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(
    load: Callable[..., object], name: str, message: str
) -> None:
    with pytest.raises(UnknownName) as caught:
        load(name, SHIPPED)
    assert message in caught.value.message
    assert "did you mean" in str(caught.value.hint)


def test_a_task_of_ones_own_stands_before_the_shipped_one(tmp_path: Path) -> None:
    folders = placed(tmp_path, TASK + "size: 7\n")
    (tmp_path / "mine" / "mine.yaml").rename(tmp_path / "mine" / "entailment.yaml")
    assert tasks.task("entailment", folders).size == 7
    assert tasks.task_names(folders).count("entailment") == 1


def test_a_suite_is_no_task(tmp_path: Path) -> None:
    folders = placed(tmp_path, SUITE, kind="suites")
    assert "mine" in tasks.suite_names(folders)
    assert "mine" not in tasks.task_names(folders)


@pytest.mark.parametrize("name", tasks.task_names(SHIPPED))
def test_every_shipped_task_can_be_used(name: str) -> None:
    found = tasks.task(name, SHIPPED)
    assert found.about
    kind = family(found.family)
    assert not draws(kind) or kind.rungs(found.params)


@pytest.mark.parametrize("name", tasks.suite_names(SHIPPED))
def test_every_shipped_suite_names_only_tasks_that_there_are(name: str) -> None:
    assert set(tasks.suite(name, SHIPPED).tasks) <= set(tasks.task_names(SHIPPED))


@pytest.mark.parametrize("kind", FAMILIES)
def test_what_decides_the_instances_decides_the_digest(tmp_path: Path, kind: str) -> None:
    def digest(text: str) -> str:
        return tasks.task("mine", placed(tmp_path, f"family: {kind}\n{text}")).digest

    plain = digest("about: a\n")
    assert digest("about: b\n") == plain
    assert digest("about: a\nmax_tokens: 9\n") == plain
    assert digest("about: a\nsize: 9\n") == plain  # instance 17 is the same in any size
    changed = {digest(f"about: a\n{line}\n") for line in ("seed: 9", "version: 9")}
    assert len(changed | {plain}) == 3

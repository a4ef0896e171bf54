"""The errors that a run can end with, and the exit status of each.

    EvalsuiteError
    ├── CheckFailed           1  something was checked and found wrong
    │   └── SoundnessAlarm       a certified label is contradicted: never to be ignored
    ├── UserMistake           2  the user can mend it
    │   ├── UnknownName          no task, suite, template, model, engine or run of that name
    │   ├── TaskMistake          a file under `tasks/`, or the data that it names
    │   │   └── DataAbsent       data that is not on this machine
    │   ├── TemplateMistake      a file under `prompts/`
    │   ├── ModelMistake         a model that cannot be made ready or does not fit the request
    │   ├── RunMistake           a run folder
    │   │   └── StoreDamaged         one whose files are not as they were written
    │   └── ProblemMistake       a file with a problem or a proof of logic
    └── EngineFailure         3  an engine stopped; what finished is kept

A message reads `place: what is wrong`; the hint says how to mend it. Both are shown, a traceback
is not.
"""

from collections.abc import Iterable
from difflib import get_close_matches

# The hint where an engine stopped.
KEPT = "what finished is kept: the same command goes on from there"


class EvalsuiteError(Exception):
    """Something that ends a command, with a message and, where there is one, a hint."""

    exit_status = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"


class CheckFailed(EvalsuiteError):
    """A check that was asked for did not hold."""

    exit_status = 1


class SoundnessAlarm(CheckFailed):
    """Two deciders, or a decider and a label, disagree about an instance."""


class UserMistake(EvalsuiteError):
    """Something the user wrote cannot be used as it is."""

    exit_status = 2


class UnknownName(UserMistake):
    """A name that nothing has."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        # What begins as it was written, where that is one alone; else what is spelt most alike.
        begun = [one for one in names if name and one.startswith(name)]
        close = begun if len(begun) == 1 else get_close_matches(name, names, n=1, cutoff=0.5)
        hint = f"did you mean `{close[0]}`?" if close else f"known: {quoted(names) or 'none'}"
        super().__init__(f"unknown {kind} `{name}`", hint=hint)
        self.args = (kind, name, names)  # what it is made of again in another process


class TaskMistake(UserMistake):
    """A task or suite file, or the data that it names, that cannot be used."""


class DataAbsent(TaskMistake):
    """A fixed set that is not on this machine."""


class TemplateMistake(UserMistake):
    """A prompt template that cannot be used."""


class ModelMistake(UserMistake):
    """A model that cannot be made ready, or does not fit what is asked of it."""


class RunMistake(UserMistake):
    """A run folder that cannot be used."""


class StoreDamaged(RunMistake):
    """A run folder whose files are not as they were written."""


class ProblemMistake(UserMistake):
    """A problem or a proof of logic that cannot be read, or not within the limits."""


class EngineFailure(EvalsuiteError):
    """An engine could not start, or stopped before it had answered everything."""

    exit_status = 3


def quoted(words: Iterable[str]) -> str:
    """Write names as messages do: in backticks, with commas between them."""
    return ", ".join(f"`{word}`" for word in words)

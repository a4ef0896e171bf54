"""The command line: it parses, prints and exits; nothing else does."""

import io
import sys

import typer

from evalsuite import __version__
from evalsuite.cli import (
    check,
    compare,
    convert,
    doctor,
    estimate,
    export,
    import_,
    init,
    leaderboard,
    models,
    perplexity,
    power,
    prompts,
    prove,
    report,
    reproduce,
    run,
    score,
    tasks,
    verify,
    view,
)
from evalsuite.cli._console import fail
from evalsuite.errors import EvalsuiteError

app = typer.Typer(
    name="evalsuite",
    help=(
        "Can this language model reason logically from its prompt alone, and what do the"
        " description and the examples in the prompt change?\n\n"
        "Start with `evalsuite run`: it asks the embedded models the `quick` suite and writes"
        " `results/leaderboard.csv`."
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init.init)
app.command("run")(run.run)
app.command("score")(score.score)
app.command("verify")(verify.verify)
app.command("reproduce")(reproduce.reproduce)
app.command("leaderboard")(leaderboard.leaderboard)
app.command("report")(report.report)
app.command("view")(view.view)
app.command("compare")(compare.compare)
app.command("power")(power.power)
app.add_typer(tasks.app, name="tasks")
app.add_typer(prompts.app, name="prompts")
app.add_typer(models.app, name="models")
app.command("prove")(prove.prove)
app.command("check")(check.check)
app.command("convert")(convert.convert)
app.add_typer(export.app, name="export")
app.add_typer(import_.app, name="import")
app.command("perplexity")(perplexity.perplexity)
app.command("estimate")(estimate.estimate)
app.command("doctor")(doctor.doctor)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False,
        "--version",
        callback=_version,
        is_eager=True,
        help="Print the version.",
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line; the exit status is that of `errors`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a locale cannot write is escaped
            stream.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="evalsuite")  # `python -m evalsuite` too, whose completion is named by it
    except EvalsuiteError as error:
        fail(error)
        sys.exit(error.exit_status)

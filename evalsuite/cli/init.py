"""`evalsuite init`: a folder of one's own, with a task, a suite and a template that work."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from evalsuite import paths
from evalsuite.cli._console import err, plain, text
from evalsuite.errors import UserMistake


def init(
    folder: Annotated[Path, typer.Argument(help="An empty folder, or one to make.")] = Path(),
) -> None:
    """Lay out a folder of your own: a task, a suite, a template in two languages, and a README.

    **Example**

    `evalsuite init mine && cd mine`
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserMistake(
                f"{folder}: not an empty folder", hint="name one that is not there yet"
            )
        shutil.copytree(paths.starter(), folder, dirs_exist_ok=True)
    except OSError as error:
        raise UserMistake(f"{folder}: cannot be written: {error.strerror}") from error
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        text(str(path))
    err.print(plain(f"next: the commands in {folder / 'README.md'}"), markup=False)

"""What is built holds what is needed: the wheel its tasks and prompts, the sdist its tests."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel and the sdist; no network is needed."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def shipped() -> set[str]:
    """Return the checkout's task and prompt files."""
    folders = (ROOT / "tasks", ROOT / "prompts")
    paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(ROOT).as_posix() for path in paths}


def modules(folder: str) -> set[str]:
    """Return the checkout's Python files below a folder."""
    return {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*.py")}


def test_the_wheel_ships_every_task_and_prompt_and_no_others(built: Path) -> None:
    with zipfile.ZipFile(only(built, "*.whl")) as wheel:
        names = wheel.namelist()
    data = PurePosixPath("evalsuite/_data")
    inside = {PurePosixPath(name) for name in names if name.startswith("evalsuite/_data/")}
    assert shipped()
    assert {path.relative_to(data).as_posix() for path in inside} == shipped()


def test_the_wheel_ships_every_module_and_nothing_else_of_the_checkout(built: Path) -> None:
    with zipfile.ZipFile(only(built, "*.whl")) as wheel:
        names = set(wheel.namelist())
    assert modules("evalsuite") <= names
    assert {PurePosixPath(name).parts[0].partition("-")[0] for name in names} == {"evalsuite"}


def test_the_wheel_ships_what_init_lays_out(built: Path) -> None:
    with zipfile.ZipFile(only(built, "*.whl")) as wheel:
        names = set(wheel.namelist())
    starter = [path for path in (ROOT / "evalsuite" / "starter").rglob("*") if path.is_file()]
    assert starter
    assert {path.relative_to(ROOT).as_posix() for path in starter} <= names


def test_the_wheel_ships_the_page_of_the_studio(built: Path) -> None:
    with zipfile.ZipFile(only(built, "*.whl")) as wheel:
        names = set(wheel.namelist())
    page = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("evalsuite/studio/static/*")}
    assert page
    assert page <= names


def test_the_wheel_says_that_it_is_typed(built: Path) -> None:
    with zipfile.ZipFile(only(built, "*.whl")) as wheel:
        assert "evalsuite/py.typed" in wheel.namelist()


def test_the_wheel_ships_the_page_of_the_report(built: Path) -> None:
    with zipfile.ZipFile(only(built, "*.whl")) as wheel:
        names = set(wheel.namelist())
    page = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("evalsuite/report/static/*")}
    assert "evalsuite/report/static/THIRD_PARTY.md" in page
    assert page <= names


def test_the_sdist_has_all_that_the_tests_need(built: Path) -> None:
    with tarfile.open(only(built, "*.tar.gz")) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    wanted = modules("evalsuite") | modules("tests") | shipped()
    assert wanted | {"pyproject.toml", "README.md", "Makefile", ".ci/setup.py", ".ci/run"} <= names


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [(("--help",), 0, "supply.py audit"), ((), 2, "usage: "), (("sbo",), 2, "usage: ")],
)
def test_supply_says_how_it_is_called(words: tuple[str, ...], status: int, told: str) -> None:
    command = [sys.executable, str(ROOT / ".ci" / "supply.py"), *words]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == status
    assert told in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr

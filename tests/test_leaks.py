"""What must not be committed is found, and named without being told."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "leaks.py"


@pytest.fixture(scope="module")
def leaks() -> Any:
    spec = spec_from_file_location("leaks", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "secret",
    [
        "AKIA" + "IOSFODNN7EXAMPLA",
        "ghp_" + "a1B2" * 9,
        "-----BEGIN RSA " + "PRIVATE KEY-----MIIEowIBAAKCAQEA",
        "https://me:" + "open-sesame@example.org",
        "hf_" + "aBcD" * 8 + "eF",
        "sk-proj-" + "a1B2_" * 8,
        "sk-ant-" + "api03-" + "a1B2-" * 8,
        "sk-" + "a1B2" * 5 + "T3BlbkFJ" + "a1B2" * 5,
    ],
)
def test_a_secret_is_found_by_its_line_and_not_repeated(
    secret: str, leaks: Any, tmp_path: Path
) -> None:
    path = tmp_path / "config.py"
    path.write_text(f"first = 1\nvalue = '{secret}'\n", encoding="utf-8")
    found = leaks.leaks(path, leaks.detectors())
    assert found
    assert all(one.startswith(f"{path}:2: ") and secret not in one for one in found)
    path.write_text(f"value = '{secret}'  # {leaks.ALLOWED}\n", encoding="utf-8")
    assert leaks.leaks(path, leaks.detectors()) == []


@pytest.mark.parametrize("name", ["password", "DB_PASSWORD", '"api_key"', "access_token", "apikey"])
def test_a_text_behind_the_name_of_a_secret_is_found(name: str, leaks: Any, tmp_path: Path) -> None:
    path = tmp_path / "config"
    for sign in ("=", ":", " = "):
        path.write_text(f"{name}{sign}'correct-horse-7battery'\n", encoding="utf-8")
        assert leaks.leaks(path, leaks.detectors()) == [f"{path}:1: Secret by its name"]
    path.write_text(
        f"{name} = '<yours>'\n{name} = read('a long name of a file')\n", encoding="utf-8"
    )
    assert leaks.leaks(path, leaks.detectors()) == []

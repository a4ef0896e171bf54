"""What evalsuite is made of: a bill of materials, and an audit of its packages.

    python .ci/supply.py sbom     build/sbom.cdx.json: CycloneDX, every package of .venv
    python .ci/supply.py audit    known vulnerabilities of those, where an index tells of any

The tools have a virtual environment of their own, `build/tools`, so that they are not in what they
look at. Exit status 1 where a package is known to be vulnerable; that no index tells is said.
"""

import json
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / "build" / "tools"
PYTHON = ROOT / ".venv" / "bin" / "python"


def tool(name: str) -> str:
    """Return a tool's path; install the tools where they are not yet those that are pinned."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins: list[str] = pyproject["dependency-groups"]["supply"]
    stamp = TOOLS / "pins.txt"
    if not stamp.is_file() or stamp.read_text(encoding="utf-8").split() != pins:
        venv.create(TOOLS, with_pip=True, clear=True, symlinks=True)
        install = [
            str(TOOLS / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            *pins,
        ]
        subprocess.run(install, check=True)
        stamp.write_text("\n".join(pins), encoding="utf-8")
    return str(TOOLS / "bin" / name)


def sbom() -> int:
    """Write the bill of materials."""
    path = ROOT / "build" / "sbom.cdx.json"
    command = [
        *(tool("cyclonedx-py"), "environment", str(PYTHON), "--pyproject", "pyproject.toml"),
        *("--mc-type", "application", "--output-reproducible", "--output-file", str(path)),
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    made = json.loads(path.read_text(encoding="utf-8"))
    print(
        f"{path.relative_to(ROOT)}: CycloneDX {made['specVersion']},"
        f" {len(made['components'])} packages"
    )
    return 0


def audit() -> int:
    """Ask for the known vulnerabilities of what is installed."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    told = subprocess.run([PYTHON, "-c", code], capture_output=True, text=True, check=True)
    command = [
        *(tool("pip-audit"), "--path", told.stdout.strip(), "--format", "json"),
        *("--progress-spinner", "off", "--timeout", "15"),
    ]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages: list[dict[str, Any]] = json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (ran.stderr.strip().splitlines() or ["no answer"])[-1]
        print(f"audit: not possible here: {reason[:200]}")
        return 0
    asked = [one for one in packages if "skip_reason" not in one]
    if not asked:
        print(f"audit: not possible here: the index tells of none of {len(packages)} packages")
        return 0
    found = [(one, flaw) for one in asked for flaw in one["vulns"]]
    for one, flaw in found:
        mended = ", ".join(flaw["fix_versions"]) or "no version yet"
        print(f"{one['name']} {one['version']}: {flaw['id']}, mended in {mended}")
    print(f"audit: {len(asked)} of {len(packages)} packages: {len(found)} known vulnerabilities")
    return int(bool(found))


def main(words: list[str]) -> int:
    """Do what is asked for; where that is neither, print how it is called."""
    match words:
        case ["sbom"]:
            return sbom()
        case ["audit"]:
            return audit()
        case ["-h" | "--help"]:
            print(__doc__)
            return 0
        case _:
            print("usage: python .ci/supply.py sbom | audit", file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

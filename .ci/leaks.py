"""Look for secrets in what git tracks, by the patterns of detect-secrets and two more.

Its own scan calls every plugin for every line, and takes half a minute; its patterns on whole files
take a second or two. Passed over is what has a place for a value (`{KEY}`), and a line that holds
`pragma: allowlist secret`.
"""

import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from detect_secrets import plugins
from detect_secrets.plugins.base import RegexBasedDetector

LARGEST = 4 * 1024 * 1024  # bytes of a file
ALLOWED = "pragma: allowlist secret"


class ModelServices(RegexBasedDetector):
    """Tokens of those who serve models, which detect-secrets does not know."""

    secret_type = "Token of a model service"  # noqa: S105 - its kind
    denylist = (
        re.compile(r"\bhf_[A-Za-z0-9]{30,}"),
        re.compile(r"\bsk-(?:proj|svcacct|admin|ant)-[\w-]{24,}"),
        re.compile(r"\bsk-[A-Za-z0-9]{20,}T3BlbkFJ[A-Za-z0-9]{20,}"),
    )


class Assigned(RegexBasedDetector):
    """A text behind a name for a secret: its own rule of keywords takes a name alone for one."""

    secret_type = "Secret by its name"  # noqa: S105 - its kind
    denylist = (
        re.compile(
            r"""(?i)\b\w*(?:password|passwd|api_?key|secret_?key|access_?token)['"]?"""
            r"""\s*[:=]\s*['"][^'"\s{}<>$…]{8,}['"]"""
        ),
    )


def detectors() -> list[RegexBasedDetector]:
    """Return what knows a kind of secret by its pattern."""
    modules = [
        import_module(f"{plugins.__name__}.{one.name}") for one in iter_modules(plugins.__path__)
    ]
    classes = {
        one
        for module in modules
        for _, one in inspect.getmembers(module, inspect.isclass)
        if issubclass(one, RegexBasedDetector) and not inspect.isabstract(one)
    }
    return [ModelServices(), Assigned(), *(one() for one in sorted(classes, key=_name))]


def _name(kind: type) -> str:
    return kind.__name__


def tracked(root: Path) -> list[Path]:
    """Return the files that git tracks or would, but for what it ignores."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return [root / name for name in told.split("\0") if name and (root / name).is_file()]


def leaks(path: Path, known: list[RegexBasedDetector]) -> list[str]:
    """Return what looks like a secret in a file: place and kind, and not the secret."""
    if path.stat().st_size > LARGEST:
        return []
    text = path.read_text(encoding="utf-8", errors="replace")
    found = []
    for one in known:
        for pattern in one.denylist:
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                allowed = "{" in match[0] or ALLOWED in text.splitlines()[line - 1]
                if not allowed:
                    found.append(f"{path}:{line}: {one.secret_type}")
    return found


def main() -> int:
    """Look through the project; return the exit status."""
    root = Path(__file__).resolve().parents[1]
    known = detectors()
    files = tracked(root)
    found = [told for path in files for told in leaks(path, known)]
    for told in dict.fromkeys(found):
        print(told)
    print(f"{len(files)} files, {len(known)} kinds of secrets: {len(found)} found", file=sys.stderr)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

"""Run the command line: `evalsuite`, or `python -m evalsuite`."""

import sys


def main() -> None:
    """Run the command line; Ctrl-C ends it quietly from the start, while modules are loaded."""
    try:
        from evalsuite import cli  # noqa: PLC0415 - it takes a second or two

        cli.main()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()

"""Run the command line with `python -m evalsuite`."""

from evalsuite.cli import main

if __name__ == "__main__":
    main()

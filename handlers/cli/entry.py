"""Where the `castmark` command begins: says its version before anything else is imported."""

import sys

from handlers import __version__


def main() -> None:
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"castmark {__version__}\n")
        return
    from handlers.cli.commands import app

    app()

"""Where the `castmark` command begins: says its version, and what to install where it is installed without."""

import sys
from importlib.util import find_spec

from handlers import __version__

# One of each extra that `local` is made of: the base is what a cloud function needs, and nothing more.
_NEEDED = ("typer", "uvicorn", "onnxruntime", "sqlalchemy", "filelock")


def main() -> None:
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"castmark {__version__}\n")
        return
    if missing := [name for name in _NEEDED if find_spec(name) is None]:
        sys.exit(
            f"castmark is installed without what a server is made of ({', '.join(missing)}): "
            "pipx install 'castmark[local]', or uvx --from 'castmark[local]' castmark serve."
        )
    from handlers.cli.commands import app

    app()

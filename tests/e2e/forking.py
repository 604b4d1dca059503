"""The process that functions are forked from, in any Python: it has imported the packages that they need.

That alone takes half a second of a core for each, and there are two dozen, in each Python. Of our own code it imports
nothing: each function does so by itself. A start from nothing, as Lambda does it, is `Function` without it.

Each line of standard input is a function to be forked, [HANDLER, VARIABLES, FILE]; the answer is the process's number.
What the function prints goes to the file.
"""

import importlib
import json
import os
import signal
import sys
from contextlib import suppress

# Neither a thread nor a connection comes of any of them. The runtime client is none: where it is loaded, it remembers
# whom it has to ask.
_PACKAGES = (
    "botocore.session",
    "fastapi",
    "mangum",
    "snapshot_restore_py",
    "sqlalchemy.dialects.postgresql.psycopg",
)


def _run(handler: str, variables: dict[str, str], output: str) -> None:
    """Be `python -m awslambdaric handler` with these variables."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(variables)
    log = os.open(output, os.O_WRONLY | os.O_APPEND)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.argv = ["awslambdaric", handler]
    importlib.import_module("awslambdaric.__main__").main(sys.argv)


def _await_ended(*_: object) -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass


def main() -> None:
    for package in _PACKAGES:
        importlib.import_module(package)
    signal.signal(signal.SIGCHLD, _await_ended)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _run(*json.loads(line))
            return
        print(pid, flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

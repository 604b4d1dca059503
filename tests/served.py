"""The process that servers of tests are forked from has this module: it imports what they need, and opens nothing.

A thread, a model's session or a connection would not survive the fork.
"""

import os
import sys
import warnings
from multiprocessing.connection import Connection
from pathlib import Path

import handlers.console.terminal.shell
import handlers.health.meters
import handlers.pictures.pool
import handlers.recognition.reader
import handlers.records.database
import handlers.tasks.local  # noqa: F401  all that a server imports once it runs
import local_server
from handlers.api import all_apis
from handlers.function import build_app
from handlers.settings import Settings
from tests.kept import keep_dependants

keep_dependants()
# An app that nobody asks anything: what is found out of its signatures is there for every server.
build_app(Settings(data=Path("/nowhere")), all_apis())


def serve(folder: Path, flags: tuple[str, ...], variables: dict[str, str], out: Connection) -> None:
    """Be `python -W error local_server.py *flags` in `folder`, its first lines to `out`, its errors to a file there."""
    warnings.simplefilter("error")
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    log = os.open("server.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    os.dup2(log, sys.stderr.fileno())
    os.dup2(out.fileno(), sys.stdout.fileno())
    os.close(log)
    out.close()
    sys.exit(local_server.main(list(flags)))

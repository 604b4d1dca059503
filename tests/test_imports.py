"""An import budget: what an API module may pull in before it is used."""

import json
import subprocess
import sys
from pathlib import Path

from handlers.api import MODULES

_ROOT = Path(__file__).parents[1]
_HEAVY = ("PIL", "numpy", "cv2", "onnxruntime", "boto3", "botocore", "sqlalchemy", "sqlglot", "rapidocr", "filelock")


def _loaded(code: str) -> set[str]:
    """The heavy packages that a fresh process has loaded after `code`."""
    program = f"{code}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=_ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return {name.partition(".")[0] for name in json.loads(done.stdout)} & set(_HEAVY)


def test_api_modules_and_their_handlers_are_light() -> None:
    """All in one process: if none of them loads what is heavy, none does alone."""
    told = (
        "import sys, handlers.lambda_.functions as functions\n"
        "def heavy(): return {name.partition('.')[0] for name in sys.modules} & " + repr(set(_HEAVY))
    )
    each = "assert callable(functions.{0})\nassert not heavy(), ('{0}', heavy())"
    assert _loaded("\n".join([told, *(each.format(name) for name in MODULES)])) == set()


def test_worker_is_light_until_its_handler_is_asked_for() -> None:
    assert _loaded("import handlers.lambda_.worker") == set()


def test_light_functions_stay_light_when_called() -> None:
    call = (
        "from tests.clouds import invoke, event_loop\n"
        "from handlers.lambda_.functions import clients, status, test\n"
        "with event_loop():\n"
        "    assert invoke(test, 'rest_v1', 'GET', '/test').status == 200\n"
        "    assert invoke(status, 'rest_v1', 'GET', '/status').status == 400\n"
        "    assert invoke(clients, 'rest_v1', 'GET', '/adduuid', 'uuid=1').status == 200\n"
    )
    assert _loaded(call) == set()


def test_status_loads_what_it_asks_the_database_with_and_nothing_that_reads() -> None:
    call = (
        "from tests.clouds import invoke, event_loop\n"
        "import sys\nfrom handlers.lambda_.functions import status\n"
        "with event_loop():\n"
        "    assert invoke(status, 'rest_v1', 'GET', '/status', 'task=' + '0' * 32).status == 404\n"
        "reading = ('handlers.recognition', 'handlers.pictures.decoding')\n"
        "assert not [name for name in sys.modules if name.startswith(reading)]\n"
    )
    assert _loaded(call) == {"sqlalchemy"}


def test_tables_of_a_postgresql_load_no_sqlite() -> None:
    call = "import sys, handlers.records.tables\nassert 'sqlalchemy.dialects.sqlite' not in sys.modules"
    assert _loaded(call) == {"sqlalchemy"}


def test_bucket_is_chosen_before_anything_of_it_is_loaded() -> None:
    chosen = "from handlers.rooms import Rooms\nfrom handlers.settings import Settings\n"
    assert _loaded(chosen + "assert type(Rooms(Settings(bucket='x-x')).storage).__name__ == 'S3Storage'") == set()


def test_local_server_builds_no_handler_of_a_function() -> None:
    code = (
        "import local_server, sys\n"
        "from handlers.settings import Settings\n"
        "local_server.local_app(Settings())\n"
        "assert 'mangum' not in sys.modules\n"
    )
    assert _loaded(code) == set()

"""Requests that the documentation allows, and many that it does not, to real servers over real connections.

`tests/test_openapi.py` asks the app itself, each operation by itself; here all of them share one server that goes on,
and are asked by an operator and by a stranger.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as trying
from schemathesis import Case
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from handlers.access.operator import OPERATOR_COOKIE
from tests.hard.lasting import TIMES
from tests.servers import Server, running

# That one of two parameters is needed; and a check that tries wrong tokens, each of which waits for its answer.
_NOT_SAID: list[CheckFunction] = [positive_data_acceptance, ignored_auth]
_TOKEN = "a token of sixteen"
# No share ends what one address asks here, and every route is answered by its own rules.
_SHARES = {
    "LIMITS__UPLOADS_MINUTE": "100000",
    "LIMITS__REFUSALS_MINUTE": "100000",
    "LIMITS__UNKNOWN_UUIDS": "100000",
    "LOG_SWITCH": "false",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("described"), TOKEN=_TOKEN, **_SHARES) as server:
        yield server
        log = server.log.read_text()
        assert ("Traceback" in log, '"status": 500' in log) == (False, False)


@pytest.mark.parametrize("shown", [{"Authorization": f"Bearer {_TOKEN}"}, {}], ids=["signed in", "a stranger"])
def test_server_does_what_it_says(server: Server, shown: dict[str, str]) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    for result in schema.get_all_operations():
        assert isinstance(result, Ok)

        @trying(
            # 20,000 requests and more in `make soak`; each made-up token waits for its answer as long as another would.
            max_examples=4 if "/login" in result.ok().label else 4 * TIMES,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            # What fails is shown as it came: each smaller one would be asked of the server too.
            phases=[Phase.explicit, Phase.generate],
        )
        @given(case=result.ok().as_strategy())
        def try_out(case: Case[Any]) -> None:
            # Those that are made up are wrong, and wait.
            case.headers.pop("Authorization", None)
            case.cookies.pop(OPERATOR_COOKIE, None)
            case.call_and_validate(headers=shown, excluded_checks=_NOT_SAID)

        try_out()

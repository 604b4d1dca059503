"""The functions of the cloud: `handlers.lambda_.functions.upload` is the Lambda handler of `api/upload`, and so on.

Lambda's runtime asks for its own once, in the init phase. A local server asks for none, and so builds no second app.
"""

from functools import cache
from importlib import import_module

from handlers.api import MODULES
from handlers.function import Api, build_app
from handlers.lambda_.handler import LambdaHandler, to_lambda
from handlers.lambda_.snapshot import register
from handlers.log import open_log
from handlers.settings import Settings, read_settings


def __getattr__(name: str) -> LambdaHandler:
    """A function by the name of its API, or the worker (PEP 562); built once, from the settings of this process."""
    if name not in MODULES and name != "worker":
        raise AttributeError(name)
    return _built(name)


def handler_of(api: Api) -> LambdaHandler:
    """A handler of this API alone, whose rooms are registered to be ready before a snapshot."""
    app = build_app(_settings(), [api])
    register(app.state.rooms, api.prepared)
    return to_lambda(app)


def worker_of() -> LambdaHandler:
    """The handler of what SQS delivers."""
    from handlers.lambda_.worker import build

    return build(_settings())


@cache
def _built(name: str) -> LambdaHandler:
    return worker_of() if name == "worker" else handler_of(import_module(f"handlers.api.{name}").api)


def _settings() -> Settings:
    settings = read_settings()
    open_log(debug=settings.debug)
    return settings

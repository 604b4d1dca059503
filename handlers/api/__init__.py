"""One file per API, one cloud function each: the route, its parameters, one call, the answer."""

from importlib import import_module

from handlers.importing import models_built_when_used, without_collecting

# The first module of every function: what it brings in is most of a cold start.
with without_collecting():
    with models_built_when_used():
        import fastapi  # noqa: F401
    from handlers.function import Api

# Every API with an HTTP route, in the order of the documentation.
MODULES = (
    *("page", "test", "upload", "presign", "incoming", "start", "status", "clear"),
    *("readings", "detail", "evidence", "correct", "confirm", "export", "molds", "outbox", "promise"),
    *("command", "records", "logs", "clients", "login", "tokens", "check", "teaching"),
    *("getpicture", "info", "ishttps"),
    *("health", "metrics"),
)
# In the cloud S3 takes the forms of `presign` itself, CloudWatch looks after the functions, no one function may use all
# that `check` tries, and none goes on for the minutes that learning takes: there `castmark teach` does.
LOCAL_ONLY = ("incoming", "check", "teaching", "health", "metrics")


def all_apis() -> list[Api]:
    """The declarations of every API, for an app that serves them all."""
    return [import_module(f"handlers.api.{name}").api for name in MODULES]

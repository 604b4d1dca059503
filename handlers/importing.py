"""What imports need not do: let the collector walk through what stays, and build models that nobody asks for."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """Imports make objects by the hundred thousand, which the collector walks through again and again.

    What is there afterwards is never looked at again: whoever imports does not mean to throw it away.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


@contextmanager
def models_built_when_used() -> Iterator[None]:
    """FastAPI comes with some forty models of an OpenAPI document, which a function is never asked for.

    By this setting of pydantic's the schema of a model is made when the model is first used: 55 ms of a cold start.
    """
    from pydantic import BaseModel, ConfigDict

    before = BaseModel.model_config
    BaseModel.model_config = ConfigDict(defer_build=True)
    try:
        yield
    finally:
        BaseModel.model_config = before

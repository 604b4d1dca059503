"""The error tree is the one that its docstring draws."""

import re

import pytest

from handlers import errors


def _classes() -> dict[str, type[BaseException]]:
    return {
        name: value
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.CastmarkError)
    }


def test_docstring_draws_every_error_with_its_status() -> None:
    drawn = dict(re.findall(r"(\w+) +(\d{3})\b", errors.__doc__ or ""))
    for name, error in _classes().items():
        assert name in (errors.__doc__ or "")
        if name in drawn:
            assert getattr(error, "status") == int(drawn[name])  # noqa: B009  the class is any of the tree


@pytest.mark.parametrize(
    ("error", "builtin"),
    [(errors.BadRequest, ValueError), (errors.NotFound, LookupError), (errors.StorageFull, OSError)],
)
def test_errors_are_also_the_builtin_that_matches(error: type[errors.WireError], builtin: type[Exception]) -> None:
    raised = error("A sentence.", extra=1)
    assert isinstance(raised, builtin)
    assert str(raised) == "A sentence."
    assert raised.extra == {"extra": 1}

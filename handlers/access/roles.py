"""What somebody who shows a token may do: three roles, each with all that the one before it may, and the routes' own.

A reader sees what was read, a reviewer says what is right, an operator does everything. `CASTMARK_TOKEN` and this very
machine are operators; tokens that have a name have one of the three.
"""

from dataclasses import dataclass
from enum import StrEnum

# What every token that we give begins with: only such a text is looked up, so that guesses cost no database anything.
PREFIX = "castmark_"


class Role(StrEnum):
    READER = "reader"
    REVIEWER = "reviewer"
    OPERATOR = "operator"

    def may(self, needed: "Role") -> bool:
        """Whether this role is enough where `needed` is asked for."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has a named token."""

    name: str
    role: Role


# The one table: keys of the route settings, and paths that have none. What is not in it is for everyone; an API module
# says nothing about it.
ROLE_OF = {
    **dict.fromkeys(("readings", "reading", "evidence", "export", "getdatabase"), Role.READER),
    **dict.fromkeys(("correct", "confirm", "promise"), Role.REVIEWER),
    **dict.fromkeys(("command", "getlogs", "molds", "tokens", "issue", "revoke", "check", "/metrics"), Role.OPERATOR),
    **dict.fromkeys(("outbox", "resend", "teaching", "teach"), Role.OPERATOR),
}
GUARDED = frozenset(ROLE_OF)

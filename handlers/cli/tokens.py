"""`castmark tokens`: who else may ask, by name and role."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from handlers.access.roles import Role
from handlers.cli.common import rooms_of_settings, say

app = typer.Typer(help="Tokens of others, by name and role.", no_args_is_help=True)
_Name = Annotated[str, typer.Argument(help="Whose token it is.", show_default=False)]


@app.command("list")
def show() -> None:
    """Print name, role, since when (UTC) and by whom, with tabs between; never the token itself."""
    with rooms_of_settings() as rooms:
        for one in rooms.tokens.all():
            since = datetime.fromtimestamp(one["made_at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
            say(f"{one['name']}\t{one['role']}\t{since}\t{one['made_by']}")


@app.command()
def make(name: _Name, *, role: Annotated[Role, typer.Option(help="What it is good for.")] = Role.READER) -> None:
    """Print a new token, the only time that it is ever shown."""
    with rooms_of_settings() as rooms:
        say(rooms.tokens.issue(name, role, "command"))


@app.command()
def revoke(name: _Name) -> None:
    """Take a token back: it opens nothing from now on, nor does a login by it."""
    with rooms_of_settings() as rooms:
        rooms.tokens.revoke(name, "command")
        say(f"The token of {name} is revoked.")

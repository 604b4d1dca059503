"""`castmark outbox`: what leaves by itself, sending it again, and a secret for a webhook."""

import base64
import secrets
from datetime import UTC, datetime
from typing import Annotated

import typer

from handlers.plant import TARGETS

app = typer.Typer(help="What leaves by itself: list it, send it again.", no_args_is_help=True)
_SECRET_BYTES = 32


@app.command("list")
def list_(
    *,
    state: Annotated[str, typer.Option(help="waiting, delivered or given_up.")] = "",
    target: Annotated[str, typer.Option(help="One target only.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Events at the most.")] = 50,
) -> None:
    """Each target, and then the events, newest first, with tabs between."""
    from handlers.cli.common import rooms_of_settings, say
    from handlers.outbox.listing import Asked

    with rooms_of_settings() as rooms:
        for each in rooms.outbox.state():
            counts = f"{each.waiting} waiting\t{each.delivered} delivered\t{each.given_up} given up"
            say(f"{each.target}\t{counts}\t{each.error or 'ok'}")
        for event in rooms.outbox.events(Asked(state=_one_of(state), target=_target(target)), limit):
            moment = datetime.fromtimestamp(event["at"], UTC).strftime("%Y-%m-%d %H:%M:%S")
            text = event["data"].get("sentence") or event["data"].get("text", "")
            stands = ", ".join(f"{each['target']} {each['state']}" for each in event["deliveries"])
            say(f"{event['id']}\t{moment}\t{event['type']}\t{' '.join(text.split())}\t{stands or '-'}")


@app.command()
def resend(
    event: Annotated[str, typer.Argument(help="An event's id; without, all that was given up.")] = "",
    *,
    target: Annotated[str, typer.Option(help="To this target only.")] = "",
) -> None:
    """Have the server send an event again, with the same id. Ends with 1 where there is nothing to send."""
    from handlers.cli.common import rooms_of_settings, say

    with rooms_of_settings() as rooms:
        number = rooms.outbox.resend("command", event, _target(target))
    what = "1 delivery is" if number == 1 else f"{number:,} deliveries are"
    say(f"{what} sent again by the server.")
    raise typer.Exit(0 if number else 1)


@app.command()
def secret() -> None:
    """Print a new secret for CASTMARK_OUTBOX__WEBHOOK_SECRET and for the receiver."""
    from handlers.cli.common import say

    say("whsec_" + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode())


def _target(name: str) -> str:
    if name and name not in TARGETS:
        raise typer.BadParameter(f"{name} is no target; there are {', '.join(TARGETS)}.")
    return name


def _one_of(state: str) -> str:
    if state not in ("", "waiting", "delivered", "given_up"):
        raise typer.BadParameter(f"{state} is no state; there are waiting, delivered and given_up.")
    return state

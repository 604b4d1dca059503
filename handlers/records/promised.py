"""How the promise stands, told to people and to what watches the server."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection

from handlers.promise.standing import CERTAINTY, NEVER, Standing, Terms
from handlers.records import promise
from handlers.settings import Settings


def terms_of(settings: Settings) -> Terms:
    return Terms(settings.wrong_at_most / 1000, settings.review_below)


def told(connection: Connection, settings: Settings, since: date, until: date) -> dict[str, Any]:
    """As the API `promise` answers it. Without a promise there are no kinds; days before may be there."""
    model = promise.newest_model(connection)
    terms = terms_of(settings)
    kinds = promise.standing(connection, model, terms) if terms.wrong else []
    return {
        "wrong_at_most": settings.wrong_at_most,
        "checked_share": settings.checked_share,
        "certainty": CERTAINTY,
        "review_below": settings.review_below,
        "model": model,
        "kinds": [_kind(each) for each in kinds],
        "waiting": promise.waiting(connection),
        "days": promise.days(connection, since, until),
    }


def _kind(standing: Standing) -> dict[str, Any]:
    (checked, wrong), (asked, asked_wrong) = standing.drawn, standing.asked
    return {
        "kinds": list(standing.kinds),
        "kept": standing.kept,
        # None: nothing is accepted.
        "least": None if standing.least == NEVER else round(standing.least, 4),
        "checked": checked,
        "wrong": wrong,
        "at_most": round(1000 * standing.at_most, 2),
        "asked": asked,
        "asked_wrong": asked_wrong,
        "needed": standing.needed,
        "share": round(standing.share, 4),
    }


def sentences(answer: dict[str, Any]) -> Iterator[str]:
    """The same as `castmark promise` prints it."""
    if not answer["wrong_at_most"]:
        yield "Nothing is promised: CASTMARK_WRONG_AT_MOST is not set."
        return
    yield (
        f"At most {answer['wrong_at_most']:g} wrong in 1,000 accepted readings, with a certainty of "
        f"{answer['certainty']:.0%}; {answer['checked_share']:.0%} of these are checked, {answer['waiting']:,} wait."
    )
    for each in answer["kinds"]:
        yield f"{', '.join(each['kinds']) or 'all'}: {_standing(each)}"
    for day, read, accepted, drawn, checked, wrong in answer["days"]:
        yield f"{day}\t{read} read\t{accepted} accepted\t{drawn} drawn\t{checked} checked\t{wrong} wrong"


def _standing(kind: dict[str, Any]) -> str:
    checks = f"{kind['wrong']:,} of {kind['checked']:,} checked by chance were wrong"
    accepted = f"accepted from {kind['least']:.4f} on" if kind["least"] is not None else "nothing is accepted"
    if kind["kept"]:
        return f"kept; {accepted}, {kind['share']:.1%} of the clear ones; {checks}"
    more = "too many were wrong" if kind["needed"] is None else f"about {kind['needed']:,} more must be checked"
    return f"not proved yet, {more}; {accepted}; {checks}"

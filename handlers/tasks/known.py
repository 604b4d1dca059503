"""The known molds among all that a reading may be: they help to choose, and nothing depends on them."""

import logging
from typing import TYPE_CHECKING

from handlers.log import tell
from handlers.records.database import Database
from handlers.records.readings import known_molds

if TYPE_CHECKING:
    from handlers.recognition.reading import Reading

_log = logging.getLogger("castmark.tasks")


def known_among(database: Database, reading: "Reading") -> frozenset[str]:
    """Empty, too, where they cannot be looked up."""
    told = (*reading.marks, *reading.doubted)
    texts = {reading.text, *(mark.text for mark in told), *(each.text for each in reading.alternatives)}
    texts |= {each.text for mark in told for each in mark.alternatives}
    try:
        with database.read() as connection:
            return known_molds(connection, texts)
    except Exception as error:  # noqa: BLE001  they only help: without them a picture is read as it stands
        tell(_log, "The known molds could not be looked up", error)
        return frozenset()

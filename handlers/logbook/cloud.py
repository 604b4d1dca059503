"""Events in the cloud: lines of the functions' own log, which Lambda keeps in the stack's one log group.

`note` writes the line and nothing else: no request waits for CloudWatch. Some seconds pass before it can be read.
"""

import logging
import time
from itertools import islice
from operator import itemgetter

from handlers.aws.log_group import LogGroup
from handlers.aws.refusals import Refusal
from handlers.errors import LogUnavailable
from handlers.logbook.base import event_of, moment, noted

_events = logging.getLogger("castmark.events")
_log = logging.getLogger("castmark.logs")
# Marks events among all lines of the group; no other line of ours has such a field.
_KIND = "event"
_PATTERN = f'{{ $.kind = "{_KIND}" }}'
_DAYS = 30


class CloudEvents:
    """Events in the log group of that name, as `Events` has them."""

    def __init__(self, group: str, *, timezone: str = "") -> None:
        self._group = LogGroup(group)
        self._timezone = timezone

    def prepare(self) -> None:
        """Make the client of CloudWatch."""
        self._group.prepare()

    def note(self, event: str, result: str, remark: str = "") -> None:
        facts = noted(self._timezone, event, result, remark)
        _events.info(facts["event"], extra={"facts": {"kind": _KIND, **facts}})

    def latest(self, limit: int = 1000, until: str = "") -> list[dict[str, str]]:
        """The latest events of the last 30 days, as far back as 12 seconds of searching lead.

        Raises LogUnavailable.
        """
        since = int((time.time() - _DAYS * 86_400) * 1000)
        # The end of that second.
        end = int(moment(until, self._timezone).timestamp() * 1000) + 999 if until else None
        lines = self._group.lines(_PATTERN, since, end, limit)
        found = ((at, event) for at, line in lines if (event := event_of(line)))
        try:
            latest = list(islice(found, limit))
        except Refusal as error:
            _log.error("FilterLogEvents: %s", error.code)
            raise LogUnavailable("The event log cannot be read at the moment; try again soon.") from error
        # Asked for newest first; the sorting puts right what a server sent in another order all the same.
        latest.reverse()
        return [event for _, event in sorted(latest, key=itemgetter(0))]

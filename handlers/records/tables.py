"""What is kept. The two tables of the existing system keep their columns; Castmark's own begin with `castmark_`.

`recognition_time` is local time as `YYYY-MM-DD HH:MM:SS`, which is what clients show; the same moment in UTC stands in
`castmark_reading.recorded_at`. Moments of Castmark's own are seconds since 1970 (UTC), alike in every database.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()

# Aurora DSQL wants the cache of an identity named; 1 keeps the numbers without gaps.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")

recognition_record = Table(
    "recognition_record",
    metadata,
    Column("hub_id", _NUMBER, Identity(cache=1), primary_key=True),
    Column("recognition_time", Text),
    Column("mold_number", Text),
    # What a mold's history is looked up by, among millions.
    Index("castmark_record_by_mold", "mold_number"),
    # What pages of the history go by: the newest first, of all or of one text.
    Index("castmark_record_by_time", "recognition_time", "hub_id"),
    Index("castmark_record_by_text", "mold_number", "recognition_time", "hub_id"),
)

mold_info = Table(
    "mold_info",
    metadata,
    Column("mold_number", Text, primary_key=True),
    Column("mold_name", Text),
)

# What else is known of a reading. One row for each picture of a task: the unique pair is what makes a reading,
# however often its task is run, one record.
reading = Table(
    "castmark_reading",
    metadata,
    Column("hub_id", _NUMBER, primary_key=True, autoincrement=False),
    Column("task_id", String(32), nullable=False),
    Column("position", Integer, nullable=False),
    Column("recorded_at", Double, nullable=False),
    Column("picture_name", Text, nullable=False),
    Column("picture_sha256", String(64), nullable=False),
    Column("confidence", Double, nullable=False),
    Column("needs_review", Boolean, nullable=False),
    Column("alternatives", Text, nullable=False),
    UniqueConstraint("task_id", "position"),
)

# Where a reading stands: what lists are filtered by, small and indexed. Records of the existing system and of SQL have
# no row until somebody corrects them. `state` is one of `wanted.State`; `steps` counts the rows of `correction`.
review = Table(
    "castmark_review",
    metadata,
    Column("hub_id", _NUMBER, primary_key=True, autoincrement=False),
    # That of the record, for the order of an index.
    Column("recognition_time", Text, nullable=False),
    Column("owner", String(32), nullable=False),
    # NULL where no machine read it, or an earlier version did not keep what it said.
    Column("machine_text", Text),
    Column("confidence", Double),
    Column("state", String(16), nullable=False),
    Column("steps", Integer, nullable=False),
    Index("castmark_review_by_state", "state", "recognition_time", "hub_id"),
    Index("castmark_review_by_owner", "owner", "recognition_time", "hub_id"),
)

# All that the machine said, which only changes where it read on with more photos of the same mark, and where the
# picture of it is kept.
said = Table(
    "castmark_said",
    metadata,
    Column("hub_id", _NUMBER, primary_key=True, autoincrement=False),
    Column("model", String(64), nullable=False),
    # A full reading as JSON.
    Column("reading", Text, nullable=False),
    # As `storage.evidence` calls it, and the media types of its files as JSON; empty where nothing is kept. Of several
    # photos, those of the one that is shown, and of each as `<number>/<kind>`.
    Column("evidence", String(64), nullable=False),
    Column("files", Text, nullable=False),
)

# What was decided of a reading where a promise is set: one of `promise.verdict.Verdict`, and with which chance it was
# put up for checking. What is no row was decided without a promise, and is evidence of none.
judgement = Table(
    "castmark_judgement",
    metadata,
    Column("hub_id", _NUMBER, primary_key=True, autoincrement=False),
    Column("model", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    # An index of `promise.threshold.LEVELS`.
    Column("level", Integer, nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("chance", Double, nullable=False),
    # As people's clocks show it.
    Column("day", String(10), nullable=False),
    Index("castmark_judgement_by_model", "model", "hub_id"),
    Index("castmark_judgement_by_day", "day", "verdict"),
)

# What people said of a reading, step by step. Rows are added, never changed.
correction = Table(
    "castmark_correction",
    metadata,
    Column("hub_id", _NUMBER, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("who", String(64), nullable=False),
    Column("at", Double, nullable=False),
    Column("why", Text, nullable=False),
)

# Everything accepted that changed something, whichever way it came. Rows are added, never changed.
audit = Table(
    "castmark_audit",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("at", Double, nullable=False),
    Column("who", String(64), nullable=False),
    Column("what", String(32), nullable=False),
    Column("remark", Text, nullable=False),
    Index("castmark_audit_by_time", "at"),
)

task = Table(
    "castmark_task",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("owner", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("pictures", Text, nullable=False),
    Column("readings", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("worker", String(32), nullable=False),
    Column("lease_until", Double, nullable=False),
    Column("submitted_at", Double, nullable=False),
    # Whether its pictures show one mark and become one reading; NULL in rows of earlier versions.
    Column("together", Boolean),
    # The id of the request that entered it, by which the log is searched; NULL in rows of earlier versions.
    Column("request", String(64)),
    Index("castmark_task_by_state", "state", "submitted_at"),
    Index("castmark_task_by_owner", "owner", "submitted_at"),
)

# What a task of many pictures has come to so far: a row for each that was begun; they go when it is over.
step = Table(
    "castmark_step",
    metadata,
    Column("task_id", String(32), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    # How often a process died with it; the one that is at it now counts.
    Column("died", Integer, nullable=False),
    # A full reading as JSON; empty until there is one.
    Column("detail", Text, nullable=False),
)

# From where a task was entered, as a hash: what one address may have open is counted by it.
share = Table(
    "castmark_share",
    metadata,
    Column("task_id", String(32), primary_key=True),
    Column("network", String(32), nullable=False),
    Index("castmark_share_by_network", "network"),
)

session = Table(
    "castmark_session",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("mode", String(16), nullable=False),
    Column("expires_at", Double, nullable=False),
)

blacklist_edit = Table(
    "castmark_blacklist_edit",
    metadata,
    Column("phrase", String(200), primary_key=True),
    Column("listed", Boolean, nullable=False),
)

# Who else may ask, by name and role. Of a token only its hash is kept; a login by it goes with it.
token = Table(
    "castmark_token",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("made_at", Double, nullable=False),
    Column("made_by", String(64), nullable=False),
    Index("castmark_token_by_hash", "hash"),
)

login = Table(
    "castmark_login",
    metadata,
    # The hash of what the cookie holds.
    Column("id", String(64), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("expires_at", Double, nullable=False),
)

secret = Table(
    "castmark_secret",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# What others are to hear of: a reading, what a person said of it, an alarm. Rows are added, and go when all is over.
happened = Table(
    "castmark_event",
    metadata,
    # A UUIDv7: the order of the ids is that of the events.
    Column("id", String(36), primary_key=True),
    Column("type", String(32), nullable=False),
    # Which rule raised it; empty where it is no alarm.
    Column("rule", String(16), nullable=False),
    Column("at", Double, nullable=False),
    Column("hub_id", _NUMBER, nullable=False),
    # As `docs/events` describes it, as JSON.
    Column("data", Text, nullable=False),
    Index("castmark_event_by_time", "at"),
    Index("castmark_event_by_rule", "rule", "hub_id"),
    Index("castmark_event_by_type", "type", "id"),
)

# One row for each target that is to hear of an event; `state` is one of `outbox.table.State`.
delivery = Table(
    "castmark_delivery",
    metadata,
    Column("event_id", String(36), primary_key=True),
    Column("target", String(16), primary_key=True),
    Column("state", String(16), nullable=False),
    # Since when it is due: that of the event, or when it was asked for again.
    Column("since", Double, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tried_at", Double, nullable=False),
    Column("error", Text, nullable=False),
    Index("castmark_delivery_next", "target", "state", "event_id"),
    Index("castmark_delivery_old", "state", "since"),
)

# How it goes with a target, and which process sends to it: a lease, as with tasks, so that the order holds.
target = Table(
    "castmark_target",
    metadata,
    Column("name", String(16), primary_key=True),
    Column("worker", String(32), nullable=False),
    Column("lease_until", Double, nullable=False),
    Column("delivered", _NUMBER, nullable=False),
    Column("delivered_at", Double, nullable=False),
    # Of the last try, where it failed.
    Column("error", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("retry_at", Double, nullable=False),
)

version = Table(
    "castmark_version",
    metadata,
    Column("number", Integer, primary_key=True),
)

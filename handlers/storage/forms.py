"""Forms of our own, like S3's presigned ones: a policy in the clear, signed with a secret of the upload folder.

A form holds for one file of one owner, under a key of its own, until it ends. The server remembers nothing of those
that it gave out: what it has to know comes back in the policy.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from handlers.errors import NotAllowed

FORM_SECONDS = 300
# Where forms are posted to, below the server's own address.
ROUTE = "incoming"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a form allows: `size` bytes at most, until `ends` (seconds since 1970)."""

    owner: str
    key: str
    name: str
    content_type: str
    size: int
    keep: bool
    ends: int


def new_key() -> str:
    """32 hexadecimal digits that nobody can guess, and whose order is that of the calls."""
    return f"{time.time_ns():016x}{secrets.token_hex(8)}"


def fields_of(policy: Policy, secret: bytes) -> dict[str, str]:
    text = base64.b64encode(json.dumps(asdict(policy)).encode()).decode()
    return {
        "key": f"{ROUTE}/{policy.owner}/{policy.key}",
        "Content-Type": policy.content_type,
        "policy": text,
        "signature": _signature(text, secret),
    }


def checked(fields: Mapping[str, str], secret: bytes, now: float) -> Policy:
    """The policy of a form that we gave out and that came back as it was. Raises NotAllowed."""
    text = fields.get("policy", "")
    shown = fields.get("signature", "").encode(errors="replace")
    if not hmac.compare_digest(shown, _signature(text, secret).encode()):
        raise NotAllowed("This form is not one that this server gave out; ask for a new one.")
    policy = Policy(**json.loads(base64.b64decode(text)))
    if policy.ends <= now:
        raise NotAllowed("This form has expired; ask for a new one.")
    if dict(fields) != fields_of(policy, secret):
        raise NotAllowed("The fields of this form were changed; send them as they were given, and the file last.")
    return policy


def secret_in(folder: Path) -> bytes:
    """The folder's secret, made where there is none; one caller at a time. Only its owner may read it."""
    path = folder / ".secret"
    if not path.exists():
        temporary = folder / f".secret-{secrets.token_hex(8)}"
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    return path.read_bytes()


def _signature(text: str, secret: bytes) -> str:
    return hmac.new(secret, text.encode(errors="replace"), hashlib.sha256).hexdigest()

"""`/incoming`: where the forms of `presign` go when pictures are kept in a folder. S3 has such a route itself."""

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from handlers.errors import BadRequest, NoFile
from handlers.function import Api, RoomsOf
from handlers.multipart.body import Bounds, Sent, Text, multipart

# More than our forms have; the longest field is the policy.
_MOST_FIELDS, _LONGEST_FIELDS = 16, 16 * 1024
api = Api()


@api.route("/incoming", methods=("POST",), include_in_schema=False)
async def incoming(request: Request, rooms: RoomsOf) -> Response:
    """The form is the caller's permission, and looked at before a byte of the file; who sends it does not matter."""
    kind = request.headers.get("content-type", "")
    # A byte more than the largest form allows shows that a file is too large.
    bounds = Bounds(1, rooms.settings.limits.file_bytes + 1, _MOST_FIELDS, _LONGEST_FIELDS)
    async with multipart(kind, request.stream(), bounds, rooms.storage.admit) as form:
        *fields, last = form.parts or [Text("", "")]
        if not isinstance(last, Sent) or last.field != "file":
            raise NoFile("There is no file in this form; send it as its last part, called file.")
        texts = {part.field: part.text for part in fields if isinstance(part, Text)}
        if len(texts) != len(fields):
            raise BadRequest("A field of this form is there twice.")
        await run_in_threadpool(rooms.storage.accept, texts, last.file)
    rooms.meters.uploaded(1, last.size)
    return Response(status_code=204)

"""`/incoming`: where the forms of `presign` go when pictures are kept in a folder. S3 has such a route itself."""

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from handlers.errors import BadRequest, NoFile
from handlers.function import Api, RoomsOf, on_demand

# More than any field of ours; the longest is the policy.
_LONGEST_FIELD = 16 * 1024
_MOST_FIELDS = 16
api = Api()


@api.route("/incoming", methods=("POST",), include_in_schema=False)
async def incoming(request: Request, rooms: RoomsOf) -> Response:
    """The form is the caller's permission; who sends it does not matter."""
    form = await request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=_LONGEST_FIELD)
    try:
        *fields, (last, file) = form.multi_items() or [("", "")]
        if last != "file" or not isinstance(file, UploadFile):
            raise NoFile("There is no file in this form; send it as its last part, called file.")
        texts = {name: value for name, value in fields if isinstance(value, str)}
        if len(texts) != len(fields):
            raise BadRequest("A field of this form is there twice.")
        await run_in_threadpool(rooms.storage.accept, texts, file.file)
    finally:
        await form.close()
    return Response(status_code=204)


__getattr__ = on_demand(api)

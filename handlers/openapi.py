"""What the API modules say of themselves in OpenAPI: their answers, with examples, and their errors."""

from typing import Annotated, Any

from fastapi import Header, Query

_MEANINGS = {
    400: "The request lacks something",
    401: "Show that you are an operator",
    403: "Not an operator, or not to be asked like this",
    404: "There is nothing there",
    409: "More pictures than one call may take, or not as the caller saw it any more",
    413: "Too large",
    415: "Not a picture that is read",
    422: "A picture is damaged, or a text can be none",
    429: "Too much is waiting",
    500: "Our own fault",
    503: "Something that the server needs cannot be used at the moment",
    507: "The disk is full",
}
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string", "description": "A sentence for a person."}},
}

Idempotency = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="Chosen by the client for this call: sent again with the same key, it does no more and has the "
        "same answer.",
    ),
]
Uuid = Annotated[
    str | None,
    Query(description="The client's uuid: a capability, whoever knows it may use it.", examples=["3f0c6d0e"]),
]


def answers(example: Any, *errors: int, schema: dict[str, Any] | None = None) -> dict[int | str, Any]:
    """The `responses` of a JSON route: 200 with its example and schema, and its errors."""
    content = {"application/json": {"schema": schema or {}, "example": example}}
    return {200: {"description": "Success", "content": content}} | failures(*errors)


def failures(*statuses: int) -> dict[int | str, Any]:
    content = {"application/json": {"schema": _ERROR}}
    return {status: {"description": _MEANINGS[status], "content": content} for status in statuses}


def pictures(elsewhere: str, *errors: int) -> dict[int | str, Any]:
    """The `responses` of a route that answers a picture, or says `elsewhere` in words, and its errors."""
    found = {"description": "The picture", "content": {"image/*": {}}}
    return {200: found, 303: {"description": "As 307, for POST"}, 307: {"description": elsewhere}} | failures(*errors)

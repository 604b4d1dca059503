"""Every role's rights are the ones its function uses: no more by the table, and no fewer by what it asks of AWS."""

import io
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any
from unittest.mock import patch

import botocore.client
import pytest

from handlers.access.caller import caller_with
from handlers.cloud.handler import to_lambda
from handlers.function import build_app
from handlers.settings import Settings
from handlers.storage.bucket import Bucket
from handlers.storage.s3 import S3Storage
from handlers.tasks.intake import Received, take_in
from tests.buckets import NAME, s3, send
from tests.clouds import event_loop, invoke
from tests.infra.conftest import Check
from tests.infra.resolving import Stack
from tests.infra.test_template import CLOUD, functions_of

Rights = frozenset[tuple[str, str]]

RUN = {("logs:CreateLogStream", "Log.Arn"), ("logs:PutLogEvents", "Log.Arn")} | {
    ("xray:PutTraceSegments", "*"),
    ("xray:PutTelemetryRecords", "*"),
}
# Of storage: who sees arrivals must list and open them; who changes a batch removes what it drops.
CHANGE = {
    ("s3:ListBucket", "Pictures.Arn"),
    ("s3:GetObject", "Pictures.Arn/batches/*"),
    ("s3:GetObject", "Pictures.Arn/incoming/*"),
    ("s3:PutObject", "Pictures.Arn/batches/*"),
    ("s3:DeleteObject", "Pictures.Arn/uploads/*"),
    ("s3:DeleteObject", "Pictures.Arn/incoming/*"),
}
STORE = {("s3:PutObject", "Pictures.Arn/uploads/*")}
READ = {("s3:GetObject", "Pictures.Arn/uploads/*")}
DATABASE = {("dsql:DbConnectAdmin", "Database.ResourceArn")}
TOKEN = {("secretsmanager:GetSecretValue", "Token")}
STOPPED = sorted({name.title() for name in CLOUD} - {"Command", "Login", "Logs"})
SWITCH = {
    (f"lambda:{verb}FunctionConcurrency", f"{function}.Arn")
    for verb in ("Get", "Put", "Delete")
    for function in STOPPED
}
QUEUE = {
    (f"sqs:{verb}", "Queue.Arn")
    for verb in ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "SendMessage")
}
USES: dict[str, set[tuple[str, str]]] = {
    "Page": set(),
    "Test": set(),
    "Ishttps": set(),
    "Upload": CHANGE | STORE,
    "Presign": {("s3:PutObject", "Pictures.Arn/incoming/*")},
    "Start": CHANGE | STORE | READ | DATABASE | {("sqs:SendMessage", "Queue.Arn")},
    "Status": DATABASE,
    "Clear": CHANGE,
    "Clients": CHANGE,
    "Getpicture": CHANGE | STORE | READ,
    "Info": CHANGE | STORE,
    "Login": TOKEN,
    "Records": DATABASE | TOKEN,
    "Logs": TOKEN | {("logs:FilterLogEvents", "Log.Arn")},
    "Command": DATABASE | TOKEN | SWITCH,
    "Worker": CHANGE | STORE | READ | DATABASE | QUEUE | {("s3:DeleteObject", "Pictures.Arn/batches/*")},
}


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def statements_of(stack: Stack, function: str) -> list[dict[str, Any]]:
    """All that the role of a function says; its policies are ours."""
    role = stack.of_type("AWS::IAM::Role")[f"{function}Role"]
    shared = stack.of_type("AWS::IAM::ManagedPolicy")
    documents = [shared[name]["PolicyDocument"] for name in role["ManagedPolicyArns"]]
    documents += [each["PolicyDocument"] for each in role.get("Policies", ())]
    return [statement for document in documents for statement in document["Statement"]]


def rights_of(stack: Stack, function: str) -> Rights:
    """Pairs of action and resource."""
    statements = statements_of(stack, function)
    assert {each["Effect"] for each in statements} == {"Allow"}
    return frozenset(
        (action, resource)
        for each in statements
        for action in listed(each["Action"])
        for resource in listed(each["Resource"])
    )


@pytest.fixture
def stack(check: Check) -> Stack:
    return Stack(check("transform"))


@pytest.mark.parametrize("function", USES)
def test_a_function_may_do_what_it_does_and_nothing_else(function: str, stack: Stack) -> None:
    assert rights_of(stack, function) == USES[function] | RUN


def test_only_traces_are_allowed_on_everything(stack: Stack) -> None:
    assert set(USES) == set(functions_of(stack))
    wide = {right for function in USES for right in rights_of(stack, function) if right[1] == "*" or "*" in right[0]}
    assert wide == {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")}


def test_a_role_is_one_functions_and_made_of_our_policies(stack: Stack) -> None:
    for name, role in stack.of_type("AWS::IAM::Role").items():
        assert set(role["ManagedPolicyArns"]) <= set(stack.of_type("AWS::IAM::ManagedPolicy"))
        [trust] = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"} and trust["Action"] == "sts:AssumeRole"
        users = [each for each, of in functions_of(stack).items() if of["Role"] == f"{name}.Arn"]
        assert users == [name.removesuffix("Role")]


def test_a_database_of_ones_own_is_reached_by_its_secret(check: Check) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:own"
    stack = Stack(check("transform"), DatabaseSecretArn=arn)
    for function, rights in USES.items():
        own = {("secretsmanager:GetSecretValue", arn)} if rights >= DATABASE else set()
        assert rights_of(stack, function) == (rights - DATABASE) | own | RUN


def test_a_key_that_is_not_there_is_missing_and_not_refused(stack: Stack) -> None:
    [listing] = [each for each in statements_of(stack, "Clear") if each["Action"] == "s3:ListBucket"]
    # GetObject of a missing key is judged by this right too, and carries no prefix.
    assert listing["Condition"] == {"StringLikeIfExists": {"s3:prefix": ["batches/*", "incoming/*", "uploads/*"]}}


def test_moto_makes_of_the_template_what_it_knows(check: Check) -> None:
    made = check("stack", ReadArrivals="true", UploadRoute="send")
    assert len(made["functions"]) == len(USES)
    environment = made["functions"][made["names"]["Worker"]]["Environment"]["Variables"]
    assert environment["CASTMARK_BUCKET"] == made["names"]["Pictures"]
    assert environment["CASTMARK_QUEUE_URL"] == made["names"]["Queue"]
    assert environment["CASTMARK_LOG_GROUP"] == made["names"]["Log"]
    assert environment["CASTMARK_ROUTES__UPLOAD"] == "send"
    assert environment["CASTMARK_DATABASE_URL"].startswith("auroradsql://admin@cluster.")
    assert made["queue"]["VisibilityTimeout"] == "360" and made["queue"]["SqsManagedSseEnabled"] == "true"
    assert json.loads(made["queue"]["RedrivePolicy"])["maxReceiveCount"] == 3
    assert [each["FunctionArn"].endswith(made["names"]["Worker"]) for each in made["mappings"]] == [True]
    assert {group["retentionInDays"] for group in made["groups"]} == {30}


@contextmanager
def asked() -> Iterator[set[tuple[str, str]]]:
    """The rights that S3 would ask for what is asked of it until the block ends."""
    found: set[tuple[str, str]] = set()
    call = botocore.client.BaseClient._make_api_call

    def noted(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        action = {"HeadObject": "GetObject", "ListObjectsV2": "ListBucket", "DeleteObjects": "DeleteObject"}
        keys = [parameters.get("Key", ""), *(each["Key"] for each in parameters.get("Delete", {}).get("Objects", ()))]
        for key in filter(None, keys):
            found.add((f"s3:{action.get(operation, operation)}", f"Pictures.Arn/{key.split('/')[0]}/*"))
        if operation == "ListObjectsV2":
            found.add(("s3:ListBucket", "Pictures.Arn"))
        return call(client, operation, parameters)

    with patch.object(botocore.client.BaseClient, "_make_api_call", noted):
        yield found


FILE = b"--edge\r\ncontent-disposition: form-data; name=a; filename=a.png\r\n\r\n%b\r\n--edge--\r\n"
FORM = {"content-type": "multipart/form-data; boundary=edge"}
CALLS: dict[str, tuple[str, str]] = {
    "upload": ("POST", "keep=1&uuid=1"),
    "presign": ("POST", "name=a.png&content_type=image/png&size=9&uuid=1"),
    "clear": ("GET", "uuid=1"),
    "clients": ("GET", "uuid=1"),
    "getpicture": ("GET", "uuid=1"),
    "info": ("GET", "uuid=1"),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_a_function_asks_of_storage_is_among_its_rights(
    name: str, picture: Callable[..., bytes], make_settings: Callable[..., Settings]
) -> None:
    api = import_module(f"handlers.api.{name}").api
    method, query = CALLS[name]
    multipart = FILE % picture()
    settings, owner = make_settings(bucket=NAME, log_switch=False), caller_with("1").owner
    with s3() as bucket, event_loop():
        storage = S3Storage(Bucket(NAME))
        take_in(storage, owner, [Received("one.png", io.BytesIO(picture()))], settings.limits, keep=False)
        send(storage, storage.presign(owner, "two.png", "image/png", 999), io.BytesIO(picture()))
        assert list(bucket.list("incoming/"))
        with asked() as needed:
            handler = to_lambda(build_app(settings, [api]))
            path = api.routes[-1].path(settings)
            answer = invoke(handler, "http_api_v2", method, path, query, multipart if name == "upload" else b"", FORM)
    assert answer.status == 200, answer.body
    if name == "presign":
        # Nothing is asked of S3 then; it is whoever signed the form that must have the right to what it does.
        assert re.match("incoming/", answer.json()["fields"]["key"]) and not needed
        return
    assert needed and needed <= USES[name.title()]
    assert {action for action, _ in needed} >= {"s3:ListBucket", "s3:GetObject", "s3:PutObject", "s3:DeleteObject"}

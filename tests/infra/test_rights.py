"""Every role's rights are those of the table here; test_uses.py tells that each function uses all of them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

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
    ("s3:ListBucket", "Pictures.Arn?incoming/*"),
    ("s3:GetObject", "Pictures.Arn/batches/*"),
    ("s3:GetObject", "Pictures.Arn/incoming/*"),
    ("s3:PutObject", "Pictures.Arn/batches/*"),
    ("s3:DeleteObject", "Pictures.Arn/uploads/*"),
    ("s3:DeleteObject", "Pictures.Arn/incoming/*"),
}
STORE = {("s3:PutObject", "Pictures.Arn/uploads/*")}
READ = {("s3:GetObject", "Pictures.Arn/uploads/*")}
TEACHING = {("s3:GetObject", "Pictures.Arn/teaching/*")}
KEEP = {("s3:PutObject", "Pictures.Arn/evidence/*")}
DATABASE = {("dsql:DbConnectAdmin", "Cluster.Outputs.Arn")}
TOKEN = {("secretsmanager:GetSecretValue", "Token")}
STOPPED = sorted({name.title() for name in CLOUD} - {"Command", "Login", "Logs", "Tokens"})
SWITCH = {
    (f"lambda:{verb}FunctionConcurrency", f"{function}.Arn")
    for verb in ("Get", "Put", "Delete")
    for function in STOPPED
}
QUEUE = {
    (f"sqs:{verb}", "Queue.Arn")
    for verb in ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "SendMessage")
}
SWEEP = {("s3:DeleteObject", f"Pictures.Arn/{folder}/*") for folder in ("batches", "evidence")} | {
    ("s3:ListBucket", f"Pictures.Arn?{folder}/*") for folder in ("batches", "uploads", "evidence")
}
USES: dict[str, set[tuple[str, str]]] = {
    "Page": set(),
    "Test": set(),
    "Ishttps": set(),
    "Upload": CHANGE | STORE,
    "Presign": {("s3:PutObject", "Pictures.Arn/incoming/*")},
    "Start": CHANGE | STORE | READ | TEACHING | KEEP | DATABASE | {("sqs:SendMessage", "Queue.Arn")},
    "Status": DATABASE,
    "Clear": CHANGE,
    "Clients": CHANGE,
    "Getpicture": CHANGE | STORE | READ,
    "Info": CHANGE | STORE,
    "Login": DATABASE | TOKEN,
    "Records": DATABASE | TOKEN,
    **dict.fromkeys(("Readings", "Detail", "Correct", "Confirm", "Export", "Molds"), DATABASE | TOKEN),
    **dict.fromkeys(("Outbox", "Promise", "Tokens"), DATABASE | TOKEN),
    "Evidence": DATABASE
    | TOKEN
    | {("s3:GetObject", "Pictures.Arn/evidence/*"), ("s3:ListBucket", "Pictures.Arn?evidence/*")},
    "Logs": DATABASE | TOKEN | {("logs:FilterLogEvents", "Log.Arn")},
    "Command": DATABASE | TOKEN | SWITCH,
    "Worker": (CHANGE - {("s3:PutObject", "Pictures.Arn/batches/*")})
    | STORE
    | READ
    | TEACHING
    | KEEP
    | DATABASE
    | QUEUE
    | SWEEP,
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
    """Pairs of action and resource; of a listing, with the prefix that it is held to."""
    statements = statements_of(stack, function)
    assert {each["Effect"] for each in statements} == {"Allow"}
    return frozenset(
        (action, resource)
        for each in statements
        for action in listed(each["Action"])
        for resource in resources_of(each)
    )


def resources_of(statement: dict[str, Any]) -> Iterator[str]:
    conditions = statement.get("Condition", {})
    assert set(conditions) <= {"StringLike", "StringLikeIfExists"}
    for resource in listed(statement["Resource"]):
        if not conditions:
            yield resource
        for condition in conditions.values():
            assert set(condition) == {"s3:prefix"}
            yield from (f"{resource}?{prefix}" for prefix in listed(condition["s3:prefix"]))


@pytest.fixture
def stack(check: Check) -> Stack:
    return Stack(check("transform"))


@pytest.mark.parametrize("function", USES)
def test_a_function_may_do_what_it_does_and_nothing_else(function: str, stack: Stack) -> None:
    assert rights_of(stack, function) == USES[function] | RUN


def test_only_traces_are_allowed_on_everything(stack: Stack) -> None:
    assert set(USES) == set(functions_of(stack))
    everything = {right for function in USES for right in rights_of(stack, function)}
    wide = {(action, resource) for action, resource in everything if "*" in (action, resource) or "*" in action}
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


def test_start_knows_who_is_signed_in_where_that_matters(check: Check) -> None:
    stack = Stack(check("transform"), StartForStrangers="tasks")
    assert rights_of(stack, "Start") == USES["Start"] | TOKEN | RUN
    told = functions_of(stack)["Start"]["Environment"]["Variables"]
    assert (told["CASTMARK_START_FOR_STRANGERS"], told["CASTMARK_TOKEN_SECRET"]) == ("tasks", "Token")


def test_a_key_that_is_not_there_is_missing_and_not_refused(stack: Stack) -> None:
    [listing] = [each for each in statements_of(stack, "Clear") if each["Action"] == "s3:ListBucket"]
    # GetObject of a missing key is judged by this right too, and carries no prefix.
    assert listing["Condition"] == {"StringLikeIfExists": {"s3:prefix": "incoming/*"}}


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

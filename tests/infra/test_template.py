"""The template and the code agree, both ways; and what it makes is closed, bounded and watched."""

import json
import re
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from handlers.access.roles import GUARDED
from handlers.api import LOCAL_ONLY, MODULES
from handlers.function import Api
from handlers.settings import Limits, Routes, Settings, read_settings
from handlers.tasks import sqs
from handlers.tasks.base import DELIVERIES
from tests.infra.conftest import ROOT, TOKEN, Check
from tests.infra.resolving import Stack

CLOUD = (*(name for name in MODULES if name not in LOCAL_ONLY), "worker")
IMAGES = {"Start", "Worker"}
HISTORY = {"Readings", "Detail", "Evidence", "Correct", "Confirm", "Export", "Molds", "Outbox", "Promise"}
USES_DATABASE = {"Start", "Worker", "Status", "Records", "Command", "Login", "Logs", "Tokens", *HISTORY}
RENAMED = {f"{key.title()}Route": f"own-{key}" for key in Routes.model_fields}
# What one picture may take where text has to be looked for (README.md, benchmarks).
SECONDS_PER_PICTURE = 6


def api_of(name: str) -> Api:
    api: Api = import_module(f"handlers.api.{name}").api
    return api


@pytest.fixture
def stack(check: Check) -> Stack:
    return Stack(check("transform"))


def functions_of(stack: Stack) -> dict[str, Any]:
    return stack.of_type("AWS::Lambda::Function")


def variables(stack: Stack, function: str) -> dict[str, str]:
    found: dict[str, str] = functions_of(stack)[function]["Environment"]["Variables"]
    return found


@pytest.mark.parametrize(
    ("name", "regions"),
    [
        ("template", ["us-east-1", "cn-north-1", "ap-east-1"]),
        ("database", ["us-east-1"]),
        ("budget", ["us-east-1"]),
        ("domain", ["us-east-1", "cn-north-1", "ap-east-1"]),
    ],
)
def test_linter_finds_nothing(name: str, regions: list[str], tools: Path) -> None:
    template = str(ROOT / "infra" / f"{name}.yaml")
    command = [str(tools / "cfn-lint"), "--regions", *regions, "--template", template]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.stdout, done.returncode) == ("", 0)


def test_each_api_is_a_function_and_each_function_an_api(stack: Stack) -> None:
    functions = functions_of(stack)
    assert set(functions) == {name.title() for name in CLOUD}
    for name in CLOUD:
        properties = functions[name.title()]
        [handler] = properties["ImageConfig"]["Command"] if "ImageConfig" in properties else [properties["Handler"]]
        assert handler == f"handlers.lambda_.functions.{name}"
        assert (properties.get("PackageType") == "Image") == (name.title() in IMAGES)
        assert properties["Role"] == f"{name.title()}Role.Arn"


def test_routes_of_the_gateway_are_those_of_the_code_whatever_they_are_called(check: Check) -> None:
    stack = Stack(check("transform", **RENAMED), **RENAMED)
    settings = Settings(routes=Routes(**{key: f"own-{key}" for key in Routes.model_fields}))
    calls = stack.of_type("AWS::ApiGatewayV2::Integration")
    assert all(
        call["PayloadFormatVersion"] == "2.0" and call["IntegrationType"] == "AWS_PROXY" for call in calls.values()
    )
    routes = [
        (route["RouteKey"], calls[route["Target"].removeprefix("integrations/")]["IntegrationUri"])
        for route in stack.of_type("AWS::ApiGatewayV2::Route").values()
    ]
    expected = [
        (f"ANY {route.path(settings)}", f"{name.title()}Aliaslive")
        for name in CLOUD[:-1]
        for route in api_of(name).routes
    ]
    assert sorted(routes) == sorted(expected)


def test_only_the_gateway_may_call_each_function_of_the_api(stack: Stack) -> None:
    permits = stack.of_type("AWS::Lambda::Permission").values()
    gateway = [each for each in permits if each["Principal"] == "apigateway.amazonaws.com"]
    assert sorted(each["FunctionName"] for each in gateway) == sorted(f"{name.title()}Aliaslive" for name in CLOUD[:-1])
    assert all(each["SourceArn"].endswith(":Api/*") for each in gateway)
    others = [each for each in permits if each not in gateway]
    assert {(each["FunctionName"], each["Principal"]) for each in others} == {
        ("WorkerAliaslive", "events.amazonaws.com")
    }


@pytest.mark.parametrize("name", CLOUD)
def test_environment_is_understood_by_the_settings(name: str, check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"Timezone": "Asia/Shanghai", "ReadArrivals": "true", "Reading": "line", "Alphabet": "0123456789"}
    said |= {"StartForStrangers": "tasks"}
    said |= {
        "Pattern": "[0-9]{2}",
        "ReviewBelow": "0.7",
        "WrongAtMost": "5",
        "CheckedShare": "0.1",
        "CorsOrigins": "https://one.example,https://two.example",
    }
    stack = Stack(check("transform", **RENAMED), **RENAMED, **said)
    for variable, value in variables(stack, name.title()).items():
        if variable not in ("CASTMARK_TOKEN_SECRET", "CASTMARK_DATABASE_SECRET"):
            # Of names that only the cloud knows, something of their form.
            stands_for = {"Pictures": "some-bucket", "Queue": "https://sqs.example/1/queue"}
            monkeypatch.setenv(variable, stands_for.get(value, value))
    settings = read_settings()
    assert settings.routes == Routes(**{key: f"own-{key}" for key in Routes.model_fields})
    assert settings.cors_origins == ("https://one.example", "https://two.example")
    assert (settings.timezone, settings.read_arrivals) == ("Asia/Shanghai", True)
    assert settings.start_for_strangers == "tasks"
    reading = (settings.reading, settings.alphabet, settings.pattern, settings.review_below)
    assert reading == ("line", "0123456789", "[0-9]{2}", 0.7)
    assert (settings.wrong_at_most, settings.checked_share) == (5, 0.1)
    assert (settings.bucket, settings.queue_url, settings.log_group) == (
        "some-bucket",
        "https://sqs.example/1/queue",
        "Log",
    )
    assert settings.limits.request_bytes <= 4.5 * 1024 * 1024


def test_secrets_are_named_where_they_are_used_and_nowhere_else(check: Check) -> None:
    assert {"token_secret", "database_secret"} <= set(Settings.model_fields)
    operators = {name.title() for name in CLOUD[:-1] if any(route.name in GUARDED for route in api_of(name).routes)}
    for parameters in ({}, {"DatabaseSecretArn": "arn:aws:secretsmanager:us-east-1:1:secret:own"}):
        stack = Stack(check("transform", **parameters), **parameters)
        for function in functions_of(stack):
            given = variables(stack, function)
            assert ("CASTMARK_TOKEN_SECRET" in given) == (function in operators | {"Login"})
            uses = {name for name in given if name.startswith("CASTMARK_DATABASE_") and given[name]}
            which = "CASTMARK_DATABASE_SECRET" if parameters else "CASTMARK_DATABASE_URL"
            assert uses == ({which} if function in USES_DATABASE else set())


def test_operator_token_must_be_given_and_is_kept_as_a_secret_only(check: Check) -> None:
    written, made = check("template"), Stack(check("transform"), OperatorToken=TOKEN)
    parameter = written["Parameters"]["OperatorToken"]
    assert parameter["NoEcho"] is True and "Default" not in parameter and parameter["MinLength"] >= 16
    assert made.of_type("AWS::SecretsManager::Secret")["Token"]["SecretString"] == TOKEN
    places = [name for name, each in made.resources.items() if TOKEN in json.dumps(made.resolve(each))]
    assert places == ["Token"]
    assert TOKEN not in json.dumps(made.resolve(made.template["Outputs"]))


def test_console_stops_every_function_but_those_that_let_an_operator_back_in(stack: Stack) -> None:
    stopped = variables(stack, "Command")["CASTMARK_FUNCTIONS"].split(",")
    assert sorted(stopped) == sorted({name.title() for name in CLOUD} - {"Command", "Login", "Logs", "Tokens"})


def test_functions_are_alike_where_they_should_be(stack: Stack) -> None:
    aliases = {each["FunctionName"]: each for each in stack.of_type("AWS::Lambda::Alias").values()}
    for name, function in functions_of(stack).items():
        assert function["Architectures"] == ["arm64"]
        # What costs a fixed price is chosen, not given.
        assert function["SnapStart"] == {"ApplyOn": "None"}
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["LoggingConfig"] == {"LogGroup": "Log"}
        assert function.get("Runtime") == (None if name in IMAGES else "python3.13")
        assert aliases[name]["Name"] == "live"
    assert {each["DeletionPolicy"] for each in stack.resources.values() if each["Type"] == "AWS::Lambda::Version"} == {
        "Delete"
    }


def test_nothing_takes_longer_than_whoever_waits_for_it(stack: Stack) -> None:
    times = {name: function["Timeout"] for name, function in functions_of(stack).items()}
    worker = times.pop("Worker")
    assert max(times.values()) < 30 <= worker
    [queue] = [each for each in stack.of_type("AWS::SQS::Queue").values() if "RedrivePolicy" in each]
    [deliveries] = stack.of_type("AWS::Lambda::EventSourceMapping").values()
    assert queue["VisibilityTimeout"] > worker
    assert deliveries["BatchSize"] * Limits().files * SECONDS_PER_PICTURE <= worker
    pictures = int(variables(stack, "Start")["CASTMARK_LIMITS__START_PICTURES"])
    assert pictures * SECONDS_PER_PICTURE < times["Start"] < sqs._WAITING_SECONDS


def test_messages_are_answered_one_by_one_and_end_as_dead_letters(stack: Stack) -> None:
    queues, [deliveries] = stack.of_type("AWS::SQS::Queue"), stack.of_type("AWS::Lambda::EventSourceMapping").values()
    assert deliveries["FunctionName"] == "WorkerAliaslive" and deliveries["EventSourceArn"] == "Queue.Arn"
    assert deliveries["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert deliveries["ScalingConfig"]["MaximumConcurrency"] == "4"
    assert queues["Queue"]["RedrivePolicy"] == {"deadLetterTargetArn": "DeadLetters.Arn", "maxReceiveCount": DELIVERIES}
    assert queues["DeadLetters"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())


def test_worker_is_asked_to_tend_and_to_sweep(stack: Stack) -> None:
    rules = stack.of_type("AWS::Events::Rule").values()
    asked = {each["ScheduleExpression"]: json.loads(target["Input"]) for each in rules for target in each["Targets"]}
    assert asked == {"rate(5 minutes)": {"do": "tend"}, "rate(1 day)": {"do": "sweep"}}


def test_gateway_is_throttled_and_logs_no_query(stack: Stack) -> None:
    [stage] = stack.of_type("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"] == {"ThrottlingRateLimit": "50", "ThrottlingBurstLimit": "100"}
    assert stage["AccessLogSettings"]["DestinationArn"] == "AccessLog.Arn"
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert "$context.routeKey" in logged.values() and not any("query" in value.lower() for value in logged.values())
    assert {group["RetentionInDays"] for group in stack.of_type("AWS::Logs::LogGroup").values()} == {"30"}


def test_bucket_is_closed_but_to_forms_of_the_pages(check: Check) -> None:
    for origins in ("", "https://one.example,https://two.example"):
        stack = Stack(check("transform"), CorsOrigins=origins)
        bucket = stack.of_type("AWS::S3::Bucket")["Pictures"]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert len(bucket["PublicAccessBlockConfiguration"]) == 4
        assert bucket["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        assert "AES256" in json.dumps(bucket["BucketEncryption"])
        [rule] = bucket["CorsConfiguration"]["CorsRules"]
        own = "https://*.execute-api.AWS::Region.AWS::URLSuffix"
        assert rule["AllowedOrigins"] == [own, *(origins.split(",") if origins else ())]
        assert rule["AllowedMethods"] == ["GET", "POST"]


def test_what_nobody_swept_expires_later_than_the_code_would_sweep_it(stack: Stack) -> None:
    bucket = stack.of_type("AWS::S3::Bucket")["Pictures"]
    days = {rule.get("Prefix"): rule.get("ExpirationInDays") for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert days == {"incoming/": 2, "uploads/": 30, "batches/": 30, "evidence/": "365", None: None}
    assert float(days["evidence/"]) == Settings().expiry.evidence_days
    longest = stack.template["Parameters"]["UploadDays"]["MaxValue"]
    assert days["uploads/"] > longest >= Settings().expiry.uploads_days


def test_everything_stored_is_reached_by_tls_only(stack: Stack) -> None:
    policies = [*stack.of_type("AWS::S3::BucketPolicy").values(), *stack.of_type("AWS::SQS::QueuePolicy").values()]
    closed = set()
    for policy in policies:
        [denied] = [each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Deny"]
        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}} and denied["Principal"] == "*"
        closed |= set(denied["Resource"])
    assert closed == {"Pictures.Arn", "Pictures.Arn/*", "Queue.Arn", "DeadLetters.Arn"}


@pytest.mark.parametrize("reads", ["true", "false"])
def test_arrivals_are_told_to_the_queue_if_they_are_to_be_read(reads: str, check: Check) -> None:
    stack = Stack(check("transform"), ReadArrivals=reads)
    bucket = stack.of_type("AWS::S3::Bucket")["Pictures"]
    allowed = [
        each
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        for each in policy["PolicyDocument"]["Statement"]
        if each["Effect"] == "Allow"
    ]
    assert variables(stack, "Worker")["CASTMARK_READ_ARRIVALS"] == reads
    if reads == "false":
        assert "NotificationConfiguration" not in bucket and not allowed
        return
    [told] = bucket["NotificationConfiguration"]["QueueConfigurations"]
    assert told["Queue"] == "Queue.Arn" and told["Filter"]["S3Key"]["Rules"] == [
        {"Name": "prefix", "Value": "incoming/alone/"}
    ]
    [statement] = allowed
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"} and statement["Action"] == "sqs:SendMessage"
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}}
    assert stack.resources["Pictures"]["DependsOn"] == "QueueRules"


def test_data_outlives_the_stack_and_nothing_else_does(stack: Stack, check: Check) -> None:
    kept = {name for name, each in stack.resources.items() if each.get("DeletionPolicy", "Delete") != "Delete"}
    assert kept == {"Pictures", "Cluster"}
    database = check("database")["Resources"]["Database"]
    assert database["DeletionPolicy"] == database["UpdateReplacePolicy"] == "Retain"
    assert database["Properties"]["DeletionProtectionEnabled"] is True


def test_region_without_aurora_dsql_takes_the_template_with_a_database_of_ones_own(stack: Stack) -> None:
    assert not stack.of_type("AWS::DSQL::Cluster"), "a kind that a region does not know refuses all of it there"
    cluster = stack.resources["Cluster"]
    assert (cluster["Type"], cluster["Condition"]) == ("AWS::CloudFormation::Stack", "MakesDatabase")
    assert cluster["Properties"]["TemplateURL"] == "database.yaml"


def test_copies_are_kept_for_the_functions_that_strangers_make_costly(check: Check) -> None:
    for number in ("0", "5"):
        functions = functions_of(Stack(check("transform"), StrangersAtOnce=number))
        kept = {
            name: each["ReservedConcurrentExecutions"]
            for name, each in functions.items()
            if "ReservedConcurrentExecutions" in each
        }
        assert kept == ({} if number == "0" else dict.fromkeys(("Upload", "Start", "Getpicture"), number))


# What each alarm looks at, of what, and from which value on, within five minutes.
ALARMS = {
    "FailedReadings": ("AWS/Lambda", "Errors", {"FunctionName": "Worker"}, "Sum", 1),
    "FailedRequests": ("Castmark/AWS::StackName", "FailedRequests", {}, "Sum", 1),
    "Errors": ("Castmark/AWS::StackName", "LoggedErrors", {}, "Sum", 5),
    "Waiting": ("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": "Queue.QueueName"}, "Maximum", 1800),
    "GivenUp": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "DeadLetters.QueueName"}, "Maximum", 1),
}


def looked_at(alarm: dict[str, Any]) -> tuple[Any, ...]:
    of = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", ())}
    return alarm["Namespace"], alarm["MetricName"], of, alarm["Statistic"], alarm["Threshold"]


def test_alarms_watch_what_may_go_wrong(stack: Stack) -> None:
    alarms = stack.of_type("AWS::CloudWatch::Alarm")
    assert all(alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold" for alarm in alarms.values())
    # Where nothing happens nothing is wrong.
    assert all(alarm["TreatMissingData"] == "notBreaching" for alarm in alarms.values())
    throttled = alarms.pop("Throttled")
    assert {name: looked_at(alarm) for name, alarm in alarms.items()} == ALARMS
    assert {alarm["Period"] for alarm in alarms.values()} == {300}
    total, *parts = throttled["Metrics"]
    # A function that was not called has no value at all, and with it a sum would have none.
    assert total["Expression"].split(" + ") == [f"FILL({each['Id']}, 0)" for each in parts]
    assert throttled["Threshold"] == 1
    metrics = [each["MetricStat"]["Metric"] for each in parts]
    assert {(each["Namespace"], each["MetricName"]) for each in metrics} == {("AWS/Lambda", "Throttles")}
    functions = [each["Dimensions"] for each in metrics]
    assert functions == [[{"Name": "FunctionName", "Value": name}] for name in ("Upload", "Start", "Status", "Worker")]


def test_what_a_stranger_may_provoke_is_no_alarm(stack: Stack) -> None:
    """Whoever sends too much is answered 429 and 503, as often as they like; 500, 502 and 504 are faults of ours."""
    filters = stack.of_type("AWS::Logs::MetricFilter")
    statuses = re.findall(r'\$\.status = "(\d+)"', filters["Failures"]["FilterPattern"])
    assert statuses == ["500", "502", "504"]
    [access] = [each["AccessLogSettings"] for each in stack.of_type("AWS::ApiGatewayV2::Stage").values()]
    assert json.loads(access["Format"])["status"] == "$context.status"
    named = {name: each["MetricTransformations"][0]["MetricName"] for name, each in filters.items()}
    groups = {named[name]: each["LogGroupName"] for name, each in filters.items()}
    assert groups == {"FailedRequests": "AccessLog", "LoggedErrors": "Log"}
    assert filters["Faults"]["FilterPattern"] == '{ $.level = "error" }'


def test_budget_tells_somebody_where_there_is_one(check: Check) -> None:
    email = "plant@foundry.example"
    nobody, somebody = (Stack(check("transform"), BudgetEmail=each, MonthlyDollars="60") for each in ("", email))
    assert [each.resolve({"Condition": "HasBudget"}) for each in (nobody, somebody)] == [False, True]
    assert somebody.resources["Budget"]["Condition"] == "HasBudget"
    told = somebody.of_type("AWS::CloudFormation::Stack")["Budget"]
    assert told == {"TemplateURL": "budget.yaml", "Parameters": {"Dollars": "60", "Email": email}}
    text = (ROOT / "infra" / "budget.yaml").read_text("utf-8")
    assert re.findall(r"Threshold: (\d+)", text) == ["80", "100"] and text.count("Address: !Ref Email") == 2


def test_dashboard_shows_what_the_functions_count(stack: Stack) -> None:
    [dashboard] = stack.of_type("AWS::CloudWatch::Dashboard").values()
    shown = [
        row for widget in json.loads(dashboard["DashboardBody"])["widgets"] for row in widget["properties"]["metrics"]
    ]
    assert ["Castmark", "Readings", "service", "Log"] in shown
    assert variables(stack, "Worker")["CASTMARK_LOG_GROUP"] == "Log"
    names = {row[1] for row in shown if row[0] != "..."}
    assert {"Readings", "ForReview", "Empty", "Failed", "Milliseconds", "ApproximateAgeOfOldestMessage"} <= names


def test_alarms_tell_a_topic_where_there_is_one(check: Check) -> None:
    for topic in ("", "arn:aws:sns:us-east-1:1:alarms"):
        alarms = Stack(check("transform"), AlarmTopicArn=topic).of_type("AWS::CloudWatch::Alarm")
        assert len(alarms) == len(ALARMS) + 1
        assert [alarm.get("AlarmActions") for alarm in alarms.values()] == [[topic] if topic else None] * len(alarms)


def test_route_parameters_are_those_of_the_settings(check: Check) -> None:
    parameters = check("template")["Parameters"]
    routes = {name: each["Default"] for name, each in parameters.items() if name.endswith("Route")}
    assert routes == {f"{key.title()}Route": name for key, name in Routes()}
    assert {each["AllowedPattern"] for name, each in parameters.items() if name in routes} == {
        "^[A-Za-z0-9_~-][A-Za-z0-9_.~-]{0,63}$"
    }


def test_events_go_to_the_topic_and_the_bus_that_are_named_and_only_the_worker_sends_them(check: Check) -> None:
    topic, bus = "arn:aws:sns:us-east-1:123456789012:plant", "arn:aws:events:us-east-1:123456789012:event-bus/plant"
    for said in ({}, {"EventTopicArn": topic, "EventBusArn": bus}):
        stack = Stack(check("transform", **said), **said)
        roles = stack.of_type("AWS::IAM::Role")
        sends = {name for name, role in roles.items() if "sns:Publish" in json.dumps(role)}
        assert sends == ({"WorkerRole"} if said else set())
        told = variables(stack, "Correct")
        given = (told.get("CASTMARK_OUTBOX__SNS", ""), told.get("CASTMARK_OUTBOX__EVENT_BUS", ""))
        assert given == ((topic, bus) if said else ("", ""))

"""What a deployment may choose: memory, a network, a name and a key of its own, and how new code comes to callers."""

import json

import pytest

from tests.infra.conftest import ROOT, Check
from tests.infra.resolving import Stack
from tests.infra.test_rights import DATABASE, RUN, USES, rights_of
from tests.infra.test_template import USES_DATABASE, functions_of

_KEY = "arn:aws:kms:us-east-1:123456789012:key/0f1e"
_NETWORK = {"SubnetIds": "subnet-a,subnet-b", "SecurityGroupIds": "sg-a"}
_DOMAIN = {"DomainName": "marks.foundry.example", "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0f"}
# What needs no bucket, no queue and no secret.
_NO_KEY = {"Page", "Test", "Ishttps"}


@pytest.fixture
def transformed(check: Check) -> dict[str, object]:
    found: dict[str, object] = check("transform")
    return found


def test_small_functions_have_the_memory_that_is_chosen_and_readme_says_what_snapshots_of_all_cost(
    check: Check,
) -> None:
    readme = (ROOT / "infra" / "README.md").read_text("utf-8")
    for chosen, sentence in (("256", "with them 69 instead of 82"), ("512", "| 82 | 82 |"), ("1024", "with them 107")):
        sizes = {
            name: int(each["MemorySize"])
            for name, each in functions_of(Stack(check("transform"), SmallMemory=chosen)).items()
        }
        assert (sizes["Test"], sizes["Ishttps"], sizes["Status"]) == (256, 256, int(chosen))
        # Lambda's price of a GB-second that is kept, for a month of 730 hours.
        dollars = sum(sizes.values()) / 1024 * 0.0000015046 * 730 * 3600
        assert f"{dollars:.0f}" in sentence and sentence in readme


def test_functions_that_use_the_database_are_in_the_network_that_is_named(transformed: dict[str, object]) -> None:
    stack = Stack(transformed, **_NETWORK)
    inside = {"SubnetIds": ["subnet-a", "subnet-b"], "SecurityGroupIds": ["sg-a"]}
    placed = {name: each["VpcConfig"] for name, each in functions_of(stack).items() if "VpcConfig" in each}
    assert placed == dict.fromkeys(USES_DATABASE, inside)
    assert not any("VpcConfig" in each for each in functions_of(Stack(transformed)).values())
    assert {name for name in USES if USES[name] >= DATABASE} == USES_DATABASE, "these, and no others, may join it"


def test_only_lambda_may_join_the_network_in_a_functions_name_and_no_code_in_it(transformed: dict[str, object]) -> None:
    stack = Stack(transformed, **_NETWORK)
    roles = {name: each["ManagedPolicyArns"] for name, each in stack.of_type("AWS::IAM::Role").items()}
    assert {name for name, policies in roles.items() if "MayJoinNetwork" in policies} == {
        f"{name}Role" for name in USES_DATABASE
    }
    allowed, denied = stack.of_type("AWS::IAM::ManagedPolicy")["MayJoinNetwork"]["PolicyDocument"]["Statement"]
    assert allowed["Action"] == denied["Action"] and all(each.startswith("ec2:") for each in allowed["Action"])
    assert (allowed["Effect"], denied["Effect"]) == ("Allow", "Deny")
    assert set(denied["Condition"]["ArnLike"]) == {"lambda:SourceFunctionArn"}


def test_a_name_of_ones_own_leads_to_the_api_and_its_page_may_send_pictures(transformed: dict[str, object]) -> None:
    stack = Stack(transformed, **_DOMAIN, CorsOrigins="https://front.example")
    given = stack.of_type("AWS::CloudFormation::Stack")["Domain"]["Parameters"]
    assert given == {
        "Name": _DOMAIN["DomainName"],
        "Certificate": _DOMAIN["CertificateArn"],
        "Api": "Api",
        "Stage": "Stage",
    }
    [rule] = stack.of_type("AWS::S3::Bucket")["Pictures"]["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"][1:] == ["https://marks.foundry.example", "https://front.example"]
    assert stack.resources["Domain"]["Condition"] == "HasDomain"
    assert [Stack(transformed, DomainName=each).resolve({"Condition": "HasDomain"}) for each in ("", "a.b")] == [
        False,
        True,
    ]


def test_whoever_keeps_or_asks_for_anything_uses_the_key_that_is_named(transformed: dict[str, object]) -> None:
    stack = Stack(transformed, KmsKeyArn=_KEY)
    for function, rights in USES.items():
        uses = set() if function in _NO_KEY else {("kms:Decrypt", _KEY), ("kms:GenerateDataKey", _KEY)}
        assert rights_of(stack, function) == rights | uses | RUN


def test_all_that_is_kept_is_under_the_key_that_is_named(transformed: dict[str, object]) -> None:
    stack, without = Stack(transformed, KmsKeyArn=_KEY), Stack(transformed)
    [rule] = stack.of_type("AWS::S3::Bucket")["Pictures"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": _KEY}
    queues = stack.of_type("AWS::SQS::Queue").values()
    assert {(each["KmsMasterKeyId"], each["SqsManagedSseEnabled"]) for each in queues} == {(_KEY, False)}
    kept = [stack.of_type("AWS::SecretsManager::Secret")["Token"], *stack.of_type("AWS::Logs::LogGroup").values()]
    assert [each["KmsKeyId"] for each in kept] == [_KEY] * 3
    assert stack.of_type("AWS::CloudFormation::Stack")["Cluster"]["Parameters"] == {"Key": _KEY}
    assert "Kms" not in json.dumps([without.of_type(kind) for kind in ("AWS::SQS::Queue", "AWS::Logs::LogGroup")])


def test_new_code_gets_a_tenth_of_the_calls_first_and_goes_back_when_an_alarm_fires(check: Check) -> None:
    stack = Stack(check("transform", ShiftTraffic="true"))
    groups = stack.of_type("AWS::CodeDeploy::DeploymentGroup")
    assert set(groups) == {f"{name}DeploymentGroup" for name in functions_of(stack)}
    for group in groups.values():
        watched = [alarm["Name"] for alarm in group["AlarmConfiguration"]["Alarms"]]
        assert watched == ["FailedRequests", "FailedReadings", "Errors"]
        assert set(watched) <= set(stack.of_type("AWS::CloudWatch::Alarm"))
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
        assert group["DeploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent10Minutes"
    aliases = [each for each in stack.resources.values() if each["Type"] == "AWS::Lambda::Alias"]
    assert all("CodeDeployLambdaAliasUpdate" in each["UpdatePolicy"] for each in aliases)
    assert not Stack(check("transform")).of_type("AWS::CodeDeploy::DeploymentGroup"), "where it is not asked for"

"""What the template comes to, as JSON. Runs with the tools of requirements.txt; needs no network and no account.

check.py template                the template as it is written, in the long form of CloudFormation's functions
check.py database                the same of the template of its database
check.py transform NAME=VALUE... what SAM makes of it with these parameters
check.py stack NAME=VALUE...     what moto makes of that: names, functions, queues, ...
"""

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any

_TEMPLATE = Path(__file__).with_name("template.yaml")
_KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "us-east-1"}
# moto makes neither of these two, and no aliases: whatever names them gets this, or the alias's function.
_STAND_INS = {
    "Token": "arn:aws:secretsmanager:us-east-1:123456789012:secret:Token",
    "Cluster.Outputs.Endpoint": "cluster.dsql.us-east-1.on.aws",
    "Cluster.Outputs.Arn": "arn:aws:dsql:us-east-1:123456789012:cluster/cluster",
}


class _NoPolicies:
    """In place of AWS's own managed policies, of which the template uses none."""

    def load(self) -> dict[str, str]:
        return {}


def template() -> dict[str, Any]:
    from samtranslator.yaml_helper import yaml_parse

    parsed: dict[str, Any] = yaml_parse(_TEMPLATE.read_text("utf-8"))
    return parsed


def database() -> dict[str, Any]:
    from samtranslator.yaml_helper import yaml_parse

    parsed: dict[str, Any] = yaml_parse(_TEMPLATE.with_name("database.yaml").read_text("utf-8"))
    return parsed


def transformed(parameters: dict[str, str]) -> dict[str, Any]:
    from samtranslator.translator.transform import transform

    built = template()
    for each in built["Resources"].values():
        if each["Type"] == "AWS::Serverless::Function":
            # As `sam package` leaves it behind.
            image = each["Properties"].get("PackageType") == "Image"
            code = {"ImageUri": "1.dkr.ecr.us-east-1.amazonaws.com/r:1"} if image else {"CodeUri": "s3://code/zip"}
            each["Properties"] |= code
    result: dict[str, Any] = transform(built, parameters, _NoPolicies())
    return result


def stack(parameters: dict[str, str]) -> dict[str, Any]:
    from moto import mock_aws

    whole = transformed(parameters)
    # A stack in the stack, whose template moto would look for in a bucket.
    del whole["Resources"]["Cluster"]
    body = json.dumps(_stood_in(whole))
    with mock_aws(), warnings.catch_warnings():
        # Of each kind of resource that it does not make.
        warnings.simplefilter("ignore", UserWarning)
        names = _create(body, parameters)
        return {"names": names, **_made(names)}


def _stood_in(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        [(what, of)] = value.items()
        if what == "Ref":
            alias = {"Fn::GetAtt": [of.removesuffix("Aliaslive"), "Arn"]}
            return _STAND_INS.get(of) or (alias if of.endswith("Aliaslive") else value)
        if what == "Fn::GetAtt" and ".".join(of) in _STAND_INS:
            return _STAND_INS[".".join(of)]
    if isinstance(value, dict):
        return {name: _stood_in(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_stood_in(each) for each in value]
    if isinstance(value, str):
        for key, text in _STAND_INS.items():
            value = value.replace(f"${{{key}}}", text)
    return value


def _create(body: str, parameters: dict[str, str]) -> dict[str, str]:
    import boto3

    boto3.client("s3").create_bucket(Bucket="code")
    boto3.client("s3").put_object(Bucket="code", Key="zip", Body=b"")
    given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
    client = boto3.client("cloudformation")
    client.create_stack(StackName="castmark", TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_IAM"])
    rows = client.describe_stack_resources(StackName="castmark")["StackResources"]
    # Some of moto's kinds do not say what they are called.
    return {row["LogicalResourceId"]: row.get("PhysicalResourceId", "") for row in rows if "LogicalResourceId" in row}


def _made(names: dict[str, str]) -> dict[str, Any]:
    import boto3

    made = boto3.client("lambda").list_functions()["Functions"]
    queue = boto3.client("sqs").get_queue_attributes(QueueUrl=names["Queue"], AttributeNames=["All"])
    return {
        "functions": {each["FunctionName"]: each for each in made},
        "mappings": boto3.client("lambda").list_event_source_mappings()["EventSourceMappings"],
        "queue": queue["Attributes"],
        "groups": boto3.client("logs").describe_log_groups()["logGroups"],
        "encryption": boto3.client("s3").get_bucket_encryption(Bucket=names["Pictures"]),
    }


def main(what: str, *given: str) -> None:
    os.environ |= _KEYS
    logging.disable()
    parameters = dict(each.split("=", 1) for each in given)
    make = {
        "template": lambda _: template(),
        "database": lambda _: database(),
        "transform": transformed,
        "stack": stack,
    }[what]
    sys.stdout.write(json.dumps(make(parameters), default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])

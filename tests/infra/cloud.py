"""AWS in this process with what the template makes, by the names that it has there, and what is asked of it."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import botocore.client
from botocore.session import Session
from moto import mock_aws

from handlers.aws.bucket import Bucket
from handlers.aws.messages import Messages
from tests.buckets import ENVIRONMENT, created
from tests.queues import Queues, create

BUCKET = "pictures"
Right = tuple[str, str]
# Where IAM calls an operation by another name.
_ACTIONS = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}


@contextmanager
def cloud() -> Iterator[Queues]:
    """The template's bucket, and its queues, which are what is returned."""
    with mock_aws(config={"lambda": {"use_docker": False}}), patch.dict("os.environ", ENVIRONMENT):
        created(Bucket(BUCKET))
        yield create(Messages("").client)


def make_log(name: str) -> None:
    Session().create_client("logs").create_log_group(logGroupName=name)


def make_secret(name: str, text: str) -> None:
    Session().create_client("secretsmanager").create_secret(Name=name, SecretString=text)


def make_functions(names: list[str]) -> None:
    """Functions that there is something to be done to; none of them is ever called."""
    session = Session()
    role = session.create_client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client = session.create_client("lambda")
    for name in names:
        facts = {"Runtime": "python3.13", "Handler": "x.y", "Code": {"ZipFile": _code()}}
        client.create_function(FunctionName=name, Role=role, **facts)


@contextmanager
def asked() -> Iterator[set[Right]]:
    """The rights that AWS would want for what is asked of it until the block ends."""
    found: set[Right] = set()
    call = botocore.client.BaseClient._make_api_call

    def noted(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        name = f"{client.meta.service_model.service_name}:{operation}"
        found.update((_ACTIONS.get(name, name), resource) for resource in _resources(operation, parameters))
        return call(client, operation, parameters)

    with patch.object(botocore.client.BaseClient, "_make_api_call", noted):
        yield found


def _resources(operation: str, parameters: Mapping[str, Any]) -> list[str]:
    """What a request is about, as tests/infra/resolving.py names it; a listing's prefix after a question mark."""
    if operation == "ListObjectsV2":
        return [f"Pictures.Arn?{_folder(parameters['Prefix'])}"]
    if "Bucket" in parameters:
        keys = [parameters.get("Key"), *(each["Key"] for each in parameters.get("Delete", {}).get("Objects", ()))]
        return [f"Pictures.Arn/{_folder(key)}" for key in keys if key]
    if "QueueUrl" in parameters:
        return ["Queue.Arn"]
    return [parameters["SecretId"]] if "SecretId" in parameters else [f"{_name(parameters)}.Arn"]


def _name(parameters: Mapping[str, Any]) -> str:
    return str(parameters["logGroupName" if "logGroupName" in parameters else "FunctionName"])


def _folder(key: str) -> str:
    return f"{key.split('/')[0]}/*"


def _code() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("x.py", "")
    return file.getvalue()

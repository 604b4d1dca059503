"""The smallest function that asks a PostgreSQL and could use S3 and SQS."""

import boto3

from benchmarks.peers.hello_sql import handler

s3, sqs = boto3.client("s3"), boto3.client("sqs")
__all__ = ["handler"]

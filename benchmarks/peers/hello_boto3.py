"""The smallest function that could use S3."""

import boto3

from benchmarks.peers.hello import handler

s3 = boto3.client("s3")
__all__ = ["handler"]

"""The S3 servers that tests run against."""

from unittest.mock import patch

from handlers.aws.bucket import Bucket
from tests.buckets import ENVIRONMENT, NAME, created, keys, s3_server


def test_a_server_has_nothing_of_the_one_before() -> None:
    for _ in range(2):
        with s3_server() as url, patch.dict("os.environ", ENVIRONMENT):
            bucket = created(Bucket(NAME, endpoint=url))
            assert keys(bucket) == []
            bucket.client.put_object(Bucket=NAME, Key="left", Body=b"behind")

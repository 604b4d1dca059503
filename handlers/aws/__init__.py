"""AWS, below everything else: what other rooms ask of it, and nothing of what they ask it for.

`clients` reach its services, and `refusals` are its errors told apart. `bucket` is S3, `messages` a queue of SQS,
`secrets` Secrets Manager, `log_group` CloudWatch's logs.
"""

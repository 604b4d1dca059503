"""What only a cloud has: Lambda's events, API Gateway, snapshots, secrets, the log group, and clients of AWS.

`handler` makes a Lambda handler of an app, and `gateway` sends a laptop's requests through such handlers. `snapshot` is
SnapStart's before and after. `clients` reach AWS's services; `secrets` and `events` use them.
"""

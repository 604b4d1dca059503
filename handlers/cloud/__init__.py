"""What only a cloud has: Lambda's events, API Gateway, snapshots.

`handler` makes a Lambda handler of an app, and `gateway` sends a laptop's requests through such handlers. `snapshot` is
SnapStart's before and after.
"""

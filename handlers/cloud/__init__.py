"""What only a cloud has: Lambda's events, API Gateway, snapshots, and the log group.

`handler` makes a Lambda handler of an app, and `gateway` sends a laptop's requests through such handlers. `snapshot` is
SnapStart's before and after. `events` are kept in the log group.
"""

"""AWS Lambda, above everything else: what only a cloud's functions have, and what plays them on a laptop.

`functions` are the handlers by their names, each built when Lambda asks for it: `handler` makes one of an app, `worker`
is the one that has no app, and `snapshot` is SnapStart's before and after. `gateway` sends a laptop's requests through
the same handlers.
"""

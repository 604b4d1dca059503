"""What a database lets a statement do, whatever was thought of its text.

`base` says what a guarded engine promises and how large an answer may be, `choosing` takes the one of a database:
`sqlite_guard` is SQLite's authorizer, limits and deadline, `postgresql_guard` a login of its own, which
`postgresql_role` makes, and the plan of each statement.
"""

"""What happened, for the operator: uploads, readings, refusals, logins, starts and stops.

`base` says what an event is and what a place for events promises; a server keeps them in `files`, and a function in the
`cloud` in the log of all functions.
"""

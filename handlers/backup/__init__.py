"""All that a server keeps, in one file: `saving` writes it while the server runs, `restoring` brings it back.

A ZIP, so that any program opens it:

    tables/<name>.jsonl     a row a line, as a list of its columns
    evidence/<day>/<file>   the pictures kept with readings
    teaching/<name>.json    what the reader was taught, and which of it is used
    settings.json           as they were, without secrets; for a person
    manifest.json           the last one: columns, counts and sums of all of it
"""

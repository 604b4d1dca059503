"""Castmark: reads the characters cast into metal.

A request's way: `function` -> `api/<name>` -> one room. The house:

- `function`     the one wrapper: API modules -> FastAPI app
- `middleware`   what every request passes: log, CORS, unforeseen errors, body limit; `paths` brings targets to routes
- `multipart`    uploads as clients really send them, read within bounds
- `serving`      connections of the local server that nobody can hold or hoard; a front end that somebody has built
- `lambda_`      AWS Lambda, above everything: a handler for each API, the worker, API Gateway on a laptop, snapshots
- `cli`          the `castmark` command
- `access`       who the caller is, and who may call what: `roles` is the table
- `soundness`    whether all that the settings name can be used, and where each setting came from
- `health`       whether a server can do its work, and what it counts of it; `counts` says what is counted
- `watching`     a folder whose pictures are read as they come
- `backup`       all that a server keeps in one file, and back
- `notes`        which requests become events, and `logbook` where those are kept
- `importing`    what imports need not do
- `rooms`        the rooms an app uses, each opened when first needed
- `settings`     Settings: environment, castmark.toml, config.ini (`existing`), defaults
- `log`          the process log, one JSON object a line; `openapi` what APIs say of themselves
- `errors`       the error tree; each error knows its HTTP status
- `api`          one file per API, one cloud function each
- `tasks`        uploads -> tasks -> readings
- `pictures`     uploads made safe to look at: content, limits, decoding here or in processes apart
- `recognition`  photo -> Reading
- `teaching`     what people checked -> what the reader was taught, judged before it is used
- `records`      SQL: the tables, the database of a URL, what is kept of readings
- `promise`      how many accepted readings are wrong: pure statistics of what people checked, and of drift
- `outbox`       what leaves by itself: events, alarms, and the targets they go to; `plant` has its settings
- `console`      the command line behind `command`, and the guard around its SQL
- `storage`      where uploads live
- `aws`          AWS, below everything: clients, what it refuses, a bucket, a queue, secrets, a log group
- `web`          the page's static files
"""

__version__ = "0.2.0"

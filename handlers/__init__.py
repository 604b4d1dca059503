"""Castmark: reads the characters cast into metal.

A request's way: `function` -> `api/<name>` -> one room. The house:

- `function`     the one wrapper: API modules -> FastAPI app -> Lambda handler
- `middleware`   what every request passes: log, CORS, unforeseen errors, body limit
- `cloud`        from a FastAPI app to a Lambda handler: Mangum, with its traps closed
- `access`       who the caller is
- `rooms`        the rooms an app uses, each opened when first needed
- `settings`     Settings: environment, castmark.toml, config.ini, defaults
- `errors`       the error tree; each error knows its HTTP status
- `api`          one file per API, one cloud function each
- `tasks`        uploads -> tasks -> readings
- `recognition`  photo -> Reading
- `storage`      where uploads live
- `web`          the page's static files
"""

"""Castmark on a laptop: every API in one server, uploads in a folder, recognition in this process.

python local_server.py                  then open the address that it prints
python local_server.py --as-lambda      every request goes through the handler of its Lambda function
"""

import argparse
import importlib.util
import os
import signal
import socket
import ssl
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI
from fastapi_swagger import patch_fastapi
from starlette.types import ASGIApp

from handlers.api import all_apis, health, incoming
from handlers.errors import ConfigurationError, DatabaseUnusable
from handlers.function import build_app
from handlers.log import open_log, open_log_of_libraries
from handlers.rooms import Rooms
from handlers.serving.connections import connection_class
from handlers.serving.front_end import serve_front_end
from handlers.serving.metrics import serve_metrics
from handlers.serving.supervisor import Supervisor
from handlers.settings import Settings, read_settings

if TYPE_CHECKING:
    from handlers.lambda_.gateway import Gateway

# How long a stop waits for readings in flight: a full batch of the slowest pictures takes less.
_PATIENCE = 240
# What answers beside the functions of the cloud.
_BESIDE = (incoming.api, health.api)


def main(arguments: list[str] | None = None) -> int:
    try:
        flags = vars(_flags().parse_args(arguments))
        old, copy, as_lambda = (flags.pop(name) for name in ("import_database", "export_database", "as_lambda"))
        settings = read_settings(**flags)
        if old or copy:
            transfer(settings, old, copy)
        else:
            check_exposure(settings)
            if as_lambda:
                if settings.front_end:
                    raise ConfigurationError("CASTMARK_FRONT_END is set, but functions (--as-lambda) have no folder.")
                _export(flags)
            serve(settings, as_lambda=as_lambda)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    except DatabaseUnusable as error:
        print(f"The database cannot be used ({error.reason}); see CASTMARK_DATABASE_URL.", file=sys.stderr)
        return 2
    return 0


class Stoppable(uvicorn.Server):
    """uvicorn's server, which says what it waits for when it is told to stop, and to systemd that it runs."""

    def __init__(self, config: uvicorn.Config, supervisor: Supervisor) -> None:
        super().__init__(config)
        self._supervisor = supervisor

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._supervisor.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Whoever it was that ended it; from now on systemd waits for TimeoutStopSec, and not for the watchdog.
        self._supervisor.stopping()
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        # Called by the loop that answers requests: where that is stuck, systemd hears nothing more, and restarts us.
        self._supervisor.alive()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            print("Stopping once what runs is answered; Ctrl-C again stops now.", flush=True)
        super().handle_exit(sig, frame)


def serve(settings: Settings, *, as_lambda: bool = False) -> None:
    """Answer requests until SIGINT or SIGTERM, then finish what is in flight.

    `as_lambda`: by the handlers of the cloud's functions, which read their settings from the environment.
    """
    # uvicorn raises a signal again once it has shut down; ours makes that an end with 0.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    open_log(debug=settings.debug)
    open_log_of_libraries()
    # Pictures and records are nobody else's on this machine, whatever the umask was.
    os.umask(0o077)
    _check_folder(settings.data)
    app = build_app(settings, _BESIDE) if as_lambda else local_app(settings)
    gateway = _gateway(settings, app) if as_lambda else None
    rooms: Rooms = app.state.rooms
    # A target or a rule that can never work stops the start, before anything is opened.
    rooms.prepare_rules()
    courier = rooms.courier if settings.outbox.targets else None
    server = Stoppable(_config(gateway or app, settings), Supervisor.of(os.environ))
    listener = _listener(settings)
    rooms.server_commands.stop = lambda: setattr(server, "should_exit", True)
    rooms.console.edits.forget()
    warming = threading.Thread(target=rooms.reader.prepare, name="warming")
    warming.start()
    rooms.queue.open()
    if courier:
        courier.open()
    stop_metrics = serve_metrics(rooms)
    address = _address(settings, listener)
    rooms.note("server", "started", address)
    how = "through the handlers of its Lambda functions" if gateway else "API: docs"
    print(f"Castmark is at {address} ({how}; stop with Ctrl-C)", flush=True)
    try:
        server.run(sockets=[listener])
    finally:
        warming.join()
        stop_metrics()
        rooms.note("server", "stopped", address)
        if gateway:
            gateway.close()
        rooms.close()


def transfer(settings: Settings, old: Path | None, copy: Path | None) -> None:
    """Take over an existing database file, or write a copy of ours; a server may be running meanwhile."""
    from handlers.records.transfer import export_file, import_file

    database = Rooms(settings).database
    try:
        if old:
            counts = import_file(database, old)
            print(f"Taken over from {old}: " + ", ".join(f"{count} rows of {name}" for name, count in counts.items()))
        if copy:
            export_file(database, copy)
            print(f"Written: {copy}")
    finally:
        database.close()


def local_app(settings: Settings) -> FastAPI:
    """All APIs in one app, with their documentation at /docs (Swagger UI from a package: no internet)."""
    app = build_app(settings, all_apis())
    if settings.decoders and sys.platform != "win32":
        app.state.rooms.decode_apart()
    if importlib.util.find_spec("prometheus_client") is not None:
        app.state.rooms.count()
    patch_fastapi(app, redirect_from_root_to_docs=False)
    if settings.front_end:
        serve_front_end(app, settings.front_end)
    return app


def _gateway(settings: Settings, storage: FastAPI) -> "Gateway":
    """API Gateway's stand-in; `storage` takes the forms of `presign`, as S3 does, and answers for the health."""
    from handlers.lambda_.gateway import Gateway, functions

    paths = [settings.base_path + route.path(settings) for api in _BESIDE for route in api.routes]
    return Gateway(functions(settings), dict.fromkeys(paths, storage))


def check_exposure(settings: Settings) -> None:
    """Raises ConfigurationError where other machines could reach a server that nothing guards."""
    if settings.on_loopback:
        return
    if settings.access == "open":
        print(f"Warning: access is open; everyone who reaches {settings.host} may do everything.", file=sys.stderr)
    elif settings.token is None:
        raise ConfigurationError(
            f"CASTMARK_HOST is {settings.host!r}, which other machines can reach: set CASTMARK_TOKEN "
            "(at least 16 characters) or, on a network you trust, CASTMARK_ACCESS=open."
        )


def _export(flags: dict[str, object]) -> None:
    """Functions know the environment only: what was said on the command line goes there."""
    os.environ.update({f"CASTMARK_{name.upper()}": str(value) for name, value in flags.items() if value is not None})


def _flags() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="local_server.py",
        description="Reads the characters cast into metal: upload a photo of a casting, get the mold number.",
        epilog=(
            "Everything else is set by CASTMARK_* environment variables, castmark.toml or an existing "
            "config.ini in this folder; docs/configuration.md lists it."
        ),
    )
    parser.add_argument("--host", help="address to listen on (CASTMARK_HOST, 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on, 0 for any free one (CASTMARK_PORT, 5000)")
    parser.add_argument("--data", type=Path, help="folder for uploads (CASTMARK_DATA, ./data)")
    parser.add_argument("--import-database", type=Path, metavar="FILE", help="take over a CCRS data.db, and end")
    parser.add_argument("--export-database", type=Path, metavar="FILE", help="write a consistent copy, and end")
    parser.add_argument("--workers", help="pictures read at once (CASTMARK_WORKERS, 1)")
    parser.add_argument(
        "--as-lambda",
        action="store_true",
        help="send every request, as the event that API Gateway makes of it, through its Lambda function's handler",
    )
    return parser


def _config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    certificate, key = _certificate(settings)
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="off",
        # uvicorn takes uvloop by itself where it is; nothing here speaks WebSocket.
        http=connection_class(settings.limits.connections, settings.trusted_proxies),
        ws="none",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        ssl_certfile=certificate,
        ssl_keyfile=key,
        timeout_graceful_shutdown=_PATIENCE,
    )


def _certificate(settings: Settings) -> tuple[Path, Path] | tuple[None, None]:
    folder = settings.certificates
    if folder is None:
        return None, None
    certificates, keys = sorted(folder.glob("*.crt")), sorted(folder.glob("*.key"))
    if len(certificates) != 1 or len(keys) != 1:
        raise ConfigurationError(
            f"CASTMARK_CERTIFICATES is {str(folder)!r}, where there are {len(certificates)} .crt and "
            f"{len(keys)} .key files; it must be a folder with one of each."
        )
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificates[0], keys[0])
    except OSError as error:
        raise ConfigurationError(
            f"CASTMARK_CERTIFICATES is {str(folder)!r}, whose certificate cannot be used ({error.strerror or error})."
        ) from None
    return certificates[0], keys[0]


def _check_folder(data: Path) -> None:
    try:
        data.mkdir(parents=True, exist_ok=True)
        with suppress(PermissionError):
            # Of another user's folder it is for that user to say.
            data.chmod(0o700)
        with tempfile.TemporaryFile(dir=data):
            pass
    except OSError as error:
        raise ConfigurationError(
            f"CASTMARK_DATA is {str(data)!r}, where nothing can be stored ({error.strerror})."
        ) from None


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise ConfigurationError(
            f"CASTMARK_PORT {settings.port} on {settings.host} cannot be opened ({error.strerror}); "
            "stop what uses it, or choose another port."
        ) from None


def _address(settings: Settings, listener: socket.socket) -> str:
    scheme = "https" if settings.certificates else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"{scheme}://{host}:{listener.getsockname()[1]}{settings.base_path}/"


if __name__ == "__main__":
    sys.exit(main())

"""The smallest function that asks a PostgreSQL: one row, by SQLAlchemy and psycopg."""

import os

from fastapi import FastAPI
from mangum import Mangum
from sqlalchemy import create_engine, text

app = FastAPI()
engine = create_engine(os.environ["PEER_DATABASE_URL"])


@app.api_route("/{path:path}", methods=["GET", "POST"])
def hello(path: str) -> dict[str, str]:
    with engine.connect() as connection:
        return {"hello": str(connection.scalar(text("SELECT :path"), {"path": path}))}


handler = Mangum(app, lifespan="off")

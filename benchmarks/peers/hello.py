"""The smallest function with FastAPI and Mangum."""

from fastapi import FastAPI
from mangum import Mangum

app = FastAPI()


@app.api_route("/{path:path}", methods=["GET", "POST"])
async def hello(path: str) -> dict[str, str]:
    return {"hello": path}


handler = Mangum(app, lifespan="off")

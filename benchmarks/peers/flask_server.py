"""The documented API as its system is usually written: Flask, one module, files saved as they come.

    gunicorn benchmarks.peers.flask_server:app

Nothing is checked, decoded or kept apart by caller: what is measured is what a request costs.
"""

import os
from pathlib import Path

from flask import Flask, Response, jsonify, request, send_file
from flask_cors import CORS
from werkzeug.utils import secure_filename

app = Flask(__name__)
CORS(app)
UPLOADS = Path(os.environ["PEER_FOLDER"])
PAGE = Path(__file__).parents[2] / "handlers" / "web" / "index.html"


@app.route("/")
def page() -> Response:
    return send_file(PAGE)


@app.route("/test", methods=["GET", "POST"])
def test() -> Response:
    return jsonify("You already connect the server now!")


@app.route("/upload", methods=["POST"])
def upload() -> Response:
    names = []
    for file in request.files.values():
        name = secure_filename(file.filename or "picture")
        file.save(UPLOADS / name)
        names.append(name)
    return jsonify({"message": "Done", "files": names})


@app.route("/info", methods=["GET", "POST"])
def info() -> Response:
    files = [
        [f"{request.host_url}getpicture?name={path.name}", path.name, f"{path.stat().st_size / 1048576:.2f}MiB"]
        for path in UPLOADS.iterdir()
    ]
    return jsonify({"file_count": len(files), "file_list": files, "API": {"upload": "upload"}})

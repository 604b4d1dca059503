"""Write docs/openapi.json: what callers may rely on, as this version says it. `python -m docs.write_openapi`"""

import json
import sys
from pathlib import Path

from handlers.api import all_apis
from handlers.function import build_app
from handlers.settings import Settings

FILE = Path(__file__).with_name("openapi.json")


def document() -> str:
    """The document of all APIs by their default names, in an order that does not change by itself."""
    app = build_app(Settings(), all_apis())
    return json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), "utf-8")
    sys.stdout.write(f"{FILE.name}: {FILE.stat().st_size:,} bytes\n")

"""Write the house into docs/architecture.md, as the imports have it. `python -m docs.write_architecture`

A room is a folder or a file of handlers/. It stands above all that it imports when it runs; rooms that import one
another share a floor.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).with_name("architecture.md")
_ROOT = Path(__file__).parents[1]
_HANDLERS = _ROOT / "handlers"
_BEGIN, _END = "<!-- written from the imports -->\n", "<!-- until here -->\n"
Uses = dict[str, set[str]]


def document() -> str:
    """The page with its drawing as the code is now."""
    before, _, rest = FILE.read_text("utf-8").partition(_BEGIN)
    return before + _BEGIN + drawing() + _END + rest.partition(_END)[2]


def drawing() -> str:
    """Floors from the roof down, and what each room imports."""
    uses = imports()
    floors = _floors(uses)
    top = max(floors.values())
    rooms = sorted(uses, key=lambda room: (-floors[room], room))
    lines = ["  ".join(room for room in rooms if floors[room] == floor) for floor in range(top, -1, -1)]
    rows = [f"| `{room}` | {', '.join(f'`{each}`' for each in sorted(uses[room]))} |" for room in rooms if uses[room]]
    table = ["| room | imports |", "|---|---|", *rows]
    return "\n".join(["```text", *lines, "```", "", *table, ""])


def circles() -> set[frozenset[str]]:
    """The rooms that import one another, by whatever way."""
    uses = imports()
    below = {room: _reached(room, uses) for room in uses}
    return {frozenset(each for each in below[room] if room in below[each]) for room in uses if room in below[room]}


def imports() -> Uses:
    """The rooms, and the other rooms that each imports anywhere in its files, except for types alone."""
    files = {path: _room_of(path.relative_to(_ROOT).with_suffix("").parts) for path in _HANDLERS.rglob("*.py")}
    files[_ROOT / "local_server.py"] = "local_server"
    uses: Uses = {room: set() for room in sorted(set(files.values()) - {""})}
    for path, room in files.items():
        if room:
            found = {_room_of(tuple(name.split("."))) for name in _imported(ast.parse(path.read_text("utf-8")))}
            uses[room] |= (found & uses.keys()) - {room}
    return uses


def _room_of(parts: tuple[str, ...]) -> str:
    """Of a module's name; empty where it belongs to none."""
    return parts[1] if parts[0] == "handlers" and len(parts) > 1 and parts[1] != "__init__" else ""


def _imported(node: ast.AST) -> Iterator[str]:
    """The names that are imported below it when it runs."""
    if isinstance(node, ast.Import):
        yield from (each.name for each in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from (f"{node.module}.{each.name}" for each in node.names)
    for child in ast.iter_child_nodes(node):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and child in node.body:
            continue
        yield from _imported(child)


def _floors(uses: Uses) -> dict[str, int]:
    """0 for what imports nothing, else one more than the highest that is imported and does not import back."""
    below = {room: _reached(room, uses) for room in uses}
    floors: dict[str, int] = {}

    def floor(room: str) -> int:
        if room not in floors:
            equals = {each for each in below[room] if room in below[each]} | {room}
            found = [floor(each) for one in equals for each in uses[one] if each not in equals]
            floors.update(dict.fromkeys(equals, max(found, default=-1) + 1))
        return floors[room]

    for room in uses:
        floor(room)
    return floors


def _reached(room: str, uses: Uses) -> set[str]:
    """All that is imported by it, and by those, and so on."""
    reached, left = set[str](), [room]
    while left:
        new = uses[left.pop()] - reached
        reached |= new
        left += new
    return reached


if __name__ == "__main__":
    FILE.write_text(document(), "utf-8")
    sys.stdout.write(f"{FILE.name}: {len(imports())} rooms\n")

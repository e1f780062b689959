"""Write the rooms and their arrows into ARCHITECTURE.md, as the code's own imports have them.

Run from the project's top folder: ``python docs/make_architecture.py``; a test says whether the page is up to date.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- rooms: written by docs/make_architecture.py -->", "<!-- end of rooms -->"

#: Rooms whose reports write themselves.
WRITING = ("auditing", "circles")


def room(module: str) -> str:
    """Return the room of a dotted module of zzgeo: the folder or the file below the package."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def rooms() -> dict[str, str]:
    """Return every room and what its docstring says first; the entry points are no rooms."""
    found = {}
    for path in sorted((ROOT / "zzgeo").iterdir()):
        source = path / "__init__.py" if path.is_dir() else path
        if source.suffix == ".py" and source.is_file() and path.name not in ("__init__.py", "__main__.py"):
            lines = (ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").splitlines()
            found[path.stem] = lines[0] if lines else ""
    return found


def arrows() -> dict[str, set[str]]:
    """Return which other rooms each room imports, deferred imports and those for types included."""
    names = rooms()
    found: dict[str, set[str]] = {name: set() for name in names}
    for name in names:
        folder = ROOT / "zzgeo" / name
        for path in sorted(folder.rglob("*.py")) if folder.is_dir() else [folder.with_suffix(".py")]:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("zzgeo"):
                    whole = [f"{node.module}.{alias.name}" for alias in node.names]
                elif isinstance(node, ast.Import):
                    whole = [alias.name for alias in node.names if alias.name.startswith("zzgeo.")]
                else:
                    continue
                found[name] |= {room(module) for module in whole} & names.keys() - {name}
    # reports write themselves: the arrows that point on, drawn apart
    for name in WRITING:
        found[name].discard("reporting")
    return found


def reduced(graph: dict[str, set[str]]) -> dict[str, list[str]]:
    """Return the arrows that a longer way already implies: what is reached through another room is not drawn again."""

    def below(name: str) -> set[str]:
        return graph[name].union(*(below(other) for other in graph[name])) if graph[name] else set()

    return {
        name: sorted(other for other in others if not any(other in below(third) for third in others - {other}))
        for name, others in graph.items()
    }


def block() -> str:
    """Return the picture of the rooms, and the table of what each is for."""
    drawn = reduced(arrows())
    lines = ["```mermaid", "flowchart BT"]
    lines += [f"  {name} --> {other}" for name, others in sorted(drawn.items()) for other in others]
    lines += [f"  {name} -. a report writes itself .-> reporting" for name in WRITING]
    lines += ["```", "", "| room | what it is |", "|---|---|"]
    lines += [f"| `{name}` | {first} |" for name, first in rooms().items()]
    return "\n".join([BEGIN, *lines, END])


def page() -> str:
    """Return ARCHITECTURE.md with the rooms as they are now."""
    text = PAGE.read_text("utf-8")
    before, rest = text.split(BEGIN)
    return before + block() + rest.split(END)[1]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

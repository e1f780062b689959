"""How files come to be damaged: in their bytes, or in what they say."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable

from fuzz_files import Base

TOKENS = [
    b"NaN",
    b"1e309",
    b"-inf",
    b"\x00",
    b'"',
    b"'",
    b"\r",
    b"\n",
    b",",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"<!DOCTYPE x [",
    b"<",
    b">",
    b"]]>",
    b"null",
    b"{",
    b"}",
    b"[[[",
    b"99999999999999999999",
    b"-1",
    b"0",
    b"\xb0\xa1",
    b"%s",
    b"=1+1",
    b"180.0",
    b"1e-320",
    "１２".encode(),
    "张".encode("gb18030"),
    b"\x1a",
    b"/vsicurl/http://127.0.0.1:9/x",
    b"EPSG:3857",
]


def mutated(base: Base, rng: random.Random) -> dict[str, bytes]:
    """Return the parts of a base with one of them damaged in one to four places."""
    ending = rng.choice(sorted(base.parts))
    data = base.parts[ending]
    inner = data[:2] == b"PK" and rng.random() < 0.7
    retold = RETOLD.get(ending) if rng.random() < 0.7 else None
    changed = retold(data, rng) if retold else _inside_zip(data, rng) if inner else _damaged(data, rng)
    return {**base.parts, ending: changed}


def _damaged(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(OPERATORS)(bytearray(data), rng)
    return data


def _inside_zip(data: bytes, rng: random.Random) -> bytes:
    """Damage one member and pack it anew, so that the damage gets past the archive's own checks."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        victim = rng.choice(archive.namelist())
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as again:
            for name in archive.namelist():
                content = archive.read(name)
                again.writestr(name, _damaged(content, rng) if name == victim else content)
    return packed.getvalue()


def _span(data: bytearray, rng: random.Random, most: int = 64) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.randint(1, most))


def _flip(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 8)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


def _cut_off(data: bytearray, rng: random.Random) -> bytes:
    return bytes(data[: rng.randrange(len(data) + 1)])


def _remove(data: bytearray, rng: random.Random) -> bytes:
    start, stop = _span(data, rng)
    return bytes(data[:start] + data[stop:])


def _repeat(data: bytearray, rng: random.Random) -> bytes:
    start, stop = _span(data, rng)
    return bytes(data[:stop] + data[start:stop] * rng.randint(1, 20) + data[stop:])


def _insert(data: bytearray, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return bytes(data[:at]) + rng.choice(TOKENS) + bytes(data[at:])


def _overwrite(data: bytearray, rng: random.Random) -> bytes:
    start, stop = _span(data, rng, 16)
    return bytes(data[:start]) + rng.randbytes(stop - start) + bytes(data[stop:])


def _number(data: bytearray, rng: random.Random) -> bytes:
    """Replace a run of digits, where there is one, by an extreme number."""
    places = [at for at, byte in enumerate(data) if 48 <= byte <= 57]
    if not places:
        return _insert(data, rng)
    start = stop = rng.choice(places)
    while stop < len(data) and (48 <= data[stop] <= 57 or data[stop] == 46):
        stop += 1
    return (
        bytes(data[:start]) + rng.choice([b"0", b"-5", b"1e309", b"NaN", b"99999999999", b"91.5"]) + bytes(data[stop:])
    )


def _swap(data: bytearray, rng: random.Random) -> bytes:
    a, b = _span(data, rng)
    c, d = _span(data, rng)
    first, second = sorted(((a, b), (c, d)))
    if first[1] > second[0]:
        return bytes(data)
    return bytes(
        data[: first[0]]
        + data[second[0] : second[1]]
        + data[first[1] : second[0]]
        + data[first[0] : first[1]]
        + data[second[1] :]
    )


OPERATORS: tuple[Callable[[bytearray, random.Random], bytes], ...] = (
    _flip,
    _cut_off,
    _remove,
    _repeat,
    _insert,
    _overwrite,
    _number,
    _swap,
)


# ---------------------------------------------------------------------------------------------------- what files say

#: What may stand where something else did, as TOML writes it.
TOML = (
    *("true", "-1", "0", "0.5", "1e308", "-1e-320", "nan", "inf", "99999999999999999999", '""', '"x"', '"无"', '" "'),
    *("[]", "{}", "[1, 2]", '["a"]', "[[1], [2]]", '{ a = "b" }', "2018-12-31", "9999-12-31", "0001-01-01", "07:32:00"),
    *(
        "2018-12-31T07:32:00Z",
        '"../../x.csv"',
        '"/"',
        '"study.toml"',
        '"postgis"',
        '"EPSG:3857"',
        '"EPSG:4326"',
        '">="',
    ),
    *('"all"', '"city"', '"W"', "1e5", "3.5", "[0.1, 1e300]", '"\\u0000"', '"park"', '["park"]', '"residents"'),
)
#: The same as JSON writes it; Python reads and writes numbers that JSON has not.
JSON: tuple[object, ...] = (
    *(None, True, False, 0, -1, 10**400, 1e308, float("nan"), float("inf"), "", "x", "inf", "-inf", "nan", "\ud800"),
    *([], {}, [[]], {"a": {}}, "city", "district", "pass", "fail", "nodata", ["pass"], {"id": 1}, "\0"),
)


def _retold_toml(data: bytes, rng: random.Random) -> bytes:
    """Change one to three lines: another value, a key of another name, a line less, twice, or elsewhere."""
    lines = data.decode().splitlines()
    for _ in range(rng.randint(1, 3)):
        place, line = rng.choice(list(enumerate(lines)))
        key, equals, _value = line.partition(" = ")
        how = rng.random()
        if equals and how < 0.7:
            lines[place] = f"{key} = {rng.choice(TOML)}"
        elif how < 0.8:
            lines.insert(rng.randrange(len(lines)), line)
        elif how < 0.9:
            lines[place] = line.replace(key, rng.choice(("x", "value", "rule", "params.x", "[units]", "id")))
        elif len(lines) > 1:
            del lines[place]
    return "\n".join(lines).encode()


def _retold_json(data: bytes, rng: random.Random) -> bytes:
    """Put something else in one to three places of what a JSON text says."""
    content = json.loads(data)
    for _ in range(rng.randint(1, 3)):
        holder, key = content, rng.choice(list(content))
        # what a comparison reads lies at most three steps down
        for _step in range(rng.randint(0, 3)):
            inner = holder[key]
            if not isinstance(inner, dict | list) or not inner:
                break
            holder, key = inner, rng.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        if rng.random() < 0.15:
            del holder[key]
        elif rng.random() < 0.15 and isinstance(holder, list):
            holder.append(holder[key])
        else:
            holder[key] = rng.choice(JSON)
        if not content:
            break
    return json.dumps(content, ensure_ascii=True).encode()


def _retold_table(data: bytes, rng: random.Random) -> bytes:
    """Put something else in one to three cells of a table of commas, or among its headings."""
    rows = [line.split(",") for line in data.decode("utf-8", "replace").splitlines()]
    for _ in range(rng.randint(1, 3)):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = rng.choice([str(one) for one in JSON[:14]] + ["W", "2018", "1,000", "2018年"])
    return "\n".join(",".join(row) for row in rows).encode("utf-8", "replace")


RETOLD: dict[str, Callable[[bytes, random.Random], bytes]] = {".toml": _retold_toml, ".json": _retold_json}

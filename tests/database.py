"""A PostgreSQL server with PostGIS of the tests' own: in a temporary folder, on a socket in it, gone at the end."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

#: Signs that an address must quote, and a letter that is no ASCII: whoever prints it in pieces is found out.
PASSWORD = "Zz:s3@cr/et%密"


def binaries() -> Path | None:
    """Return the folder of the newest server that has PostGIS, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: path.parts[-3].zfill(4))
    known = [path.parent for path in found]
    if on_path := shutil.which("initdb"):
        known.append(Path(on_path).resolve().parent)
    for folder in reversed(known):
        share = subprocess.run([folder / "pg_config", "--sharedir"], capture_output=True, text=True, check=False)
        if (Path(share.stdout.strip()) / "extension" / "postgis.control").exists():
            return folder
    return None


@dataclass(frozen=True)
class Database:
    """One database of the server, as its owner."""

    folder: Path
    name: str
    user: str = "planner"
    password: str = PASSWORD

    @property
    def address(self) -> str:
        secret = quote(self.password, safe="")
        return f"postgresql://{self.user}:{secret}@/{self.name}?host={quote(str(self.folder), safe='')}"

    def run(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def ask(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(self.address) as connection:
            return connection.execute(query, values or None).fetchall()


@contextlib.contextmanager
def server(bin_folder: Path) -> Iterator[Database]:
    """Start a server, yield its template database ``city`` with PostGIS in it, stop the server."""
    # the server refuses to run as root
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = next(name for name in ("postgres", "nobody") if name in {one.pw_name for one in pwd.getpwall()})
        who = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    folder = Path(tempfile.mkdtemp(prefix="zz-pg-"))
    if who:
        os.chown(folder, pwd.getpwnam(who["user"]).pw_uid, who["group"])
    log = folder / "log"
    process = None
    try:
        (folder / "secret").write_text(PASSWORD, encoding="utf-8")
        if who:
            os.chown(folder / "secret", pwd.getpwnam(who["user"]).pw_uid, who["group"])
        first = ["--username=planner", f"--pwfile={folder / 'secret'}", "--auth=scram-sha-256", "--encoding=UTF8"]
        subprocess.run(
            [bin_folder / "initdb", "-D", folder / "data", "--no-sync", "--locale=C.UTF-8", *first],
            check=True,
            capture_output=True,
            cwd="/",
            **who,
        )
        settings = ["-c", "listen_addresses=", "-c", f"unix_socket_directories={folder}", "-c", "fsync=off"]
        with log.open("wb") as out:
            process = subprocess.Popen(
                [bin_folder / "postgres", "-D", folder / "data", *settings],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                **who,
            )
        _wait(Database(folder, "postgres"), process, log)
        Database(folder, "postgres").run("CREATE DATABASE city")
        Database(folder, "city").run("CREATE SCHEMA extensions", "CREATE EXTENSION postgis SCHEMA extensions")
        yield Database(folder, "city")
    finally:
        if process is not None:
            # at once, without writing anything down: the folder goes with it
            process.send_signal(signal.SIGQUIT)
            process.wait(timeout=30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(database: Database, process: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    for _ in range(300):
        if process.poll() is not None:
            break
        with contextlib.suppress(psycopg.OperationalError):
            database.run("SELECT 1")
            return
        time.sleep(0.1)
    raise RuntimeError(f"the test server did not start: {log.read_text(errors='replace')[-2000:]}")

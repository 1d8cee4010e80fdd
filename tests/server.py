"""A real PostgreSQL, as apt installs it, not run as root."""

import os
import pwd
import shutil
import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "not-to-be-seen"


def binaries() -> Path | None:
    """Where PostgreSQL's programs lie, which Debian leaves off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    on_path = shutil.which("initdb")
    return found[-1] if found else Path(on_path).parent if on_path else None


def as_owner(command: list[str], owner: str | None) -> None:
    words = ["runuser", "-u", owner, "--", *command] if owner else command
    subprocess.run(words, check=True, capture_output=True, cwd="/tmp")


@contextmanager
def postgres() -> Iterator[str]:
    """Within it an empty database runs: its URL, with a password."""
    programs = binaries()
    if programs is None:
        pytest.fail("PostgreSQL is missing: apt-get install postgresql")
    home = Path("/tmp") / f"mlzoo-test-postgres-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    home.mkdir()
    owner = None
    if os.getuid() == 0:
        owner = "postgres"
        shutil.chown(home, owner)
        assert pwd.getpwnam(owner).pw_uid != 0
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = home / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    data = str(home / "data")
    as_owner([str(programs / "initdb"), "-D", data, "-U", "zoo", "-A", "scram-sha-256", "--pwfile", str(secret)], owner)
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1"
    log = str(home / "log")
    as_owner([str(programs / "pg_ctl"), "-D", data, "-o", options, "-l", log, "-w", "start"], owner)
    try:
        yield f"postgresql+psycopg://zoo:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        as_owner([str(programs / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop"], owner)
        shutil.rmtree(home)

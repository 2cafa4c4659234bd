"""The PostgreSQL server of one data folder: made, started, found alive or dead, and stopped."""

import contextlib
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
import psycopg

from board.embedded.owner import EmbeddedError, Owner, owner_of

MAJOR = "18"
START_SECONDS = 90.0  # crash recovery of a large folder included
ORPHAN_SECONDS = 5.0  # backends end by themselves soon after their postmaster was killed
LONGEST_SOCKET = 103  # bytes; Linux takes 107, macOS 103
LARGEST_LOG = 10_000_000  # bytes


class Server:
    """The PostgreSQL of one folder, as seen by one of the processes that use it.

    Whoever starts or stops it holds the folder's lock, see board/embedded/sharing.py.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cluster = folder / "postgres"
        self.log = folder / "postgres.log"
        self.mark = f"accord-{hashlib.sha256(os.fsencode(self.cluster)).hexdigest()[:12]}"
        self.owner: Owner = owner_of(folder)
        self.sockets = self._socket_folder()

    def address(self, role: str, database: str) -> str:
        """The URL by which `role` connects to `database`."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.sockets), safe='')}"

    def answers(self) -> bool:
        """Whether a connection can be made now."""
        try:
            psycopg.connect(self.address("postgres", "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def pids(self) -> set[int]:
        """Every process that works in this folder: the postmaster and what it started.

        Known by the mark in its title, which no recycled process id has.
        """
        return {process.pid for process in psutil.process_iter() if self._is_ours(process)}

    def has_postmaster(self) -> bool:
        """Whether the server's main process lives; far quicker than to connect."""
        pid = self.postmaster()
        try:
            return pid is not None and self._is_ours(psutil.Process(pid))
        except psutil.NoSuchProcess:
            return False

    def postmaster(self) -> int | None:
        """The process id in the server's own file, alive or not."""
        try:
            return int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    def ensure_running(self) -> None:
        """Start the server unless it answers. Raises EmbeddedError."""
        if not (self.cluster / "PG_VERSION").exists():
            self._create()
        self._same_major()
        began = time.monotonic()
        while not self.answers():
            waited = time.monotonic() - began
            if waited > START_SECONDS:
                raise EmbeddedError(f"PostgreSQL does not answer. {self._last_words()}")
            working = self.pids()
            if not working:
                self._start()
            elif self.postmaster() not in working and waited > ORPHAN_SECONDS:
                for pid in working:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGQUIT)
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server and wait until it is gone; open connections are closed."""
        if not self.pids():
            return
        for mode in ("fast", "immediate"):
            done = self._command("pg_ctl", "stop", "-m", mode, "-t", "30")
            if done.returncode == 0:
                self._wait_for_the_end()
            if not self.pids():
                return
        raise EmbeddedError(f"PostgreSQL does not stop. {self._last_words()}")

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.name() == "postgres" and self.mark in " ".join(process.cmdline())
        except psutil.Error:
            return False

    def _wait_for_the_end(self) -> None:
        """The server's file goes a moment before its process does."""
        deadline = time.monotonic() + 5
        while self.pids() and time.monotonic() < deadline:
            time.sleep(0.01)

    def _create(self) -> None:
        """Make the cluster beside its place and move it there, so that it is whole or not there."""
        unfinished = self.folder / "postgres.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        os.chown(unfinished, self.owner.uid, self.owner.gid)
        done = self._command(
            "initdb",
            "--username=postgres",
            "--auth=trust",  # the folder is closed to others, and the server has no other door
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            cluster=unfinished,
        )
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL can't make {self.cluster}: {done.stderr.strip()}")
        unfinished.rename(self.cluster)

    def _same_major(self) -> None:
        major = (self.cluster / "PG_VERSION").read_text().strip()
        if major != MAJOR:
            raise EmbeddedError(
                f"{self.cluster} was made by PostgreSQL {major} and this Accord brings {MAJOR}: "
                "use the Accord that made it, or set ACCORD_DATA to a new folder"
            )
        if self.cluster.stat().st_uid != self.owner.uid:
            raise EmbeddedError(
                f"{self.cluster} belongs to another user: run Accord as that user, "
                "or set ACCORD_DATA to a folder of your own"
            )

    def _start(self) -> None:
        """No live process works in the folder: what looks like one is left over from a crash."""
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        for left_over in self.sockets.glob(".s.PGSQL.*"):
            left_over.unlink(missing_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.old"))
        sockets = str(self.sockets).replace('"', '""')
        settings = {
            "cluster_name": self.mark,
            "listen_addresses": "",
            "port": "5432",
            "timezone": "UTC",
            "unix_socket_directories": f'"{sockets}"',
            "unix_socket_permissions": "0700",
        }
        options = " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())
        self.log.touch(mode=0o600)
        with self.log.open("a") as log:
            done = self._command("pg_ctl", "start", "-s", "-t", "60", "-o", options, output=log)
        if done.returncode:
            raise EmbeddedError(f"PostgreSQL does not start. {self._last_words()}")

    def _command(
        self, name: str, *words: str, cluster: Path | None = None, output: IO[str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run one of PostgreSQL's programs as the owner, out of reach of the terminal's ctrl-c."""
        environ = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
        environ |= {"PGDATA": str(cluster or self.cluster), "LC_ALL": "C"}
        with tempfile.TemporaryFile("w+") as errors:
            done = subprocess.run(
                [self.owner.binaries / name, *words],
                check=False,
                cwd=cluster or self.cluster,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output or subprocess.DEVNULL,
                stderr=output or errors,
                start_new_session=True,
                **self.owner.as_user(),
            )
            errors.seek(0)
            return subprocess.CompletedProcess(done.args, done.returncode, "", errors.read())

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n  ".join([f"The end of {self.log}:", *lines[-8:]])

    def _socket_folder(self) -> Path:
        """The cluster's own folder, or a closed one with a short name when the path is too long."""
        if len(os.fsencode(self.cluster / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
            return self.cluster
        short = Path("/tmp") / f"{self.mark}-{self.owner.uid}"  # noqa: S108 checked below
        with contextlib.suppress(FileExistsError):
            short.mkdir(mode=0o700)
            os.chown(short, self.owner.uid, self.owner.gid)
        found = short.lstat()
        if (found.st_mode, found.st_uid) != (0o040700, self.owner.uid):
            raise EmbeddedError(
                f"{short} is not ours alone: remove it, or use a shorter ACCORD_DATA"
            )
        return short

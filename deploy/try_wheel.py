"""Install a built wheel in a clean environment away from the checkout, start it there, stop it.

`python deploy/try_wheel.py dist/accord_board-….whl`; exits 1 with the reason when anything of it
fails. Nothing but the standard library, and nothing of the checkout but the lock file.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

LOCK = Path(__file__).resolve().with_name("requirements.lock")
START_SECONDS = 60.0
STOP_SECONDS = 20.0
ADDRESSES = ("/health", "/ready")


def main(wheel: Path) -> None:
    """Raises SystemExit with the reason, or returns when the installed Accord lived and died."""
    away = Path(tempfile.mkdtemp(prefix="accord-wheel-"))
    if os.geteuid() == 0:
        away.chmod(0o711)  # PostgreSQL's user passes through
    try:
        accord = install(wheel, away)
        start_and_stop(accord, away)
        left = processes_of(away)
        if left:
            sys.exit(f"left behind after the stop: {left}")
    finally:
        shutil.rmtree(away, ignore_errors=True)
    print(f"{wheel.name}: installed away from its sources, started, answered, stopped, all gone")


def install(wheel: Path, away: Path) -> Path:
    """A clean environment with the pinned packages and the wheel; the path of its command."""
    subprocess.run([sys.executable, "-m", "venv", away / "venv"], check=True)
    python = str(away / "venv/bin/python")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--require-hashes", "-r", LOCK], check=True, cwd=away)
    subprocess.run([*pip, wheel.resolve()], check=True, cwd=away)
    return away / "venv/bin/accord"


def start_and_stop(accord: Path, away: Path) -> None:
    """Migrate a database of its own, then serve on a free port until the probes answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environ |= {"ACCORD_DATA": str(away / "data"), "ACCORD_PORT": str(port), "ACCORD_LOG": "json"}
    subprocess.run([accord, "migrate"], cwd=away, env=environ, check=True, timeout=START_SECONDS)
    with (away / "output").open("w+") as output:
        process = subprocess.Popen(
            [accord, "serve"],
            cwd=away,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            for address in ADDRESSES:
                wait_for(f"http://127.0.0.1:{port}{address}", process)
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)
        except (TimeoutError, subprocess.TimeoutExpired) as error:
            output.seek(0)
            sys.exit(f"{error}; it said:\n{output.read()[-4000:]}")
        finally:
            process.kill()
            process.wait()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Until the address answers 200. Raises TimeoutError when it does not, or the program ended."""
    deadline = time.monotonic() + START_SECONDS
    answer = "nothing"
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310 our own
                print(f"{address} answers {response.status} {response.read(200)!r}")
                return
        except urllib.error.HTTPError as error:
            answer = f"{error.code} {error.read(500)!r}"
        except OSError as error:
            answer = str(error)
        time.sleep(0.2)
    raise TimeoutError(f"{address} answers {answer} (exit {process.poll()})")


def processes_of(away: Path) -> list[str]:
    """What still runs from that folder or on its data; a reaped or ended process counts no more."""
    listed = subprocess.run(["ps", "-eo", "pid,args"], check=True, capture_output=True, text=True)
    return [line for line in listed.stdout.splitlines() if str(away) in line]


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The address of the static files."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from board import given


@get("/static/{digest:str}/{name:path}", opt={"session": False}, sync_to_thread=False)
def static_file(
    request: Request[Any, Any, Any],
    digest: FromPath[str],
    name: FromPath[Path],
    static_files: given.StaticFiles,
) -> Response[bytes]:
    """One file."""
    packed = "gzip" in request.headers.get("accept-encoding", "")
    return static_files.response(digest, name.as_posix().lstrip("/"), packed=packed)

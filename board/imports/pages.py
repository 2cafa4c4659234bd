"""The screens of an import: send a file, say what its columns mean, see what would happen, do it.

For admins and planners. An import brings facts on which the lines of a whole site rest, also those
of other reps and teams: that belongs to those who answer for the whole list, not to each rep.
"""

import re
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery

from board import given, wording
from board.commands import Commands
from board.imports import forms
from board.imports.dates import DateFormat
from board.imports.encodings import CHOICES
from board.imports.fields import ABOUT, Field, Holds
from board.imports.jobs import Job, Jobs, JobState
from board.imports.limits import LIMITS, MEGABYTE, FileRefused
from board.imports.mapping import TEAM_BY, Mapping
from board.imports.numbers import NumberFormat
from board.people import Account
from board.rendering import AnyRequest, Pages
from board.sign_in import go_to
from board.sites import Sites, Teams
from domain.events import Milestone
from domain.people import PROMISERS, Role, Side

_FORM_EXTRA = 64 * 1024


@get("/import")
async def imports_page(
    request: AnyRequest,
    pages: given.Pages,
    account: given.Account,
    jobs: given.Jobs,
    commands: given.Commands,
) -> Response[bytes]:
    """The files of late, and the form to send one."""
    return await _front(request, pages, account, jobs, commands)


@post("/import", status_code=200, request_max_body_size=LIMITS.size + _FORM_EXTRA)
async def send_file(
    request: AnyRequest,
    pages: given.Pages,
    account: given.Account,
    jobs: given.Jobs,
    commands: given.Commands,
) -> Response[bytes]:
    """Keep the file that was sent, and go on to its columns."""
    form = await request.form()
    source, sent = str(form.get("source", "")), form.get("file")
    try:
        if not isinstance(sent, UploadFile) or not sent.filename:
            raise FileRefused("Choose a file first.")
        with tempfile.TemporaryDirectory(prefix="accord-") as folder:
            path = Path(folder) / "file"
            await _save(sent, path)
            name = Path(sent.filename.replace("\\", "/")).name
            job = await commands.run(jobs.add, path, name, source, account.person)
    except FileRefused as no:
        return await _front(
            request, pages, account, jobs, commands, error=str(no), source=source, status=422
        )
    return go_to(f"/import/{job}")


@get("/import/{job_id:uuid}")
async def import_page(
    request: AnyRequest,
    pages: given.Pages,
    account: given.Account,
    jobs: given.Jobs,
    commands: given.Commands,
    sites: given.Sites,
    teams: given.Teams,
    job_id: FromPath[UUID],
    step: FromQuery[str] = "",
) -> Response[bytes]:
    """Where the file is: its columns, the dry run, on its way, or done."""
    job = await _job(commands, jobs, job_id, account)
    if job.state is JobState.MAPPING or (step == "mapping" and _mappable(job)):
        return _mapping_page(request, pages, account, sites, teams, job, job.mapping)
    if job.working:
        return pages.page("import/working.html", request, block="working", job=job)
    headers = {"hx-refresh": "true"}  # whoever watched the progress sees the result
    template = {
        JobState.PLANNED: "import/plan.html",
        JobState.DONE: "import/done.html",
    }.get(job.state, "import/stopped.html")
    return pages.page(template, request, headers=headers, job=job, report=job.report, w=wording)


@post("/import/{job_id:uuid}/mapping", status_code=200)
async def map_columns(
    request: AnyRequest,
    pages: given.Pages,
    account: given.Account,
    jobs: given.Jobs,
    commands: given.Commands,
    sites: given.Sites,
    teams: given.Teams,
    job_id: FromPath[UUID],
) -> Response[bytes]:
    """Take the corrected mapping and begin the dry run; or read the file another way."""
    job = await _job(commands, jobs, job_id, account)
    form = await request.form()
    mapping = job.mapping
    try:
        if form.get("again"):
            read_as = forms.read_reading(form, job.sketch)
            await commands.run(jobs.read_again, job, read_as, account.person)
        else:
            said = forms.read_mapping(form, job.sketch, job.mapping)
            mapping = said.mapping
            await commands.run(
                jobs.try_out, job, mapping, account.person, auto_shift=said.auto_shift
            )
    except FileRefused as no:
        return _mapping_page(
            request, pages, account, sites, teams, job, mapping, error=str(no), status=422
        )
    return go_to(f"/import/{job_id}")


@post("/import/{job_id:uuid}/run", status_code=200)
async def take_in(
    request: AnyRequest,
    account: given.Account,
    jobs: given.Jobs,
    commands: given.Commands,
    job_id: FromPath[UUID],
) -> Response[bytes]:
    """Take the good rows in."""
    job = await _job(commands, jobs, job_id, account)
    await commands.run(jobs.take_in, job, account.person)
    return go_to(f"/import/{job_id}")


@post("/import/{job_id:uuid}/removal", status_code=200)
async def put_away(
    request: AnyRequest,
    account: given.Account,
    jobs: given.Jobs,
    commands: given.Commands,
    job_id: FromPath[UUID],
) -> Response[bytes]:
    """Forget the file; what was taken in stays."""
    job = await _job(commands, jobs, job_id, account)
    await commands.run(jobs.put_away, job)
    return go_to("/import")


@post("/import/reps/removal", status_code=200)
async def forget(
    request: AnyRequest, jobs: given.Jobs, commands: given.Commands
) -> Response[bytes]:
    """Forget somebody whom an order system named."""
    person = str((await request.form()).get("person", ""))
    await commands.run(jobs.forget_rep, person)
    return go_to("/import")


@get("/import/{job_id:uuid}/bad-rows.csv")
async def bad_rows(
    account: given.Account, jobs: given.Jobs, commands: given.Commands, job_id: FromPath[UUID]
) -> Response[bytes]:
    """The rows that can't go in, with the reason in front of each."""
    job = await _job(commands, jobs, job_id, account)
    content = await commands.run(jobs.bad_rows, job_id)
    if content is None:
        raise NotFoundException
    stem = re.sub(r"[^A-Za-z0-9_-]", "", Path(job.file_name).stem)
    return Response(
        content,
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="{stem[:60] or "file"}-bad-rows.csv"'
        },
    )


router = Router(
    path="/",
    route_handlers=[
        imports_page, send_file, import_page, map_columns, take_in, put_away, forget,
        bad_rows,
    ],
)  # fmt: skip


async def _save(sent: UploadFile, path: Path) -> None:
    with path.open("wb") as file:
        while piece := await sent.read(MEGABYTE):
            file.write(piece)


async def _job(commands: Commands, jobs: Jobs, job_id: UUID, account: Account) -> Job:
    """The job, if it is this person's or this person looks after all. Raises NotFoundException."""
    job = await commands.run(jobs.job, job_id)
    if job is None or (account.person.role is not Role.ADMIN and job.by != account.person.id):
        raise NotFoundException
    return job


async def _front(
    request: AnyRequest,
    pages: Pages,
    account: Account,
    jobs: Jobs,
    commands: Commands,
    *,
    error: str = "",
    source: str = "",
    status: int = 200,
) -> Response[bytes]:
    whose = None if account.person.role is Role.ADMIN else account.person
    return pages.page(
        "import/page.html",
        request,
        status=status,
        recent=await commands.run(jobs.recent, whose),
        sources=await commands.run(jobs.sources),
        reps=[] if whose else await commands.run(jobs.named_reps),
        error=error,
        source=source,
        most=LIMITS.size // MEGABYTE,
        rows=f"{LIMITS.rows:,}",
        w=wording,
    )


def _mappable(job: Job) -> bool:
    return not job.working and job.state is not JobState.DONE


def _mapping_page(
    request: AnyRequest,
    pages: Pages,
    account: Account,
    sites: Sites,
    teams: Teams,
    job: Job,
    mapping: Mapping,
    *,
    error: str = "",
    status: int = 200,
) -> Response[bytes]:
    return pages.page(
        "import/mapping.html",
        request,
        status=status,
        job=job,
        mapping=mapping,
        error=error,
        groups=_GROUPS,
        about=ABOUT,
        samples={column.name: column.samples for column in job.sketch.columns},
        unused=[c for c in job.sketch.columns if c.name not in mapping.columns.values()],
        choices=_choices(account, sites, teams),
        formats=_formats(job, mapping),
        by_value=[
            (field, ABOUT[field].label, column)
            for field in TEAM_BY
            if (column := job.sketch.column(mapping.columns.get(field, ""))) and column.values
        ],
        promisers=teams.of(*PROMISERS),
        encodings=CHOICES,
        delimiters=forms.DELIMITERS,
    )


_GROUPS: tuple[tuple[str, tuple[Field, ...]], ...] = (
    (
        "Which line it is",
        (Field.ORDER_NUMBER, Field.LINE_NUMBER, Field.LEG),
    ),
    (
        "Where it belongs",
        (Field.SITE, Field.SALES_TEAM, Field.REP, Field.TEAM),
    ),
    (
        "Who and what",
        (
            Field.CUSTOMER, Field.CUSTOMER_CODE, Field.CUSTOMER_ORDER, Field.CUSTOMER_PART,
            Field.PRODUCT, Field.PRODUCT_CODE, Field.FAMILY, Field.QUANTITY, Field.UNIT,
        ),
    ),
    (
        "When",
        (Field.WANTED, Field.ERP_DATE, Field.ORDERED_ON, Field.MILESTONE, Field.TRANSIT_DAYS),
    ),
    (
        "What has happened",
        (Field.SHIPPED_ON, Field.DELIVERED_TOTAL, Field.CANCELLED),
    ),
    (
        "Where it comes from",
        (Field.WORK_CENTRE, Field.SUPPLIER, Field.PURCHASE_ORDER),
    ),
)  # fmt: skip


def _choices(account: Account, sites: Sites, teams: Teams) -> dict[Field, list[tuple[str, str]]]:
    """Fields whose fixed value is one of a list: value and words."""
    return {
        Field.SITE: [(site.id, site.name) for site in sites.seen_by(account.person)],
        Field.SALES_TEAM: [(team.id, team.name) for team in teams.of(Side.SALES)],
        Field.TEAM: [(team.id, team.name) for team in teams.of(*PROMISERS)],
        Field.MILESTONE: [(m.value, wording.MILESTONES[m]) for m in Milestone],
    }


def _formats(job: Job, mapping: Mapping) -> dict[Field, dict[str, Any]]:
    """For each chosen column of days or numbers: how it can be, is and was found to be written."""
    found: dict[Field, dict[str, Any]] = {}
    for field, name in mapping.columns.items():
        column = job.sketch.column(name)
        holds = ABOUT[field].holds
        if column is None or not job.sketch.text or holds not in (Holds.DAY, Holds.NUMBER):
            continue
        is_day = holds is Holds.DAY
        chosen = mapping.dates.get(name) if is_day else mapping.numbers.get(name)
        found[field] = {
            "all": list(DateFormat) if is_day else list(NumberFormat),
            "chosen": chosen or "",
            "guessed": (column.dates if is_day else column.numbers) or "",
            "doubt": "" if chosen else (column.date_doubt if is_day else column.number_doubt),
        }
    return found

"""What a handler may ask for, by the name of its parameter: `pool: given.Pool`, and so on.

These are objects of our own making: Litestar hands them over as they are and checks nothing. (It
could not: a generic pool and a union of network types are beyond what it can look into.)
"""

from litestar.di import NamedDependency
from litestar.params import SkipValidation
from psycopg_pool import AsyncConnectionPool

from board import commands, database, hub, passwords, people, rendering, settings, sites
from board import static_files as files
from board.imports import jobs
from projections import event_store

Account = NamedDependency[SkipValidation[people.Account]]
Addresses = NamedDependency[SkipValidation[database.Addresses]]
Commands = NamedDependency[SkipValidation[commands.Commands]]
Directory = NamedDependency[SkipValidation[sites.Directory]]
Hub = NamedDependency[SkipValidation[hub.Hub]]
Jobs = NamedDependency[SkipValidation[jobs.Jobs]]
Pages = NamedDependency[SkipValidation[rendering.Pages]]
Passwords = NamedDependency[SkipValidation[passwords.Passwords]]
Pool = NamedDependency[SkipValidation[AsyncConnectionPool]]
Settings = NamedDependency[SkipValidation[settings.Settings]]
Sites = NamedDependency[SkipValidation[sites.Sites]]
StaticFiles = NamedDependency[SkipValidation[files.StaticFiles]]
Store = NamedDependency[SkipValidation[event_store.EventStore]]
Teams = NamedDependency[SkipValidation[sites.Teams]]

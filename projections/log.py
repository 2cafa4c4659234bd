"""The library's application on our log: our pool, our recorder, our stored form."""

from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import ApplicationRecorder, InfrastructureFactory, Mapper
from eventsourcing.utils import Environment, EnvType

from projections.recorder import LogFactory
from projections.recording import EventMapper


class Log(Application[UUID]):
    """The library's application, without snapshots and with nothing read from the environment."""

    name = "log"

    def __init__(self, url: str) -> None:
        self._url = url
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:
        """The library would take any POSTGRES_… variable of the machine for ours."""
        return Environment(name, {})

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:
        """Our own pool, recorder and address."""
        return LogFactory(self._url)

    def construct_mapper(self) -> Mapper[UUID]:
        """Our own stored form."""
        return EventMapper()

    def construct_recorder(self) -> ApplicationRecorder:
        """Our own append function."""
        return self.factory.application_recorder()

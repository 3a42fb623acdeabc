"""A fresh database for every proof: a copy of a template, on SQLite or in a PostgreSQL cluster of our own."""

import shutil
import sqlite3
from functools import cached_property
from itertools import count
from pathlib import Path

from tests.faults.postgres import Cluster
from tests.faults.product import Arena, build_template

_numbers = count(1)


class Databases:
    """Gives arenas; builds its template at the first."""

    def __init__(self, folder: Path, engine: str) -> None:
        self.folder = folder
        self.engine = engine

    @cached_property
    def cluster(self) -> Cluster:
        """The PostgreSQL server of these tests."""
        return Cluster()

    @cached_property
    def _template(self) -> tuple[Arena, str]:
        if self.engine == "sqlite":
            url = f"sqlite:///{self.folder / 'template.sqlite3'}"
        else:
            self.cluster.run("CREATE DATABASE template_of_faults")
            url = self.cluster.url("template_of_faults")
        arena = Arena(url, self.folder, build_template(url))
        if self.engine == "sqlite":
            connection = sqlite3.connect(self.folder / "template.sqlite3")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
        return arena, url

    def arena(self) -> Arena:
        """A database that nobody else uses."""
        template, _ = self._template
        number = next(_numbers)
        folder = self.folder / f"arena{number}"
        folder.mkdir()
        if self.engine == "sqlite":
            shutil.copy(self.folder / "template.sqlite3", folder / "arena.sqlite3")
            return Arena(f"sqlite:///{folder / 'arena.sqlite3'}", folder, template.cast)
        self.cluster.run(f"CREATE DATABASE arena{number} TEMPLATE template_of_faults")
        return Arena(self.cluster.url(f"arena{number}"), folder, template.cast)

    def close(self) -> None:
        """Remove what was made outside the temporary folder."""
        if "cluster" in self.__dict__:
            self.cluster.close()

"""A run's numbers in SQLite, made to be read by others too: one row a step, one row an epoch, one column a metric.

    sqlite3 metrics.sqlite 'select step, loss from steps'

`steps` has the column `step` (from 0) and those of `Steps.values`; `epochs` has `epoch` (from 0), `step` (steps done), `seconds`, `best`
and those of `EpochEnded.values` ("validation/loss"). NULL stands for what was not measured, and for NaN.
"""

import contextlib
import math
import sqlite3
from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from nnstudio.events import EpochEnded, Steps
from nnstudio.runs.history import Floats

_FIXED = {"steps": ("step",), "epochs": ("epoch", "step", "seconds", "best")}


class MetricsWriter:
    """Takes events in; `flush` makes them last."""

    def __init__(self, path: Path) -> None:
        # isolation_level None: transactions are ours. The thread that trains need not be the one that opened it.
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")  # who reads does not wait for who writes, nor the other way round
        self._db.execute("pragma synchronous = normal")
        self._db.execute("create table if not exists steps (step integer primary key)")
        self._db.execute(
            "create table if not exists epochs (epoch integer primary key, step integer, seconds real, best integer)"
        )
        self._columns = {table: set(_columns(self._db, table)) for table in _FIXED}
        self._steps: list[Steps] = []
        self._epochs: list[EpochEnded] = []

    def add(self, event: Steps | EpochEnded) -> None:
        if isinstance(event, Steps):
            self._steps.append(event)
        else:
            self._epochs.append(event)

    def forget_from(self, step: int, epoch: int) -> None:
        """A resumed run goes on at `step`, `epoch`: what came after them is done again."""
        with self._transaction():
            self._db.execute("delete from steps where step >= ?", (step,))
            self._db.execute("delete from epochs where epoch >= ?", (epoch,))

    def flush(self) -> None:
        if not (self._steps or self._epochs):
            return
        with self._transaction():
            for event in self._steps:
                columns = [np.asarray(values, np.float64).tolist() for values in event.values.values()]
                length = len(columns[0]) if columns else 0
                self._insert(
                    "steps", event.values, zip(range(event.first, event.first + length), *columns, strict=True)
                )
            for event in self._epochs:
                row = (event.epoch, event.step, event.seconds, int(event.best), *map(float, event.values.values()))
                self._insert("epochs", event.values, [row])
        self._steps.clear()
        self._epochs.clear()

    def forget_unwritten(self) -> None:
        """Let go of what was not flushed: it cannot be."""
        self._steps.clear()
        self._epochs.clear()

    def close(self) -> None:
        try:
            self.flush()
        finally:
            self._db.close()

    def _insert(self, table: str, names: Iterable[str], rows: Iterable[Sequence[float]]) -> None:
        names = list(names)
        for name in names:
            if name.lower() not in self._columns[table]:
                self._db.execute(f"alter table {table} add column {_quoted(name)} real")
                self._columns[table].add(name.lower())
        columns = [*_FIXED[table], *map(_quoted, names)]
        marks = ", ".join("?" * len(columns))
        self._db.executemany(f"insert or replace into {table} ({', '.join(columns)}) values ({marks})", rows)

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None, None, None]:
        self._db.execute("begin")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("rollback")
            raise
        self._db.execute("commit")


def read_metrics(path: Path) -> tuple[list[Steps], list[EpochEnded]]:
    """All that was flushed, as the events it came from. Raises sqlite3.Error where the file is none of ours."""
    if not path.is_file():
        return [], []
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
        return list(_read_steps(db)), list(_read_epochs(db))


def _read_steps(db: sqlite3.Connection) -> Iterable[Steps]:
    names = _columns(db, "steps")[1:]
    table = np.array(db.execute("select * from steps order by step").fetchall(), np.float64).reshape(-1, len(names) + 1)
    gaps = np.flatnonzero(np.diff(table[:, 0]) != 1) + 1
    for part in np.split(table, gaps) if len(table) else ():
        yield Steps(int(part[0, 0]), _by_name(names, part[:, 1:]))


def _by_name(names: Sequence[str], values: Floats) -> Mapping[str, Floats]:
    return {name: values[:, index] for index, name in enumerate(names)}


def _read_epochs(db: sqlite3.Connection) -> Iterable[EpochEnded]:
    names = _columns(db, "epochs")[len(_FIXED["epochs"]) :]
    for epoch, step, seconds, best, *values in db.execute("select * from epochs order by epoch"):
        # SQLite has no NaN: what is NULL was NaN or not measured, and reads as NaN either way.
        known = {name: math.nan if value is None else value for name, value in zip(names, values, strict=True)}
        yield EpochEnded(epoch, step or 0, known, bool(best), seconds or 0.0)


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"pragma table_info({table})")]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

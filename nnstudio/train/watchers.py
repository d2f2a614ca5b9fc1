"""What answers to the values of an epoch: schedules that lower η when nothing improves, and rules that end a run."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from nnstudio.project.project import Entry, Recipe
from nnstudio.registry import Registry
from nnstudio.train import entries

Values = Mapping[str, float]


class Watcher:
    """An object of a plugin's class, for one entry. Its attributes are what a checkpoint keeps of it."""

    def __init__(self, kind: str, entry: Entry, registry: Registry) -> None:
        spec, params = entries.find(kind, entry, registry)
        self.entry = entry
        self.restores = bool(getattr(params, "restore_best", False))
        self._about = (kind, spec.title, spec.watcher)
        self._object = entries.ready(kind, entry, registry, "watcher")()
        result = entries.text if kind == "stop" else None
        self._ended = entries.guarded(self._object.ended, *self._about, result)
        self._factor = entries.guarded(lambda: self._object.factor, *self._about, entries.number)

    def ended(self, epoch: int, values: Values) -> Any:
        """An epoch ended. A stop rule gives its reason to stop, "" to go on."""
        return self._ended(epoch, values)

    def factor(self, step: int, total_steps: int) -> float:
        """Of a schedule, whatever the step: what the last epoch made of it."""
        return self._factor()

    @property
    def best_epoch(self) -> int | None:
        """The epoch whose weights this rule will want back, where it is one that does."""
        return getattr(self._object, "best_epoch", None) if self.restores else None

    @property
    def state(self) -> dict[str, Any]:
        return cast("dict[str, Any]", vars(self._object))

    @state.setter
    def state(self, state: Mapping[str, Any]) -> None:
        self.state.update(state)


class Watchers:
    """All of a recipe: its schedule, where that is one that answers, and its stop rules."""

    def __init__(self, chosen: Recipe, registry: Registry, before: "Watchers | None" = None) -> None:
        """before: those of the recipe as it was; an entry that is still there keeps its watcher and what it knows."""
        known = list(before.all) if before else []

        def watcher(kind: str, entry: Entry) -> Watcher:
            kept = next((item for item in known if item.entry == entry), None)
            if kept is None:
                return Watcher(kind, entry, registry)
            known.remove(kept)  # two entries that are alike have a watcher each
            return kept

        spec = registry.schedules.get(chosen.schedule.type)
        answers = chosen.schedule.enabled and spec is not None and spec.watcher
        self.schedule = watcher("schedule", chosen.schedule) if answers else None
        self.stops = [watcher("stop", entry) for entry in chosen.stops if entry.enabled]

    @property
    def all(self) -> list[Watcher]:
        return [*([self.schedule] if self.schedule else []), *self.stops]

    def ended(self, epoch: int, values: Values) -> tuple[str, Watcher | None]:
        """Tell all of them; the first reason to stop and whose it is, ("", None) where there is none."""
        said = [(watcher.ended(epoch, values) or "", watcher) for watcher in self.all]
        return next(((why, watcher) for why, watcher in said if why and watcher in self.stops), ("", None))

    @property
    def wanted_epochs(self) -> set[int]:
        """The epochs whose weights may be wanted back."""
        return {watcher.best_epoch for watcher in self.stops if watcher.best_epoch is not None}

    def state(self) -> list[dict[str, Any]]:
        return [dict(watcher.state) for watcher in self.all]

    def set_state(self, states: Sequence[Mapping[str, Any]]) -> None:
        for watcher, state in zip(self.all, states, strict=True):
            watcher.state = state

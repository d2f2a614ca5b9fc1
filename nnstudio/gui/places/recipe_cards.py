"""What does the recipe say? Its lines as texts, from data to end. No Qt widgets: what is shown can be tested."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nnstudio.data import DataInfo
from nnstudio.gui.places.recipe_words import (
    batches_words,
    data_detail,
    data_title,
    end_detail,
    optimizer_detail,
    rule_detail,
    rule_words,
    schedule_words,
    standardize_words,
    steps_words,
    values_words,
)
from nnstudio.gui.text import number, tr
from nnstudio.project.project import Entry, Project
from nnstudio.project.recipe_entries import SEVERAL, SINGLE
from nnstudio.project.rules import RECIPE, effective
from nnstudio.registry import Registry
from nnstudio.specs import LossSpec, describe


@dataclass(frozen=True)
class RecipeCard:
    """One line: `key` names it ("optimizer", "regularizers.0", "loss.loss1"); token: its colour; enabled None: it has no switch."""

    key: str
    label: str
    token: str
    title: str
    detail: str = ""
    enabled: bool | None = None


LOOKS: dict[str, tuple[Callable[[], str], str]] = {
    "augmentations": (lambda: tr("Augment"), "category.regularization"),
    "batch_schedule": (lambda: tr("Batch size"), "category.shape"),
    "initializer": (lambda: tr("Initialize"), "category.weights"),
    "regularizers": (lambda: tr("Penalty"), "category.regularization"),
    "noise": (lambda: tr("Noise"), "category.regularization"),
    "gradients": (lambda: tr("Gradient"), "category.sequence"),
    "optimizer": (lambda: tr("Optimizer"), "category.sequence"),
    "schedule": (lambda: tr("Schedule"), "category.sequence"),
    "constraints": (lambda: tr("Constraint"), "category.regularization"),
    "average": (lambda: tr("Average"), "category.normalization"),
    "stops": (lambda: tr("Stop"), "category.normalization"),
    "metrics": (lambda: tr("Metric"), "category.activation"),
}
"""Field → what its lines are called, and their colour."""

PER_NODE = ("initializer", "regularizers", "noise", "constraints")
SWITCHED = frozenset({*SEVERAL, "initializer", "schedule", "average", "batch_schedule"})


@dataclass(frozen=True)
class Lines:
    """The recipe of one project as lines. penalty: (penalty, loss) of the last run's last step, where there was one."""

    project: Project
    registry: Registry
    info: DataInfo | None
    penalty: tuple[float, float] | None = None

    def cards(self) -> list[RecipeCard]:
        """All lines, in the order in which training comes upon them."""
        data, recipe = self.project.data, self.project.recipe
        scaled = data.standardize != "none"
        return [
            RecipeCard(
                "data",
                tr("Data"),
                "category.data",
                data_title(self.project, self.registry, self.info),
                data_detail(data),
            ),
            RecipeCard(
                "standardize",
                tr("Standardise"),
                "category.data",
                standardize_words(data.standardize),
                tr("fitted on the training part alone") if scaled else "",
                scaled,
            ),
            *self._several("augmentations", tr("train split only")),
            RecipeCard(
                "batches",
                tr("Batches"),
                "category.shape",
                batches_words(recipe),
                steps_words(self.project, self.registry, self.info),
            ),
            *self._optional("batch_schedule"),
            self._entry("initializer", recipe.initializer),
            *self._losses(),
            *self._several("regularizers"),
            *self._several("noise"),
            *self._several("gradients"),
            self._entry("optimizer", recipe.optimizer, optimizer_detail(self.project)),
            self._schedule(),
            *self._several("constraints"),
            *self._optional("average", tr("used for validation, test and the saved result")),
            RecipeCard(
                "stop",
                tr("Stop"),
                "category.normalization",
                tr("after {epochs} epochs", epochs=number(recipe.epochs))
                if recipe.epochs != 1
                else tr("after one epoch"),
                tr("seed {seed} · device {device}", seed=recipe.seed, device=recipe.device),
            ),
            *self._several("stops"),
            *self._metrics(),
            *self._rules(),
        ]

    # ── entries ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _several(self, field: str, detail: str = "") -> Iterator[RecipeCard]:
        for index, entry in enumerate(getattr(self.project.recipe, field)):
            yield self._entry(f"{field}.{index}", entry, detail)

    def _optional(self, field: str, detail: str = "") -> Iterator[RecipeCard]:
        entry: Entry = getattr(self.project.recipe, field)
        if entry.type:
            yield self._entry(field, entry, detail)

    def _entry(self, key: str, entry: Entry, detail: str = "") -> RecipeCard:
        field = key.partition(".")[0]
        name, token = LOOKS[field]
        spec = self.registry.get((SINGLE | SEVERAL)[field], entry.type)
        parts = [spec.title if spec else entry.type or tr("none chosen")]
        parts += values_words(spec.params, entry.params) if spec else []
        enabled = entry.enabled if field in SWITCHED else None
        said = [detail or (describe(spec.params)[0] if spec else tr("no loaded plugin brings this"))]
        if field == "regularizers" and self.penalty is not None and entry.enabled:
            penalty, loss = (number(value, 3) for value in self.penalty)
            alone = sum(item.enabled for item in self.project.recipe.regularizers) == 1
            words = tr("{penalty} beside a loss of {loss}") if alone else tr("all together {penalty} beside {loss}")
            said = [words.format(penalty=penalty, loss=loss)]
        if enabled is False:
            said = [tr("off")]
        if field in PER_NODE and (count := self._differing(field)):
            words = tr("1 node differs") if count == 1 else tr("{count} nodes differ", count=count)
            said = [words] if field == "initializer" and enabled else [*said, words]
        return RecipeCard(key, name(), token, " · ".join(parts), " · ".join(said), enabled)

    def _differing(self, setting: str) -> int:
        """For how many nodes with weights a rule says something else."""
        if not self.project.recipe.rules:
            return 0
        nodes = self.project.flat
        return sum(effective(self.project.recipe, node).origins[setting] != RECIPE for node in nodes)

    def _schedule(self) -> RecipeCard:
        recipe = self.project.recipe
        spec = self.registry.schedules.get(recipe.schedule.type)
        title = schedule_words(recipe, spec)
        detail = end_detail(self.project, self.registry, self.info) if recipe.schedule.enabled else tr("off")
        if not detail and spec:
            detail = describe(spec.params)[0]
        name, token = LOOKS["schedule"]
        return RecipeCard("schedule", name(), token, title, detail, recipe.schedule.enabled)

    # ── lines that are no entries ─────────────────────────────────────────────────────────────────────────────────────

    def _losses(self) -> Iterator[RecipeCard]:
        found = False
        for node in self.project.graph:
            spec = self.registry.layer(node.type)
            if isinstance(spec, LossSpec):
                found = True
                title = " · ".join([spec.title, *values_words(spec.params, node.params)])
                yield RecipeCard(f"loss.{node.id}", tr("Loss"), "category.output", title, node.label)
        if not found:
            hint = tr("place one on the canvas, at the end of the network")
            yield RecipeCard("loss.", tr("Loss"), "category.output", tr("none yet"), hint)

    def _metrics(self) -> Iterator[RecipeCard]:
        if self.project.recipe.metrics:
            yield from self._several("metrics")
            return
        specs = (self.registry.layer(node.type) for node in self.project.graph)
        ids = dict.fromkeys(id for spec in specs if isinstance(spec, LossSpec) for id in spec.metrics)
        titles = [spec.title for id in ids if (spec := self.registry.metrics.get(id))]
        title = ", ".join(titles) or tr("the loss alone")
        yield RecipeCard("metrics", tr("Metrics"), "category.activation", title, tr("those that go with the loss"))

    def _rules(self) -> Iterator[RecipeCard]:
        rules = self.project.recipe.rules
        for index, rule in enumerate(rules):
            yield RecipeCard(
                f"rules.{index}",
                tr("Rule"),
                "category.shape",
                rule_words(rule, self.project, self.registry),
                rule_detail(rule, self.project) if rule.enabled else tr("off"),
                rule.enabled,
            )
        if not rules:
            hint = tr("a node's own settings and rules by pattern stand here")
            yield RecipeCard("rules", tr("Rules"), "category.shape", tr("all nodes alike"), hint)


def cards(
    project: Project, registry: Registry, info: DataInfo | None, penalty: tuple[float, float] | None = None
) -> list[RecipeCard]:
    """The lines of the recipe, in the order in which training comes upon them."""
    return Lines(project, registry, info, penalty).cards()

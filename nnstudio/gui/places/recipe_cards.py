"""What does the recipe say? Its lines as texts, from data to end. No Qt widgets: what is shown can be tested."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from nnstudio.data import DataInfo
from nnstudio.gui.inspector.form import show_value
from nnstudio.gui.text import number, tr
from nnstudio.params import FormField, Ui, form_fields
from nnstudio.project.project import Entry, Project
from nnstudio.registry import Registry
from nnstudio.specs import LossSpec, describe

Owner = Literal["data", "recipe"]

SEED_MAX = 2**32 - 1


@dataclass(frozen=True)
class RecipeCard:
    """One line: `key` names it ("optimizer", "regularizers.0", "loss.loss1"); token: its colour; enabled None: it has no switch."""

    key: str
    label: str
    token: str
    title: str
    detail: str = ""
    enabled: bool | None = None

    @property
    def index(self) -> int:
        """Which entry of a list of entries."""
        return int(self.key.partition(".")[2])


def cards(project: Project, registry: Registry, info: DataInfo | None) -> list[RecipeCard]:
    """The lines of the recipe, in the order in which training comes upon them."""
    data, recipe = project.data, project.recipe
    return [
        RecipeCard("data", tr("Data"), "category.data", _data_title(project, registry, info), _data_detail(project)),
        RecipeCard(
            "standardize",
            tr("Standardise"),
            "category.data",
            standardize_words(data.standardize),
            tr("fitted on the training part alone") if data.standardize != "none" else "",
            data.standardize != "none",
        ),
        RecipeCard("batches", tr("Batches"), "category.shape", _batches(project), _steps(project, info)),
        _entry_card("initializer", tr("Initialize"), "category.weights", recipe.initializer, registry),
        *_losses(project, registry),
        *(
            _entry_card(f"regularizers.{index}", tr("Penalty"), "category.regularization", entry, registry, switch=True)
            for index, entry in enumerate(recipe.regularizers)
        ),
        _entry_card("optimizer", tr("Optimizer"), "category.sequence", recipe.optimizer, registry),
        _entry_card("schedule", tr("Schedule"), "category.sequence", recipe.schedule, registry),
        *(
            _entry_card(f"metrics.{index}", tr("Metric"), "category.activation", entry, registry, switch=True)
            for index, entry in enumerate(recipe.metrics)
        ),
        RecipeCard(
            "stop",
            tr("Stop"),
            "category.normalization",
            tr("after {epochs} epochs", epochs=number(recipe.epochs)),
            tr("seed {seed} · device {device}", seed=recipe.seed, device=recipe.device),
        ),
    ]


def standardize_words(how: str) -> str:
    return {
        "none": tr("off"),
        "feature": tr("each feature to mean 0, deviation 1"),
        "channel": tr("each channel to mean 0, deviation 1"),
        "auto": tr("as the data asks: channels or features"),
    }.get(how, how)


def _data_title(project: Project, registry: Registry, info: DataInfo | None) -> str:
    entry = project.data.dataset
    if not entry.type:
        return tr("none chosen")
    spec = registry.datasets.get(entry.type)
    title = spec.title if spec else entry.type
    return f"{title} · {number(info.samples)}" if info else title


def _data_detail(project: Project) -> str:
    data = project.data
    parts = [
        tr("validation {share} %", share=number(100 * data.validation, 3)),
        tr("test {share} %", share=number(100 * data.test, 3)),
        tr("stratified") if data.stratify else "",
        tr("seed {seed}", seed=data.split_seed),
    ]
    return " · ".join(part for part in parts if part)


def _batches(project: Project) -> str:
    recipe = project.recipe
    size = number(recipe.batch_size) if recipe.batch_size else tr("all samples at once")
    return f"{size}, {tr('reshuffled each epoch') if recipe.shuffle else tr('always in the same order')}"


def _steps(project: Project, info: DataInfo | None) -> str:
    steps = steps_per_epoch(project, info)
    if steps is None:
        return ""
    return tr(
        "{steps} steps an epoch · {total} in all", steps=number(steps), total=number(steps * project.recipe.epochs)
    )


def steps_per_epoch(project: Project, info: DataInfo | None) -> int | None:
    """⌈training samples / batch size⌉, None while the data is not known."""
    if info is None or not info.train:
        return None
    size = project.recipe.batch_size or info.train
    return -(-info.train // size)


def _losses(project: Project, registry: Registry) -> Iterator[RecipeCard]:
    found = False
    for node in project.graph:
        spec = registry.layer(node.type)
        if isinstance(spec, LossSpec):
            found = True
            words = values_words(spec.params, node.params)
            yield RecipeCard(
                f"loss.{node.id}", tr("Loss"), "category.output", " · ".join([spec.title, *words]), node.label
            )
    if not found:
        hint = tr("place one on the canvas, at the end of the network")
        yield RecipeCard("loss.", tr("Loss"), "category.output", tr("none yet"), hint)


def _entry_card(
    key: str, label: str, token: str, entry: Entry, registry: Registry, *, switch: bool = False
) -> RecipeCard:
    spec = registry.get(key.partition(".")[0].removesuffix("s") if "." in key else key, entry.type)
    title = spec.title if spec else entry.type
    words = values_words(spec.params, entry.params, always=("lr", "strength")) if spec else []
    enabled = entry.enabled if switch else None
    detail = describe(spec.params)[0] if spec else tr("no loaded plugin brings this")
    if enabled is False:
        detail = tr("off")
    return RecipeCard(key, label, token, " · ".join([title, *words]), detail, enabled)


def values_words(params: Any, values: Any, always: tuple[str, ...] = ()) -> list[str]:
    """The values that matter, as `η 3e-3`: those that are set, and those named in `always`."""
    words: list[str] = []
    for field in form_fields(params):
        if field.name in values or field.name in always:
            value = show_value(field, values.get(field.name, field.default))
            words.append(f"{field.ui.symbol or field.label} {value}")
    return words


# ── the plain fields of data and recipe ───────────────────────────────────────────────────────────────────────────────


def plain_fields(key: str) -> tuple[Owner, tuple[FormField, ...]]:
    """(owner, fields) of a card that is no plugin's entry."""
    match key:
        case "data":
            return "data", (
                FormField(
                    "validation", "float", 0.15, low=0, high=0.9, ui=Ui(help=tr("share of the samples to choose by"))
                ),
                FormField(
                    "test",
                    "float",
                    0.15,
                    low=0,
                    high=0.9,
                    ui=Ui(help=tr("share kept for the end; a set of its own wins")),
                ),
                FormField("split_seed", "int", 0, low=0, high=SEED_MAX, ui=Ui(help=tr("of the division"))),
                FormField("stratify", "bool", True, ui=Ui(help=tr("each part keeps the shares of the classes"))),
            )
        case "standardize":
            choices = ("auto", "none", "feature", "channel")
            return "data", (
                FormField(
                    "standardize",
                    "choice",
                    "auto",
                    choices=choices,
                    ui=Ui(help=tr("fitted on the training part alone")),
                ),
            )
        case "batches":
            return "recipe", (
                FormField(
                    "batch_size",
                    "int",
                    64,
                    low=0,
                    high=1_000_000,
                    ui=Ui(scale="log", symbol="m", help=tr("samples a step; 0: all")),
                ),
                FormField("shuffle", "bool", True, ui=Ui(help=tr("a new order each epoch"))),
            )
        case "stop":
            return "recipe", (
                FormField("epochs", "int", 10, low=1, high=1_000_000, ui=Ui(help=tr("passes over the training part"))),
                FormField("seed", "int", 0, low=0, high=SEED_MAX, ui=Ui(help=tr("of weights, order and dropout"))),
                FormField("device", "text", "auto", ui=Ui(help=tr("auto, cpu, cuda, cuda:1 or mps"))),
            )
        case _:
            return "recipe", ()

"""Parts of a recipe as a few words each: what stands on its cards. No Qt widgets."""

import math
from typing import Any

from nnstudio.data import DataInfo
from nnstudio.gui.figures.ticks import number_text
from nnstudio.gui.inspector.field_row import show_value
from nnstudio.gui.places.recipe_rate import learning_rates, run_steps
from nnstudio.gui.text import number, tr
from nnstudio.params import form_fields
from nnstudio.project.node_at import called
from nnstudio.project.project import Data, Entry, Project, Recipe, Rule
from nnstudio.project.recipe_entries import SEVERAL, SINGLE
from nnstudio.project.rules import effective, matches
from nnstudio.registry import Registry
from nnstudio.specs import ScheduleSpec

ALWAYS = frozenset({"lr", "strength", "max_norm", "patience", "decay", "probability", "std"})
"""Parameters that a card shows even where they are the default."""
MOST_VALUES = 4


def data_title(project: Project, registry: Registry, info: DataInfo | None) -> str:
    entry = project.data.dataset
    if not entry.type:
        return tr("none chosen")
    spec = registry.datasets.get(entry.type)
    title = spec.title if spec else entry.type
    return f"{title} · {number(info.samples)}" if info else title


def data_detail(data: Data) -> str:
    """`train 70 % · validation 15 % · test 15 % · stratified · seed 0`."""
    train = 1 - data.test - (0 if data.folds else data.validation)
    parts = [tr("train {share} %", share=number(100 * train, 3))]
    if data.folds:
        folds = (
            tr("leave one out")
            if data.folds < 0
            else tr("fold {fold} of {folds}", fold=data.fold + 1, folds=data.folds)
        )
        parts = [folds]
    else:
        parts.append(tr("validation {share} %", share=number(100 * data.validation, 3)))
    parts.append(tr("test {share} %", share=number(100 * data.test, 3)))
    if data.split_by != "random":
        parts.append(tr("by group") if data.split_by == "group" else tr("by time"))
    elif data.stratify:
        parts.append(tr("stratified"))
    parts.append(tr("seed {seed}", seed=data.split_seed))
    if data.bootstrap:
        parts.append(tr("bootstrap"))
    return " · ".join(parts)


def standardize_words(how: str) -> str:
    return {
        "none": tr("off"),
        "feature": tr("each feature to mean 0, deviation 1"),
        "channel": tr("each channel to mean 0, deviation 1"),
        "whiten": tr("whitened: features uncorrelated"),
        "auto": tr("as the data asks: channels or features"),
    }.get(how, how)


def batches_words(recipe: Recipe) -> str:
    """`64, reshuffled each epoch · 4 parts · bfloat16`."""
    size = number(recipe.batch_size) if recipe.batch_size else tr("all samples at once")
    order = tr("always in the same order")
    if recipe.shuffle:
        order = tr("reshuffled each epoch") if recipe.reshuffle else tr("shuffled once")
    parts = [f"{size}, {order}"]
    if recipe.accumulate > 1:
        parts.append(tr("in {count} parts", count=recipe.accumulate))
    if recipe.precision != "float32":
        parts.append(recipe.precision)
    return " · ".join(parts)


def steps_words(project: Project, registry: Registry, info: DataInfo | None) -> str:
    """`75 steps an epoch · 1 500 in all`."""
    try:
        steps = run_steps(project, registry, info)
    except ValueError as error:
        return str(error)
    if steps is None:
        return ""
    low, high, total = map(number, steps)
    each = high if low == high else f"{low} … {high}"
    return tr("{steps} steps an epoch · {total} in all", steps=each, total=total)


def optimizer_detail(project: Project) -> str:
    """How many parameter groups the rules make, and how many nodes stay as they are."""
    settings = [effective(project.recipe, node) for node in project.flat] if project.recipe.rules else []
    groups = {(held.lr_factor, held.weight_decay) for held in settings if not held.frozen}
    frozen = sum(held.frozen for held in settings)
    parts = [tr("1 parameter group") if len(groups) < 2 else tr("{count} parameter groups", count=len(groups))]
    if frozen:
        parts.append(tr("1 node frozen") if frozen == 1 else tr("{count} nodes frozen", count=frozen))
    return " · ".join(parts)


def schedule_words(recipe: Recipe, spec: ScheduleSpec | None) -> str:
    """`warm-up 100, then cosine · α 0.01`."""
    title = spec.title if spec else recipe.schedule.type or tr("none chosen")
    if recipe.warmup_steps:
        shown = title if not recipe.schedule.enabled else title[:1].lower() + title[1:]
        title = tr("warm-up {steps}, then {schedule}", steps=number(recipe.warmup_steps), schedule=shown)
    return " · ".join([title, *(values_words(spec.params, recipe.schedule.params) if spec else [])])


def end_detail(project: Project, registry: Registry, info: DataInfo | None) -> str:
    """`to 3e-5 at step 1 500`, as far as it can be said before the run."""
    spec = registry.schedules.get(project.recipe.schedule.type)
    if spec is not None and spec.watcher:
        return tr("answers to what is measured")
    try:
        steps = run_steps(project, registry, info)
        end = float(learning_rates(project, registry, steps.total, 2).rates[-1]) if steps else math.nan
    except ValueError:
        return ""
    if steps is None or math.isnan(end):
        return ""
    return tr("to {rate} at step {step}", rate=number_text(end, 2), step=number(steps.total))


def values_words(params: Any, values: Any) -> list[str]:
    """The values that matter, as `η 3e-3`: those that are set, and those named in `ALWAYS`."""
    words: list[str] = []
    for field in form_fields(params):
        if field.name in values or field.name in ALWAYS:
            value = show_value(field, values.get(field.name, field.default))
            if len(value) <= 24:
                words.append(f"{field.ui.symbol or field.label} {value}")
    return words[:MOST_VALUES]


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def match_words(match: str, project: Project) -> str:
    """`conv1`, `memory/gate`, `fc*`, `type conv*`."""
    if match.startswith("#"):
        name = called(project, match[1:])
        known = "/" not in match or any(matches(match, within) for within in project.flat)
        return name if name and known else tr("{id} (gone)", id=name or match[1:])
    return tr("type {pattern}", pattern=match.removeprefix("type:")) if match.startswith("type:") else match


def rule_words(rule: Rule, project: Project, registry: Registry) -> str:
    """`fc*: He normal · L2 λ 1e-4 · η × 0.1 · frozen`."""
    said: list[str] = []
    for field in ("initializer", "regularizers", "constraints", "noise"):
        value: Entry | tuple[Entry, ...] | None = getattr(rule, field)
        if value is None:
            continue
        entries = (value,) if isinstance(value, Entry) else value
        said += [entry_words(field, entry, registry) for entry in entries]
        if not entries:
            said.append(
                {"regularizers": tr("no penalty"), "constraints": tr("no constraint")}.get(field, tr("no noise"))
            )
    if rule.lr_factor is not None:
        said.append(tr("η × {factor}", factor=number(rule.lr_factor)))
    if rule.weight_decay is not None:
        said.append(tr("weight decay {value}", value=number(rule.weight_decay)))
    if rule.frozen is not None:
        said.append(tr("frozen") if rule.frozen else tr("not frozen"))
    return f"{match_words(rule.match, project)}: {' · '.join(said) or tr('nothing said yet')}"


def entry_words(field: str, entry: Entry, registry: Registry) -> str:
    spec = registry.get((SINGLE | SEVERAL)[field], entry.type)
    return " ".join([spec.title, *values_words(spec.params, entry.params)]) if spec else entry.type


def rule_detail(rule: Rule, project: Project) -> str:
    """Which nodes it meets."""
    met = [node.label for node in project.flat if matches(rule.match, node)]
    if not met:
        return tr("meets no node")
    names = ", ".join(met[:3]) + (" …" if len(met) > 3 else "")
    return names if rule.match.startswith("#") else f"{_nodes(len(met))}: {names}"


def _nodes(count: int) -> str:
    return tr("1 node") if count == 1 else tr("{count} nodes", count=count)

"""What can be said against a recipe without computing anything."""

import re
from collections.abc import Iterator

from nnstudio.problems import Problem, Severity
from nnstudio.project.check_words import MAX_SEED, entry_problems, is_number, is_whole, out_of_range
from nnstudio.project.project import Entry, Project, Recipe, Rule
from nnstudio.project.rules import effective, matches
from nnstudio.registry import Registry
from nnstudio.specs import LossSpec

MAX_EPOCHS = 1_000_000
MAX_STEPS = 10**9
PRECISIONS = ("float32", "bfloat16", "float16")

ONE = {"optimizer": "optimizer", "schedule": "schedule", "initializer": "initializer"}
"""Entries that must name a plugin: field → kind."""

ONE_OR_NONE = {"average": "average", "batch_schedule": "batch_schedule"}

MANY = {
    "augmentations": "augmentation",
    "regularizers": "regularizer",
    "noise": "noise",
    "gradients": "gradient",
    "constraints": "constraint",
    "stops": "stop",
}
"""Lists of entries: field → kind. Metrics are looked at beside the loss."""


def check_recipe(project: Project, registry: Registry) -> Iterator[Problem]:
    """What forbids training by the recipe (errors), and what is probably not meant (warnings)."""
    recipe = project.recipe
    yield from number_problems(recipe)
    for name, kind in ONE.items():
        yield from entry_problems(getattr(recipe, name), kind, registry, "recipe")
    for name, kind in ONE_OR_NONE.items():
        entry: Entry = getattr(recipe, name)
        if entry.type:
            yield from entry_problems(entry, kind, registry, "recipe")
    for name, kind in MANY.items():
        for entry in getattr(recipe, name):
            yield from entry_problems(entry, kind, registry, "recipe")
    for rule in recipe.rules:
        if rule.enabled:
            yield from _rule(rule, project, registry)
    if recipe.metrics:
        yield from _metrics(project, registry)
    yield from _decay_twice(project, registry)
    yield from _nothing_to_train(project, registry)


def number_problems(recipe: Recipe) -> Iterator[Problem]:
    """What is out of its range; `param` names the number."""
    for name, owner, low, high in (
        ("epochs", "The number of epochs", 1, MAX_EPOCHS),
        ("accumulate", "The number of parts a batch is cut into", 1, 100_000),
        ("warmup_steps", "The length of the warm-up", 0, MAX_STEPS),
        ("seed", "The seed", 0, MAX_SEED),
    ):
        value = getattr(recipe, name)
        if not is_whole(value, low, high):
            yield out_of_range("recipe", name, owner, value, f"a whole number, {low} … {high}")
    if not is_whole(recipe.batch_size, 0):
        allowed = "a whole number ≥ 1, or 0 for all samples at once"
        yield out_of_range("recipe", "batch_size", "The batch size", recipe.batch_size, allowed)
    elif is_whole(recipe.accumulate, 1) and 0 < recipe.batch_size < recipe.accumulate:
        message = f"A batch of {recipe.batch_size} cannot be cut into {recipe.accumulate} parts."
        remedy = "Lower 'accumulate' or raise the batch size."
        yield Problem("recipe.accumulate", message, remedy=remedy, param="accumulate", place="recipe")
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,3})?", str(recipe.device)):
        yield out_of_range(
            "recipe", "device", "The device", recipe.device, "auto, cpu, mps, cuda, or cuda: and a number"
        )
    if recipe.precision not in PRECISIONS:
        yield out_of_range("recipe", "precision", "The precision", recipe.precision, f"one of {', '.join(PRECISIONS)}")


def _rule(rule: Rule, project: Project, registry: Registry) -> Iterator[Problem]:
    folded = project.flattened.folded.values()  # what is bypassed may come back
    if not any(matches(rule.match, node) for nodes in (project.flat, folded) for node in nodes):
        message = f"The rule '{rule.match}' meets no node."
        remedy = "Write # and a node's id (#res1/conv1 within a block), a pattern of names (fc*), or type: and a pattern of types."
        yield Problem("recipe.rule", message, Severity.WARNING, remedy, param="rules", place="recipe")
    owner = f"of the rule '{rule.match}'"
    for name, label in (("lr_factor", "The learning-rate factor"), ("weight_decay", "The weight decay")):
        value = getattr(rule, name)
        if value is not None and not is_number(value, 0, 1e6):
            yield out_of_range("recipe", "rules", f"{label} {owner}", value, "0 … 1e6")
    if rule.initializer is not None:
        yield from entry_problems(rule.initializer, "initializer", registry, "recipe")
    for name, kind in (("regularizers", "regularizer"), ("constraints", "constraint"), ("noise", "noise")):
        for entry in getattr(rule, name) or ():
            yield from entry_problems(entry, kind, registry, "recipe")


def _metrics(project: Project, registry: Registry) -> Iterator[Problem]:
    targets = {spec.target for node in project.flat if isinstance(spec := registry.layer(node.type), LossSpec)}
    for entry in project.recipe.metrics:
        yield from entry_problems(entry, "metric", registry, "recipe")
        spec = registry.metrics.get(entry.type)
        if entry.enabled and spec is not None and targets and not targets & set(spec.targets):
            sorts = " or ".join(spec.targets)
            message = f"{spec.title} cannot be measured here: no loss of the network has a target of the sort {sorts}."
            remedy = "Choose another metric."
            yield Problem("recipe.metric", message, Severity.WARNING, remedy, param="metrics", place="recipe")


def _decay_twice(project: Project, registry: Registry) -> Iterator[Problem]:
    """Weight decay of the optimizer and an L2 penalty, both on."""
    recipe = project.recipe
    spec = registry.optimizers.get(recipe.optimizer.type)
    if spec is None or "weight_decay" not in spec.params.model_fields:
        return
    decay = recipe.optimizer.params.get("weight_decay", spec.params.model_fields["weight_decay"].default)
    penalties = [entry for entry in recipe.regularizers if entry.enabled and entry.type == "nnstudio.l2"]
    if not is_number(decay) or decay <= 0 or not penalties:
        return
    strength = penalties[0].params.get(
        "strength", registry.regularizers["nnstudio.l2"].params.model_fields["strength"].default
    )
    if spec.facts.get("weight decay") == "decoupled":
        meaning = f"Weights shrink twice: by {spec.title} itself, and by the gradient of the penalty, which {spec.title} rescales."
    else:
        meaning = (
            f"Both add to the gradient: together they act as one L2 penalty of about λ = {decay + strength:g}."
            if is_number(strength)
            else ""
        )
    message = (
        f"{spec.title} has a weight decay of {decay:g}, and there is an L2 penalty of {strength}. {meaning}".strip()
    )
    remedy = "Keep one of them."
    yield Problem("recipe.decay_twice", message, Severity.WARNING, remedy, param="weight_decay", place="recipe")


def _nothing_to_train(project: Project, registry: Registry) -> Iterator[Problem]:
    """Every node that is met by a rule for freezing is frozen: is any left?"""
    recipe = project.recipe
    if not any(rule.enabled and rule.frozen for rule in recipe.rules):
        return
    weighted = [
        node
        for node in project.flat
        if (spec := registry.layer(node.type)) is not None and spec.category in {"weights", "sequence"}
    ]
    if weighted and all(effective(recipe, node).frozen for node in weighted):
        message = "Every node that has weights is frozen."
        yield Problem(
            "recipe.all_frozen", message, Severity.WARNING, "Unfreeze one of them.", param="rules", place="recipe"
        )

"""Do the recipe's augmentations fit the data and the network? Each that does not is named, before anything trains."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.params import validate
from nnstudio.plan import Plan
from nnstudio.plugins import resolve
from nnstudio.problems import Problem
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import AugmentationSpec, LossSpec

TRIED = 4  # samples that an augmentation is tried out on
PLURAL = {"image": "images", "vector": "vectors", "value": "values", "array": "arrays", "tokens": "tokens"}


def misfits(project: Project, registry: Registry, info: DataInfo, plan: Plan) -> tuple[Problem, ...]:
    """What stands against the enabled augmentations: the kind of the inputs, the targets that some mix, a failed trial on made-up samples.

    Entries that are unknown or have a wrong parameter are left to `check`.
    """
    names = _inputs(registry, info, plan)
    found: list[Problem] = []
    for entry in project.recipe.augmentations:
        spec = registry.augmentations.get(entry.type) if entry.enabled else None
        params = validate(spec.params, entry.params, owner=spec.title, place="recipe")[0] if spec is not None else None
        if spec is None or params is None or not names:
            continue
        against = [
            *_kind(spec, names, info, registry),
            *(_targets(spec, names, registry, plan) if spec.targets else ()),
        ]
        fitting = [info.fields[name] for name in names if info.fields[name].kind in spec.kinds]
        found += against or _trial(spec, dict(params), fitting)
    return tuple(found)


def _inputs(registry: Registry, info: DataInfo, plan: Plan) -> tuple[str, ...]:
    """The fields that go into the network; those of the data where there is no network yet."""
    losses = {id for id, spec in registry.layers.items() if isinstance(spec, LossSpec)}
    read = [name for node in plan.nodes.values() if node.type not in losses for name in node.fields.values()]
    return tuple(name for name in dict.fromkeys(read or info.inputs) if name in info.fields)


def _kind(spec: AugmentationSpec, names: Sequence[str], info: DataInfo, registry: Registry) -> Iterator[Problem]:
    kinds = {info.fields[name].kind for name in names}
    if kinds & set(spec.kinds):
        return
    those = " and ".join(f"'{name}' ({info.fields[name].kind})" for name in names)
    wanted = ", ".join(PLURAL.get(kind, kind) for kind in spec.kinds)
    message = f"{spec.title} is for {wanted}; the network's input is {those}."
    fitting = [other.title for other in registry.augmentations.values() if kinds & set(other.kinds)]
    remedy = f"Switch it off, or choose one that fits: {', '.join(fitting[:5])}." if fitting else "Switch it off."
    yield _problem("recipe.augmentation_kind", message, remedy)


def _targets(spec: AugmentationSpec, names: Sequence[str], registry: Registry, plan: Plan) -> Iterator[Problem]:
    if len(names) != 1:
        message = f"{spec.title} mixes targets, which needs one input field; this network has {len(names)}: {', '.join(names)}."
        yield _problem("recipe.augmentation_inputs", message, "Switch it off.")
    nodes = [plan.nodes[id] for id in plan.order if id in plan.nodes]
    losses = [loss for node in nodes if isinstance(loss := registry.layer(node.type), LossSpec)]
    main = next((loss for loss in losses if loss.target != "none"), None)  # what says what the targets are
    if main is None:
        return
    words = {"class": "classes", "value": "values", "binary": "yes-or-no targets"}
    if main.target not in spec.target_kinds:
        wanted = " or ".join(words.get(kind, kind) for kind in spec.target_kinds)
        message = f"{spec.title} is for targets that are {wanted}; {main.title} compares with {words.get(main.target, main.target)}."
        yield _problem("recipe.augmentation_target", message, "Switch it off, or choose another loss.")
    elif not main.soft:
        message = f"{spec.title} mixes targets, and {main.title} cannot compare with a mixture."
        takes = [loss.title for loss in registry.layers.values() if isinstance(loss, LossSpec) and loss.soft]
        known = ", ".join(title for title in takes[:4])
        yield _problem("recipe.augmentation_target", message, f"Switch it off, or choose a loss that can: {known}.")


def _trial(spec: AugmentationSpec, params: dict[str, Any], fields: Sequence[FieldInfo]) -> Iterator[Problem]:
    """Some made-up samples go through it: a missing file, too much padding, a fault of a plugin show now and not in training."""
    for field in fields:
        shape = (TRIED, *field.shape)
        batch = torch.zeros(shape, dtype=torch.int64) + 1 if field.dtype == "int" else torch.full(shape, 0.5)
        target = (torch.full((TRIED, 2), 0.5),) if spec.targets else ()
        try:
            made = resolve(spec.function)(batch, *target, torch.Generator().manual_seed(0), **params)
        except Exception as error:  # a plugin's code, a person's file or translator
            said = f"{type(error).__name__}: {error}"
            message = f"{spec.title} fails on a sample of {' × '.join(map(str, field.shape)) or 'one value'}: {said}."
            yield _problem("recipe.augmentation_fails", message, "Change its parameters or switch it off.")
            return
        result: torch.Tensor = made[0] if spec.targets else made
        if result.shape != batch.shape:
            sizes = " × ".join(map(str, result.shape[1:]))
            message = f"{spec.title} makes samples of {sizes} from {' × '.join(map(str, field.shape))}."
            yield _problem("recipe.augmentation_shape", message, "Its plugin is at fault; switch it off.")
            return


def _problem(code: str, message: str, remedy: str) -> Problem:
    return Problem(code, message, remedy=remedy, param="augmentations", place="recipe")

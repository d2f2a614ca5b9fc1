"""What can be said against a project once its data and its shapes are known: what does not fit together in size."""

from collections.abc import Iterator
from math import prod

from nnstudio.data import DataInfo
from nnstudio.plan import Plan
from nnstudio.problems import Problem, Severity
from nnstudio.project.flat import quoted
from nnstudio.project.project import Project

BATCH_NORM = frozenset({"torch.batch_norm1d", "torch.batch_norm2d", "torch.batch_norm3d"})


def check_with_data(project: Project, info: DataInfo, plan: Plan) -> tuple[Problem, ...]:
    """Errors forbid training; warnings say what is probably not meant."""
    return (*_batch(project, info), *_warm_up(project, info), *_batch_norm(project, info, plan))


def _batch_size(project: Project, info: DataInfo) -> int:
    return project.recipe.batch_size or info.train


def _batch(project: Project, info: DataInfo) -> Iterator[Problem]:
    if project.recipe.batch_size <= info.train:
        return
    size = f"The batch size {project.recipe.batch_size} is larger than the training part ({info.train} samples)"
    remedy = f"Choose {max(1, info.train // 10)} or less, or 0 where the whole part is meant."
    message = f"{size}: each epoch is a single step."
    yield Problem("recipe.batch_too_large", message, Severity.WARNING, remedy, param="batch_size", place="recipe")


def _warm_up(project: Project, info: DataInfo) -> Iterator[Problem]:
    """A schedule that is left no steps to run over: its T would be 0."""
    recipe = project.recipe
    steps = recipe.epochs * -(-info.train // max(1, _batch_size(project, info)))
    if recipe.warmup_steps == 0 or recipe.warmup_steps < steps or recipe.batch_schedule.type:
        return
    message = f"The warm-up takes {recipe.warmup_steps} steps, and the whole run has {steps}: nothing is left for the schedule (T = 0)."
    remedy = f"Choose fewer than {steps} warm-up steps, or more epochs."
    yield Problem("recipe.warmup_too_long", message, remedy=remedy, param="warmup_steps", place="recipe")


def _batch_norm(project: Project, info: DataInfo, plan: Plan) -> Iterator[Problem]:
    """Batch norm takes its statistics over the batch (and the places of a map): of one value there are none."""
    size = _batch_size(project, info)
    last = info.train % size if size else 0
    for node in plan.nodes.values():
        if node.type not in BATCH_NORM or not node.inputs:
            continue
        places = prod(node.inputs[0][2:])
        label = quoted(project.flat.nodes[node.id]) if node.id in project.flat.nodes else f"'{node.name}'"
        if places == 1 and 1 in (size, last):
            which = "Each batch" if size == 1 else "The last batch of an epoch"
            message = f"{which} is a single sample ({info.train} samples, {size} a batch), and batch norm {label} needs two to take a variance."
            remedy = "Choose another batch size, or layer norm or group norm, which look at each sample alone."
            yield Problem("recipe.batch_norm_of_one", message, remedy=remedy, node=node.id, param="batch_size")
        elif size == 1:
            message = (
                f"Batch norm {label} sees one sample at a time: it normalizes each by itself, and not as in inference."
            )
            remedy = "Choose a larger batch, or group norm."
            yield Problem(
                "recipe.batch_norm_of_one", message, Severity.WARNING, remedy, node=node.id, param="batch_size"
            )

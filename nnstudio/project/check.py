"""All that can be said against a project without computing anything: its wiring, its parameters, its data and its recipe."""

from collections.abc import Iterator

from nnstudio.problems import Problem
from nnstudio.project.check_graph import check_graph
from nnstudio.project.check_recipe import check_recipe
from nnstudio.project.check_words import MAX_SEED, entry_problems, is_number, is_whole, out_of_range
from nnstudio.project.project import Data, Project
from nnstudio.registry import Registry

STANDARDIZE = ("none", "feature", "channel", "whiten", "auto")
SPLIT_BY = ("random", "group", "time")


def check(project: Project, registry: Registry) -> tuple[Problem, ...]:
    """Everything that forbids training `project` (errors) or makes it doubtful (warnings), as far as can be told without torch."""
    return (*check_graph(project, registry), *_data(project.data, registry), *check_recipe(project, registry))


def _data(data: Data, registry: Registry) -> Iterator[Problem]:
    if data.dataset.type:
        yield from entry_problems(data.dataset, "dataset", registry, "data")
    else:
        yield Problem("data.none", "No data is chosen.", remedy="Choose a dataset.", place="data")
    shares = {"validation": data.validation, "test": data.test}
    bad = {name: share for name, share in shares.items() if not (is_number(share) and 0 <= share <= 0.9)}
    for name, share in bad.items():
        yield out_of_range("data", name, f"The {name} share", share, "0 … 0.9")
    if not bad and sum(shares.values()) >= 1:
        message = f"Validation ({data.validation:g}) and test ({data.test:g}) together leave nothing to train on."
        yield Problem("data.shares", message, remedy="Their sum must be below 1.", param="validation", place="data")
    if not is_whole(data.split_seed, 0, MAX_SEED):
        yield out_of_range(
            "data", "split_seed", "The seed of the split", data.split_seed, f"a whole number, 0 … {MAX_SEED}"
        )
    if data.standardize not in STANDARDIZE:
        yield out_of_range(
            "data", "standardize", "Standardization", data.standardize, f"one of {', '.join(STANDARDIZE)}"
        )
    if data.split_by not in SPLIT_BY:
        yield out_of_range("data", "split_by", "The way of splitting", data.split_by, f"one of {', '.join(SPLIT_BY)}")
    elif data.split_by == "group" and not data.split_field:
        message = "The data is to be split by groups, and no field says what the groups are."
        yield Problem("data.split", message, remedy="Choose the field.", param="split_field", place="data")
    if not (is_whole(data.folds, -1) and data.folds != 1):
        allowed = "0 (none), a whole number ≥ 2, or −1 (leave one out)"
        yield out_of_range("data", "folds", "The number of folds", data.folds, allowed)
    elif not is_whole(data.fold, 0, data.folds - 1 if data.folds > 1 else None):
        allowed = f"0 … {data.folds - 1}" if data.folds > 1 else "a whole number ≥ 0"
        yield out_of_range("data", "fold", "The fold", data.fold, allowed)
    if not is_whole(data.bootstrap, 0, MAX_SEED):
        allowed = f"0 (none) or a seed, up to {MAX_SEED}"
        yield out_of_range("data", "bootstrap", "The seed of the bootstrap", data.bootstrap, allowed)

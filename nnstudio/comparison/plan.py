"""What is compared: arms (the alternatives) times replicates (seeds, folds), each pair one project to train."""

import hashlib
import itertools
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from nnstudio.comparison.alternatives import applied, title, written
from nnstudio.problems import NNStudioError, Problem, errors
from nnstudio.project import file
from nnstudio.project.check import check
from nnstudio.project.graph import Graph
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.runs.record import replace_quickly

FORMAT = 1
FILE, PROJECT_FILE = "comparison.json", "project.nns"
DEFAULT_SEEDS = 3
MOST_RUNS = 10_000

REPLICATING = ("recipe.seed", "data.fold", "data.bootstrap")
"""Settings whose values are replicates, not arms: they say how far a result is chance."""

Sort = Literal["seeds", "folds"]


@dataclass(frozen=True)
class Variant:
    """Settings under a name: dotted names with their alternatives as texts. An arm or a replicate."""

    name: str
    settings: tuple[tuple[str, str], ...] = ()

    def applied(self, project: Project, registry: Registry) -> Project:
        for name, text in self.settings:
            project = applied(project, registry, name, text)
        return project


@dataclass(frozen=True)
class Trial:
    """One run to train: arm `arm` under replicate `replicate` (both from 0)."""

    arm: int
    replicate: int
    name: str
    project: Project

    @cached_property
    def key(self) -> str:
        """The same for projects that give the same numbers."""
        return key_of(self.project)


@dataclass(frozen=True)
class Comparison:
    """Every arm is trained under every replicate. Replicate i has the same seed in every arm, so the data come in the same order.

    sort: "seeds" (independent repetitions) or "folds" (their training parts overlap, which the statistics must know).
    project: the base, which each arm changes.
    """

    name: str
    project: Project
    arms: tuple[Variant, ...]
    replicates: tuple[Variant, ...]
    sort: Sort = "seeds"

    def trials(self, registry: Registry) -> tuple[Trial, ...]:
        """All runs, replicate by replicate, so that every arm has something to show early. Raises NNStudioError for what cannot be set."""
        bases = [arm.applied(self.project, registry) for arm in self.arms]
        return tuple(
            Trial(arm, index, f"{self.arms[arm].name} · {replicate.name}", replicate.applied(base, registry))
            for index, replicate in enumerate(self.replicates)
            for arm, base in enumerate(bases)
        )

    @property
    def command(self) -> str:
        """The command that does it again, said in the comparison's folder."""
        words = ["nnstudio", "compare", PROJECT_FILE]
        for arm in self.arms:
            words += ["--arm", f"{arm.name}: {'; '.join(f'{name}={text}' for name, text in arm.settings)}"]
        for replicate in self.replicates:
            settings = "; ".join(f"{name}={text}" for name, text in replicate.settings)
            words += ["--replicate", f"{replicate.name}: {settings}"]
        return shlex.join([*words, "--out", "."])


def compare_axes(
    project: Project,
    registry: Registry,
    axes: Mapping[str, Sequence[Any]],
    *,
    seeds: int | Sequence[int] | None = None,
    name: str = "",
) -> Comparison:
    """Every combination of the axes' alternatives, each under `seeds` (a number of them, counted from the recipe's own, or the seeds).

    An axis of `REPLICATING` gives replicates instead of arms. Raises NNStudioError.
    """
    texts = {axis: [written(value) for value in values] for axis, values in axes.items()}
    for axis, values in texts.items():
        if not values:
            raise NNStudioError(Problem("compare.empty", f"'{axis}' has no alternatives.", remedy="Name at least one."))
    varied = {axis: values for axis, values in texts.items() if axis not in REPLICATING}
    arms = [
        Variant(
            " · ".join(title(project, registry, *choice) for choice in choices) or project.name or "as it is", choices
        )
        for choices in _product(varied)
    ]
    repeated = {axis: values for axis, values in texts.items() if axis in REPLICATING}
    return comparison(project, registry, arms, replicates_of(project, repeated, seeds), name=name)


def comparison(
    project: Project, registry: Registry, arms: Sequence[Variant], replicates: Sequence[Variant], *, name: str = ""
) -> Comparison:
    """A comparison that can be trained: names told apart, every arm checked. Raises NNStudioError naming the arm."""
    if not arms or not replicates:
        raise NNStudioError(Problem("compare.empty", "There is nothing to compare.", remedy="Name alternatives."))
    if len(arms) * len(replicates) > MOST_RUNS:
        words = f"{len(arms)} arms × {len(replicates)} replicates are {len(arms) * len(replicates)} runs."
        raise NNStudioError(Problem("compare.many", words, remedy=f"At most {MOST_RUNS} are trained."))
    folds = any(key == "data.fold" for replicate in replicates for key, _ in replicate.settings)
    made = Comparison(
        name or ", ".join(dict.fromkeys(key.rpartition(".")[2] for arm in arms for key, _ in arm.settings)) or "seeds",
        project,
        tuple(_distinct(arms)),
        tuple(_distinct(replicates)),
        "folds" if folds else "seeds",
    )
    for trial in made.trials(registry)[: len(arms)]:
        if wrong := errors(check(trial.project, registry)):
            raise NNStudioError(
                *(replace(item, message=f"{made.arms[trial.arm].name}: {item.message}") for item in wrong)
            )
    return made


def replicates_of(
    project: Project, repeated: Mapping[str, Sequence[str]] | None = None, seeds: int | Sequence[int] | None = None
) -> list[Variant]:
    """The seeds (and folds or bootstraps) under which each arm is trained."""
    repeated = dict(repeated or {})
    if seeds is not None or not repeated:
        first, count = project.recipe.seed, DEFAULT_SEEDS if seeds is None else seeds
        given = list(range(first, first + count)) if isinstance(count, int) else list(count)
        if not given or any(type(seed) is not int for seed in given):
            words = f"{seeds!r} are no seeds."
            raise NNStudioError(Problem("compare.seeds", words, remedy="Give a number ≥ 1, or whole numbers."))
        repeated["recipe.seed"] = [str(seed) for seed in given]
    return [
        Variant(" · ".join(f"{key.rpartition('.')[2]} {value}" for key, value in choices), choices)
        for choices in _product(repeated)
    ]


def key_of(project: Project) -> str:
    """A fingerprint of what the numbers depend on: names, notes, the dashboard and how the drawing looks do not count."""
    blocks = {id: replace(block, title="", note="", graph=_bare(block.graph)) for id, block in project.blocks.items()}
    graph = _bare(project.graph)
    bare = replace(project, name="", notes="", dashboard=(), bookmarks=(), graph=graph, blocks=blocks)
    return hashlib.sha256(json.dumps(file.to_json(bare), sort_keys=True).encode()).hexdigest()


def _bare(graph: Graph) -> Graph:
    nodes = {
        id: replace(node, position=(0.0, 0.0), collapsed=False, color="", note="") for id, node in graph.nodes.items()
    }
    return Graph(nodes, graph.wires)


def _product(axes: Mapping[str, Sequence[str]]) -> list[tuple[tuple[str, str], ...]]:
    return [tuple(zip(axes, choice, strict=True)) for choice in itertools.product(*axes.values())]


def _distinct(variants: Sequence[Variant]) -> list[Variant]:
    """Variants of the same name are numbered."""
    names = [variant.name for variant in variants]
    return [
        replace(variant, name=f"{variant.name} {names[: index + 1].count(variant.name)}")
        if names.count(variant.name) > 1
        else variant
        for index, variant in enumerate(variants)
    ]


# ── on the disk ───────────────────────────────────────────────────────────────────────────────────────────────────────


def comparisons_folder(project: Path) -> Path:
    """Where the comparisons of a project file are: `lenet.nns` → `lenet.compare`."""
    return project.with_suffix(".compare")


def folder_name(name: str) -> str:
    """`name` as a plain folder name."""
    kept = "".join(character if character.isalnum() or character in "-." else "_" for character in name.strip().lower())
    return "_".join(part for part in kept.strip(".").split("_") if part)[:80] or "comparison"


def save(comparison: Comparison, folder: Path) -> None:
    """Put the comparison's file and its base project into `folder`. Raises OSError, NNStudioError."""
    folder.mkdir(parents=True, exist_ok=True)
    if problems := file.write(comparison.project, folder / PROJECT_FILE):
        raise NNStudioError(*problems)
    value = {
        "format": FORMAT,
        "name": comparison.name,
        "sort": comparison.sort,
        "arms": [_variant_json(arm) for arm in comparison.arms],
        "replicates": [_variant_json(replicate) for replicate in comparison.replicates],
    }
    replace_quickly(folder / FILE, json.dumps(value, indent=1, ensure_ascii=False).encode())


def load(folder: Path) -> Comparison:
    """The comparison in `folder`. Raises NNStudioError where there is none or it is damaged."""
    project, problems = file.read(folder / PROJECT_FILE)
    if project is None:
        raise NNStudioError(*problems)
    try:
        value = json.loads((folder / FILE).read_bytes())
        sort: Sort = "folds" if value["sort"] == "folds" else "seeds"
        arms, replicates = (tuple(map(_read_variant, value[key])) for key in ("arms", "replicates"))
        return Comparison(str(value["name"]), project, arms, replicates, sort)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        words = f"{folder / FILE} cannot be read: {error}."
        raise NNStudioError(Problem("compare.damaged", words, remedy="Compare again.", place="file")) from error


def _variant_json(variant: Variant) -> dict[str, Any]:
    return {"name": variant.name, "settings": [list(pair) for pair in variant.settings]}


def _read_variant(value: Any) -> Variant:
    return Variant(str(value["name"]), tuple((str(name), str(text)) for name, text in value["settings"]))

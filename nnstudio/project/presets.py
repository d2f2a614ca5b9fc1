"""Recipes kept under a name: the bundled ones and a person's own, one JSON file each. No torch, no Qt.

A preset says some fields of a recipe; the others, and always the seed, the device, the data and what is set for single nodes, stay as
they are. A file is a project document with nothing but a recipe in it: {"format": 1, "name": …, "notes": …, "recipe": {…}}.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from nnstudio.problems import Problem
from nnstudio.project.difference import Difference, recipes
from nnstudio.project.edits import Change, Edit
from nnstudio.project.file import read, replace_file
from nnstudio.project.json_form import FORMAT, to_json
from nnstudio.project.project import NOTHING, Entry, Project, Recipe
from nnstudio.project.safe_json import parse, render
from nnstudio.registry import Registry

NOT_IN_A_PRESET = frozenset({"seed", "device"})
"""Fields of a recipe that belong to a project and a machine."""

SUFFIX = ".json"
LONGEST_NAME = 80


@dataclass(frozen=True)
class Preset:
    """values: fields of a recipe by name. path: of its file; None for a bundled one. text: one line that says what it is for."""

    name: str
    values: Mapping[str, Any]
    text: str = ""
    path: Path | None = None

    def applied(self, recipe: Recipe) -> Recipe:
        """`recipe` with what the preset says. Rules for single nodes are the project's: they stay, after the preset's own."""
        values = dict(self.values)
        if "rules" in values:
            values["rules"] = (*values["rules"], *(rule for rule in recipe.rules if rule.match.startswith("#")))
        return replace(recipe, **values)


_PLAIN: Mapping[str, Any] = {
    "batch_size": 64,
    "batch_schedule": NOTHING,
    "shuffle": True,
    "reshuffle": True,
    "accumulate": 1,
    "augmentations": (),
    "initializer": Entry("torch.default"),
    "regularizers": (),
    "noise": (),
    "gradients": (),
    "optimizer": Entry("torch.adam"),
    "warmup_steps": 0,
    "schedule": Entry("nnstudio.constant"),
    "constraints": (),
    "average": NOTHING,
    "stops": (),
}
"""Everything switched off: what the bundled presets start from."""


def bundled() -> tuple[Preset, ...]:
    """The presets that ship with the program."""
    sgd = Entry("torch.sgd", {"lr": 0.1})
    cosine = Entry("nnstudio.cosine")
    return (
        Preset(
            "course default",
            {**_PLAIN, "optimizer": Entry("torch.adam", {"lr": 0.002}), "schedule": cosine},
            "Adam at 0.002 along a cosine, batches of 64: learns most small networks well.",
        ),
        Preset("plain SGD", {**_PLAIN, "optimizer": sgd}, "θ ← θ − ηg at a constant rate, and nothing else."),
        Preset(
            "Adam + cosine",
            {**_PLAIN, "optimizer": Entry("torch.adam", {"lr": 0.001}), "warmup_steps": 100, "schedule": cosine},
            "Adam at its own rate, a short warm-up, then a cosine.",
        ),
        Preset(
            "regularised",
            {
                **_PLAIN,
                "initializer": Entry("nnstudio.kaiming_normal"),
                "regularizers": (Entry("nnstudio.l2", {"strength": 0.0001}),),
                "gradients": (Entry("nnstudio.clip_norm"),),
                "schedule": cosine,
                "average": Entry("nnstudio.ema"),
                "stops": (Entry("nnstudio.early_stopping", {"patience": 5}),),
            },
            "He's start, L2, clipped gradients, an average of the weights, and an early stop.",
        ),
        Preset(
            "online: one pass, batch 1",
            {**_PLAIN, "batch_size": 1, "epochs": 1, "optimizer": Entry("torch.sgd", {"lr": 0.01})},
            "Each sample is seen once, one at a time (Bottou 1998).",
        ),
        Preset(
            "full batch",
            {**_PLAIN, "batch_size": 0, "shuffle": False, "optimizer": sgd},
            "Every step follows the gradient of the whole training part: gradient descent proper.",
        ),
    )


def own(folder: Path) -> tuple[tuple[Preset, ...], tuple[Problem, ...]]:
    """A person's presets in `folder`, by name; and what is wrong with files that cannot be used."""
    found: list[Preset] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []:
        project, wrong = read(path)
        problems += wrong
        if project is not None:
            found.append(Preset(project.name, _values(project.recipe, _said(path)), project.notes, path))
    return tuple(sorted(found, key=lambda preset: preset.name.casefold())), tuple(problems)


def _said(path: Path) -> frozenset[str]:
    """Which fields the file says: what it leaves out is not the default but not its business."""
    value, _ = parse(path.read_bytes())
    return frozenset(value.get("recipe", {}))


def _values(recipe: Recipe, names: frozenset[str]) -> dict[str, Any]:
    return {item.name: getattr(recipe, item.name) for item in fields(Recipe) if item.name in names - NOT_IN_A_PRESET}


def of_recipe(name: str, recipe: Recipe, text: str = "") -> Preset:
    """The preset that says all that `recipe` says, but for what belongs to a project alone."""
    general = replace(recipe, rules=tuple(rule for rule in recipe.rules if not rule.match.startswith("#")))
    return Preset(name, _values(general, frozenset(item.name for item in fields(Recipe))), text)


def save(preset: Preset, folder: Path) -> tuple[Problem, ...]:
    """Keep `preset` in `folder`, in place of one of the same name."""
    name = preset.name.strip()
    if wrong := _bad_name(name):
        return (wrong,)
    written = to_json(Project(recipe=replace(Recipe(), **preset.values)))["recipe"]
    said = {key: written[key] for key in preset.values}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = next((old.path for old in own(folder)[0] if old.name == name), None) or _free_path(folder, name)
        replace_file(target, render({"format": FORMAT, "name": name, "notes": preset.text, "recipe": said}))
    except OSError as error:
        return (_failed(name, error),)
    return ()


def rename(preset: Preset, name: str, folder: Path) -> tuple[Problem, ...]:
    """Give one of a person's presets another name."""
    if name.strip() == preset.name:
        return ()
    if any(other.name == name.strip() for other in own(folder)[0]):
        return (_problem("taken", f"There is a preset '{name.strip()}' already.", "Choose another name."),)
    problems = save(replace(preset, name=name), folder)
    return problems or delete(preset)


def delete(preset: Preset) -> tuple[Problem, ...]:
    if preset.path is None:
        return (_problem("bundled", f"The preset '{preset.name}' ships with the program.", "It cannot be deleted."),)
    try:
        preset.path.unlink(missing_ok=True)
    except OSError as error:
        return (_failed(preset.name, error),)
    return ()


def apply(project: Project, preset: Preset) -> Edit:
    """One undoable edit that gives the project what the preset says."""
    old, new = project.recipe, preset.applied(project.recipe)
    names = [item.name for item in fields(Recipe) if getattr(old, item.name) != getattr(new, item.name)]
    changes = tuple(Change(("recipe", name), getattr(old, name), getattr(new, name)) for name in names)
    return Edit(f"Apply the preset {preset.name}", changes)


def nearest(
    recipe: Recipe, presets: Sequence[Preset], registry: Registry
) -> tuple[Preset, tuple[Difference, ...]] | None:
    """The preset that `recipe` differs least from, and in what; a person's own before a bundled one, where both are as near."""
    found = [(preset, recipes(preset.applied(recipe), recipe, registry)) for preset in presets]
    return min(found, key=lambda pair: (len(pair[1]), pair[0].path is None), default=None)


def _bad_name(name: str) -> Problem | None:
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return _problem(
            "name", f"'{name[:LONGEST_NAME]}' is no name for a preset.", f"Give 1 … {LONGEST_NAME} characters."
        )
    if any(name == preset.name for preset in bundled()):
        return _problem("taken", f"'{name}' is the name of a bundled preset.", "Choose another name.")
    return None


def _free_path(folder: Path, name: str) -> Path:
    """A file name made of the preset's, that no file has."""
    stem = "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split()) or "preset"
    number, path = 1, folder / f"{stem}{SUFFIX}"
    while path.exists():
        number += 1
        path = folder / f"{stem}_{number}{SUFFIX}"
    return path


def _failed(name: str, error: OSError) -> Problem:
    return _problem(
        "unwritable", f"The preset '{name}' cannot be kept: {error.strerror or error}.", "Free or unlock the folder."
    )


def _problem(code: str, message: str, remedy: str) -> Problem:
    return Problem(f"preset.{code}", message, remedy=remedy, place="recipe")

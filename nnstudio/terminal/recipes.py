"""`nnstudio recipe list | apply | save | diff`: recipes kept under a name, given to projects, and compared in words."""

from argparse import Namespace
from pathlib import Path

from nnstudio.finding import did_you_mean
from nnstudio.gui.settings import default_path
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project import file, presets
from nnstudio.project.difference import recipes
from nnstudio.project.edits import apply as apply_edit
from nnstudio.project.presets import Preset
from nnstudio.project.project import Recipe
from nnstudio.registry import Registry
from nnstudio.terminal.opening import GALLERY, load_plugins, open_project
from nnstudio.terminal.output import OK, say, say_json, table, tell_problems


def list_all(options: Namespace) -> int:
    """One line a preset."""
    found = _presets(options)
    if options.json:
        for preset in found:
            say_json({"name": preset.name, "text": preset.text, "file": str(preset.path or "")})
        return OK
    rows = [(preset.name, "yours" if preset.path else "bundled", preset.text) for preset in found]
    for line in table(rows, ("preset", "origin", "for")):
        say(line)
    return OK


def apply(options: Namespace) -> int:
    """Give PROJECT what PRESET says; what changed is told."""
    registry = load_plugins(options).registry
    project, path = open_project(options.project, registry)
    edit = presets.apply(project, _named(options.preset, options, registry))
    changed = apply_edit(project, edit)
    target = options.out or path
    if target is None:
        remedy = "Name a file to write: --out FILE."
        raise NNStudioError(Problem("recipe.no_file", f"{options.project} has no file.", remedy=remedy, place="file"))
    _raise(file.write(changed, target))
    _tell(recipes(project.recipe, changed.recipe, registry, (project,)))
    say(f"Written to {target}.")
    return OK


def save(options: Namespace) -> int:
    """Keep the recipe of PROJECT as a preset; one of the same name is replaced."""
    registry = load_plugins(options).registry
    project, _ = open_project(options.project, registry)
    _raise(presets.save(presets.of_recipe(options.name, project.recipe), _folder(options)))
    say(f"Kept as the preset '{options.name.strip()}'.")
    return OK


def diff(options: Namespace) -> int:
    """What AFTER does otherwise than BEFORE. A preset is compared in what it says."""
    registry = load_plugins(options).registry
    before, after = (_meant(name, options, registry) for name in (options.before, options.after))
    base = next((side for side in (before, after) if isinstance(side, Recipe)), Recipe())
    sides = [side.applied(base) if isinstance(side, Preset) else side for side in (before, after)]
    found = recipes(sides[0], sides[1], registry)
    if options.json:
        for difference in found:
            say_json(vars(difference))
    else:
        _tell(found)
    return OK


def _tell(found: tuple[object, ...]) -> None:
    for difference in found:
        say(str(difference))
    if not found:
        say("Nothing differs.")


def _folder(options: Namespace) -> Path:
    return options.presets or default_path().parent / "recipes"


def _presets(options: Namespace) -> tuple[Preset, ...]:
    own, problems = presets.own(_folder(options))
    tell_problems(problems)
    return (*presets.bundled(), *own)


def _named(name: str, options: Namespace, registry: Registry) -> Preset:
    """The preset of that name, or one made of a project's recipe."""
    meant = _meant(name, options, registry)
    return meant if isinstance(meant, Preset) else presets.of_recipe(name, meant)


def _meant(name: str, options: Namespace, registry: Registry) -> Preset | Recipe:
    """The preset called `name`, or the recipe of the project that it names. Raises NNStudioError."""
    known = _presets(options)
    found = next((preset for preset in known if preset.name.casefold() == name.strip().casefold()), None)
    if found is not None:
        return found
    if name.startswith(GALLERY) or Path(name).suffix == ".nns" or Path(name).exists():
        return open_project(name, registry)[0].recipe
    remedy = did_you_mean(name, [preset.name for preset in known])
    message = f"'{name}' is neither a preset nor a project."
    raise NNStudioError(Problem("preset.unknown", message, remedy=remedy, place="recipe"))


def _raise(problems: tuple[Problem, ...]) -> None:
    if problems:
        raise NNStudioError(*problems)

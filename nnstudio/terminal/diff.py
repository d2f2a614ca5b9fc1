"""`nnstudio diff A B`: two projects compared: their networks with all blocks, their recipes and data, in words."""

from argparse import Namespace
from dataclasses import fields
from pathlib import Path

from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.difference import Difference, entry_words, recipes, shown
from nnstudio.project.difference_graph import projects
from nnstudio.project.project import Data, Entry, Project
from nnstudio.registry import Registry
from nnstudio.terminal.opening import load_plugins, open_project
from nnstudio.terminal.output import OK, say, say_json

DIFFERENT = 1
"""The exit code that `diff` has where something differs, as others of that name have."""


def diff(options: Namespace) -> int:
    """What AFTER has otherwise than BEFORE; 0 where nothing differs, 1 where something does."""
    registry = load_plugins(options).registry
    before, after = (_meant(name, registry) for name in (options.before, options.after))
    network = projects(before, after, registry)
    recipe = recipes(before.recipe, after.recipe, registry, (after, before))
    settings = (*_data(before.data, after.data, registry), *recipe)
    for found in network:
        if options.json:
            say_json(vars(found) | {"details": [list(detail) for detail in found.details]})
        else:
            say(str(found))
    for found in settings:
        if options.json:
            say_json({"kind": "changed", "thing": "setting", **vars(found)})
        else:
            say(f"~ {found}")
    if not network and not settings and not options.json:
        say("Nothing differs.")
    return DIFFERENT if network or settings else OK


def _meant(name: str, registry: Registry) -> Project:
    """The project that `name` is, or that a run of this folder began with. Raises NNStudioError."""
    folder = Path(name)
    if folder.is_dir():
        kept = folder / "project.nns"
        if not kept.is_file():
            words, remedy = f"'{name}' is no folder of a run.", "Name a .nns file, the folder of a run, or gallery:ID."
            raise NNStudioError(Problem("file.no_run", words, remedy=remedy, place="file"))
        return open_project(str(kept), registry)[0]
    return open_project(name, registry)[0]


def _data(before: Data, after: Data, registry: Registry) -> list[Difference]:
    found: list[Difference] = []
    for item in fields(Data):
        old, new = getattr(before, item.name), getattr(after, item.name)
        if old != new:
            said = [
                entry_words(side, "dataset", registry) if isinstance(side, Entry) else shown(side)
                for side in (old, new)
            ]
            found.append(Difference(f"data {item.name.replace('_', ' ')}", said[0], said[1]))
    return found

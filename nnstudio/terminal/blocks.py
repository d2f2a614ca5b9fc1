"""`nnstudio blocks list | export | import`: the blocks of a project and of the library, shared as files."""

from argparse import Namespace

from nnstudio.finding import did_you_mean
from nnstudio.gui.settings import default_path
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project import block_library, file
from nnstudio.project.block_copies import imported
from nnstudio.project.block_follow import instances
from nnstudio.project.edits import apply
from nnstudio.terminal.opening import load_plugins, open_project
from nnstudio.terminal.output import OK, say, say_json, table, tell_problems


def list_all(options: Namespace) -> int:
    """One line a block: those of PROJECT, or those of the library."""
    if options.project:
        project, _ = open_project(options.project, load_plugins(options).registry)
        found = [
            (id, block.title or id, block.kind, f"used {len(instances(project, id))}×", block.note)
            for id, block in project.blocks.items()
        ]
    else:
        library = block_library.Library(options.library or default_path().parent / "blocks")
        tell_problems(library.problems)
        found = [
            (kept.id, kept.title, kept.block.kind, "yours" if kept.own else "ready-made", kept.block.note)
            for kept in library.kept
        ]
    names = ("id", "title", "kind", "where", "note")
    if options.json:
        for row in found:
            say_json(dict(zip(names, row, strict=True)))
    else:
        for line in table([row[:4] for row in found], names[:4]):
            say(line)
    return OK


def export(options: Namespace) -> int:
    """Write block BLOCK of PROJECT, with what it holds, to FILE."""
    project, _ = open_project(options.project, load_plugins(options).registry)
    wanted = options.block.casefold()
    id = next((id for id, block in project.blocks.items() if wanted in {id.casefold(), block.title.casefold()}), None)
    if id is None:
        remedy = did_you_mean(options.block, list(project.blocks)) or "See: nnstudio blocks list PROJECT."
        raise NNStudioError(Problem("block.unknown", f"The project has no block '{options.block}'.", remedy=remedy))
    _raise(block_library.write(project, id, options.to))
    say(f"Written to {options.to}.")
    return OK


def import_(options: Namespace) -> int:
    """Bring the block of FILE into PROJECT; one that computes the same is not brought twice."""
    kept, problems = block_library.read(options.file)
    if kept is None:
        raise NNStudioError(*problems)
    tell_problems(problems)
    project, path = open_project(options.project, load_plugins(options).registry)
    target = options.out or path
    if target is None:
        remedy = "Name a file to write: --out FILE."
        raise NNStudioError(Problem("block.no_file", f"{options.project} has no file.", remedy=remedy, place="file"))
    edit, renames = imported(project, kept.blocks)
    _raise(file.write(apply(project, edit), target))
    came = "is in the project" if edit else "was there already"
    say(f"'{kept.title}' {came}, as '{renames[kept.id]}'. Written to {target}.")
    return OK


def _raise(problems: tuple[Problem, ...]) -> None:
    if problems:
        raise NNStudioError(*problems)

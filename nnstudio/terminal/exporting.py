"""`nnstudio export`: the project as files that need no NNStudio."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from nnstudio.engine.threads import settle_threads
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.runs.store import RunStore
from nnstudio.terminal.opening import load_plugins, named, open_project
from nnstudio.terminal.output import FAILED, OK, say, tell_problems
from nnstudio.terminal.training import default_folder, run_folder


def export(options: Namespace) -> int:
    registry = load_plugins(options).registry
    project, path = open_project(options.project, registry)
    _refuse_overwriting(options.out, force=options.force)
    files: Sequence[Path]
    try:
        if options.to == "python":
            files = _python(named(project, path), registry, options.out)
        else:
            runs = options.runs or default_folder(options.project, path)
            files = [_weights(run_folder(RunStore(runs), options.run), options.checkpoint, options.out)]
    except OSError as error:
        message = f"{error.filename or options.out} cannot be written: {error.strerror or error}."
        tell_problems([Problem("export.unwritable", message, remedy="Choose another place with --out.", place="file")])
        return FAILED
    for file in files:
        say(str(file))
    return OK


def _python(project: Project, registry: Registry, out: Path) -> Sequence[Path]:
    """train.py and the data it learns from."""
    settle_threads()
    from nnstudio.engine.script import export_python  # brings torch
    from nnstudio.train.data import load_data

    return export_python(project, registry, load_data(project.data, registry), out)


def _weights(run: Path, checkpoint: str, out: Path) -> Path:
    """The weights of a run, for `safetensors.torch.load_file` and `Model().load_state_dict`."""
    settle_threads()
    from safetensors.torch import save_file  # pyright: ignore[reportUnknownVariableType]

    from nnstudio.train.checkpoint import file_in, load_weights

    found = file_in(run, checkpoint)
    save_file(load_weights(found if found.is_file() else file_in(run)), out)
    return out


def _refuse_overwriting(out: Path, *, force: bool) -> None:
    """What is there stays, unless --force."""
    occupied = any(out.iterdir()) if out.is_dir() else out.exists()
    if occupied and not force:
        message = f"{out} is there already."
        raise NNStudioError(
            Problem("export.exists", message, remedy="Choose another place, or add --force.", place="file")
        )

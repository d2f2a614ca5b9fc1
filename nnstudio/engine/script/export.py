"""The script, its data and what it needs of a plugins folder, as files."""

import ast
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nnstudio.engine.codegen import model_code
from nnstudio.engine.compile import check_plan
from nnstudio.engine.inspect import inspect_project
from nnstudio.engine.interface import interface
from nnstudio.engine.script.context import ROWS, field_names
from nnstudio.engine.script.data import DATA_FILE
from nnstudio.engine.script.whole import training_script
from nnstudio.plugins import source_in_folder
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.train.data import LoadedData

SCRIPT_FILE = "train.py"


def export_python(project: Project, registry: Registry, data: LoadedData, folder: Path) -> tuple[Path, ...]:
    """Write the script and its data into `folder` (made where it is missing); returns the files.

    Raises NNStudioError where the project is not sound, OSError where the files cannot be written.
    """
    plan = inspect_project(project, data.info, registry)
    check_plan(project, registry, plan)
    code = model_code(project, plan, registry)
    text = training_script(project, plan, code, registry, data)
    face = interface(project.flat, plan, registry, project.flattened.carried)
    folder.mkdir(parents=True, exist_ok=True)
    write_data(folder / DATA_FILE, data, (*face.inputs, *face.targets))
    (folder / SCRIPT_FILE).write_text(text, encoding="utf-8")
    copies = tuple(_copy(source, folder) for source in sorted(_plugins_needed(text)))
    return folder / SCRIPT_FILE, folder / DATA_FILE, *copies


def write_data(path: Path, data: LoadedData, fields: Sequence[str] = ()) -> None:
    """The fields as they are before standardisation, and which rows are for what. fields: empty for inputs and target."""
    chosen = tuple(fields) or (*data.dataset.inputs, *filter(None, (data.dataset.target,)))
    arrays = {variable: _raw(data, name) for name, variable in field_names(chosen).items()}
    parts = (data.split.train, data.split.validation, data.split.test)
    np.savez_compressed(path, **arrays, **dict(zip(ROWS, parts, strict=True)))  # pyright: ignore[reportArgumentType]


def _raw(data: LoadedData, name: str) -> npt.NDArray[np.generic]:
    values = data.dataset.fields[name].values
    return values.reshape(len(values), *data.info.fields[name].shape)  # single values become N × 1, as in training


def _plugins_needed(text: str) -> set[Path]:
    """The files and packages of plugins folders that the script imports, and what these import in turn."""
    found: set[Path] = set()
    texts = [text]
    while texts:
        for module in _imported_by(texts.pop()):
            source = source_in_folder(module)
            if source is not None and source not in found:
                found.add(source)
                files = [source] if source.is_file() else sorted(source.rglob("*.py"))
                texts += [file.read_text(encoding="utf-8") for file in files]
    return found


def _imported_by(text: str) -> set[str]:
    modules: set[str] = set()
    for statement in ast.walk(ast.parse(text)):
        if isinstance(statement, ast.Import):
            modules |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            modules.add(statement.module)
    return modules


def _copy(source: Path, folder: Path) -> Path:
    copy = folder / source.name
    if copy.exists() and copy.samefile(source):  # exported into the plugins folder itself
        return copy
    if source.is_dir():
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    else:
        shutil.copyfile(source, copy)
    return copy

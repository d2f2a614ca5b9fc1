"""PROJECT on the command line: a file, or `gallery:ID`; with what the options change in it."""

from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from nnstudio import plugins
from nnstudio.finding import find_id
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project import file
from nnstudio.project.edits import Edit, apply
from nnstudio.project.gallery import open_example
from nnstudio.project.project import Project
from nnstudio.project.setting import node_setting, setting
from nnstudio.registry import Registry
from nnstudio.terminal.output import tell

GALLERY = "gallery:"


def load_plugins(options: Namespace) -> plugins.Plugins:
    """All plugins; one that could not be used is told of."""
    missing = [folder for folder in options.plugins_dir if not folder.is_dir()]
    if missing:
        raise NNStudioError(
            Problem("plugin.no_folder", f"There is no folder '{missing[0]}' (--plugins-dir).", place="plugin")
        )
    loaded = plugins.load(folders=options.plugins_dir, safe_mode=options.safe_mode)
    for info in loaded.infos:
        if info.state in (plugins.State.FAILED, plugins.State.INCOMPATIBLE):
            tell(
                f"warning: The plugin '{info.name}' is {info.state.value}: {info.reason} (nnstudio plugins list says more)"
            )
    return loaded


def open_project(name: str, registry: Registry) -> tuple[Project, Path | None]:
    """The project that `name` names, and its file (None for the gallery's). Raises NNStudioError."""
    if name.startswith(GALLERY):
        return open_example(find_id(registry, "example", name.removeprefix(GALLERY), place="file"), registry), None
    project, problems = file.read(name)
    if project is None:
        raise NNStudioError(*problems)
    return project, Path(name)


def changed(project: Project, registry: Registry, options: Namespace) -> Project:
    """`project` with --epochs, --seed, --batch-size, --lr, --device, --set and --param. Raises NNStudioError."""
    short = {
        "recipe.epochs": options.epochs,
        "recipe.seed": options.seed,
        "recipe.batch_size": options.batch_size,
        "recipe.device": options.device,
    }
    for name, value in short.items():
        if value is not None:
            project = apply(project, setting(project, registry, name, value))
    for text in options.set:
        name, value = pair(text, "--set", "recipe.optimizer.momentum=0.9")
        project = apply(project, setting(project, registry, name, value))
    for text in options.param:
        project = apply(project, _param(project, registry, text))
    if options.lr is not None:  # after --set, which may choose another optimizer
        project = apply(project, setting(project, registry, "recipe.optimizer.lr", options.lr))
    return project


def named(project: Project, path: Path | None) -> Project:
    """Called as its file, where it has no name of its own."""
    return replace(project, name=path.stem) if path is not None and project.name in ("", "Untitled") else project


def _param(project: Project, registry: Registry, text: str) -> Edit:
    name, value = pair(text, "--param", "conv1.out_channels=16")
    node, _, param = name.rpartition(".")
    if not node:
        raise _malformed(text, "--param", "conv1.out_channels=16")
    return node_setting(project, registry, node, param, value)


def pair(text: str, option: str, example: str) -> tuple[str, str]:
    """`NAME=VALUE` of an option. Raises NNStudioError."""
    name, sign, value = text.partition("=")
    if not (sign and name.strip()):
        raise _malformed(text, option, example)
    return name.strip(), value.strip()


def _malformed(text: str, option: str, example: str) -> NNStudioError:
    return NNStudioError(
        Problem(
            "setting.malformed",
            f"{option} {text}: a name and a value are expected.",
            remedy=f"Write {option} {example}",
        )
    )

"""The guided text of a lab: Markdown beside the canvas, whose links do what they say.

A link is `nnstudio:verb/name?key=value&…`:
- `nnstudio:place/recipe`: show a place; `nnstudio:train`: begin a run; `nnstudio:example/spirals`: open a project of the gallery;
- `nnstudio:set?recipe.epochs=5&recipe.optimizer=torch.sgd`: change the project (one step of undo), names as in `project.setting`;
- `nnstudio:experiment/race?surface=ravine`: open an experiment with these parameters;
- `nnstudio:compare?recipe.optimizer=torch.sgd,torch.adam&seeds=3`: open a comparison.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from nnstudio.project.document import Document
from nnstudio.project.edits import Edit
from nnstudio.project.project import Project
from nnstudio.project.setting import setting
from nnstudio.registry import Registry
from nnstudio.specs import ExampleSpec

SCHEME = "nnstudio"
VERBS = ("place", "train", "example", "set", "experiment", "compare")


@dataclass(frozen=True)
class Link:
    """What a link of a guide asks for."""

    verb: str
    name: str = ""
    values: Mapping[str, str] | None = None


def guide_text(project: Project, registry: Registry) -> str:
    """The Markdown of the guide that belongs to `project`; "" where it has none, or its plugin is not there."""
    spec = registry.examples.get(project.guide)
    if spec is None or not spec.guide:
        return ""
    return guide_file(spec).read_text(encoding="utf-8")


def guide_file(spec: ExampleSpec) -> Path:
    """Where the guide of `spec` lies: beside its plugin's module."""
    return Path(importlib.import_module(spec.package).__file__ or "").parent / spec.guide


def read_link(url: str) -> Link | None:
    """What `url` asks for; None where it is no link of a guide (a web page)."""
    parts = urlsplit(url)
    if parts.scheme != SCHEME:
        return None
    verb, _, name = unquote(parts.path).partition("/")
    return Link(verb, name, dict(parse_qsl(parts.query, keep_blank_values=True))) if verb in VERBS else None


def settings_edit(project: Project, registry: Registry, values: Mapping[str, str]) -> Edit | None:
    """One edit that sets all of `values`; None where nothing changes. Raises NNStudioError where one cannot be."""
    document = Document(project)
    edits: list[Edit] = []
    for name, value in values.items():
        edit = setting(document.project, registry, name, value)
        document.do(edit)
        edits.append(edit)
    if not edits:
        return None
    joined = edits[0]
    for edit in edits[1:]:
        joined = joined.then(edit)
    return Edit(edits[0].label if len(edits) == 1 else "Change the settings", joined.changes) if joined else None

"""Blocks kept beyond one project: a person's own, those that ship with the program, and blocks shared as files (`*.nnb`). No torch, no Qt.

A file holds one block and the definitions within it: {"format": 1, "block": id, "blocks": [definitions as in a project]}. It is read as
safely as a project is, and reading it runs no code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from nnstudio.problems import Problem
from nnstudio.project.block_copies import imported, with_definitions
from nnstudio.project.block_follow import ring
from nnstudio.project.blocks import PREFIX, held, specs_of
from nnstudio.project.edits import Edit
from nnstudio.project.file import read_json, replace_file
from nnstudio.project.graph import Node
from nnstudio.project.json_form import FORMAT, blocks_from_json, blocks_to_json, first, migrate
from nnstudio.project.project import Block, Project
from nnstudio.project.safe_json import fault, faults, render
from nnstudio.registry import Registry
from nnstudio.resources import resources_dir
from nnstudio.specs import LayerSpec

SUFFIX = ".nnb"
LONGEST_TITLE = 80

KEPT = "kept:"
"""A layer of this prefix is a kept block: placing one brings its definition into the project (see `brought_in`)."""


@dataclass(frozen=True)
class Kept:
    """One block of the library with all it needs. path: of its file; own: a person's, else it ships with the program."""

    id: str
    blocks: Mapping[str, Block]
    path: Path
    own: bool = True

    @property
    def block(self) -> Block:
        return self.blocks[self.id]

    @property
    def title(self) -> str:
        return self.block.title or self.id

    @property
    def type(self) -> str:
        """The id of the layer that stands for it in lists: "kept:own/residual"."""
        return f"{KEPT}{'own' if self.own else 'ready'}/{self.path.stem}"


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(path: Path, *, own: bool = True) -> tuple[Kept | None, tuple[Problem, ...]]:
    """The block in a file, or None and what is wrong with it."""
    value, problems = read_json(path)
    kept = None
    if not problems:
        shared, problems = from_json(value)
        kept = Kept(*shared, path, own) if shared is not None else None
        problems = tuple(replace(problem, message=f"{path.name}: {problem.message}") for problem in problems)
    return kept, problems


def holds_block(value: Mapping[str, Any]) -> bool:
    """Is this JSON object what a file of a block holds?"""
    return "block" in value and "blocks" in value


def from_json(value: Any) -> tuple[tuple[str, Mapping[str, Block]] | None, tuple[Problem, ...]]:
    """The id of the block that a file holds and, by id, all definitions in it; or None and what is wrong."""
    if problems := first(faults(value)):
        return None, problems
    table, problems = migrate(value)
    if problems:
        return None, problems
    blocks, problems = blocks_from_json(table.get("blocks", []))
    if blocks is None:
        return None, problems
    id = table.get("block")
    if not isinstance(id, str) or id not in blocks:
        return None, (fault("no_block", "It holds no block.", "Is it a file of a block (*.nnb)?"),)
    missing = {inner for block in blocks.values() for inner in held(block.graph)} - blocks.keys()
    if missing:
        names = ", ".join(f"'{name}'" for name in sorted(missing)[:3])
        return None, (fault("missing_block", f"It needs {names}, and does not hold it.", "Export it again."),)
    for outer, block in blocks.items():
        way = next((way for inner in held(block.graph) if (way := ring(blocks, inner, outer))), ())
        if way:
            return None, (fault("ring", f"Its blocks hold each other: {' → '.join(way)}.", "Export it again."),)
    return (id, blocks), problems


def write(project: Project, block: str, path: Path) -> tuple[Problem, ...]:
    """Share definition `block` of the project, with those within it, as a file."""
    whole = project.blocks[block]
    blocks = {**with_definitions(project, whole.graph), block: whole}
    if missing := sorted({inner for one in blocks.values() for inner in held(one.graph)} - blocks.keys()):
        return (_problem("missing", f"'{whole.title}' holds '{missing[0]}', which the project lacks.", "Take it out."),)
    value = {"format": FORMAT, "block": block, "blocks": blocks_to_json(blocks)}
    if wrong := first(faults(value)):
        return wrong
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, render(value))
    except OSError as error:
        return (_failed(whole.title or block, error),)
    return ()


# ── the library ───────────────────────────────────────────────────────────────────────────────────────────────────────


def in_folder(folder: Path, *, own: bool = True) -> tuple[tuple[Kept, ...], tuple[Problem, ...]]:
    """The blocks kept in `folder`, by title; and what is wrong with files that cannot be used."""
    found: list[Kept] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")) if folder.is_dir() else []:
        kept, wrong = read(path, own=own)
        problems += wrong
        found += [kept] if kept is not None else []
    return tuple(sorted(found, key=lambda kept: kept.title.casefold())), tuple(problems)


@cache
def ready_made() -> tuple[Kept, ...]:
    """The blocks that ship with the program."""
    return in_folder(resources_dir() / "blocks", own=False)[0]


class Library:
    """A person's blocks in `folder`, and the ready-made ones, as layers that can be placed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: tuple[Kept, ...] = ()
        self.problems: tuple[Problem, ...] = ()
        self._with: tuple[Registry, tuple[Kept, ...], Registry] | None = None
        self.reload()

    def reload(self) -> None:
        """What is in the folder now."""
        own, self.problems = in_folder(self.folder)
        self.kept = (*own, *ready_made())

    def get(self, type: str) -> Kept | None:
        """By the id of its layer."""
        return next((kept for kept in self.kept if kept.type == type), None)

    def registry(self, registry: Registry) -> Registry:
        """`registry` with a layer for each kept block."""
        if self._with is None or self._with[0] is not registry or self._with[1] is not self.kept:
            layers = {**registry.layers, **{kept.type: _layer(registry, kept) for kept in self.kept}}
            self._with = registry, self.kept, Registry({**registry.specs, "layer": layers}, registry.origins)
        return self._with[2]

    def save(self, project: Project, block: str) -> tuple[Problem, ...]:
        """Keep definition `block`, in place of one of the same title."""
        title = project.blocks[block].title or block
        same = next((kept.path for kept in self.kept if kept.own and kept.title == title), None)
        problems = write(project, block, same or _free_path(self.folder, title))
        self.reload()
        return problems

    def rename(self, kept: Kept, title: str) -> tuple[Problem, ...]:
        """Give one of a person's blocks another title."""
        title = title.strip()
        if not title or len(title) > LONGEST_TITLE or not title.isprintable():
            remedy = f"Give 1 … {LONGEST_TITLE} characters."
            return (_problem("name", f"'{title[:LONGEST_TITLE]}' is no name for a block.", remedy),)
        if any(other.own and other.title == title for other in self.kept if other is not kept):
            return (_problem("taken", f"There is a block '{title}' already.", "Choose another name."),)
        if not kept.own:
            return (_ships(kept),)
        renamed = {**kept.blocks, kept.id: replace(kept.block, title=title)}
        problems = write(Project(blocks=renamed), kept.id, kept.path)
        self.reload()
        return problems

    def delete(self, kept: Kept) -> tuple[Problem, ...]:
        """Projects that use it keep their own copy."""
        if not kept.own:
            return (_ships(kept),)
        try:
            kept.path.unlink(missing_ok=True)
        except OSError as error:
            return (_failed(kept.title, error),)
        self.reload()
        return ()


def brought_in(project: Project, edit: Edit, library: Library) -> Edit:
    """`edit` with every kept block that it places as an instance of a definition of the project, which comes along in the same step."""
    types = {
        node.type for change in edit.changes if isinstance(node := change.after, Node) and node.type.startswith(KEPT)
    }
    definitions = Edit(edit.label, ())
    there: dict[str, str] = {}
    for type in sorted(types):
        kept = library.get(type)
        if kept is not None and not there.get(type):
            more, renames = imported(project, kept.blocks)
            definitions = definitions.then(more)
            there[type] = PREFIX + renames[kept.id]
    if not there:
        return edit
    placed = tuple(
        change._replace(after=replace(node, type=there[node.type]))
        if isinstance(node := change.after, Node) and node.type in there
        else change
        for change in edit.changes
    )
    return replace(edit, changes=definitions.changes + placed)


def _layer(registry: Registry, kept: Kept) -> LayerSpec:
    known = {spec.id: spec for spec in specs_of(registry, kept.blocks)}
    return replace(known[PREFIX + kept.id], id=kept.type)


def _free_path(folder: Path, title: str) -> Path:
    """A file name made of the title, that no file has."""
    stem = "_".join("".join(c if c.isalnum() else " " for c in title.lower()).split()) or "block"
    number, path = 1, folder / f"{stem}{SUFFIX}"
    while path.exists():
        number += 1
        path = folder / f"{stem}_{number}{SUFFIX}"
    return path


def _ships(kept: Kept) -> Problem:
    return _problem(
        "bundled", f"The block '{kept.title}' ships with the program.", "Place it, and keep a copy of yours."
    )


def _failed(title: str, error: OSError) -> Problem:
    return _problem(
        "unwritable", f"The block '{title}' cannot be kept: {error.strerror or error}.", "Free or unlock the folder."
    )


def _problem(code: str, message: str, remedy: str) -> Problem:
    return Problem(f"block.{code}", message, remedy=remedy)

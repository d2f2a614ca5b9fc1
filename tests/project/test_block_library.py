"""Blocks are kept, shared as files, and come into a project with what places them; a file from a stranger is refused with a reason."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.plugins import load
from nnstudio.project.block_library import Kept, Library, brought_in, in_folder, read, ready_made, write
from nnstudio.project.check import check
from nnstudio.project.edits import add_node, apply
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Exposed, Project
from nnstudio.specs import LayerSpec


def block(id: str, *types: str, title: str = "") -> Block:
    nodes = {f"n{index}": Node(f"n{index}", type, position=(8.0 * index, 0.0)) for index, type in enumerate(types)}
    nodes |= {"in1": Node("in1", "nnstudio.block_input"), "out1": Node("out1", "nnstudio.block_output")}
    return Block(id, title, Graph(nodes, {Slot("n0"): Source("in1"), Slot("out1"): Source(f"n{len(types) - 1}")}))


INNER = block("inner", "torch.relu", title="Inner")
OUTER = replace(
    block("outer", "block:inner", "torch.linear", title="Outer"), exposed=(Exposed("width", "n1", "out_features"),)
)
PROJECT = Project(blocks={"inner": INNER, "outer": OUTER, "other": block("other", "torch.tanh")})


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "blocks")


def own(library: Library) -> list[Kept]:
    return [kept for kept in library.kept if kept.own]


# ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_block_is_shared_with_what_it_holds(tmp_path: Path):
    path = tmp_path / "outer.nnb"
    assert write(PROJECT, "outer", path) == ()
    kept, problems = read(path)
    assert problems == ()
    assert kept is not None
    assert kept.blocks == {"inner": INNER, "outer": OUTER}
    assert kept.title == "Outer"


def test_a_block_that_lacks_what_it_holds_is_not_shared(tmp_path: Path):
    broken = Project(blocks={"outer": OUTER})
    assert "'inner'" in str(write(broken, "outer", tmp_path / "outer.nnb")[0])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda table: table.pop("block"), "file.no_block"),
        (lambda table: table.update(block="nobody"), "file.no_block"),
        (lambda table: table.update(block=["outer"]), "file.no_block"),
        (lambda table: table.pop("format"), "file.no_format"),
        (lambda table: table.update(format=99), "file.future_format"),
        (lambda table: table["blocks"].pop(0), "file.missing_block"),
        (lambda table: table.update(blocks="x"), "file.wrong_type"),
        (lambda table: table["blocks"][0]["graph"]["nodes"][0].update(type="block:outer"), "file.ring"),
        (lambda table: table["blocks"][0].update(id="outer"), "file.duplicate_id"),
    ],
)
def test_a_bad_file_is_refused_with_its_name(tmp_path: Path, change, code: str):
    path = tmp_path / "outer.nnb"
    write(PROJECT, "outer", path)
    table = json.loads(path.read_text())
    change(table)
    path.write_text(json.dumps(table))
    kept, problems = read(path)
    assert kept is None
    assert code in {problem.code for problem in problems}
    assert all(problem.message.startswith("outer.nnb: ") for problem in problems)


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=4),
        lambda v: (
            st.lists(v, max_size=3)
            | st.dictionaries(st.sampled_from(["format", "block", "blocks", "id", "graph"]), v, max_size=3)
        ),
    ).map(lambda v: json.dumps(v).encode())
)
def test_no_file_raises(tmp_path_factory: pytest.TempPathFactory, raw: bytes):
    path = tmp_path_factory.mktemp("files") / "x.nnb"
    path.write_bytes(raw)
    kept, problems = read(path)
    assert kept is None
    assert problems


def test_folders_and_files_that_are_not_there(tmp_path: Path):
    assert in_folder(tmp_path / "none") == ((), ())
    assert read(tmp_path / "none.nnb")[1][0].code == "file.missing"
    (tmp_path / "folder.nnb").mkdir()
    assert in_folder(tmp_path)[1][0].code == "file.not_a_file"


# ── a person's own ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_kept_renamed_and_deleted(library: Library):
    assert library.save(PROJECT, "outer") == ()
    assert library.save(PROJECT, "other") == ()
    assert [kept.title for kept in own(library)] == ["other", "Outer"]
    outer = own(library)[1]
    assert library.get(outer.type) is outer
    assert "already" in str(library.rename(outer, "other")[0])
    assert library.rename(outer, "  ")[0].code == "block.name"
    assert library.rename(outer, "Better") == ()
    assert [kept.title for kept in own(library)] == ["Better", "other"]
    assert library.delete(own(library)[0]) == ()
    assert [kept.title for kept in own(library)] == ["other"]


def test_saving_again_replaces_the_one_of_that_title(library: Library):
    library.save(PROJECT, "outer")
    changed = replace(PROJECT, blocks={**PROJECT.blocks, "outer": replace(OUTER, note="better")})
    library.save(changed, "outer")
    assert [kept.block.note for kept in own(library)] == ["better"]


def test_what_ships_cannot_be_changed(library: Library):
    ready = next(kept for kept in library.kept if not kept.own)
    assert library.delete(ready)[0].code == "block.bundled"
    assert library.rename(ready, "Mine")[0].code == "block.bundled"


# ── into a project ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_kept_blocks_are_layers_and_placing_one_brings_its_definitions(library: Library):
    library.save(PROJECT, "outer")
    kept = own(library)[0]
    spec = library.registry(load().registry).layer(kept.type)
    assert isinstance(spec, LayerSpec)
    assert (spec.title, set(spec.params.model_fields)) == ("Outer", {"repeat", "width"})
    plain = add_node(Project(), Node("outer1", kept.type))
    edit = brought_in(Project(), plain, library)
    after = apply(Project(), edit)
    assert after.blocks == {"inner": INNER, "outer": OUTER}
    assert after.graph.nodes["outer1"].type == "block:outer"
    assert apply(after, edit.inverse) == Project()
    second = brought_in(after, add_node(after, Node("outer2", kept.type)), library)
    assert apply(after, second).blocks == after.blocks


def test_another_of_the_same_id_is_left_alone(library: Library):
    library.save(PROJECT, "outer")
    there = Project(blocks={"inner": block("inner", "torch.gelu")})
    after = apply(there, brought_in(there, add_node(there, Node("o", own(library)[0].type)), library))
    assert after.blocks["inner"] == there.blocks["inner"]
    assert after.blocks["outer"].graph.nodes["n0"].type == "block:inner2"


def test_what_places_no_kept_block_stays_as_it_is(library: Library):
    edit = add_node(Project(), Node("a", "torch.relu"))
    assert brought_in(Project(), edit, library) is edit
    unknown = add_node(Project(), Node("a", "kept:own/nobody"))
    assert brought_in(Project(), unknown, library) is unknown


# ── ready-made ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_ships_is_there_and_reads_without_a_word():
    assert {kept.id for kept in ready_made()} == {"residual", "bottleneck", "mlp", "rnn_cell", "lstm_cell"}
    for kept in ready_made():
        assert read(kept.path, own=False)[1] == ()
        assert kept.block.note


@pytest.mark.parametrize("kept", ready_made(), ids=lambda kept: kept.id)
def test_a_ready_made_block_is_sound(kept: Kept, library: Library):
    registry = library.registry(load().registry)
    nodes = {"a": Node("a", "nnstudio.input"), "z": Node("z", "torch.cross_entropy")}
    edit = brought_in(Project(), add_node(Project(graph=Graph(nodes)), Node("b", kept.type)), library)
    project = apply(Project(graph=Graph(nodes)), edit)
    wires = {Slot("b", "in1"): Source("a"), Slot("z"): Source("b", "out1")}
    project = replace(project, graph=Graph(project.graph.nodes, wires))
    wrong = [problem for problem in check(project, registry) if problem.place == "model"]
    assert wrong == []

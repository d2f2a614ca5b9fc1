"""A piece of a network goes through text and comes back whole, whatever stands around it; pasting is one edit that undo takes back."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import graphs

from nnstudio.problems import Problem
from nnstudio.project import block_library, clipboard
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT
from nnstudio.project.boxes import node_box, overlap
from nnstudio.project.clipboard import NEAR, Piece, duplicated, from_text, pasted, piece_of, to_text
from nnstudio.project.edits import Edit, apply
from nnstudio.project.file import to_json
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project

CHAIN = Graph(
    {
        id: Node(id, type, position=(200.0 * place, 0.0))
        for place, (id, type) in enumerate(
            [("input1", "nnstudio.input"), ("fc1", "torch.linear"), ("relu1", "torch.relu"), ("fc2", "torch.linear")]
        )
    },
    {Slot("fc1"): Source("input1"), Slot("relu1"): Source("fc1"), Slot("fc2"): Source("relu1")},
    {"frame1": Frame("frame1", "Head", "words", (380.0, -20.0), (400.0, 120.0))},
)
INNER = Block(
    "inner",
    "Inner",
    Graph(
        {
            "in1": Node("in1", BLOCK_INPUT),
            "fc1": Node("fc1", "torch.linear"),
            "out1": Node("out1", BLOCK_OUTPUT),
        },
        {Slot("fc1"): Source("in1"), Slot("out1"): Source("fc1")},
    ),
)
OUTER = Block(
    "outer",
    "Outer",
    Graph(
        {"in1": Node("in1", BLOCK_INPUT), "b1": Node("b1", "block:inner"), "out1": Node("out1", BLOCK_OUTPUT)},
        {Slot("b1", "in1"): Source("in1"), Slot("out1"): Source("b1", "out1")},
    ),
)
BLOCKS = Project(
    graph=Graph({"o1": Node("o1", "block:outer"), "o2": Node("o2", "block:outer", position=(300.0, 0.0))}),
    blocks={"inner": INNER, "outer": OUTER},
)


def edit_of(found: tuple[Edit, dict[str, str]] | Problem) -> tuple[Edit, dict[str, str]]:
    assert not isinstance(found, Problem), found
    return found


def piece_in(text: str) -> Piece:
    piece, problems = from_text(text)
    assert piece is not None, problems
    return piece


@settings(max_examples=40, deadline=None)
@given(graphs(), st.data())
def test_any_piece_of_any_graph_comes_back_from_its_text(graph: Graph, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.sampled_from(sorted(graph.nodes)))) if graph.nodes else set()
    piece = piece_of(Project(graph=graph), chosen)
    assert piece_in(to_text(piece)) == piece


@settings(max_examples=40, deadline=None)
@given(graphs(), graphs(), st.booleans())
def test_pasting_changes_nothing_that_was_there_and_undo_takes_it_back(
    there: Graph, copied: Graph, keep_inputs: bool
) -> None:
    project = Project(graph=there)
    edit, ids = edit_of(pasted(project, Piece(copied), keep_inputs=keep_inputs))
    after = apply(project, edit)
    assert apply(after, edit.inverse) == project
    assert {id: after.graph.nodes[id] for id in there.nodes} == dict(there.nodes)
    assert set(ids) == set(copied.nodes)
    assert len(set(ids.values())) == len(ids) and not set(ids.values()) & set(there.nodes)
    assert {
        slot._replace(node=ids[slot.node]): source._replace(node=ids[source.node])
        for slot, source in copied.wires.items()
    } == {slot: source for slot, source in after.graph.wires.items() if slot.node in ids.values()}


AROUND = {
    "words": "Look at this:\n\n{}\n\nIs it right?",
    "fence": "Here it is {{smile}}\n```json\n{}\n```\nbye }}",
    "fence without a language": "```\n{}\n```",
    "quoted": None,
    "byte order mark": "\ufeff{}",
    "braces before": '{{"a": 1}} and {{ then {}',
}


@pytest.mark.parametrize("how", AROUND)
def test_text_around_it_does_no_harm(how: str) -> None:
    text = to_text(piece_of(Project(graph=CHAIN), ["fc1", "relu1"]))
    frame = AROUND[how]
    around = "\n".join(f"> {line}" for line in text.splitlines()) if frame is None else frame.format(text)
    assert piece_in(around) == piece_in(text)


def test_words_with_braces_within_the_nodes_are_read_whole() -> None:
    graph = Graph({"fc1": Node("fc1", "torch.linear", note='}{ "quoted" \\ } }', name="a } b")})
    assert piece_in("see " + to_text(Piece(graph)) + " there").graph == graph


def test_a_whole_project_gives_its_network() -> None:
    piece = piece_in(json.dumps(to_json(BLOCKS)))
    assert piece.graph == BLOCKS.graph and piece.blocks == BLOCKS.blocks


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "clipboard.nothing", "no nodes"),
        ("hello", "clipboard.nothing", "no nodes"),
        ('{"nnstudio_graph": {"nodes": [', "clipboard.broken", "too early"),
        ('{"nnstudio_graph": {"nodes": [}]}}', "clipboard.broken", "JSON"),
        ('{"nnstudio_graph": {}, "format": 7}', "clipboard.future_format", "format 7"),
        ('{"nnstudio_graph": {"nodes": [{"id": 3, "type": "x"}]}}', "file.wrong_type", "cannot be read"),
        ('{"nnstudio_graph": [1]}', "file.wrong_type", "cannot be read"),
        ('{"nnstudio_graph": {"nodes": []}, "blocks": 3}', "file.wrong_type", "cannot be read"),
        ("{" * 500 + "nnstudio_graph", "clipboard.broken", "broken"),
    ],
)
def test_what_cannot_be_pasted_is_told(text: str, code: str, words: str) -> None:
    piece, problems = from_text(text)
    assert piece is None
    assert problems[0].code == code and words in str(problems[0])


@pytest.mark.parametrize("lost", [1, 3, 40, 200])
def test_a_text_that_lost_its_end_is_told_to_be_cut(lost: int) -> None:
    """Also where a whole definition of a block stands in what is left of it."""
    text = to_text(piece_of(BLOCKS, set(BLOCKS.graph.nodes)))
    assert '"blocks"' in text
    piece, (problem,) = from_text(text[:-lost])
    assert piece is None and problem.code == "clipboard.broken" and "It is cut" in problem.message


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80), st.integers(0, 400), st.integers(0, 400))
def test_torn_text_is_never_an_exception(noise: str, start: int, end: int) -> None:
    text = to_text(piece_of(Project(graph=CHAIN), list(CHAIN.nodes)))
    from_text(text[:start] + noise + text[end:])
    from_text("nnstudio_graph" + noise)


def test_frames_come_along_and_their_words() -> None:
    project = Project(graph=CHAIN)
    piece = piece_in(to_text(piece_of(project, ["relu1", "fc2", "frame1"])))
    edit, ids = edit_of(pasted(project, piece, at=(1000.0, 500.0)))
    after = apply(project, edit).graph
    frame, node = after.frames[ids["frame1"]], after.nodes[ids["relu1"]]
    assert ids["frame1"] == "frame2" and (frame.title, frame.text, frame.size) == ("Head", "words", (400.0, 120.0))
    assert frame.position == (1000.0, 500.0), "the top left of all that is pasted"
    assert node.position == (1020.0, 520.0)


def test_a_copy_never_hides_what_is_there() -> None:
    project = Project(graph=CHAIN)
    for _ in range(6):
        piece = piece_of(project, ["fc1", "relu1"])
        edit, _ = edit_of(pasted(project, piece, at=(204.0, 3.0)))
        project = apply(project, edit)
    spots = [node.position for node in project.graph]
    pairs = [(a, b) for at, a in enumerate(spots) for b in spots[:at]]
    assert all(abs(a[0] - b[0]) >= NEAR / 2 or abs(a[1] - b[1]) >= NEAR / 2 for a, b in pairs)


def test_duplicates_lie_over_no_node_and_not_far_off() -> None:
    """A column of three with room for one below the second, and the widest of them known to be wide."""
    spots = {"a": (0.0, 0.0), "b": (0.0, 100.0), "c": (0.0, 300.0), "aside": (400.0, 200.0)}
    project = Project(graph=Graph({id: Node(id, "torch.relu", position=spot) for id, spot in spots.items()}))
    copies: list[str] = []
    for _ in range(4):
        edit, ids = duplicated(project, ["a"])
        project = apply(project, edit)
        copies += ids.values()
        boxes = [node_box(node) for node in project.graph]
        assert not any(overlap(one, other) for at, one in enumerate(boxes) for other in boxes[:at])
    assert [project.graph.nodes[id].position for id in copies] == [
        (0.0, 176.0),
        (0.0, 376.0),
        (0.0, 456.0),
        (0.0, 536.0),
    ]
    edit, ids = duplicated(project, ["aside"], sizes={"aside": (160.0, 200.0)})
    assert apply(project, edit).graph.nodes[ids["aside"]].position == (400.0, 408.0)


def test_far_out_positions_end_the_search_for_room() -> None:
    graph = Graph({"a1": Node("a1", "torch.relu", position=(1e300, -1e300))})
    edit, _ = edit_of(pasted(Project(graph=graph), Piece(graph)))
    assert edit


def test_keeping_inputs_wires_the_copy_to_what_fed_the_original() -> None:
    project = Project(graph=CHAIN)
    piece = piece_in(to_text(piece_of(project, ["relu1", "fc2"])))
    edit, ids = edit_of(pasted(project, piece, keep_inputs=True))
    after = apply(project, edit).graph
    assert after.wires[Slot(ids["relu1"])] == Source("fc1")
    assert after.wires[Slot(ids["fc2"])] == Source(ids["relu1"])
    without, others = edit_of(pasted(project, piece))
    assert Slot(others["relu1"]) not in apply(project, without).graph.wires
    elsewhere, there = edit_of(pasted(Project(), piece, keep_inputs=True))
    assert Slot(there["relu1"]) not in apply(Project(), elsewhere).graph.wires, "there is nothing to be fed by"


def test_definitions_travel_with_their_instances_inner_ones_too() -> None:
    piece = piece_in(to_text(piece_of(BLOCKS, ["o1"])))
    assert set(piece.blocks) == {"inner", "outer"}
    edit, ids = edit_of(pasted(Project(), piece))
    assert apply(Project(), edit).blocks == BLOCKS.blocks
    back, _ = edit_of(pasted(BLOCKS, piece))
    assert apply(BLOCKS, back).blocks == BLOCKS.blocks, "what is there already is used"
    other = replace(BLOCKS, graph=Graph(), blocks={"outer": replace(INNER, id="outer", title="Other")})
    renamed, ids = edit_of(pasted(other, piece))
    after = apply(other, renamed)
    assert after.blocks["outer"].title == "Other", "another definition of that id stays"
    assert after.graph.nodes[ids["o1"]].type == "block:outer2"


def test_a_block_cannot_be_pasted_into_itself() -> None:
    piece = piece_of(BLOCKS, ["o1"])
    for within in ("outer", "inner"):
        found = pasted(BLOCKS.inside(within), piece, within=within)
        assert isinstance(found, Problem) and found.code == "clipboard.holds_itself"
        assert BLOCKS.blocks[within].title in found.message


def test_pasting_into_a_definition_is_one_edit_of_the_project() -> None:
    inside = BLOCKS.inside("inner")
    edit, ids = edit_of(pasted(inside, Piece(CHAIN), within="inner"))
    after = apply(BLOCKS, edit.inside("inner"))
    assert set(ids.values()) <= {*after.blocks["inner"].graph.nodes, *after.blocks["inner"].graph.frames}
    assert after.graph == BLOCKS.graph
    assert apply(after, edit.inside("inner").inverse) == BLOCKS


def test_copies_share_weights_with_copies_and_a_carry_names_the_copied_output() -> None:
    graph = Graph(
        {
            "a1": Node("a1", "torch.linear"),
            "a2": Node("a2", "torch.linear", options={"share": "a1"}),
            "h1": Node("h1", BLOCK_INPUT, {"carry": "out1"}),
            "out1": Node("out1", BLOCK_OUTPUT),
        }
    )
    project = Project(graph=graph)
    edit, ids = duplicated(project, list(graph.nodes))
    after = apply(project, edit).graph
    assert after.nodes[ids["a2"]].options["share"] == ids["a1"]
    assert after.nodes[ids["h1"]].params["carry"] == ids["out1"]
    alone, only = duplicated(project, ["a2"])
    assert apply(project, alone).graph.nodes[only["a2"]].options["share"] == "a1"
    stranger, where = edit_of(pasted(Project(), piece_of(project, ["a2"])))
    assert "share" not in apply(Project(), stranger).graph.nodes[where["a2"]].options


def test_ten_thousand_nodes_are_pasted_beside_ten_thousand() -> None:
    graph = Graph({f"n{i}": Node(f"n{i}", "torch.relu", position=(200.0 * i, 0.0)) for i in range(10_000)})
    edit, ids = edit_of(pasted(Project(graph=graph), Piece(graph)))
    assert len(ids) == 10_000 and len(edit.changes) == 10_000


def test_the_quick_look_knows_what_may_hold_nodes() -> None:
    assert clipboard.holds_nodes(to_text(Piece(CHAIN)))
    assert not clipboard.holds_nodes("nn.Linear(3, 4)")


def test_the_copy_of_a_named_node_has_the_next_free_name() -> None:
    names = {"a1": "stage3", "a2": "stem", "a3": "block 09", "a4": "", "a5": "a7"}
    there = Project(graph=Graph({id: Node(id, "torch.relu", name=name) for id, name in names.items()}))
    for _ in range(2):
        edit, _ = duplicated(there, list(names))
        there = apply(there, edit)
    labels = [node.label for node in there.graph]
    assert len(set(labels)) == len(labels) == 15
    assert {"stage3", "stage4", "stage5", "stem", "stem 2", "stem 3", "block 09", "block 10", "block 11"} < set(labels)
    elsewhere, _ = edit_of(pasted(Project(), piece_of(there, list(there.graph.nodes))))
    assert [node.label for node in apply(Project(), elsewhere).graph] == labels, "what is free stays"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["", "a1", "a2", "a", "a 2", "7", "a٣"]), min_size=1, max_size=8), st.data())
def test_no_copy_is_called_as_another_node(names: list[str], data: st.DataObject) -> None:
    """Whatever they were called, and even where two were called alike before."""
    graph = Graph({f"a{n}": Node(f"a{n}", "torch.relu", name=name) for n, name in enumerate(names)})
    chosen = data.draw(st.lists(st.sampled_from(sorted(graph.nodes)), unique=True, min_size=1))
    edit, ids = duplicated(Project(graph=graph), chosen)
    after = apply(Project(graph=graph), edit).graph
    copies = [after.nodes[ids[id]].label for id in chosen]
    assert len(set(copies)) == len(copies)
    assert not set(copies) & {node.label for node in graph}


@pytest.mark.parametrize("around", ["{}", "Here, try this:\n```json\n{}\n```\n"])
def test_the_text_of_a_shared_block_is_an_instance_of_it(tmp_path, around: str) -> None:
    assert block_library.write(BLOCKS, "outer", tmp_path / "outer.nnb") == ()
    text = around.format((tmp_path / "outer.nnb").read_text("utf-8"))
    edit, ids = edit_of(pasted(Project(graph=CHAIN), piece_in(text), at=(8.0, 400.0)))
    after = apply(Project(graph=CHAIN), edit)
    assert after.blocks == BLOCKS.blocks
    (placed,) = ids.values()
    assert (after.graph.nodes[placed].type, after.graph.nodes[placed].position) == ("block:outer", (8.0, 400.0))
    assert apply(after, edit.inverse) == Project(graph=CHAIN)


def test_a_shared_block_that_lacks_a_definition_says_so(tmp_path) -> None:
    block_library.write(BLOCKS, "outer", tmp_path / "outer.nnb")
    value = json.loads((tmp_path / "outer.nnb").read_text("utf-8"))
    value["blocks"] = [block for block in value["blocks"] if block["id"] == "outer"]
    piece, problems = from_text(json.dumps(value))
    assert piece is None
    assert "The copied block cannot be read: It needs 'inner'" in str(problems[0])

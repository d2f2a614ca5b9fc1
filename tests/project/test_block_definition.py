"""A definition changes and its instances follow in the same step: no wire hangs at a port that went, no value at a parameter that is not there."""

from dataclasses import replace

from block_helpers import computed, done
from block_networks import entry, instance, leaving, network, node
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio import plugins
from nnstudio.problems import Problem
from nnstudio.project.block_definition import (
    add_port,
    make_unique,
    move_port,
    remove_definition,
    remove_port,
    rename_port,
    set_carry,
    set_field,
    set_gives,
    set_kind,
)
from nnstudio.project.block_exposed import rename_exposed
from nnstudio.project.block_follow import breaks, followed, nested_in_itself, ring, wires_at
from nnstudio.project.blocks import entries, exits
from nnstudio.project.edits import Change, Edit, add_node, apply, connect, remove_nodes, set_param
from nnstudio.project.graph import Node, Slot, Source
from nnstudio.project.project import Block, Exposed, Project

REGISTRY = plugins.load(safe_mode=True).registry


def project() -> Project:
    """Two cells in a row within "Pair", which stands in the network beside a cell; all set the width."""
    inner = network(
        entry("in1", "x"),
        entry("in2", "h", carry="out2"),
        node("fc", "torch.linear", out_features=4),
        node("add", "torch.add"),
        leaving("out1", "y"),
        leaving("out2"),
        fc="in1", add__inputs__0="fc", add__inputs__1="in2", out1="fc", out2="add",
    )  # fmt: skip
    cell = Block("cell", "Cell", inner, (Exposed("width", "fc", "out_features"),))
    row = network(
        entry("in1"), instance("c1", "cell", width=8), instance("c2", "cell"), leaving("out1"),
        c1__in1="in1", c2__in1="c1.out1", c2__in2="c1.out2", out1="c2.out2",
    )  # fmt: skip
    pair = Block("pair", "Pair", row, (Exposed("size", "c2", "width"), Exposed("n", "c1", "repeat")))
    outer = network(
        node("a", "nnstudio.input"),
        instance("p", "pair", size=5, n=2),
        instance("c", "cell", width=9, repeat=3),
        node("z", "torch.relu"),
        p__in1="a", c__in1="p.out1", c__in2="a", z="c.out2",
    )  # fmt: skip
    return Project(graph=outer, blocks={"cell": cell, "pair": pair})


def loose_ends(project: Project) -> list[str]:
    """Wires at ports and values of parameters that definitions do not have."""
    found: list[str] = []
    for where in ("", *project.blocks):
        graph = project.inside(where).graph
        for each in graph:
            if not each.type.startswith("block:"):
                continue
            block = project.blocks.get(each.type.removeprefix("block:"))
            if block is None:
                found.append(f"{each.id} stands for nothing")
                continue
            inputs, outputs = {n.id for n in entries(block)}, {n.id for n in exits(block)}
            names = {item.name for item in block.exposed} | ({"repeat"} if block.kind == "block" else set())
            found += [f"{w.target}" for w in graph.wires_into(each.id) if w.target.port not in inputs]
            found += [f"{w.source}" for w in graph.wires_out_of(each.id) if w.source.port not in outputs]
            found += [f"{each.id}.{name}" for name in each.params if name not in names]
        for item in project.blocks[where].exposed if where else ():
            holder = graph.nodes.get(item.node)
            inner = project.blocks.get(holder.type.removeprefix("block:")) if holder else None
            if holder is None:
                found.append(f"{where} exposes {item.node}")
            elif inner is not None:
                known = {i.name for i in inner.exposed} | ({"repeat"} if inner.kind == "block" else set())
                found += [f"{where} exposes {item.node}.{item.param}"] if item.param not in known else []
    return found


# ── ports ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_port_that_goes_takes_its_wires_along_everywhere():
    assert wires_at(project(), "cell", "out2") == ["c → z", "c1 → c2", "c2 → out1"]
    after = done(project(), remove_port(project(), "cell", "out2"))
    assert loose_ends(after) == []
    assert Slot("z") not in after.graph.wires
    assert after.blocks["pair"].graph.wires == {
        Slot("c1", "in1"): Source("in1"),
        Slot("c2", "in1"): Source("c1", "out1"),
    }


def test_a_port_node_deleted_on_the_canvas_takes_the_same_along():
    plain = remove_nodes(project().inside("cell"), ["out2"]).inside("cell")
    assert done(project(), followed(project(), plain)) == apply(project(), remove_port(project(), "cell", "out2"))


def test_an_inner_node_that_goes_is_exposed_no_longer():
    plain = remove_nodes(project().inside("cell"), ["fc"]).inside("cell")
    after = done(project(), followed(project(), plain))
    assert loose_ends(after) == []
    assert after.blocks["cell"].exposed == ()
    assert after.blocks["pair"].exposed == (Exposed("n", "c1", "repeat"),)
    assert after.graph.nodes["p"].params == {"n": 2}
    assert after.graph.nodes["c"].params == {"repeat": 3}


def test_what_takes_nothing_away_stays_as_it_is():
    edit = add_node(project().inside("cell"), Node("new", "torch.relu")).inside("cell")
    assert followed(project(), edit) is edit
    outside = remove_nodes(project(), ["z"])
    assert followed(project(), outside) is outside


def test_ports_are_added_below_and_named():
    edit, id = add_port(project(), "cell", name="mask")
    after = done(project(), edit)
    assert id == "in3"
    assert [port.label for port in entries(after.blocks["cell"])] == ["x", "h", "mask"]
    further, _ = add_port(after, "cell", output=True)
    assert [port.id for port in exits(done(after, further).blocks["cell"])][-1] == "out3"
    first = Project(blocks={"empty": Block("empty")})
    assert add_port(first, "empty")[1] == "in1"


def test_a_renamed_port_keeps_its_wires():
    after = done(project(), rename_port(project(), "cell", "out2", "state"))
    assert after.graph.wires == project().graph.wires
    assert exits(after.blocks["cell"])[1].label == "state"


def test_a_moved_port_changes_nothing_of_what_is_computed():
    """Nothing but the pairing of a repeated block, which goes by the order of ports."""
    plain = project()
    once = {
        **plain.graph.nodes,
        "c": plain.graph.nodes["c"].without_param("repeat"),
        "p": plain.graph.nodes["p"].without_param("n"),
    }
    plain = replace(plain, graph=replace(plain.graph, nodes=once))
    after = done(plain, move_port(plain, "cell", "out1", 1))
    assert [port.label for port in exits(after.blocks["cell"])] == ["out1", "y"]
    assert after.blocks["cell"].graph.nodes["in2"].params == {"carry": "out1"}
    assert computed(after) == computed(plain)
    after = done(after, move_port(after, "cell", "in2", -1))
    assert [port.label for port in entries(after.blocks["cell"])] == ["h", "x"]
    assert computed(after) == computed(plain)
    assert not move_port(plain, "cell", "out2", 1)


# ── the definition ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_scan_is_not_repeated():
    after = done(project(), set_kind(project(), "cell", "scan"))
    assert loose_ends(after) == []
    assert after.graph.nodes["c"].params == {"width": 9}
    assert after.graph.nodes["p"].params == {"size": 5}
    assert done(after, set_kind(after, "cell", "block")).blocks["cell"].kind == "block"


def test_a_carried_value_begins_in_the_size_in_which_it_comes_back():
    cell = network(
        entry("in1"), entry("in2"), node("from_x", "torch.linear", out_features=128), node("from_h", "torch.linear", out_features=128),
        node("add1", "nnstudio.add"), node("tanh1", "torch.tanh"), leaving("out1"),
        from_x="in1", from_h="in2", add1__inputs__0="from_x", add1__inputs__1="from_h", tanh1="add1", out1="tanh1",
    )  # fmt: skip
    rnn = Project(blocks={"rnn": Block("rnn", "RNN", cell, kind="scan")})
    after = done(rnn, set_carry(rnn, "rnn", "in2", "out1", REGISTRY))
    assert after.blocks["rnn"].graph.nodes["in2"].params == {"carry": "out1", "size": [128]}
    chosen = done(rnn, set_param(rnn.inside("rnn"), "in2", "size", [7]).inside("rnn"))
    after = done(chosen, set_carry(chosen, "rnn", "in2", "out1", REGISTRY))
    assert after.blocks["rnn"].graph.nodes["in2"].params == {"carry": "out1", "size": [7]}, "what was set stays"


def test_carry_and_what_an_output_gives():
    after = done(project(), set_carry(project(), "cell", "in1", "out1"))
    assert after.blocks["cell"].graph.nodes["in1"].params == {"carry": "out1"}
    assert done(after, set_carry(after, "cell", "in1", "")).blocks == project().blocks
    after = done(project(), set_gives(project(), "cell", "out1", "last"))
    assert after.blocks["cell"].graph.nodes["out1"].params == {"gives": "last"}
    assert done(after, set_gives(after, "cell", "out1", "sequence")).blocks == project().blocks


def test_a_title_and_a_note():
    after = done(project(), set_field(project(), "cell", "title", "Elman cell"))
    assert after.blocks["cell"].title == "Elman cell"
    assert done(after, set_field(after, "cell", "note", "h")).blocks["cell"].note == "h"


def test_a_copy_of_its_own_for_one_instance():
    edit, id = make_unique(project(), "c1", "pair")  # type: ignore[misc]
    after = done(project(), edit)
    assert (id, after.blocks[id].title) == ("cell2", "Cell 2")
    assert after.blocks["pair"].graph.nodes["c1"].type == "block:cell2"
    assert after.blocks["pair"].graph.nodes["c2"].type == "block:cell"
    assert computed(after) == computed(project())
    assert isinstance(make_unique(project(), "a"), Problem)


def test_deleting_says_what_it_breaks_and_takes_it_along():
    assert breaks(project(), "cell") == ["In the network: c", "In block 'Pair': c1, c2"]
    after = done(project(), remove_definition(project(), "cell", opened=False))
    assert loose_ends(after) == []
    assert set(after.graph.nodes) == {"a", "p", "z"}
    assert after.blocks["pair"].exposed == ()


def test_deleting_a_definition_may_leave_its_contents():
    plain = replace(project(), blocks={**project().blocks})
    pair = plain.blocks["pair"]
    plain.blocks["pair"] = replace(pair, exposed=pair.exposed[:1])  # type: ignore[index]
    plain = replace(
        plain, graph=replace(plain.graph, nodes={**plain.graph.nodes, "p": Node("p", "block:pair", {"size": 5})})
    )
    after = done(plain, remove_definition(plain, "cell", opened=True))
    assert loose_ends(after) == []
    assert list(after.blocks) == ["pair"]
    assert computed(after) == computed(plain)
    assert isinstance(remove_definition(project(), "cell", opened=True), Problem)  # "n" repeats one of them


# ── what must not be ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_ring_is_refused_and_named():
    blocks = project().blocks
    assert ring(blocks, "pair", "cell") == ("cell", "pair", "cell")
    assert ring(blocks, "cell", "cell") == ("cell", "cell")
    assert ring(blocks, "cell", "pair") == ()
    edit = add_node(project().inside("cell"), Node("b", "block:pair")).inside("cell")
    wrong = nested_in_itself(project(), edit)
    assert wrong is not None
    assert "Cell → Pair → Cell" in wrong.message
    assert nested_in_itself(project(), add_node(project(), Node("b", "block:pair"))) is None
    moved = project().blocks["pair"].graph.nodes["c1"]
    assert (
        nested_in_itself(project(), Edit("", (Change(("node", "c1"), moved, replace(moved, note="x"), "pair"),)))
        is None
    )


def some_edit(now: Project, data: st.DataObject) -> Edit | Problem:
    block = data.draw(st.sampled_from(sorted(now.blocks)))
    graph = now.blocks[block].graph
    ports = sorted(node.id for node in graph if node.type in ("nnstudio.block_input", "nnstudio.block_output"))
    names = sorted({item.name for item in now.blocks[block].exposed})
    what = [
        "port",
        "node",
        "kind",
        "definition",
        *(["move", "unplug"] if ports else []),
        *(["rename"] if names else []),
    ]
    match data.draw(st.sampled_from(what)):
        case "port":
            return add_port(now, block, output=data.draw(st.booleans()))[0]
        case "node":
            gone = data.draw(st.lists(st.sampled_from(sorted(graph.nodes)))) if graph.nodes else []
            return followed(now, remove_nodes(now.inside(block), gone).inside(block))
        case "kind":
            return set_kind(now, block, "block" if now.blocks[block].kind == "scan" else "scan")
        case "definition":
            return remove_definition(now, block, opened=data.draw(st.booleans()))
        case "move":
            return move_port(now, block, data.draw(st.sampled_from(ports)), 1)
        case "unplug":
            return remove_port(now, block, data.draw(st.sampled_from(ports)))
        case _:
            name = data.draw(st.sampled_from(names))
            return rename_exposed(now, REGISTRY, block, name, f"{name}x")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_is_done_to_definitions_nothing_hangs_loose(data: st.DataObject):
    now, edits = project(), []
    for _ in range(data.draw(st.integers(1, 8))):
        edit = some_edit(now, data) if now.blocks else Edit("", ())
        if isinstance(edit, Edit):
            now = apply(now, edit)
            edits.append(edit)
        assert loose_ends(now) == []
    for edit in reversed(edits):
        now = apply(now, edit.inverse)
    assert now == project()


def test_a_wire_into_a_new_port_is_kept():
    edit, port = add_port(project(), "cell")
    after = apply(project(), edit)
    after = done(after, connect(after, Source("a"), Slot("c", port)))
    assert loose_ends(after) == []

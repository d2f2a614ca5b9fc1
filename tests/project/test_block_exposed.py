"""One exposed parameter sets one field or several: bound by name, said before it is done, taken apart again, and never lost on the way."""

from dataclasses import replace
from typing import Any

import pytest
from block_helpers import computed, done
from block_networks import entry, instance, leaving, network, node
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio import plugins
from nnstudio.problems import Problem
from nnstudio.project.block_exposed import (
    InnerField,
    bind,
    binding_words,
    default_of,
    expose,
    fields_of,
    names_of,
    rename_exposed,
    renaming_words,
    take_apart,
    takers,
    unexpose,
    values_set,
)
from nnstudio.project.block_follow import followed
from nnstudio.project.blocks import with_blocks
from nnstudio.project.edits import Edit, apply, set_param
from nnstudio.project.project import Block, Exposed, Project

REGISTRY = plugins.load(safe_mode=True).registry
WIDTH, SIZE = InnerField("fc", "out_features"), InnerField("h", "size")


def project() -> Project:
    """Cells with a carried value; two in a row within "Pair", which stands in the network beside two of them."""
    inner = network(
        entry("x"),
        entry("h", carry="y", size=[16]),
        node("cat", "torch.concatenate"),
        node("fc", "torch.linear", name="gate", out_features=32),
        node("drop", "torch.dropout"),
        leaving("y", "h_new"),
        cat__inputs__0="x", cat__inputs__1="h", fc="cat", drop="fc", y="drop",
    )  # fmt: skip
    cell = Block("cell", "Cell", inner, (Exposed("hidden", *WIDTH), Exposed("p", "drop", "p")), "scan")
    row = network(
        entry("in1"), instance("c1", "cell", hidden=8), instance("c2", "cell"), leaving("out1"),
        c1__x="in1", c2__x="c1.y", out1="c2.y",
    )  # fmt: skip
    pair = Block("pair", "Pair", row, (Exposed("units", "c2", "hidden"),))
    outer = network(
        node("a", "nnstudio.input"),
        instance("r1", "cell", hidden=48),
        instance("r2", "cell", hidden=24),
        instance("q", "pair", units=5),
        r1__x="a", r2__x="r1.y", q__in1="r2.y",
    )  # fmt: skip
    return Project(graph=outer, blocks={"cell": cell, "pair": pair})


def bound() -> Project:
    return done(project(), expose(project(), REGISTRY, "cell", *SIZE, "hidden"))


def values(project: Project, path: str) -> tuple[Any, Any]:
    """(units of the map, size of the carried value) that are computed in an instance."""
    flat = project.flat.nodes
    return flat[f"{path}/fc"].params["out_features"], flat[f"{path}/h"].params["size"]


# ── several fields, one parameter ─────────────────────────────────────────────────────────────────────────────────────


def test_exposing_under_a_name_that_is_there_binds_the_field_too():
    """Each instance begins its carried value as long as its own map makes it."""
    after = bound()
    assert fields_of(after.blocks["cell"], "hidden") == [WIDTH, SIZE]
    assert default_of(after, REGISTRY, "cell", "hidden") == 32
    assert after.blocks["cell"].graph.nodes["h"].params["size"] == 32, "the definition has one value for both"
    found = {path: values(after, path) for path in ("r1", "r2", "q/c1", "q/c2")}
    assert found == {"r1": (48, 48), "r2": (24, 24), "q/c1": (8, 8), "q/c2": (5, 5)}


def test_renaming_to_a_name_that_is_there_binds_the_field_too():
    first = done(project(), expose(project(), REGISTRY, "cell", *SIZE))
    assert names_of(first.blocks["cell"]) == ["hidden", "p", "size"]
    words = renaming_words(first, REGISTRY, "cell", "size", "hidden")
    assert words == ("'hidden' then sets out_features of 'gate', size of 'h' together; in the definition all are 32.")
    after = done(first, rename_exposed(first, REGISTRY, "cell", "size", "hidden"))
    assert after == bound()


def test_the_narrower_kind_leads_whichever_was_there_first():
    """One number is a size; sizes of several axes are no number of units."""
    only_size = replace(project().blocks["cell"], exposed=(Exposed("size", *SIZE),))
    before = replace(project(), blocks={**project().blocks, "cell": only_size})
    after = done(before, expose(before, REGISTRY, "cell", *WIDTH, "size"))
    assert fields_of(after.blocks["cell"], "size") == [WIDTH, SIZE]
    assert after.blocks["cell"].graph.nodes["fc"].params["out_features"] == 16
    spec = with_blocks(REGISTRY, after).layer("block:cell")
    assert spec is not None
    assert spec.params.model_validate({"size": 7})
    with pytest.raises(ValueError, match="size"):
        spec.params.model_validate({"size": [7, 7]})
    wide = done(before, set_param(before.inside("cell"), "h", "size", [3, 5]).inside("cell"))
    refused = expose(wide, REGISTRY, "cell", *WIDTH, "size")
    assert isinstance(refused, Problem)
    assert takers(wide, REGISTRY, "cell", *WIDTH) == []


def test_what_is_of_another_kind_is_refused_and_said_while_typing():
    assert takers(project(), REGISTRY, "cell", *SIZE) == ["hidden"], "p is a share"
    refused = rename_exposed(project(), REGISTRY, "cell", "p", "hidden")
    assert isinstance(refused, Problem)
    assert "not of the same kind as p of 'drop'" in refused.message
    assert renaming_words(project(), REGISTRY, "cell", "p", "hidden") == str(refused)
    assert "no name" in renaming_words(project(), REGISTRY, "cell", "p", "2x")
    assert renaming_words(project(), REGISTRY, "cell", "p", "chance") == ""
    assert renaming_words(project(), REGISTRY, "cell", "p", "p") == ""


def test_what_an_instance_set_under_both_names_is_said_to_be_lost():
    first = done(project(), expose(project(), REGISTRY, "cell", *SIZE))
    set_too = done(first, set_param(first, "r1", "size", 7))
    words = binding_words(set_too, REGISTRY, "cell", [SIZE], "hidden")
    assert words.endswith("Lost: size = 7 of 'r1'.")
    after = done(set_too, bind(set_too, REGISTRY, "cell", [SIZE], "hidden"))
    assert values(after, "r1") == (48, 48)
    renamed = done(set_too, rename_exposed(set_too, REGISTRY, "cell", "size", "hidden"))
    assert renamed.graph.nodes["r1"].params == {"hidden": 48}


def test_fields_that_are_set_together_have_one_value_in_the_definition():
    """Whoever changes one of them changes all, in the same step; where they are said one by one, as said."""
    now = bound()
    edit = followed(now, set_param(now.inside("cell"), "h", "size", 20).inside("cell"))
    after = done(now, edit)
    assert after.blocks["cell"].graph.nodes["fc"].params["out_features"] == 20
    assert edit.merge == "param:h:size"
    both = set_param(now.inside("cell"), "h", "size", 20).then(set_param(now.inside("cell"), "fc", "out_features", 9))
    apart = done(now, followed(now, both.inside("cell")))
    assert apart.blocks["cell"].graph.nodes["fc"].params["out_features"] == 9
    assert apart.blocks["cell"].graph.nodes["h"].params["size"] == 20


def test_what_is_taken_apart_keeps_its_values():
    now = bound()
    after = done(now, take_apart(now, "cell", *SIZE))
    assert names_of(after.blocks["cell"]) == ["hidden", "size", "p"]
    assert after.graph.nodes["r1"].params == {"hidden": 48, "size": 48}
    assert fields_of(after.blocks["pair"], "units") == [InnerField("c2", "hidden"), InnerField("c2", "size")]
    assert computed(after) == computed(now)


def test_a_field_that_is_exposed_no_longer_leaves_the_others():
    now = bound()
    after = done(now, unexpose(now, "cell", *SIZE))
    assert after.graph.nodes["r1"].params == {"hidden": 48}
    assert values(after, "r1") == (48, 32)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_binding_and_taking_apart_never_leave_a_value_without_a_place(data: st.DataObject):
    now, edits = project(), list[Edit]()
    fields = [WIDTH, SIZE, InnerField("drop", "p"), InnerField("fc", "bias")]
    for _ in range(data.draw(st.integers(1, 8))):
        block = now.blocks["cell"]
        field = data.draw(st.sampled_from(fields))
        name = data.draw(st.sampled_from([*names_of(block), "n1", "n2"]))
        match data.draw(st.sampled_from(["expose", "unexpose", "apart", "rename", "bind"])):
            case "expose":
                edit = expose(now, REGISTRY, "cell", *field, name)
            case "rename" if names_of(block):
                edit = rename_exposed(now, REGISTRY, "cell", data.draw(st.sampled_from(names_of(block))), name)
            case "bind" if name in names_of(block):
                edit = bind(now, REGISTRY, "cell", [field], name)
            case "apart" if any(
                len(fields_of(block, each)) > 1 and field in fields_of(block, each) for each in names_of(block)
            ):
                edit = take_apart(now, "cell", *field)
            case _:
                edit = unexpose(now, "cell", *field)
        if isinstance(edit, Edit):
            edits.append(edit)
            now = apply(now, edit)
        exposed = now.blocks["cell"].exposed
        assert len({(item.node, item.param) for item in exposed}) == len(exposed), "a field is set by one parameter"
        for each in (*now.graph, *now.blocks["pair"].graph):
            if each.type == "block:cell":
                assert each.params.keys() <= {*names_of(now.blocks["cell"])}
        assert {item.param for item in now.blocks["pair"].exposed} <= {*names_of(now.blocks["cell"])}
        spec = with_blocks(REGISTRY, now).layer("block:cell")
        assert spec is not None
        assert list(spec.params.model_fields) == names_of(now.blocks["cell"])
    for edit in reversed(edits):
        now = apply(now, edit.inverse)
    assert now == project()


# ── exposing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_exposing_takes_the_parameters_name_or_the_nodes_with_it():
    plain = done(project(), expose(project(), REGISTRY, "cell", "fc", "bias"))
    assert plain.blocks["cell"].exposed[-1] == Exposed("bias", "fc", "bias")
    other = done(plain, expose(plain, REGISTRY, "pair", "c1", "hidden"))
    assert other.blocks["pair"].exposed[-1].name == "hidden"
    third = done(other, expose(other, REGISTRY, "pair", "c2", "p", "hidden_p"))
    fourth = done(third, expose(third, REGISTRY, "pair", "c1", "p"))
    assert fourth.blocks["pair"].exposed[-1].name == "p"


def test_a_taken_name_is_said_with_the_nodes():
    one = done(project(), expose(project(), REGISTRY, "pair", "c1", "hidden", "repeat1"))
    two = done(one, rename_exposed(one, REGISTRY, "pair", "units", "hidden"))
    three = done(two, unexpose(two, "pair", "c1", "hidden"))
    again = done(three, expose(three, REGISTRY, "pair", "c1", "hidden"))
    assert again.blocks["pair"].exposed[-1].name == "c1_hidden"


@pytest.mark.parametrize("name", ["repeat", "copy", "model_x", "2x", "a b", "class", "_x", "größe²"])
def test_what_is_no_name_is_refused(name: str):
    assert isinstance(expose(project(), REGISTRY, "cell", *SIZE, name), Problem)
    assert isinstance(rename_exposed(project(), REGISTRY, "cell", "hidden", name), Problem)


def test_exposing_twice_is_refused():
    assert isinstance(expose(project(), REGISTRY, "cell", *WIDTH, "again"), Problem)


def test_an_exposed_parameter_is_renamed_with_all_that_sets_it():
    after = done(project(), rename_exposed(project(), REGISTRY, "cell", "hidden", "width"))
    assert after.graph.nodes["r1"].params == {"width": 48}
    assert after.blocks["pair"].exposed == (Exposed("units", "c2", "width"),)
    assert after.blocks["pair"].graph.nodes["c1"].params == {"width": 8}
    assert computed(after) == computed(project())


def test_what_is_exposed_no_longer_is_set_nowhere():
    assert values_set(project(), "cell", "hidden") == ["r1 = 48", "r2 = 24", "c1 = 8"]
    after = done(project(), unexpose(project(), "cell", *WIDTH))
    assert after.graph.nodes["r1"].params == {}
    assert after.graph.nodes["q"].params == {}
    assert after.blocks["pair"].exposed == ()

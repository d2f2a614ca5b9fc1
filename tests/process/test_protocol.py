"""Whatever an engine says arrives as it was said; whatever is no message of ours is refused with words, never with a crash."""

import dataclasses
import io
import json
import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnstudio import events, figures, replies, replies_experiments
from nnstudio.data import DataInfo, FieldInfo
from nnstudio.plan import Code, NodePlan, Plan
from nnstudio.problems import Fix, Problem, Severity
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Data, Entry, Project, Rule
from nnstudio.protocol import MAX_BODY, TYPES, Frame, ProtocolError, decode, encode, pack, read_frame

DTYPES = ["?", "i1", "u1", "<i2", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16", "<U3", "S2", "<M8[s]"]

arrays = st.sampled_from(DTYPES).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
floats = st.floats()
scalars = st.none() | st.booleans() | st.integers() | floats | text
nested = st.recursive(
    scalars | arrays,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(text | st.just("$") | st.just("$list"), inner, max_size=3)
        | st.dictionaries(st.integers() | st.tuples(text, st.integers()), inner, max_size=2)
    ),
    max_leaves=8,
)
problems = st.builds(
    Problem,
    code=text,
    message=text,
    severity=st.sampled_from(Severity),
    node=st.none() | text,
    fix=st.none() | st.builds(Fix, label=text, action=text, value=nested),
)


def built(cls: type, **known: Any) -> st.SearchStrategy[Any]:
    """Any value of the dataclass `cls`: its fields by their annotations, but for those `known`."""
    by_annotation = {
        str: text,
        int: st.integers(),
        float: floats,
        bool: st.booleans(),
        tuple[str, ...]: st.lists(text, max_size=3).map(tuple),
        tuple[Problem, ...]: st.lists(problems, max_size=2).map(tuple),
        tuple[float, float, float, float]: st.tuples(floats, floats, floats, floats),
        tuple[int, ...]: st.lists(st.integers(), max_size=3).map(tuple),
    }
    hints = {field.name: field.type for field in dataclasses.fields(cls)}
    drawn = {name: by_annotation[hint] for name, hint in hints.items() if hint in by_annotation}
    return st.builds(cls, **drawn | known)


def by_name(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(text, values, max_size=3)


maybe_array = st.none() | arrays
node_plans = built(
    NodePlan,
    arguments=by_name(nested),
    inputs=st.lists(st.lists(st.integers(), max_size=3).map(tuple), max_size=2).map(tuple),
    outputs=by_name(st.lists(st.integers(), max_size=3).map(tuple)),
    dtypes=by_name(text),
)
plans = built(Plan, nodes=by_name(node_plans))
codes = built(Code, lines=by_name(st.lists(st.integers(), max_size=3).map(tuple)))
infos = built(DataInfo, fields=by_name(built(FieldInfo)))
entries = built(Entry, params=by_name(scalars))
optional_arrays = dict.fromkeys(("images", "inputs", "confidence", "confusion", "grid"), maybe_array)
needed_arrays = dict.fromkeys(("indices", "target", "predicted", "loss"), arrays)
described = dict.fromkeys(("histogram", "edges", "picture"), arrays)
node_outputs = built(replies.NodeOutput, gradient=st.none() | floats, **described)
weight_stats = built(replies.WeightStats, histogram=arrays, edges=arrays)
lines = built(figures.Line, x=arrays, y=arrays)
many_lines = st.lists(lines, max_size=2).map(tuple)
extents = st.tuples(floats, floats, floats, floats)
starts = built(
    replies_experiments.InitialNode,
    output=node_outputs,
    gradient=st.none() | weight_stats,
    weights=st.none() | weight_stats,
    weight_gradient=st.none() | weight_stats,
)
suggestions = built(replies_experiments.Suggestion, value=floats | st.integers() | text | st.booleans())
figure_types = {
    figures.Curves: built(figures.Curves, lines=many_lines, marks=st.lists(st.tuples(floats, text)).map(tuple)),
    figures.Tiles: built(figures.Tiles, images=arrays, good=maybe_array, labels=st.lists(text).map(tuple)),
    figures.Matrix: built(figures.Matrix, values=arrays, rows=st.lists(text).map(tuple)),
    figures.Points: built(figures.Points, x=arrays, y=arrays, groups=maybe_array, field=maybe_array, extent=extents),
    figures.Contour: built(figures.Contour, values=arrays, paths=many_lines, extent=extents),
    figures.Bars: built(figures.Bars, values=arrays, edges=maybe_array),
    figures.Note: built(figures.Note, rows=st.lists(st.lists(text).map(tuple), max_size=2).map(tuple)),
}
outcomes = built(
    replies_experiments.Outcome,
    figures=st.lists(st.one_of(*figure_types.values()), max_size=2).map(tuple),
    facts=st.lists(st.tuples(text, text), max_size=2).map(tuple),
    numbers=by_name(floats | arrays),
    suggestion=st.none() | suggestions,
)
maybe_entries = st.none() | st.lists(entries, max_size=2).map(tuple)
rules = built(
    Rule, initializer=st.none() | entries, regularizers=maybe_entries, constraints=maybe_entries, noise=maybe_entries
)

EVERY_TYPE = {
    events.RunStarted: built(events.RunStarted),
    events.Steps: built(events.Steps, values=by_name(arrays)),
    events.EpochEnded: built(events.EpochEnded, values=by_name(floats)),
    events.Predictions: built(events.Predictions, **needed_arrays, **optional_arrays),
    events.NodeStats: built(events.NodeStats, nodes=by_name(by_name(floats)), histograms=by_name(arrays)),
    events.CheckpointSaved: built(events.CheckpointSaved),
    events.Paused: built(events.Paused),
    events.Resumed: built(events.Resumed),
    events.Changed: built(events.Changed, before=nested, after=nested, problem=st.none() | problems),
    events.Finished: built(events.Finished, values=by_name(floats)),
    events.Failed: built(events.Failed),
    NodePlan: node_plans,
    Plan: plans,
    Code: codes,
    FieldInfo: built(FieldInfo),
    DataInfo: infos,
    Problem: problems,
    Fix: built(Fix, value=nested),
    Entry: entries,
    Data: built(Data, dataset=entries),
    replies.Hello: built(replies.Hello, device_names=by_name(text)),
    replies.Inspected: built(replies.Inspected, plan=plans, code=codes, info=st.none() | infos),
    replies.Preview: built(
        replies.Preview,
        info=st.none() | infos,
        indices=arrays,
        parts=arrays,
        samples=by_name(arrays),
        class_counts=maybe_array,
        ranges=by_name(arrays),
    ),
    Rule: rules,
    replies.Prepared: built(replies.Prepared),
    replies.Ensembled: built(
        replies.Ensembled,
        single=st.lists(by_name(floats), max_size=2).map(tuple),
        together=by_name(floats),
        goals=by_name(text),
    ),
    replies.Drawn: built(replies.Drawn, project=st.just(Project("Drawn", Graph({"fc": Node("fc", "torch.linear")})))),
    replies.Exported: built(replies.Exported),
    replies.NodeOutput: node_outputs,
    replies.WeightStats: weight_stats,
    replies.Refused: built(replies.Refused),
    figures.Line: lines,
    **figure_types,
    replies_experiments.InitialNode: starts,
    replies_experiments.Initial: built(replies_experiments.Initial, nodes=by_name(starts)),
    replies_experiments.Suggestion: suggestions,
    replies_experiments.Outcome: outcomes,
}


def same(one: Any, other: Any) -> bool:
    """Equal in type and value, arrays and NaN included."""
    if isinstance(one, np.ndarray):
        kind = isinstance(other, np.ndarray) and one.dtype == other.dtype and one.shape == other.shape
        return kind and one.tobytes() == other.tobytes()
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if dataclasses.is_dataclass(one) and not isinstance(one, Project):
        return all(same(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(one))
    return one == other


def sent(value: Any) -> Any:
    """`value` after a journey as bytes."""
    frame = read_frame(io.BytesIO(pack(Frame("reply", 7, value))))
    assert frame is not None
    assert (frame.type, frame.id) == ("reply", 7)
    return frame.value


def test_there_is_a_strategy_for_every_type_of_the_table() -> None:
    assert {cls.__name__: cls for cls in EVERY_TYPE} == dict(TYPES)


@pytest.mark.parametrize("cls", EVERY_TYPE, ids=lambda cls: cls.__name__)
def test_every_type_arrives_as_it_was_sent(cls: type) -> None:
    @settings(max_examples=40, deadline=None)
    @given(EVERY_TYPE[cls])
    def arrives(value: Any) -> None:
        assert same(sent(value), value)

    arrives()


@given(nested)
@settings(max_examples=200, deadline=None)
def test_plain_values_arrive_as_they_were_sent(value: Any) -> None:
    assert same(sent(value), value)


def test_a_project_arrives_whole_with_what_only_a_newer_version_knows() -> None:
    nodes = {
        "input": Node("input", "nnstudio.input", position=(1.5, -2.0)),
        "mystery": Node(
            "mystery", "stranger.layer", {"size": [3, 5], "$": 1}, name="m", extras={"remark": {"a": None}}
        ),
    }
    graph = Graph(nodes, {Slot("mystery"): Source("input")})
    project = Project("Ünïcode", graph, Data(Entry("nnstudio.xor", {"noise": 0.25})), extras={"later": [1, 2]})
    assert sent({"project": project})["project"] == project


def test_numpy_scalars_arrive_as_plain_numbers() -> None:
    values = [np.float32(0.5), np.int64(3), np.bool_(True), np.float64("inf"), np.longdouble(2)]
    assert same(sent(values), [0.5, 3, True, math.inf, 2.0])


def test_arrays_that_are_not_contiguous_arrive_as_they_look() -> None:
    grid = np.arange(24).reshape(2, 3, 4)
    for view in (grid.T, grid[:, ::2], np.broadcast_to(np.float32(1), (3, 2))):
        assert np.array_equal(sent(view), view)


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", np.array([object()]), lambda: 0, Exception()])
def test_what_is_not_in_the_table_cannot_be_sent(value: Any) -> None:
    with pytest.raises(TypeError):
        encode(value)


# ── what is no message ────────────────────────────────────────────────────────────────────────────────────────────────

GOOD = pack(Frame("events", 3, [events.Steps(0, {"loss": np.arange(5.0)}), events.Paused(4)]))


def framed(header: Any, body: bytes = b"") -> io.BytesIO:
    content = header if isinstance(header, bytes) else json.dumps(header).encode()
    return io.BytesIO(struct.pack("<II", len(content), len(body)) + content + body)


def test_a_stream_that_ends_between_two_messages_has_ended() -> None:
    stream = io.BytesIO(GOOD + GOOD)
    assert read_frame(stream) is not None
    assert read_frame(stream) is not None
    assert read_frame(stream) is None


@pytest.mark.parametrize("length", range(1, len(GOOD), 7))
def test_a_message_cut_short_is_refused(length: int) -> None:
    with pytest.raises(ProtocolError, match="cut short"):
        read_frame(io.BytesIO(GOOD[:length]))


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_a_message_with_a_flipped_byte_is_read_or_refused(place: int, flip: int) -> None:
    broken = bytearray(GOOD)
    broken[place] ^= flip
    try:
        read_frame(io.BytesIO(bytes(broken)))
    except ProtocolError as error:
        assert str(error)


@given(st.binary(max_size=200))
@settings(deadline=None)
def test_noise_is_refused(noise: bytes) -> None:
    try:
        assert noise == b"" or read_frame(io.BytesIO(noise)) is not None
    except ProtocolError as error:
        assert str(error)


def test_a_message_that_claims_gigabytes_is_refused_before_they_are_read() -> None:
    for lengths in ((0xFFFFFFFF, 0), (2, MAX_BODY + 1)):
        with pytest.raises(ProtocolError, match="too large"):
            read_frame(io.BytesIO(struct.pack("<II", *lengths)))


@pytest.mark.parametrize(
    "header",
    [
        b"no json",
        b"\xff\xfe",
        b"NaN",
        [],
        None,
        {"type": 1, "id": 0, "value": None, "arrays": []},
        {"type": "reply", "id": "x", "value": None, "arrays": []},
        {"type": "reply", "id": 0, "value": None, "arrays": {}},
        b'{"type": "reply", "id": 0, "arrays": [], "value": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"type": "reply", "id": 0, "arrays": [], "value": ' + b"9" * 10_000 + b"}",
    ],
    ids=str,
)
def test_a_header_of_another_form_is_refused(header: Any) -> None:
    with pytest.raises(ProtocolError, match=r"header|nested"):
        read_frame(framed(header))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"$": "Popen", "args": "rm"}, "unknown type"),
        ({"$": ["Steps"]}, "unknown type"),
        ({"$": "Steps", "first": 0}, "incomplete"),
        ({"$": "Steps", "first": 0, "values": {}, "extra": 1}, "no field 'extra'"),
        ({"$": "Steps", "first": "0", "values": {}}, "Steps.first cannot be"),
        ({"$": "Paused", "step": None}, "Paused.step cannot be"),
        ({"$": "Severity", "value": "deadly"}, "unknown severity"),
        ({"$": "Project", "file": {"format": 99}}, "cannot be read"),
        ({"$": "Project"}, "cannot be read"),
        ({"$array": 0}, "means nothing"),
        ({"$array": -1}, "means nothing"),
        ({"$array": True}, "means nothing"),
        ({"$list": "abc"}, "means nothing"),
        ({"$list": [], "more": 1}, "means nothing"),
        ({1, 2}, "no JSON"),
        ({"$float": "1e999"}, "means nothing"),
        ({"$eval": "1"}, "means nothing"),
        ({"$dict": [[1]]}, "no pairs"),
        ({"$dict": [[{}, 1]]}, "no pairs"),
    ],
)
def test_a_value_that_means_nothing_is_refused(value: Any, words: str) -> None:
    with pytest.raises(ProtocolError, match=words):
        decode(value)


@pytest.mark.parametrize(
    ("described", "body"),
    [
        ({"dtype": "O", "shape": [1]}, b"\0" * 8),
        ({"dtype": "V8", "shape": [1]}, b"\0" * 8),
        ({"dtype": "<f8,<f8", "shape": [1]}, b"\0" * 16),
        ({"dtype": "no such", "shape": [1]}, b"\0" * 8),
        ({"dtype": "S0", "shape": [10**15]}, b""),
        ({"dtype": "<f8", "shape": [-1]}, b"\0" * 8),
        ({"dtype": "<f8", "shape": [1.5]}, b"\0" * 8),
        ({"dtype": "<f8", "shape": [2]}, b"\0" * 8),
        ({"dtype": "<f8", "shape": [1]}, b"\0" * 16),
        ({"dtype": "<f8", "shape": [0, 10**30]}, b""),
        ({"dtype": "<f8", "shape": [1] * 65}, b"\0" * 8),
        ({"dtype": "<f8"}, b"\0" * 8),
        ("<f8", b"\0" * 8),
    ],
    ids=str,
)
def test_an_array_that_cannot_be_is_refused(described: Any, body: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"[Aa]rray"):
        read_frame(framed({"type": "reply", "id": 0, "value": None, "arrays": [described]}, body))


def test_what_is_long_goes_in_parts() -> None:
    many = {
        f"k{number}": np.arange(3) if number % 400 == 0 else (number, float("nan") if number == 7 else 0.5)
        for number in range(1700)
    }
    nodes = {f"n{number}": Node(f"n{number}", "torch.relu", {"$odd": "ä\ud800"}) for number in range(1300)}
    wires = {Slot(f"n{number}"): Source(f"n{number - 1}") for number in range(1, 1300)}
    project = Project("long", Graph(nodes, wires), extras={"graph": {"$parts": [0], "later": {"$parts": []}}})
    sent = io.BytesIO(pack(Frame("request", 3, {"many": many, "project": project})))
    value = read_frame(sent).value
    assert value["project"] == project
    assert list(value["many"]) == list(many)
    assert all(np.array_equal(value["many"][key], many[key], equal_nan=True) for key in many)


@pytest.mark.parametrize("parts", [[1], [-1], ["a"], [0], [True], 3, [[]]])
def test_parts_that_are_none(parts: object) -> None:
    numbers = np.frombuffer(b"[1, 2", np.uint8)
    with pytest.raises(ProtocolError):
        decode({"$parts": parts}, [numbers])
    with pytest.raises(ProtocolError):
        decode({"$parts": parts}, [np.frombuffer(b"[1]", np.uint8)])
    with pytest.raises(ProtocolError):
        decode({"$": "Project", "file": {"graph": {"nodes": {"$parts": parts}}}}, [numbers])

"""A project survives saving and opening; a bad file says what is wrong and where; a failed save leaves the old file whole."""

import errno
import json
import os
import socket
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.problems import Severity
from nnstudio.project.file import from_json, graph_from_json, graph_to_json, migrate, read, to_json, write
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Bookmark, Data, Entry, Project
from nnstudio.project.safe_json import MAX_DEPTH, parse, render
from tests.strategies import graphs, json_values, projects

SMALL = Project(
    "small",
    Graph(
        {"a": Node("a", "nnstudio.input"), "b": Node("b", "torch.linear", {"out_features": 3}, (208.5, 0))},
        {Slot("b"): Source("a")},
    ),
)


@given(projects())
def test_save_and_open_is_the_identity(project: Project) -> None:
    value, problems = parse(render(to_json(project)))
    assert problems == ()
    assert from_json(value) == (project, ())


@given(projects())
def test_saving_what_was_opened_gives_the_same_bytes(project: Project) -> None:
    text = render(to_json(project))
    again = from_json(parse(text)[0])[0]
    assert again is not None
    assert render(to_json(again)) == text


@given(graphs())
def test_a_copied_graph_comes_back(graph: Graph) -> None:
    assert graph_from_json(parse(render(graph_to_json(graph)))[0]) == (graph, ())


@given(json_values)
def test_any_json_is_opened_or_refused_never_an_exception(value: Any) -> None:
    for project, problems in (from_json(value), graph_from_json(value)):
        assert (project is None) == any(problem.severity is Severity.ERROR for problem in problems)


@given(projects(), st.data())
def test_any_value_anywhere_in_a_project_is_opened_or_refused(project: Project, data: st.DataObject) -> None:
    value = json.loads(render(to_json(project)))
    where = data.draw(st.sampled_from(list(_places(value))))
    _put(value, where, data.draw(json_values))
    opened, problems = from_json(value)
    assert (opened is None) == any(problem.severity is Severity.ERROR for problem in problems)


@given(st.binary(max_size=200))
def test_binary_junk_is_refused(content: bytes) -> None:
    value, problems = parse(content)
    assert problems or from_json(value)[0] is None


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from _places(child, (*path, key))


def _put(value: Any, path: tuple[Any, ...], new: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


def test_the_file_diffs_well(tmp_path: Path) -> None:
    path = tmp_path / "small.nns"
    assert write(SMALL, path) == ()
    text = path.read_text("utf-8")
    assert text.endswith("}\n")
    assert json.loads(text)["format"] == 1
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    moved = replace(SMALL, graph=Graph(dict(reversed(SMALL.graph.nodes.items())), SMALL.graph.wires))
    assert render(to_json(moved)) == text.encode(), "the order in which nodes were placed makes no difference"
    changed = replace(
        SMALL,
        graph=Graph(
            {**SMALL.graph.nodes, "b": SMALL.graph.nodes["b"].with_param("out_features", 4)}, SMALL.graph.wires
        ),
    )
    lines = zip(text.splitlines(), render(to_json(changed)).decode().splitlines(), strict=True)
    assert sum(old != new for old, new in lines) == 1, "one parameter is one line"


def test_what_a_newer_version_wrote_is_kept() -> None:
    value = to_json(SMALL)
    value["sweeps"] = [{"count": 3}]
    value["recipe"]["gradient_clip"] = 1.5
    value["graph"]["groups"] = {"block": ["a", "b"]}
    value["graph"]["nodes"][0]["colour"] = "red"
    value["graph"]["nodes"][1]["type"] = "fourier.swish"
    project, problems = from_json(value)
    assert project is not None
    assert problems == ()
    assert to_json(project) == value


def test_keys_that_are_not_kept_are_named() -> None:
    value = to_json(SMALL)
    value["graph"]["wires"][0]["colour"] = "red"
    value["recipe"]["optimizer"]["note"] = "good"
    project, problems = from_json(value)
    assert project is not None
    assert [problem.severity for problem in problems] == [Severity.WARNING] * 2
    assert "graph.wires[0].colour" in problems[0].message
    assert "recipe.optimizer.note" in problems[1].message


def test_parameters_holding_code_or_paths_are_text() -> None:
    hostile = {
        "code": "__import__('os').system('true')",
        "path": "../../etc/passwd",
        "tag": "!!python/object:os.system",
    }
    project = replace(SMALL, data=Data(Entry("nnstudio.csv", hostile)))
    assert from_json(json.loads(render(to_json(project))))[0] == project


def _with(change: Callable[[dict[str, Any]], Any]) -> bytes:
    value = to_json(SMALL)
    change(value)
    return json.dumps(value).encode()


def _node(**keys: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda value: value["graph"]["nodes"][1].update(keys)


def _wire(**keys: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda value: value["graph"]["wires"].append(keys)


GOOD = json.dumps(to_json(SMALL), indent=2)

BAD: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "file.not_json", "line 1, column 1"),
    "truncated": (GOOD[: GOOD.index('"recipe"')].encode(), "file.not_json", "ends too early"),
    "not JSON": (b'{"format": 1,\n  oops}', "file.not_json", "line 2, column 3"),
    "a merge conflict": (GOOD.replace('  "name"', '<<<<<<< HEAD\n  "name"', 1).encode(), "file.conflict", "merge conflict"),
    "binary": (b"\x89PNG\r\n\x1a\n\xff\xfe", "file.not_text", "byte 0"),
    "UTF-16": (GOOD.encode("utf-16"), "file.not_text", "UTF-8"),
    "a list": (b"[1, 2]", "file.wrong_type", "a list of 2"),
    "no format": (b"{}", "file.no_format", "format number"),
    "format of another type": (b'{"format": "1"}', "file.no_format", '"1"'),
    "future format": (_with(lambda value: value.update(format=2)), "file.future_format", "up to 1"),
    "negative format": (_with(lambda value: value.update(format=-1)), "file.unknown_format", "-1"),
    "name of another type": (_with(lambda value: value.update(name=3)), "file.wrong_type", "name is 3; a text"),
    "graph of another type": (_with(lambda value: value.update(graph=[])), "file.wrong_type", "graph is a list"),
    "nodes as an object": (_with(lambda value: value["graph"].update(nodes={})), "file.wrong_type", "graph.nodes is an object"),
    "a node that is a number": (_with(lambda value: value["graph"]["nodes"].append(7)), "file.wrong_type", "graph.nodes[2] is 7"),
    "a node without id": (_with(lambda value: value["graph"]["nodes"][1].pop("id")), "file.missing_key", "graph.nodes[1] has no 'id'"),
    "a node with an empty type": (_with(_node(type="")), "file.wrong_type", "graph.nodes[1].type is empty"),
    "position of another type": (_with(_node(position="left")), "file.wrong_type", 'graph.nodes[1].position is "left"'),
    "position of three": (_with(_node(position=[1, 2, 3])), "file.wrong_type", "graph.nodes[1].position"),
    "position too large": (_with(_node(position=[10**400, 0])), "file.wrong_type", "graph.nodes[1].position"),
    "params as a list": (_with(_node(params=[1])), "file.wrong_type", "graph.nodes[1].params is a list of 1"),
    "duplicate id": (_with(_node(id="a")), "file.duplicate_id", "graph.nodes[1] has the id 'a'"),
    "wire from nowhere": (_with(_wire(**{"from": "zz", "to": "b", "order": 1})), "file.dangling_wire", "graph.wires[1] ends at 'zz'"),
    "wire to nowhere": (_with(_wire(**{"from": "a", "to": "zz"})), "file.dangling_wire", "'zz'"),
    "two wires into one slot": (_with(_wire(**{"from": "a", "to": "b"})), "file.duplicate_slot", "graph.wires[1]"),
    "negative order": (_with(_wire(**{"from": "a", "to": "b", "order": -1})), "file.wrong_type", "graph.wires[1].order"),
    "a name too long": (_with(lambda value: value.update(name="a" * 1001)), "file.too_long", "name has 1001 characters; at most 1000"),
    "an id too long": (_with(_node(id="a" * 10**6)), "file.too_long", "graph.nodes[1].id has 1000000 characters"),
    "a name of a node too long": (_with(_node(name="a" * 10**6)), "file.too_long", "graph.nodes[1].name has"),
    "a note too long": (_with(_node(note="a" * 100_001)), "file.too_long", "graph.nodes[1].note has 100001 characters; at most 100000"),
    "a port too long": (_with(_wire(**{"from": "a", "to": "b", "order": 1, "input": "a" * 1001})), "file.too_long", "graph.wires[1].input"),
    "more epochs than can be counted": (_with(lambda value: value["recipe"].update(epochs=10**400)), "file.too_large", "recipe.epochs is a whole"),
    "more wires than can be counted": (_with(_wire(**{"from": "a", "to": "b", "order": 2**63})), "file.too_large", "graph.wires[1].order"),
    "epochs as text": (_with(lambda value: value["recipe"].update(epochs="ten")), "file.wrong_type", 'recipe.epochs is "ten"'),
    "epochs as true": (_with(lambda value: value["recipe"].update(epochs=True)), "file.wrong_type", "recipe.epochs is true"),
    "metrics as text": (_with(lambda value: value["recipe"].update(metrics="all")), "file.wrong_type", "recipe.metrics"),
    "dashboard of numbers": (_with(lambda value: value.update(dashboard=[1])), "file.wrong_type", "dashboard[0] is 1"),
    "NaN": (b'{"format": 1, "recipe": {"optimizer": {"type": "x", "params": {"lr": NaN}}}}', "file.not_finite", "recipe.optimizer.params.lr"),
    "an infinity in disguise": (b'{"format": 1, "data": {"test": 1e999}}', "file.not_finite", "data.test is inf"),
    "a number of 5 000 digits": (b'{"format": 1, "x": ' + b"9" * 5000 + b"}", "file.not_json", "number"),
    "a key twice": (b'{"format": 1, "recipe": {"epochs": 1, "epochs": 2}}', "file.duplicate_key", "recipe has 'epochs' twice"),
    "nested beyond the stack": (b"[" * 100_000 + b"]" * 100_000, "file.too_deep", str(MAX_DEPTH)),
    "nested too deep": (_with(_node(params={"x": json.loads("[" * 80 + "]" * 80)})), "file.too_deep", "graph.nodes[1].params.x"),
    "millions of values": (b"[" + b"{}," * 8_000_001 + b"{}]", "file.too_big", "values"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_says_what_is_wrong_and_where(case: str, tmp_path: Path) -> None:
    content, code, words = BAD[case]
    path = tmp_path / "bad.nns"
    path.write_bytes(content)
    project, problems = read(path)
    assert project is None
    assert problems[0].code == code
    assert words in problems[0].message
    assert problems[0].message.startswith("bad.nns: ")
    assert problems[0].place == "file"
    assert path.read_bytes() == content


def test_of_many_faults_the_first_are_told_and_no_warning_hides_an_error() -> None:
    nodes: list[Any] = [{"id": f"n{number}", "type": "t"} for number in range(100)]
    wires: list[Any] = [{"from": "n0", "to": f"n{number}", "zz": 1} for number in range(1, 100)]
    value = {"format": 1, "graph": {"nodes": nodes, "wires": [*wires, {"from": "n0", "to": "zz"}]}}
    project, problems = from_json(value)
    assert project is None
    assert "'zz'" in problems[0].message and problems[0].severity is Severity.ERROR
    _, problems = from_json({"format": 1, "graph": {"nodes": [7] * 50_000}})
    assert [problem.code for problem in problems] == ["file.wrong_type"] * 20 + ["file.more"]
    assert problems[0].message.startswith("graph.nodes[0] is 7")


LONG = "a" * 1001
TOO_LONG = {
    "the project": Project(LONG),
    "the notes": Project(notes="a" * 100_001),
    "a node's name": Project(graph=Graph({"a": Node("a", "t", name=LONG)})),
    "a node's note": Project(graph=Graph({"a": Node("a", "t", note="a" * 100_001)})),
    "an id": Project(graph=Graph({LONG: Node(LONG, "t")})),
    "a frame": Project(graph=Graph(frames={"f": Frame("f", title=LONG)})),
    "a block": Project(blocks={"b": Block("b", LONG)}),
    "within a block": Project(blocks={"b": Block("b", graph=Graph({"a": Node("a", "t", name=LONG)}))}),
    "a bookmark": Project(bookmarks=(Bookmark(LONG),)),
}


@pytest.mark.parametrize("case", TOO_LONG)
def test_nothing_is_written_that_could_not_be_read_again(case: str, tmp_path: Path) -> None:
    path = tmp_path / "long.nns"
    (problem,) = write(TOO_LONG[case], path)
    assert problem.code == "file.too_long" and "characters; at most" in problem.message and len(problem.message) < 300
    assert from_json(to_json(TOO_LONG[case]))[1][0].code == "file.too_long", "reading says the same"
    assert not path.exists()


def test_texts_as_long_as_may_be_are_kept(tmp_path: Path) -> None:
    name, text = "a" * 1000, "b" * 100_000
    nodes = {name: Node(name, "t", name=name, note=text)}
    graph = Graph(nodes, frames={"f": Frame("f", title=name, text=text)})
    project = Project(name, graph, notes=text, guide=text, blocks={"b": Block("b", name, note=text)})
    assert write(project, tmp_path / "long.nns") == ()
    assert read(tmp_path / "long.nns") == (project, ())


def test_a_million_nodes_are_refused() -> None:
    nodes = [{"id": f"n{number}", "type": "t"} for number in range(200_001)]
    project, problems = from_json({"format": 1, "graph": {"nodes": nodes}})
    assert project is None
    assert problems[0].code == "file.too_big"
    assert "graph.nodes holds 200001" in problems[0].message


def test_a_file_that_is_too_large_is_not_taken_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.nns"
    with path.open("wb") as stream:
        stream.truncate(2**40)  # a sparse file: nothing is written
    project, problems = read(path)
    assert project is None
    assert problems[0].code == "file.too_big"


def test_many_faults_are_not_a_flood() -> None:
    project, problems = from_json({"format": 1, "graph": {"nodes": [3] * 5000}})
    assert project is None
    assert len(problems) == 21
    assert problems[-1].code == "file.more"


def test_what_is_no_file_is_a_problem(tmp_path: Path) -> None:
    assert read(tmp_path / "none.nns")[1][0].code == "file.missing"
    assert read(tmp_path)[1][0].code == "file.not_a_file"
    assert read("a\0b.nns")[1][0].code == "file.unreadable"
    assert read(tmp_path / ("x" * 300))[1][0].code == "file.unreadable"


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
def test_devices_and_pipes_are_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.nns"
    os.mkfifo(pipe)
    assert read(pipe)[1][0].code == "file.not_a_file"
    assert read("/dev/zero")[1][0].code == "file.not_a_file"


@contextmanager
def no_superuser() -> Iterator[None]:
    """Permissions bind even where the tests run as root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may reach and write to (pytest's own are for their owner alone)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of another kind there")
def test_no_permission_is_a_problem(open_folder: Path) -> None:
    path = open_folder / "mine.nns"
    write(SMALL, path)
    old = path.read_bytes()
    other = replace(SMALL, name="other")
    path.chmod(0o400)
    with no_superuser():
        if os.geteuid() != path.stat().st_uid:
            assert read(path)[1][0].code == "file.denied"
        assert write(other, path)[0].code == "file.unwritable"
    open_folder.chmod(0o555)
    with no_superuser():
        problem = write(other, open_folder / "new.nns")[0]
    open_folder.chmod(0o777)
    assert problem.code == "file.unwritable"
    assert "permission" in problem.remedy
    assert path.read_bytes() == old
    assert list(open_folder.iterdir()) == [path]


def test_saving_where_no_folder_is(tmp_path: Path) -> None:
    assert write(SMALL, tmp_path / "none" / "a.nns")[0].code == "file.unwritable"
    assert write(SMALL, tmp_path)[0].code == "file.unwritable"


@pytest.mark.parametrize("stage", ["open", "write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_whole(stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.nns"
    write(SMALL, path)
    old = path.read_bytes()

    def full(*args: Any, **options: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    real_open, real_fdopen = os.open, os.fdopen

    def full_when_creating(name: Any, flags: int, *args: Any, **options: Any) -> int:
        return full() if flags & os.O_CREAT else real_open(name, flags, *args, **options)

    class FullStream:
        def __init__(self, descriptor: int, mode: str) -> None:
            self.stream = real_fdopen(descriptor, mode)

        def __enter__(self) -> "FullStream":
            return self

        def __exit__(self, *args: Any) -> None:
            self.stream.close()

        def write(self, content: bytes) -> int:
            self.stream.write(content[: len(content) // 2])
            return full()

    match stage:
        case "open":
            monkeypatch.setattr(os, "open", full_when_creating)
        case "write":
            monkeypatch.setattr(os, "fdopen", FullStream)
        case "fsync":
            monkeypatch.setattr(os, "fsync", full)
        case _:
            monkeypatch.setattr(Path, "replace", full)
    problems = write(replace(SMALL, name="new"), path)
    monkeypatch.undo()
    assert [problem.code for problem in problems] == ["file.unwritable"]
    assert "No space left on device" in problems[0].message
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path], "nothing is left lying about"


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are of another kind there")
@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("kind", ["a folder", "a pipe", "a socket", "a device", "a link in a circle"])
def test_only_plain_files_are_written(tmp_path: Path, kind: str, linked: bool) -> None:
    path = tmp_path / "net.nns"
    with socket.socket(socket.AF_UNIX) as heard:
        match kind:
            case "a folder":
                path.mkdir()
            case "a pipe":
                os.mkfifo(path)
            case "a socket":
                heard.bind(str(path))
            case "a device":
                path = Path(os.devnull)
            case _:
                path.symlink_to(path)
        target = tmp_path / "link.nns"
        if linked:
            target.symlink_to(path)
        else:
            target = path
        before = os.lstat(path)
        (problem,) = write(SMALL, target)
        assert problem.code == "file.unwritable" and kind in problem.message and str(target) in problem.message
        assert os.lstat(path).st_ino == before.st_ino and os.lstat(path).st_mode == before.st_mode
    assert not list(tmp_path.glob(".*")), "no part is left"


def test_saving_keeps_permissions_and_links(tmp_path: Path) -> None:
    path = tmp_path / "real.nns"
    link = tmp_path / "link.nns"
    write(SMALL, path)
    path.chmod(0o640)
    link.symlink_to(path)
    assert write(replace(SMALL, name="new"), link) == ()
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    opened = read(path)[0]
    assert opened is not None
    assert opened.name == "new"


def test_a_value_that_no_file_can_hold_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.nns"
    for value, code in ((float("nan"), "file.not_finite"), (object(), "file.wrong_type"), ({1: 2}, "file.wrong_type")):
        bad = replace(SMALL, graph=Graph({"b": Node("b", "t", {"lr": value})}))
        problems = write(bad, path)
        assert problems[0].code == code
        assert "graph.nodes[0].params.lr" in problems[0].message
        assert not path.exists()


def test_text_with_half_a_character_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.nns"
    project = replace(SMALL, name="broken \ud800 emoji")
    assert write(project, path) == ()
    assert read(path) == (project, ())


def test_migrations_run_in_order() -> None:
    steps = {
        0: lambda value: {**value, "name": value["title"]},
        1: lambda value: {**value, "name": value["name"].upper()},
    }
    value, problems = migrate({"format": 0, "title": "old"}, steps, to=2)
    assert problems == ()
    assert value["format"] == 2
    assert value["name"] == "OLD"
    assert migrate({"format": 0}, {}, to=2)[1][0].code == "file.unknown_format"

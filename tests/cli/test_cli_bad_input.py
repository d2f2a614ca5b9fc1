"""Whatever is wrong with what one is given: words that say what and where, exit code 1, and the file untouched."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cli_helpers import Call
from PIL import Image

from nnstudio import Project
from nnstudio.project.file import to_json
from nnstudio.runs.store import RunStore

Json = dict[str, Any]


def sound() -> Json:
    """A sound project, as its file has it."""
    return json.loads(json.dumps(to_json(Project.open("gallery:xor").content)))


def changed(change: Callable[[Json], object]) -> str:
    value = sound()
    change(value)
    return json.dumps(value)


def node(value: Json, id: str) -> Json:
    return next(item for item in value["graph"]["nodes"] if item["id"] == id)


def set_param(id: str, name: str, content: object) -> Callable[[Json], object]:
    return lambda value: node(value, id).setdefault("params", {}).update({name: content})


def add_cycle(value: Json) -> None:
    for wire in value["graph"]["wires"]:
        if wire["to"].partition(".")[0] == "fc1":
            wire["from"] = wire["from"].replace(wire["from"].partition(".")[0], "tanh1")


BAD_FILES = {
    "empty": ("", "ends too early"),
    "no JSON": ("import os; os.system('true')", "JSON"),
    "truncated": (json.dumps(sound())[:-40], "JSON"),
    "another document": ('{"name": "package.json"}', "format|NNStudio"),
    "a list": ("[1, 2, 3]", "."),
    "future format": (changed(lambda value: value.update(format=99)), "99"),
    "deep nesting": ('{"format": 1, "name": ' + "[" * 200_000 + "]" * 200_000 + "}", "deep|nest"),
    "a million nodes": (
        changed(lambda value: value["graph"].update(nodes=[{"id": "a", "type": "x"}] * 1_000_001)),
        "nodes|large|more than",
    ),
    "a node twice": (changed(lambda value: value["graph"]["nodes"].append(node(value, "fc1"))), "fc1"),
    "a wire to nowhere": (
        changed(lambda value: value["graph"]["wires"].append({"from": "fc1.output", "to": "ghost.input"})),
        "ghost",
    ),
    "a cycle": (changed(add_cycle), "feed themselves: fc1 → tanh1"),
    "code as a parameter": (
        changed(set_param("fc1", "out_features", "__import__('os').system('true')")),
        "out_features",
    ),
    "a path as a parameter": (changed(set_param("fc1", "out_features", "/etc/passwd")), "out_features"),
    "a huge layer": (changed(set_param("fc1", "out_features", 10**12)), "fc1|out_features"),
    "an infinite number": (json.dumps(sound()).replace('"epochs": ', '"epochs": 1e999, "epoch": '), "epochs|Infinity"),
    "an unknown layer": (changed(lambda value: node(value, "fc1").update(type="stranger.layer")), "stranger.layer"),
    "an unknown optimizer": (
        changed(lambda value: value["recipe"].update(optimizer={"type": "stranger.sgd"})),
        "stranger.sgd",
    ),
}


@pytest.mark.parametrize("command", ["check", "train"])
@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_project_is_refused_in_words_and_left_alone(nnstudio: Call, home: Path, case: str, command: str) -> None:
    text, words = BAD_FILES[case]
    path = home / "bad.nns"
    path.write_text(text, encoding="utf-8")
    done = nnstudio(command, path)
    assert done.code == 1
    said = done.out if command == "check" else done.err
    assert "error" in said

    assert re.search(words, said), said
    assert path.read_text(encoding="utf-8") == text
    assert {item.name for item in home.iterdir()} == {"bad.nns"}, "nothing may be left behind"


def test_a_project_that_is_no_file(nnstudio: Call, home: Path) -> None:
    for name, words in ((".", "folder"), ("gone.nns", "gone.nns"), ("gallery:nothing", "nothing"), ("", "")):
        done = nnstudio("check", name)
        assert done.code == 1
        assert words in done.out + done.err


# ── data ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def table_project(home: Path, text: str) -> Path:
    table = home / "table.csv"
    table.write_text(text, encoding="utf-8")
    project = Project.open("gallery:xor")
    project.set("data.dataset", "csv")
    project.document.do(_choose_table(project, str(table)))
    return project.save(home / "table.nns")


def _choose_table(project: Project, path: str) -> Any:
    from nnstudio.project.edits import set_field
    from nnstudio.project.project import Entry

    return set_field(project.content, "data", "dataset", Entry("nnstudio.csv", {"path": path, "target": "y"}))


ROWS = [f"{i / 10},{-i / 7:.3f},{'ab'[i % 2]}" for i in range(40)]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([*ROWS[:20], "0.5,,a", *ROWS[20:]], r"missing|empty"),
        ([*ROWS[:20], "0.5,hello,a", *ROWS[20:]], r"hello|text|no number"),
        ([row[:-1] + "a" for row in ROWS], r"one class|only"),
        ([], r"no rows|empty|zero|no row"),
    ],
    ids=["missing values", "text in numbers", "one class", "zero rows"],
)
def test_a_bad_table_is_refused_in_words(nnstudio: Call, home: Path, rows: list[str], words: str) -> None:
    path = table_project(home, "\n".join(["x1,x2,y", *rows, ""]))
    done = nnstudio("train", path, "--no-save")
    assert done.code == 1, done.out
    assert re.search(words, done.err, re.IGNORECASE), done.err
    assert "table.csv" in done.err or "x2" in done.err or "y" in done.err


def test_labels_out_of_range_name_the_sample(nnstudio: Call, home: Path) -> None:
    folder = home / "plugins"
    folder.mkdir()
    (folder / "odd.py").write_text(
        "import numpy as np\n"
        "from nnstudio.api import DataField, Dataset, DatasetSpec, Params, hookimpl\n"
        "def load(params):\n"
        "    labels = np.arange(40) % 2; labels[7] = 5\n"
        "    x = DataField(np.zeros((40, 2), np.float32), 'vector')\n"
        "    return Dataset({'x': x, 'y': DataField(labels, 'label', ('no', 'yes'))}, ('x',), 'y')\n"
        "@hookimpl\n"
        "def register_datasets():\n"
        "    return [DatasetSpec('odd.labels', 'Odd labels', Params, 'odd:load')]\n"
    )
    done = nnstudio("train", "gallery:xor", "--no-save", "--plugins-dir", folder, "--set", "data.dataset=odd.labels")
    assert done.code == 1
    assert "5" in done.err
    assert "7" in done.err


def test_a_broken_picture_is_named(nnstudio: Call, home: Path) -> None:
    for label in ("cat", "dog"):
        (home / "pets" / label).mkdir(parents=True)
        for number in range(8):
            pixels = np.full((8, 8, 3), 20 * number, np.uint8)
            Image.fromarray(pixels).save(home / "pets" / label / f"{number}.png")
    (home / "pets" / "dog" / "3.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    done = nnstudio("datasets", "preview", "images", "--set", f"folder={home / 'pets'}", "--set", "size=8")
    assert done.code == 1
    assert "3.png" in done.err


# ── the disk ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that even root may not write in")
def test_no_permission_to_write_is_said_before_anything_is_trained(nnstudio: Call, xor: Path) -> None:
    done = nnstudio("train", xor, "--runs", "/proc/nowhere")
    assert done.code == 1
    assert "/proc/nowhere" in done.err
    assert "epoch" not in done.out
    done = nnstudio("export", xor, "--to", "python", "--out", "/proc/nowhere")
    assert done.code == 1
    assert "/proc/nowhere" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the system")
def test_a_disk_that_fills_up_ends_the_run_in_words_and_keeps_what_was_written(home: Path, xor: Path) -> None:
    """A limit on the size of any file stands for the full disk."""
    command = [sys.executable, "-m", "nnstudio", "train", str(xor), "--epochs", "1000000"]
    limit = 300_000  # some seconds' worth: a few flushes fit

    import resource  # not on every system

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    done = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=fill)
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    (run,) = RunStore(xor.with_suffix(".runs")).runs()
    assert not run.going
    assert RunStore(xor.with_suffix(".runs")).history(run.id).step > 0


# ── what is typed ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--epochs", "many"), "a whole number"),
        (("--epochs", "0"), "epochs"),
        (("--lr", "-1"), "lr is"),
        (("--lr", "fast"), "lr is 'fast'"),
        (("--batch-size", "-5"), "batch"),
        (("--seed", "-1"), "seed"),
        (("--device", "toaster"), "toaster"),
        (("--set", "recipe.optimiser=sgd"), "Did you mean 'optimizer'"),
        (("--set", "recipe.optimizer"), "a name and a value"),
        (("--set", "=3"), "a name and a value"),
        (("--set", "recipe.optimizer=adamm"), "torch.adam"),
        (("--param", "fc1.out_feature=3"), "out_features"),
        (("--param", "fc7.out_features=3"), "no node 'fc7'"),
        (("--param", "out_features=3"), "a name and a value"),
        (("--resume", "last"), "no run"),
        (("--resume", "20200101-000000-abcd"), "no run"),
        (("--resume", "../.."), "no run"),
        (("--plugins-dir", "nowhere"), "nowhere"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(
    nnstudio: Call, xor: Path, words: tuple[str, ...], said: str
) -> None:
    done = nnstudio("train", xor, *words)
    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert not xor.with_suffix(".runs").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("train",),
        ("train", "a.nns", "--epoch", "3"),
        ("export", "a.nns"),
        ("export", "a.nns", "--to", "fortran", "--out", "x"),
        ("screenshot", "a.nns", "--to", "a.png", "--size", "huge"),
        ("frobnicate", "a.nns"),
        ("plugins", "remove"),
        ("train", "a.nns", "--threads", "two"),
    ],
    ids=" ".join,
)
def test_a_command_that_is_not_understood_returns_2(nnstudio: Call, words: tuple[str, ...]) -> None:
    done = nnstudio(*words)
    assert done.code == 2
    assert "usage:" in done.err


def test_a_slip_in_a_commands_name_is_told(nnstudio: Call) -> None:
    done = nnstudio("trian")
    assert done.code == 1
    assert "Did you mean the command 'train'?" in done.err


# ── plugins ───────────────────────────────────────────────────────────────────────────────────────────────────────────

RAISES = "from nnstudio.api import hookimpl\n@hookimpl\ndef register_layers():\n    raise RuntimeError('no mood')\n"
TWICE = (
    "from nnstudio.api import MetricSpec, hookimpl\n"
    "@hookimpl\ndef register_metrics():\n    return [MetricSpec('nnstudio.accuracy', 'Mine', 'x:y')]\n"
)


@pytest.mark.parametrize(
    ("source", "state", "words"),
    [
        ("import nothing_like_it", "failed", "nothing_like_it"),
        ("def broken(:", "failed", "SyntaxError"),
        (RAISES, "failed", "no mood"),
        (TWICE, "failed", "nnstudio.accuracy"),
        ("NNSTUDIO_API = (1, 999)", "incompatible", "1.999"),
        ("raise SystemExit(3)", "failed", "SystemExit"),
    ],
    ids=["import", "syntax", "hook", "duplicate id", "newer API", "exit"],
)
def test_a_bad_plugin_is_listed_and_the_rest_works(
    nnstudio: Call, xor: Path, home: Path, source: str, state: str, words: str
) -> None:
    (home / "plugins").mkdir()
    name = f"bad_{words.translate(str.maketrans('. ', '__'))}"  # a module of its own: all are loaded into this process
    (home / "plugins" / f"{name}.py").write_text(source)
    listed = nnstudio("plugins", "--json", "--plugins-dir", "plugins", shows_tracebacks=True)
    assert listed.code == 1
    (info,) = [value for value in listed.values if value["name"] == name]
    assert info["state"] == state
    assert words in info["reason"]
    assert nnstudio("train", xor, "--no-save", "--plugins-dir", "plugins").code == 0

"""Each plugin is loaded, disabled, incompatible or failed, with the reason; and one that fails takes nothing else down."""

import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nnstudio import plugins
from nnstudio.plugins import PluginInfo, State, load

GOOD = """
from nnstudio.api import LayerSpec, hookimpl

@hookimpl
def register_layers():
    return [LayerSpec("good.layer", "Good", "activation", call="F.relu({input})")]
"""

HEAD = "from nnstudio.api import LayerSpec, LossSpec, OptimizerSpec, Params, hookimpl\n"


def hook(body: str, name: str = "register_layers") -> str:
    return f"{HEAD}@hookimpl\ndef {name}():\n    {body}\n"


def layer(id: str, extra: str = 'call="F.relu({input})"') -> str:
    return f'LayerSpec("{id}", "Layer", "activation", {extra})'


BROKEN = {
    "does_not_parse": ("def (:", "SyntaxError"),
    "imports_nothing": ("import no_such_module_anywhere", "ModuleNotFoundError: No module named 'no_such_module_anywhere'"),
    "leaves": ("raise SystemExit(3)", "SystemExit: 3"),
    "raises_in_a_hook": (hook("raise RuntimeError('the sky fell')"), "RuntimeError: the sky fell"),
    "raises_while_listing": (hook(f"yield {layer('x.one')}\n    raise ValueError('then this')"), "ValueError: then this"),
    "wrong_type": (hook("return ['swish']"), "register_layers returned 'swish'; a list of LayerSpec is expected."),
    "not_a_list": (hook("return 5"), "TypeError"),
    "loss_where_a_layer_of_another_hook": (hook(f"return [{layer('x.one')}]", "register_losses"), "a list of LossSpec"),
    "misspelt": (hook("return []", "register_layer"), "register_layers"),
    "unknown_category": (hook('return [LayerSpec("x.one", "X", "magic", call="x")]'), "'magic'; there are data, weights"),
    "without_code": (hook('return [LayerSpec("x.one", "X", "activation")]'), "neither `module` nor `call`"),
    "duplicate_id": (hook(f"return [{layer('good.layer')}]"), "which 'good' has already"),
    "twice": (hook(f"return [{layer('x.one')}, {layer('x.one')}]"), "declares the layer 'x.one' twice"),
    "id_without_prefix": (hook(f"return [{layer('swish')}]"), "'swish'; ids are written 'package.name'"),
    "id_of_another_type": (hook('return [LayerSpec(3, "X", "activation", call="x")]'), "the id 3"),
    "params_of_another_type": (hook(f"return [{layer('x.one', 'params=dict, call=chr(120)')}]"), "derived from nnstudio.api.Params"),
    "api_of_another_type": (f"NNSTUDIO_API = 'one'\n{GOOD}", "has NNSTUDIO_API = 'one'; two numbers are expected"),
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_imports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """What a test imports from its folders is forgotten after it; the user's own folder is not looked into."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(plugins, "user_folder", lambda: tmp_path / "nobody's")
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def write(folder: Path, **sources: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(source), "utf-8")
    return folder


def only(folder: Path, name: str) -> PluginInfo:
    return next(info for info in load(bundled=(), folders=[folder]).infos if info.name == name)


def test_a_good_plugin_is_loaded(tmp_path: Path) -> None:
    loaded = load(bundled=(), folders=[write(tmp_path / "p", good=GOOD)])
    (info,) = [info for info in loaded.infos if info.origin == "folder"]
    assert (info.name, info.state, info.reason) == ("good", State.LOADED, "")
    assert info.brought == {"layer": ("good.layer",)}
    assert info.location == str(tmp_path / "p" / "good.py")
    assert loaded.registry.layers["good.layer"].title == "Good"
    assert loaded.registry.origins["layer", "good.layer"] == "good"


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_plugin_is_named_with_its_reason_and_takes_nothing_down(name: str, tmp_path: Path) -> None:
    source, reason = BROKEN[name]
    folder = write(tmp_path / "p", good=GOOD, **{f"zz_{name}": source})
    write(folder, zzz_after=GOOD.replace("good.", "after."))
    loaded = load(bundled=(), folders=[folder])
    states = {info.name: info for info in loaded.infos}
    broken = states[f"zz_{name}"]
    assert broken.state is State.FAILED
    assert reason in broken.reason
    assert broken.brought == {}
    assert (states["good"].state, states["zzz_after"].state) == (State.LOADED, State.LOADED)
    assert set(loaded.registry.layers) == {"good.layer", "after.layer"}, "all of a plugin is taken over, or nothing"
    if "Error" in reason:
        assert "Traceback" in broken.traceback


@pytest.mark.parametrize(
    ("wanted", "cure"), [((1, 1), "Update NNStudio"), ((2, 0), "Update NNStudio"), ((0, 9), "Update the plugin")]
)
def test_another_api_is_incompatible(wanted: tuple[int, int], cure: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "p", newer=f"NNSTUDIO_API = {wanted}\n{GOOD}")
    info = only(folder, "newer")
    assert info.state is State.INCOMPATIBLE
    assert f"wants plugin API {wanted[0]}.{wanted[1]}; this NNStudio has 1.0." in info.reason
    assert cure in info.reason
    assert load(bundled=(), folders=[folder]).registry.layers == {}


def test_an_older_minor_api_is_compatible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "NNSTUDIO_API", (1, 3))
    assert only(write(tmp_path / "p", older=f"NNSTUDIO_API = (1, 2)\n{GOOD}"), "older").state is State.LOADED


def test_a_disabled_plugin_is_listed_and_not_imported(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", off="raise RuntimeError('imported')", good=GOOD)
    infos = load(bundled=(), folders=[folder], disabled=["off"]).infos
    states = {info.name: info.state for info in infos if info.origin == "folder"}
    assert states == {"off": State.DISABLED, "good": State.LOADED}


def test_half_a_module_is_not_kept(tmp_path: Path) -> None:
    assert only(write(tmp_path / "p", zz_half="x = 1\nraise RuntimeError"), "zz_half").state is State.FAILED
    assert "zz_half" not in sys.modules


def test_a_plugin_without_marked_hooks_says_so(tmp_path: Path) -> None:
    info = only(write(tmp_path / "p", unmarked="def register_layers():\n    return []"), "unmarked")
    assert info.state is State.LOADED
    assert "@hookimpl" in info.reason


@pytest.mark.parametrize("name", ["random", "json", "os", "sys", "torch", "nnstudio"])
def test_a_plugin_never_stands_in_for_another_module(name: str, tmp_path: Path) -> None:
    before = sys.modules.get(name)
    info = only(write(tmp_path / "p", **{name: GOOD}), name)
    assert info.state is State.FAILED
    assert "Rename the plugin" in info.reason
    assert sys.modules.get(name) is before


def test_a_part_of_another_plugin_is_told_its_name(tmp_path: Path) -> None:
    info = only(write(tmp_path / "p", good=GOOD, swish_torch="ANSWER = 42"), "swish_torch")
    assert info.state is State.LOADED
    assert "call it '_swish_torch.py'" in info.reason


def test_the_same_name_in_two_folders_is_refused_the_second_time(tmp_path: Path) -> None:
    first = write(tmp_path / "one", same=GOOD)
    second = write(tmp_path / "two", same=GOOD.replace("good.", "other."))
    loaded = load(bundled=(), folders=[first, second])
    assert [info.state for info in loaded.infos if info.name == "same"] == [State.LOADED, State.FAILED]
    assert set(loaded.registry.layers) == {"good.layer"}


def test_a_folder_can_be_loaded_again(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", good=GOOD)
    for _ in range(2):
        assert only(folder, "good").state is State.LOADED


def test_packages_files_and_what_is_neither(tmp_path: Path) -> None:
    folder = write(tmp_path / "p", good=GOOD, _private="raise RuntimeError", __init__="raise RuntimeError")
    package = folder / "packed"
    package.mkdir()
    (package / "__init__.py").write_text(
        GOOD.replace("good.", "packed.").replace('call="F.relu({input})"', 'module="packed.code:Layer"')
    )
    (package / "code.py").write_text("class Layer:\n    pass\n")
    (folder / "data").mkdir()
    (folder / ".hidden.py").write_text("raise RuntimeError")
    (folder / "notes.txt").write_text("nothing")
    loaded = load(bundled=(), folders=[folder])
    assert [info.name for info in loaded.infos if info.origin == "folder"] == ["good", "packed"]
    assert plugins.resolve("packed.code:Layer").__name__ == "Layer"


def test_the_users_own_folder_and_safe_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(tmp_path / "mine", good=GOOD)
    monkeypatch.setattr(plugins, "user_folder", lambda: folder)
    assert "good.layer" in load(bundled=()).registry.layers
    safe = load(bundled=("nnstudio_schedules",), folders=[folder], safe_mode=True)
    assert [info.name for info in safe.infos] == ["nnstudio_schedules"]


def test_the_users_folder_is_the_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert plugins.user_folder() == tmp_path / "nnstudio" / "plugins"


def test_an_entry_point_that_fails_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    entry = EntryPoint("far", "no_such_package_anywhere", "nnstudio.plugins")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [entry])
    (info,) = load(bundled=()).infos
    assert (info.name, info.origin, info.state) == ("far", "installed", State.FAILED)


def test_a_missing_bundled_plugin_takes_nothing_down() -> None:
    loaded = load(bundled=("nnstudio_missing", "nnstudio_schedules"), safe_mode=True)
    assert [info.state for info in loaded.infos] == [State.FAILED, State.LOADED]
    assert "nnstudio.cosine" in loaded.registry.schedules


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nnstudio", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_the_command_line_lists_them(tmp_path: Path) -> None:
    folder = write(
        tmp_path / "p", good=GOOD, bad="raise RuntimeError('the sky fell')", newer=f"NNSTUDIO_API = (9, 0)\n{GOOD}"
    )
    listed = run("plugins", "list", "--json", "--plugins-dir", str(folder))
    infos: dict[str, Any] = {info["name"]: info for info in map(json.loads, listed.stdout.splitlines())}
    assert {name: infos[name]["state"] for name in ("good", "bad", "newer")} == {
        "good": "loaded",
        "bad": "failed",
        "newer": "incompatible",
    }
    assert "the sky fell" in infos["bad"]["traceback"]
    safe = run("plugins", "list", "--json", "--plugins-dir", str(folder), "--safe-mode")
    assert {json.loads(line)["origin"] for line in safe.stdout.splitlines()} == {"bundled"}
    for_people = run("plugins", "list", "--plugins-dir", str(folder))
    assert "the sky fell" in for_people.stdout

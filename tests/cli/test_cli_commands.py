"""What each command does, says and returns when all is well."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_helpers import Call
from PIL import Image

from nnstudio.runs.store import RunStore
from nnstudio.terminal.commands import COMMANDS

EPOCH = re.compile(r"epoch (\d)/3  train loss [\d.e-]+  .*validation accuracy [\d.]+ %")


# ── help ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples_and_exit_codes(nnstudio: Call, command: str) -> None:
    done = nnstudio(command, "--help")
    assert done.code == 0
    assert f"usage: nnstudio {command}" in done.out
    examples = done.out.partition("examples:")[2].partition("exit codes:")[0]
    assert "nnstudio" in examples
    assert "interrupted" in done.out


def test_the_main_help_names_every_command(nnstudio: Call) -> None:
    done = nnstudio("--help")
    assert done.code == 0
    assert set(COMMANDS) <= set(re.findall(r"^    (\w+)", done.out, re.MULTILINE))


def test_the_examples_in_the_help_can_be_parsed(nnstudio: Call) -> None:
    from nnstudio.cli import _parser

    lines = [
        line.partition("(then")[0].partition(">")[0] for _, _, text in COMMANDS.values() for line in text.splitlines()
    ]
    examples = [shlex.split(line)[1:] for line in lines if line.strip().startswith("nnstudio")]
    assert len(examples) > 10
    for words in examples:
        assert callable(_parser().parse_args(words).handler)


def test_version(nnstudio: Call) -> None:
    from nnstudio import __version__

    assert nnstudio("--version").out == f"NNStudio {__version__}\n"


# ── train ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_training_says_a_line_an_epoch_then_the_test_and_where_the_run_lies(nnstudio: Call, xor: Path) -> None:
    before = xor.read_bytes()
    done = nnstudio("train", xor)
    assert (done.code, done.err) == (0, "")
    assert EPOCH.findall(done.out) == ["1", "2", "3"]
    assert re.search(r"^Test: loss [\d.]+, accuracy [\d.]+ %$", done.out, re.MULTILINE)
    (run,) = RunStore(xor.with_suffix(".runs")).runs()
    assert done.out.splitlines()[-1] == f"Run: {run.folder}"
    assert (run.state, run.epochs) == ("done", 3)
    assert xor.read_bytes() == before


def test_training_as_json_is_one_object_a_line(nnstudio: Call, xor: Path) -> None:
    done = nnstudio("train", xor, "--json", "--no-save")
    assert (done.code, done.err) == (0, "")
    kinds = [value["event"] for value in done.values]
    assert kinds[0] == "run_started"
    assert kinds[-1] == "finished"
    assert kinds.count("epoch_ended") == 3
    steps = [loss for value in done.values if value["event"] == "steps" for loss in value["values"]["loss"]]
    assert len(steps) == done.values[-1]["step"]
    assert done.values[-1]["values"]["test/accuracy"] <= 1
    assert not xor.with_suffix(".runs").exists()


def test_the_same_seed_gives_the_same_numbers_and_another_one_others(nnstudio: Call, xor: Path) -> None:
    def last(*words: str) -> dict[str, float]:
        return nnstudio("train", xor, "--json", "--no-save", *words).values[-1]["values"]

    assert last() == last()
    assert last() != last("--seed", "7")


def test_a_project_of_the_gallery_keeps_its_runs_in_the_users_own_folder(nnstudio: Call, tmp_path: Path) -> None:
    done = nnstudio("train", "gallery:xor", "--epochs", "2")
    assert done.code == 0
    folder = Path(done.out.splitlines()[-1].removeprefix("Run: "))
    assert (tmp_path / "data") in folder.parents
    assert json.loads((folder / "project.nns").read_text())["recipe"]["epochs"] == 2
    listed = nnstudio("runs", "gallery:xor")
    assert folder.name in listed.out
    assert "2/2" in listed.out


def test_options_change_the_run_and_not_the_file(nnstudio: Call, xor: Path) -> None:
    done = nnstudio(
        *("train", xor, "--epochs", "1", "--batch-size", "0", "--set", "recipe.optimizer=sgd"),
        *("--set", "recipe.optimizer.momentum=0.5", "--lr", "0.25", "--param", "fc1.out_features=5", "--name", "slow"),
    )
    assert done.code == 0, done.err
    store = RunStore(xor.with_suffix(".runs"))
    (run,) = store.runs()
    project = store.project(run.id)
    assert run.name == "slow"
    assert run.step == 1
    assert project.recipe.optimizer.type == "torch.sgd"
    assert project.recipe.optimizer.params == {"momentum": 0.5, "lr": 0.25}
    assert project.graph.nodes["fc1"].params["out_features"] == 5


def test_a_run_is_gone_on_with(nnstudio: Call, xor: Path) -> None:
    assert nnstudio("train", xor, "--epochs", "2").code == 0
    done = nnstudio("train", xor, "--resume", "last", "--epochs", "3")
    assert done.code == 0, done.err
    assert EPOCH.findall(done.out) == ["3"]
    (run,) = RunStore(xor.with_suffix(".runs")).runs()
    assert run.epochs == 3
    assert nnstudio("runs", xor, "--json").values[0]["id"] == run.id


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_stops_at_a_step_keeps_the_checkpoint_and_returns_130(home: Path, xor: Path) -> None:
    command = [sys.executable, "-m", "nnstudio", "train", str(xor), "--epochs", "1000000", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        while json.loads(process.stdout.readline())["event"] != "epoch_ended":
            pass
        process.send_signal(signal.SIGINT)
        *_, last = [json.loads(line) for line in process.stdout]
        said = process.stderr.read()
        assert process.wait() == 130
    assert (last["event"], last["reason"]) == ("finished", "stopped")
    assert "Stopping" in said
    assert "Traceback" not in said
    (run,) = RunStore(xor.with_suffix(".runs")).runs()
    assert (run.state, run.step) == ("stopped", last["step"])
    assert run.resumable


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
@pytest.mark.parametrize("no_color", ["", "1"])
def test_on_a_terminal_there_is_a_bar_and_colour_only_where_wanted(home: Path, xor: Path, no_color: str) -> None:
    import pty

    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "NO_COLOR": no_color}
    command = [sys.executable, "-m", "nnstudio", "train", str(xor), "--no-save"]
    with subprocess.Popen(command, stdout=theirs, stderr=subprocess.PIPE, env=env) as process:
        os.close(theirs)
        said = b""
        try:
            while part := os.read(ours, 65536):
                said += part
        except OSError:
            pass  # the other end is closed
        assert process.wait() == 0
    os.close(ours)
    assert b"steps/s" in said
    assert b"Test: loss" in said
    assert (b"\x1b[3" in said) == (not no_color)


def test_who_reads_only_the_first_line_is_not_complained_at(home: Path, xor: Path) -> None:
    command = f"{sys.executable} -m nnstudio train {xor} --no-save --epochs 200 --json | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["event"] == "run_started"
    assert done.stderr == ""


# ── check, export, lists ──────────────────────────────────────────────────────────────────────────────────────────────


def test_check_finds_nothing_wrong_with_a_sound_project(nnstudio: Call, xor: Path) -> None:
    for words in ((), ("--fast",)):
        done = nnstudio("check", xor, *words)
        assert (done.code, done.out, done.err) == (0, "No problems.\n", "")
    (value,) = nnstudio("check", xor, "--json").values
    assert value == {"project": str(xor), "ok": True, "problems": []}


def test_check_groups_problems_by_place_and_says_what_to_do(nnstudio: Call, home: Path) -> None:
    from nnstudio import Project

    project = Project.new(dataset="digits")
    project.add("linear", out_features=10, after="input", name="fc")
    path = project.save(home / "broken.nns")
    done = nnstudio("check", path)
    assert done.code == 1
    assert "Model\n" in done.out
    assert "no loss" in done.out
    assert "'fc' expects a vector" in done.out
    assert "→" in done.out
    assert re.search(r"^\d errors?", done.out.splitlines()[-1])
    fast = nnstudio("check", path, "--fast", "--json").values[0]
    slow = nnstudio("check", path, "--json").values[0]
    assert not fast["ok"]
    assert {problem["code"] for problem in fast["problems"]} < {problem["code"] for problem in slow["problems"]}


def test_export_writes_a_script_and_its_data_and_overwrites_only_when_told(
    nnstudio: Call, xor: Path, home: Path
) -> None:
    done = nnstudio("export", xor, "--to", "python", "--out", "code")
    assert (done.code, done.err) == (0, "")
    assert {Path(line).name for line in done.out.splitlines()} == {"train.py", "data.npz"}
    assert nnstudio("export", xor, "--to", "python", "--out", "code").code == 1
    assert nnstudio("export", xor, "--to", "python", "--out", "code", "--force").code == 0


def test_export_writes_the_weights_of_a_run(nnstudio: Call, xor: Path, home: Path) -> None:
    none = nnstudio("export", xor, "--to", "state_dict", "--out", "weights.safetensors")
    assert none.code == 1
    assert "no run" in none.err
    assert nnstudio("train", xor).code == 0
    assert nnstudio("export", xor, "--to", "state_dict", "--out", "weights.safetensors").code == 0
    from safetensors.torch import load_file

    import nnstudio as package

    module = package.compile(str(xor))
    module.load_state_dict(load_file("weights.safetensors"))


def test_plugins_are_listed_with_their_state(nnstudio: Call) -> None:
    done = nnstudio("plugins", "list", "--safe-mode")
    assert re.search(r"^nnstudio_layers +loaded +bundled +\d+ layers", done.out, re.MULTILINE)
    by_name = {value["name"]: value for value in nnstudio("plugins", "--json", "--safe-mode").values}
    assert by_name["nnstudio_layers"]["state"] == "loaded"
    assert "torch.linear" in by_name["nnstudio_layers"]["brought"]["layer"]


def test_a_failed_plugin_is_told_of_everywhere_and_takes_nothing_down(nnstudio: Call, xor: Path, home: Path) -> None:
    folder = home / "plugins"
    folder.mkdir()
    (folder / "clumsy.py").write_text("import not_there_at_all\n")
    code = nnstudio("train", xor, "--no-save", "--plugins-dir", folder)
    assert code.code == 0
    assert "'clumsy' is failed" in code.err
    assert nnstudio("train", xor, "--no-save", "--plugins-dir", folder, "--safe-mode").err == ""
    listed = nnstudio("plugins", "--plugins-dir", folder, shows_tracebacks=True)  # the one place that does
    assert listed.code == 1
    assert "ModuleNotFoundError: No module named 'not_there_at_all'" in listed.out


def test_options_about_plugins_may_stand_before_the_command(nnstudio: Call, xor: Path) -> None:
    assert nnstudio("--safe-mode", "check", xor, "--fast").code == 0


def test_datasets_are_listed_and_looked_into(nnstudio: Call) -> None:
    assert re.search(r"^nnstudio.moons +2-D", nnstudio("datasets").out, re.MULTILINE)
    assert "nnstudio.iris" in {value["id"] for value in nnstudio("datasets", "list", "--json").values}
    done = nnstudio("datasets", "preview", "iris")
    assert done.code == 0
    assert "150 samples" in done.out
    assert "petal width: 0.1 … 2.5" in done.out
    (value,) = nnstudio("datasets", "preview", "moons", "--set", "samples=50", "--json").values
    assert sum(map(sum, value["class_counts"])) == value["info"]["samples"] <= 100


def test_the_gallery_is_listed_by_names_that_open(nnstudio: Call) -> None:
    projects = [value["project"] for value in nnstudio("gallery", "--json").values]
    assert len(projects) >= 7
    for project in projects:
        assert nnstudio("check", project, "--fast").code == 0
    assert projects[0] in nnstudio("gallery").out


def test_without_a_display_opening_the_app_says_how_to_go_on(
    nnstudio: Call, xor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    done = nnstudio(str(xor))
    assert done.code == 1
    assert "no display" in done.err
    assert f"nnstudio train {xor}" in done.err


def test_python_dash_m_nnstudio_is_the_same() -> None:
    done = subprocess.run([sys.executable, "-m", "nnstudio", "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("NNStudio ")


def test_a_screenshot_is_the_window_in_the_size_that_was_asked_for(home: Path, xor: Path) -> None:
    command = [sys.executable, "-m", "nnstudio", "screenshot", str(xor), "--to", "xor.png", "--size", "900x600"]
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [*command, "--scale", "1", "--theme", "light"], capture_output=True, text=True, env=env, check=False
    )
    assert (done.returncode, done.stdout) == (0, "xor.png\n"), done.stderr
    with Image.open("xor.png") as picture:
        assert picture.size == (900, 600)
        assert len(picture.getcolors(900 * 600) or ()) > 50
    assert {item.name for item in home.iterdir()} == {"xor.nns", "xor.png"}


def test_a_screenshot_of_nothing_and_into_nowhere_is_refused(nnstudio: Call, xor: Path) -> None:
    assert "gone.nns" in nnstudio("screenshot", "gone.nns", "--to", "x.png").err
    assert "nowhere" in nnstudio("screenshot", xor, "--to", "nowhere/x.png").err

"""A run in an engine: told, steered, recorded; and what becomes of it when something dies."""

import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_helpers import PATIENCE, Listener, running_engine

from nnstudio.client import Engine
from nnstudio.events import Changed, EpochEnded, Failed, Finished, Paused, Resumed, RunStarted, Steps
from nnstudio.project.project import Project
from nnstudio.protocol import Frame, pack, read_frame
from nnstudio.replies import EngineError
from nnstudio.runs.history import History
from nnstudio.runs.store import RunStore

Started = tuple[Engine, Listener]


def history(listener: Listener) -> History:
    told = History()
    for event in listener.events:
        told.add(event)
    return told


def steps_done(events: list[Any]) -> int:
    return max((event.first + len(event.values["loss"]) for event in events if isinstance(event, Steps)), default=0)


def seen(kind: type) -> Any:
    return lambda events: [event for event in events if isinstance(event, kind)]


def test_a_run_is_told_and_recorded_alike(engine: Started, xor: Project, tmp_path: Path) -> None:
    trainer, listener = engine
    last = trainer.request("train", {"project": xor, "folder": str(tmp_path / "xor.runs"), "name": "first"}).result(
        PATIENCE
    )
    assert isinstance(last, Finished)
    assert last.reason == "done"
    assert listener.events[-1] == last
    assert isinstance(listener.events[0], RunStarted)
    told = history(listener)
    assert (told.epoch, told.step) == (5, 5 * told.started.steps_per_epoch)

    store = RunStore(tmp_path / "xor.runs")
    (run,) = store.runs()
    assert str(run.folder) == listener.events[0].folder
    assert (run.name, run.state, run.epochs, run.planned) == ("first", "done", 5, 5)
    assert run.values == last.values
    assert run.data_fingerprint
    kept = store.history(run.id)
    for name in ("loss", "lr", "accuracy"):
        np.testing.assert_array_equal(np.stack(kept.steps(name)), np.stack(told.steps(name)))
    for name in told.epoch_names:
        np.testing.assert_array_equal(np.stack(kept.epochs(name)), np.stack(told.epochs(name)))
    assert kept.state == "done"
    np.testing.assert_array_equal(kept.predictions["validation"].target, told.predictions["validation"].target)
    assert store.project(run.id) == xor


def test_pause_step_resume_and_stop_land_at_steps(engine: Started, endless: Project, tmp_path: Path) -> None:
    trainer, listener = engine
    running = trainer.request("train", {"project": endless, "folder": str(tmp_path)})
    listener.wait_for(lambda events: steps_done(events) > 20)
    trainer.send("pause")
    (paused,) = listener.wait_for(seen(Paused))
    assert steps_done(listener.events) == paused.step
    (run,) = RunStore(tmp_path).runs()
    assert run.state == "paused"

    trainer.send("step")
    listener.wait_for(lambda events: len(seen(Paused)(events)) == 2)
    assert listener.last(Paused).step == paused.step + 1 == steps_done(listener.events)

    trainer.send("resume")
    listener.wait_for(seen(Resumed))
    listener.wait_for(lambda events: steps_done(events) > paused.step + 20)
    trainer.send("stop")
    last = running.result(PATIENCE)
    assert (type(last), last.reason, last.step) == (Finished, "stopped", steps_done(listener.events))
    (run,) = RunStore(tmp_path).runs()
    assert run.state == "stopped"
    assert run.resumable


def test_a_stop_right_behind_the_start_is_not_lost(engine: Started, endless: Project) -> None:
    trainer, _ = engine
    running = trainer.request("train", {"project": endless})
    trainer.send("stop")
    assert running.result(PATIENCE).reason == "stopped"


def test_while_it_trains_it_refuses_the_rest_at_once(engine: Started, endless: Project, xor: Project) -> None:
    trainer, listener = engine
    running = trainer.request("train", {"project": endless})
    listener.wait_for(seen(Steps))
    for request in ("inspect", "train", "prepare"):
        with pytest.raises(EngineError, match="training"):
            trainer.request(request, {"project": xor}).result(PATIENCE)
    trainer.send("stop")
    running.result(PATIENCE)
    assert trainer.request("inspect", {"project": xor}).result(PATIENCE).plan.parameters == 42


def test_a_run_goes_on_where_it_was_stopped(engine: Started, xor: Project, tmp_path: Path) -> None:
    """Stopped in the middle and gone on with, its record is that of a run that was never stopped."""
    trainer, listener = engine
    longer = replace(xor, recipe=replace(xor.recipe, epochs=12))
    whole = trainer.request("train", {"project": longer, "folder": str(tmp_path / "whole")}).result(PATIENCE)
    trainer.send("step")  # of no run: nothing happens
    running = trainer.request("train", {"project": longer, "folder": str(tmp_path / "parts")})
    trainer.send("step")
    listener.wait_for(seen(Paused))
    trainer.send("stop")
    assert running.result(PATIENCE).reason == "stopped"
    (run,) = RunStore(tmp_path / "parts").runs()
    again = trainer.request("train", {"project": longer, "resume": str(run.folder)}).result(PATIENCE)
    assert again.reason == "done"
    (run,) = RunStore(tmp_path / "parts").runs()
    assert (run.state, run.epochs) == ("done", 12)
    assert again.values == whole.values
    one = RunStore(tmp_path / "whole")
    two = RunStore(tmp_path / "parts")
    for name in ("loss", "accuracy"):
        expected, found = (store.history(store.runs()[0].id).steps(name) for store in (one, two))
        np.testing.assert_array_equal(np.stack(found), np.stack(expected))


def test_a_tiny_network_does_not_flood_its_listener(xor: Project) -> None:
    """Hundreds of epochs a second, few messages: counted on the wire, not at the callback."""
    many = replace(xor, recipe=replace(xor.recipe, epochs=150))
    command = [sys.executable, "-m", "nnstudio.engine.serve", "--safe-mode", "--no-warm-up"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pack(Frame("train", 1, {"project": many})))
        process.stdin.flush()
        frames: list[Frame] = []
        while not frames or frames[-1].type != "reply":
            frame = read_frame(process.stdout)  # type: ignore[arg-type]
            assert frame is not None
            frames.append(frame)
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
    messages = [frame for frame in frames if frame.type == "events"]
    events = [event for frame in messages for event in frame.value]
    assert len([event for event in events if isinstance(event, EpochEnded)]) == 150
    assert len(messages) <= 25 * events[-1].seconds + 30


def test_a_listener_that_fails_does_not_end_the_conversation(xor: Project, caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: Any) -> None:
        raise ZeroDivisionError(type(event).__name__)

    with Engine(["--safe-mode"], on_event=fail, warm=False) as engine:
        assert engine.request("train", {"project": xor}).result(PATIENCE).reason == "done"
        assert engine.request("hello").result(PATIENCE).pid == engine.pid
    assert "RunStarted" in caplog.text


def test_the_command_line_is_an_engine_too(xor: Project) -> None:
    command = [sys.executable, "-m", "nnstudio", "engine"]
    with Engine(["--safe-mode"], command=command, threads=1) as engine:
        assert engine.hello.result(PATIENCE).threads == 1
        assert engine.ready.result(PATIENCE) is None  # after a dummy optimizer step
        assert engine.request("inspect", {"project": xor}).result(PATIENCE).plan.parameters == 42


# ── mishaps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_project_with_errors_fails_with_them_and_leaves_no_run(engine: Started, tmp_path: Path) -> None:
    trainer, listener = engine
    last = trainer.request("train", {"project": Project(), "folder": str(tmp_path / "runs")}).result(PATIENCE)
    assert isinstance(last, Failed)
    assert {problem.code for problem in last.problems} >= {"graph.no_loss", "data.none"}
    assert listener.events == [last]
    assert not (tmp_path / "runs").exists()


def test_a_folder_that_cannot_be_written_fails_with_its_name(engine: Started, xor: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    last = engine[0].request("train", {"project": xor, "folder": str(tmp_path / "file" / "runs")}).result(PATIENCE)
    assert isinstance(last, Failed)
    assert str(tmp_path / "file") in last.problems[0].message


def test_a_killed_engine_is_said_to_be_and_its_run_reads_as_crashed(
    mortal: Started, endless: Project, tmp_path: Path
) -> None:
    trainer, listener = mortal
    running = trainer.request("train", {"project": endless, "folder": str(tmp_path)})
    store = RunStore(tmp_path)
    listener.wait_for(lambda events: seen(EpochEnded)(events) and len(store.history(store.runs()[0].id).epoch_names))
    assert store.runs()[0].going
    os.kill(trainer.pid, signal.SIGKILL)
    with pytest.raises(EngineError, match="signal 9"):
        running.result(PATIENCE)
    assert listener.gone.wait(PATIENCE)
    assert listener.problem is not None
    assert "SIGKILL" in listener.problem.message
    assert "memory" in listener.problem.remedy
    assert not trainer.alive
    (run,) = store.runs()
    assert run.state == "crashed"
    kept = store.history(run.id)
    assert kept.state == "crashed"
    assert 0 < kept.step <= steps_done(listener.events)
    np.testing.assert_array_equal(kept.steps("loss")[1], history(listener).steps("loss")[1][: kept.step])
    with pytest.raises(EngineError, match="ended"):
        trainer.request("hello").result(PATIENCE)
    trainer.send("stop")  # to nobody: says nothing


def test_an_engine_that_was_asked_to_go_is_no_crash(mortal: Started, endless: Project, tmp_path: Path) -> None:
    trainer, listener = mortal
    running = trainer.request("train", {"project": endless, "folder": str(tmp_path)})
    listener.wait_for(seen(Steps))
    trainer.close(PATIENCE)
    assert listener.gone.is_set()
    assert listener.problem is None
    assert running.result(PATIENCE).reason == "stopped"
    assert RunStore(tmp_path).runs()[0].state == "stopped"


def test_a_command_that_does_not_exist_says_so() -> None:
    with pytest.raises(EngineError, match="no-such-program"):
        Engine(command=["no-such-program"])


def test_a_program_that_is_no_engine_is_found_out() -> None:
    for words, expected in (
        ("print('hello, I am no engine')", "cannot be understood"),
        ("raise SystemExit(3)", "exit code 3"),
    ):
        with running_engine("--safe-mode", command=[sys.executable, "-c", words]) as (engine, listener):
            assert listener.gone.wait(PATIENCE)
            assert listener.problem is not None
            assert expected in listener.problem.message
            with pytest.raises(EngineError):
                engine.hello.result(PATIENCE)


def test_an_engine_ends_when_its_input_ends(endless: Project, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "nnstudio.engine.serve", "--safe-mode", "--no-warm-up"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(pack(Frame("train", 1, {"project": endless, "folder": str(tmp_path)})))
        process.stdin.flush()
        while True:
            frame = read_frame(process.stdout)  # type: ignore[arg-type]
            assert frame is not None
            if frame.type == "events" and any(isinstance(event, Steps) for event in frame.value):
                break
        process.stdin.close()
        process.stdout.close()
        assert process.wait(PATIENCE) in (0, 1)
    assert not RunStore(tmp_path).runs()[0].going


def test_an_engine_refuses_noise_and_ends() -> None:
    command = [sys.executable, "-m", "nnstudio.engine.serve", "--safe-mode", "--no-warm-up"]
    done = subprocess.run(
        command, input=b"GET / HTTP/1.1\r\n\r\n" * 4, capture_output=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 1
    assert b"cannot understand" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_an_engine_does_not_outlive_its_parent(endless: Project, tmp_path: Path) -> None:
    """A process in between starts an engine and a run, and is killed: nothing of it may remain."""
    project = tmp_path / "endless.nns"
    from nnstudio.project import file

    assert file.write(endless, project) == ()
    between = textwrap.dedent("""
        import sys, threading
        from nnstudio.client import Engine
        from nnstudio.events import Steps
        from nnstudio.project import file
        started = threading.Event()
        engine = Engine(["--safe-mode"], on_event=lambda event: isinstance(event, Steps) and started.set(), warm=False)
        engine.request("train", {"project": file.read(sys.argv[1])[0]})
        started.wait()
        print(engine.pid, flush=True)
        threading.Event().wait()
    """)
    with subprocess.Popen([sys.executable, "-c", between, str(project)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        handle = os.pidfd_open(pid)
        process.kill()
        process.wait(PATIENCE)
    import select

    try:
        assert select.select([handle], [], [], PATIENCE)[0], f"engine {pid} is still there"
    finally:
        os.close(handle)


def test_a_live_change_is_told_and_recorded_and_a_fork_begins_from_the_run(
    engine: Started, endless: Project, tmp_path: Path
) -> None:
    trainer, listener = engine
    running = trainer.request("train", {"project": endless, "folder": str(tmp_path)})
    listener.wait_for(lambda events: steps_done(events) > 20)
    trainer.send("change", {"path": "recipe.optimizer.lr", "value": 0.001})
    trainer.send("change", {"path": "recipe.seed", "value": 4})
    made, refused = listener.wait_for(lambda events: seen(Changed)(events) if len(seen(Changed)(events)) == 2 else [])
    assert (made.path, made.after, made.problem) == ("recipe.optimizer.lr", 0.001, None)
    assert refused.problem is not None
    trainer.send("stop")
    assert running.result(PATIENCE).reason == "stopped"
    store = RunStore(tmp_path)
    (run,) = store.runs()
    assert store.changes(run.id) == store.history(run.id).changed == (made,)

    short = replace(endless, recipe=replace(endless.recipe, epochs=1))
    last = trainer.request("train", {"project": short, "folder": str(tmp_path), "fork": str(run.folder)}).result(
        PATIENCE
    )
    assert isinstance(last, Finished)
    assert last.epoch == 1
    assert len(store.runs()) == 2

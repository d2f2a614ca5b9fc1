"""Pause, resume, stop and single step, from other threads."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from nnstudio.train.control import Control


def waiting(control: Control) -> threading.Thread:
    thread = threading.Thread(target=control.wait, daemon=True)
    thread.start()
    return thread


def test_a_fresh_one_asks_for_nothing() -> None:
    control = Control()
    assert not control.asks
    assert not control.paused
    control.wait()


def test_resume_ends_the_wait() -> None:
    control = Control()
    control.pause()
    thread = waiting(control)
    thread.join(0.05)
    assert thread.is_alive()
    control.resume()
    thread.join(10)
    assert not thread.is_alive()
    assert not control.asks


def test_stop_ends_the_wait_and_stays() -> None:
    control = Control()
    control.pause()
    thread = waiting(control)
    control.stop()
    thread.join(10)
    assert not thread.is_alive()
    control.resume()
    assert control.stopped
    assert control.asks


def test_each_single_step_is_one_wait() -> None:
    control = Control()
    control.step()
    control.step()
    control.wait()
    control.wait()
    assert control.paused
    thread = waiting(control)
    thread.join(0.05)
    assert thread.is_alive()
    control.step()
    thread.join(10)
    assert not thread.is_alive()


@given(st.lists(st.sampled_from(["pause", "resume", "step"]), max_size=12))
def test_asks_exactly_while_paused_or_stopped(calls: list[str]) -> None:
    control = Control()
    for call in calls:
        getattr(control, call)()
    expected = bool(calls) and calls[-1] != "resume"
    assert control.asks is expected
    control.stop()
    assert control.asks
    assert not control.paused

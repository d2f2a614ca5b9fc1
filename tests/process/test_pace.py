"""Events go out at once while they are few and together when they are many; none is lost, none is held back for long."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.engine.pace import BURST, PER_SECOND, Pace
from nnstudio.events import EpochEnded, Event, Finished, NodeStats, Paused, Predictions, Resumed, Steps

NOTHING = np.zeros(0)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def predictions(epoch: int, part: str) -> Predictions:
    return Predictions(epoch, part, NOTHING, NOTHING, NOTHING, NOTHING)


def test_slow_events_go_out_one_by_one_at_once() -> None:
    clock, sent = Clock(), list[list[Event]]()
    pace = Pace(lambda events: sent.append(list(events)), clock)
    for number in range(200):
        clock.now += 1 / PER_SECOND
        pace.add(Steps(number, {}))
        assert sent[-1] == [Steps(number, {})]


def test_what_a_person_waits_for_never_waits() -> None:
    clock, sent = Clock(), list[list[Event]]()
    pace = Pace(lambda events: sent.append(list(events)), clock)
    for number in range(1000):
        pace.add(EpochEnded(number, number, {}))
    for event in (Paused(1), Resumed(1), Finished("done", 1, 1)):
        pace.add(event)
        assert sent[-1][-1] == event


moments = st.tuples(
    st.floats(0, 0.2),
    st.one_of(
        st.builds(Steps, st.integers(), st.just({})),
        st.builds(EpochEnded, st.integers(), st.integers(), st.just({})),
        st.builds(predictions, st.integers(), st.sampled_from(["validation", "test"])),
        st.builds(NodeStats, st.integers(), st.just({})),
        st.builds(Paused, st.integers()),
    ),
)


@given(st.lists(moments, max_size=60))
def test_all_events_come_in_order_but_outdated_ones(timeline: list[tuple[float, Event]]) -> None:
    clock, sent = Clock(), list[Sequence[Event]]()
    pace = Pace(sent.append, clock)
    for wait, event in timeline:
        clock.now += wait
        pace.add(event)
    pace.flush()
    arrived = iter([id(event) for message in sent for event in message])
    added = [event for _, event in timeline]
    kept = {id(event) for message in sent for event in message}
    assert all(id(event) in arrived for event in added if id(event) in kept), "out of order"
    lost = [event for event in added if id(event) not in kept]
    assert all(isinstance(event, Predictions | NodeStats) for event in lost)
    for kind, part in ((Predictions, "validation"), (Predictions, "test"), (NodeStats, None)):
        same = [event for event in added if isinstance(event, kind) and getattr(event, "part", None) == part]
        assert not same or id(same[-1]) in kept, "the newest picture is missing"


@given(st.lists(st.floats(0, 0.01), min_size=50, max_size=300))
def test_a_flood_is_held_to_the_pace(waits: list[float]) -> None:
    clock, sent = Clock(), list[Sequence[Event]]()
    pace = Pace(sent.append, clock)
    for number, wait in enumerate(waits):
        clock.now += wait
        pace.add(EpochEnded(number, number, {}))
    assert len(sent) <= clock.now * PER_SECOND + BURST + 1

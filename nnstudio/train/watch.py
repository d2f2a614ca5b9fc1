"""What is shown while the network learns, beside the curves: predictions and each node's statistics. They cost a fixed small share of the time."""

from collections.abc import Iterator
from time import perf_counter

from nnstudio.events import NodeStats, Predictions
from nnstudio.train.measure import Measured, measure, predictions
from nnstudio.train.run import Run
from nnstudio.train.statistics import node_statistics
from nnstudio.train.tensors import tensor_of

SHARE = 0.003  # of the time, for each kind of look
INTERVAL = 1.0  # seconds at least between two of a kind
LAST = 2.0  # seconds: dearer looks are not taken when a run is stopped, for somebody waits
PROBED = 64  # samples that statistics are taken of
SHOWN = 1000  # training samples that predictions are shown of, where there is no validation part


class Budget:
    """Says when the next look may be taken: not before `INTERVAL` has passed, nor before the last one's cost is `SHARE` of the time."""

    def __init__(self, due: float = 0.0) -> None:
        self._due = due
        self._began = 0.0
        self.cost = 0.0  # seconds, of the last look

    def begin(self) -> bool:
        """Is it time? Then what follows until `end` is the look."""
        self._began = perf_counter()
        return self._began >= self._due

    def end(self) -> None:
        now = perf_counter()
        self.cost = now - self._began
        self._due = now + max(INTERVAL, self.cost / SHARE)


class Watch:
    """The looks at one run."""

    def __init__(self, run: Run) -> None:
        split = run.data.split
        self._run = run
        self._part = "validation" if len(split.validation) else "train"
        self._shown = tensor_of(split.validation if len(split.validation) else split.train[:SHOWN]).to(run.device)
        self._probed = run.inputs_of(tensor_of(split.train[:PROBED]).to(run.device))
        self._predictions = Budget()
        # The dear ones in the middle of a long epoch must not hold back the cheap ones at its end.
        self._early = Budget(perf_counter() + INTERVAL)
        self._statistics = Budget()

    def look(self) -> Iterator[Predictions | NodeStats]:
        """In the middle of an epoch: what is due."""
        if self._statistics.begin():
            yield node_statistics(self._run.network, self._probed, self._run.step)
            self._statistics.end()
        if self._early.begin():
            yield self._predict(None)
            self._early.end()

    def when_stopped(self) -> Iterator[Predictions | NodeStats]:
        """What the run leaves behind is what it was at its end, not some epochs before."""
        if self._statistics.cost <= LAST:
            yield node_statistics(self._run.network, self._probed, self._run.step)
        if max(self._predictions.cost, self._early.cost) <= LAST:
            yield self._predict(None)

    def after_epoch(self, measured: Measured | None) -> Iterator[Predictions | NodeStats]:
        """At an epoch's end: the predictions, where the part was measured anyway; all that is due; everything at the last one."""
        last = self._run.over
        if self._statistics.begin() or last:
            yield node_statistics(self._run.network, self._probed, self._run.step)
            self._statistics.end()
        if self._predictions.begin() or last:
            yield self._predict(measured)
            self._predictions.end()

    def _predict(self, measured: Measured | None) -> Predictions:
        run = self._run
        with run.in_use():
            if measured is None:
                measured = measure(run.network, run.data, self._shown, ())
            return predictions(run.network, run.data, self._part, self._shown, measured, run.epoch)

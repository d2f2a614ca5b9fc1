"""Which runs have measured the test part of this data? Each look makes it less of a test: what is chosen by it is fitted to it."""

from collections.abc import Sequence

from nnstudio.runs.store import RunStore, RunSummary


def who_tested(store: RunStore, fingerprint: str) -> tuple[RunSummary, ...]:
    """The runs that measured a test part of the data with this fingerprint, the first one first."""
    read = (run for run in reversed(store.runs()) if any(name.startswith("test/") for name in run.values))
    return tuple(run for run in read if fingerprint and run.data_fingerprint == fingerprint)


def words(runs: Sequence[RunSummary]) -> str:
    """What is said of them; "" where the test part is untouched."""
    if not runs:
        return ""
    if len(runs) == 1:
        return f"The test part was measured once, by '{runs[0].name}'. Choose by the validation part, or it is no test any more."
    count = f"The test part was measured by {len(runs)} runs, first by '{runs[0].name}'"
    return f"{count}; each look makes it less of a test. Choose by the validation part."

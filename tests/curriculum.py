"""Which rows of the curriculum are proven? `pytest -m curriculum` ends with a table of them: each row, what it is, and the state of its tests."""

from collections.abc import Iterable
from typing import Any

import pytest

ROWS: dict[str, str] = {
    "O1": "Batch, mini-batch, stochastic and online gradient descent",
    "O2": "SGD",
    "O3": "Momentum, three textbook forms",
    "O4": "Nesterov momentum",
    "O5": "AdaGrad",
    "O6": "RMSProp",
    "O7": "Adam, with and without bias correction",
    "O8": "AdamW, NAdam, RAdam, AMSGrad, Adadelta, Adamax, Lion, Muon, SGDW",
    "O9": "L-BFGS, full batch",
    "O10": "Newton's method",
    "O11": "Normal equations beside gradient descent",
    "O12": "Optimizer fact sheet",
    "O13": "Optimizer race on 2-D surfaces",
    "O14": "Loss landscape of the model in hand",
    "O15": "Gradient clipping",
    "O16": "Gradient accumulation, mixed precision, compile",
    "O17": "Parameter averaging: EMA and SWA",
    "O18": "Mini-batch gradient noise",
    "O19": "Batch-size search",
    "O20": "Learning-rate range test",
    "O21": "Random restarts",
    "O22": "Parameter groups",
    "O23": "Surrogate losses",
    "O24": "Learning with queries",
    "S1": "Schedule: linear to a floor",
    "S2": "Schedule: polynomial",
    "S3": "Schedule: exponential, both forms",
    "S4": "Schedule: step, both forms",
    "S5": "Schedule: 1/t",
    "S6": "Schedule: cosine, warm restarts, warm-up and any",
    "S7": "Schedule: one-cycle, cyclic",
    "S8": "Schedule: on plateau",
    "S9": "Schedule: bold driver",
    "S10": "Batch-size schedule",
    "S11": "Schedule preview, and drawn by hand",
    "I1": "Initialization: zero, constant, too small, too large",
    "I2": "Initialization: Gaussian, uniform, standard normal",
    "I3": "Initialization: Xavier/Glorot",
    "I4": "Initialization: He/Kaiming",
    "I5": "Initialization: sparse",
    "I6": "Initialization: orthogonal, identity",
    "I7": "Initialization: positive bias for ReLU, LSTM forget bias",
    "I8": "Initialization: LSUV",
    "I9": "Activation statistics across depth",
    "N1": "Input standardization, whitening",
    "N2": "Batch norm",
    "N3": "Layer, instance, group, RMS norm",
    "N4": "Weight norm, spectral norm",
    "N5": "Batch norm is invariant to weight scale",
    "R1": "L2 in the loss, and decoupled weight decay",
    "R2": "L1, elastic net",
    "R3": "Parameter tying and sharing",
    "R4": "Sparse representation",
    "R5": "Noise on inputs, hidden units, weights, targets",
    "R6": "Dropout: inverted, and test-time-scaled",
    "R7": "DropConnect, stochastic depth",
    "R8": "Early stopping",
    "R9": "Max-norm, unit-norm, non-negative constraints",
    "R10": "Ensembles",
    "R11": "MAP view of weight decay; description length",
    "A1": "Augmentation: pixel-level",
    "A2": "Augmentation: spatial-level",
    "A3": "Augmentation: PatchShuffle",
    "A4": "Augmentation: cutout, random erasing",
    "A5": "Augmentation: mixup, CutMix, non-linear mixing",
    "A6": "Augmentation: text (EDA)",
    "A7": "Augmentation: random policy (RandAugment)",
    "H1": "Train / validation / test split; test touched once",
    "H2": "k-fold and leave-one-out cross-validation",
    "D12": "Can it overfit one batch?",
    "V10": "Data explorer",
}
"""The rows that this version claims."""


class Table:
    """Collects the outcome of every test that is marked with a row, and prints the rows at the end."""

    def __init__(self) -> None:
        self._outcomes: dict[str, list[str]] = {}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        for item in items:
            rows = tuple(str(row) for mark in item.iter_markers("curriculum") for row in mark.args)
            if rows:  # a property of the test crosses from the processes that run it to the one that prints
                item.user_properties.append(("curriculum", rows))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            for row in dict(report.user_properties).get("curriculum", ()):
                self._outcomes.setdefault(str(row), []).append(report.outcome)

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        if "curriculum" not in (config.option.markexpr or ""):
            return
        terminalreporter.section("curriculum")
        for row, title in ROWS.items():
            terminalreporter.write_line(f"{row:<4} {self.state(row):<22} {title}")
        proven = sum(self.state(row).startswith("proven") for row in ROWS)
        terminalreporter.write_line(f"{proven} of {len(ROWS)} rows proven")

    def state(self, row: str) -> str:
        outcomes = self._outcomes.get(row, [])
        if not outcomes:
            return "no test"
        failed = sum(outcome == "failed" for outcome in outcomes)
        if failed:
            return f"FAILS ({failed} of {len(outcomes)})"
        passed = sum(outcome == "passed" for outcome in outcomes)
        return f"proven ({passed} tests)" if passed else "skipped"

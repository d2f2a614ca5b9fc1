"""The sections of the script, put together: its head, the model, what plugins bring, and the function `train`."""

import sys

import nnstudio
from nnstudio.engine import expression
from nnstudio.engine.script.augmentation import Augmentation
from nnstudio.engine.script.context import Context
from nnstudio.engine.script.data import DATA_FILE, loading, scaling
from nnstudio.engine.script.initialization import Initialization
from nnstudio.engine.script.measuring import Measuring
from nnstudio.engine.script.optimization import Optimization
from nnstudio.engine.script.step import Step
from nnstudio.engine.script.text import indented, quotable
from nnstudio.engine.script.watching import Averaging, Watching
from nnstudio.plan import Code, Plan
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.train.data import LoadedData


def training_script(project: Project, plan: Plan, code: Code, registry: Registry, data: LoadedData) -> str:
    """The script. Run beside the data that `write_data` wrote, it prints a line an epoch and keeps the weights."""
    return _Script(Context(project, plan, code, registry, data)).text()


class _Script:
    def __init__(self, context: Context) -> None:
        self._context, self._recipe = context, context.recipe
        self._measuring = Measuring(context)
        self._augmentation = Augmentation(context)
        self._initialization = Initialization(context)
        self._optimization = Optimization(context)
        self._step = Step(context, self._optimization, self._augmentation)
        self._watching = Watching(context, self._optimization, self._measuring)
        self._averaging = Averaging(context)
        entry = self._recipe.batch_schedule
        scheduled = bool(entry.type) and entry.enabled
        self._batch_size = context.call("batch_schedule", entry) if scheduled else None

    def text(self) -> str:
        context = self._context
        training = self._training()  # names what must be imported
        body = [
            *context.layers,
            context.model,
            *context.sources.texts,
            *self._initialization.function(),
            *scaling(context),
            loading(context),
            *self._augmentation.function(),
            *self._step.functions(),
            *self._averaging.function(),
            self._measuring.function(self._step),
            training,
            'if __name__ == "__main__":\n    train()',
        ]
        return "\n\n\n".join([self._header(), *body]) + "\n"

    def _header(self) -> str:
        title = quotable(self._context.project.name)
        lines = [
            f'"""{title}, trained in plain PyTorch. Written by NNStudio {nnstudio.__version__}.',
            "",
            f"Run it beside {DATA_FILE}: it prints a line an epoch and keeps the weights in model.pt.",
            '"""',
            "",
            *_in_order({*self._context.imports, "from pathlib import Path"}),
            "",
            f"SEED = {int(self._recipe.seed)}",
            f"EPOCHS = {int(self._recipe.epochs)}",
            f"BATCH_SIZE = {int(self._recipe.batch_size or len(self._context.data.split.train))}",
        ]
        return "\n".join(lines)

    # ── the function `train` ──────────────────────────────────────────────────────────────────────────────────────

    def _training(self) -> str:
        lines = [
            "torch.manual_seed(SEED)",
            f"device = {self._device()}",
            f"model = {self._context.code.class_name}()",
            *self._making_ready(),
            "history = []",
            "for epoch in range(EPOCHS):",
            *indented(self._epoch()),
            *self._watching.bringing_back(self._averaging.swapping()),
            'if len(rows["test"]):',
            '    values = measure(model, inputs, targets, rows["test"])',
            '    print("test", *(f"{name} {value:.4f}" for name, value in values.items()), sep="  ")',
            'torch.save(model.state_dict(), Path(__file__).with_name("model.pt"))',
            "return history",
        ]
        return "\n".join(["def train():", *indented(lines)])

    def _making_ready(self) -> list[str]:
        raw = ", raw" if self._augmentation.raw else ""
        loaded = f"inputs, targets, rows{raw}{', scales' if raw else ''} = load(device)"
        initialized = self._initialization.call()
        ready = [*initialized, "model.to(device)", loaded]
        if self._initialization.needs_inputs:
            ready = [loaded, *initialized, "model.to(device)"]
        step_count = ["step = 0", f"total_steps = {self._total_steps()}"] if self._optimization.counts_steps else []
        if step_count and self._batch_size is None:
            step_count = [f"step, total_steps = 0, {self._total_steps()}"]
        return [
            *ready,
            *self._optimization.freezing(),
            *(["compiled = torch.compile(model)"] if self._recipe.compile else []),
            *self._optimization.making(),
            *self._step.preparing(),
            *self._watching.preparing(),
            *self._averaging.preparing(),
            *(["generator = torch.Generator().manual_seed(SEED)"] if self._recipe.shuffle else []),
            *(["augmentation = torch.Generator().manual_seed(SEED + 1)"] if self._augmentation.used else []),
            *(["disturbance = torch.Generator().manual_seed(SEED + 2)"] if self._step.noise else []),
            *step_count,
            *self._fixed_order(),
        ]

    def _total_steps(self) -> str:
        samples = 'len(rows["train"])'
        if self._batch_size is None:
            return f"EPOCHS * -(-{samples} // BATCH_SIZE)"
        return f"sum(-(-{samples} // {self._size()}) for epoch in range(EPOCHS))"

    def _size(self) -> str:
        return "BATCH_SIZE" if self._batch_size is None else self._batch_size("epoch", "EPOCHS", "BATCH_SIZE")

    def _permuted(self) -> str:
        return 'rows["train"][torch.randperm(len(rows["train"]), generator=generator).to(device)]'

    def _fixed_order(self) -> list[str]:
        """Where every epoch goes through the samples in the same order."""
        if not self._recipe.shuffle:
            return ['order = rows["train"]']
        return [] if self._recipe.reshuffle else [f"order = {self._permuted()}"]

    def _epoch(self) -> list[str]:
        metrics = self._watching.train_metrics
        kept = ""
        if metrics:
            target = self._measuring.target("y[{}]" if self._step.prepares_batch else "targets[{}][batch]")
            target += ".argmax(1)" if self._augmentation.mixes_classes else ""
            kept = f"seen.append(({self._measuring.output()}.detach(), {target}))"
        measured = [
            *self._averaging.swapping(),
            'if len(rows["validation"]):',
            '    measured = measure(model, inputs, targets, rows["validation"])',
            '    values |= {f"validation/{name}": value for name, value in measured.items()}',
            *self._watching.asking(),
            *self._averaging.swapping(),
        ]
        return [
            *([f"order = {self._permuted()}"] if self._recipe.shuffle and self._recipe.reshuffle else []),
            *self._averaging.beginning(),
            "total, seen = 0.0, []" if metrics else "total = 0.0",
            f"for batch in order.split({self._size()}):",
            *indented([*self._step.lines(keeps_outputs=kept), *self._averaging.after_step()]),
            *self._averaging.after_epoch(),
            'values = {"train/loss": total / len(order)}',
            *self._train_metrics(),
            *measured,
            'print(f"epoch {epoch + 1}", *(f"{name} {value:.4f}" for name, value in values.items()), sep="  ")',
            "history.append(values)",
            *self._watching.leaving(),
        ]

    def _train_metrics(self) -> list[str]:
        """Those that a watcher may ask for, summed up batch by batch."""
        lines: list[str] = []
        for name, call in self._watching.train_metrics:
            each = f"{call('output', 'target')}.cpu().numpy()"
            lines += [
                f"sums = [np.add.reduceat({each}, [0], dtype=np.float64).item() for output, target in seen]",
                f'values["train/{name}"] = sum(sums) / len(order)',
            ]
        return lines

    def _device(self) -> str:
        if self._recipe.device == "auto":
            return 'torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")'
        return f"torch.device({expression.literal(self._recipe.device)})"


def _in_order(imports: set[str]) -> list[str]:
    """Python's own first, then NumPy and torch, then what plugins bring."""
    groups: dict[int, list[str]] = {0: [], 1: [], 2: []}
    for line in imports:
        package = line.split()[1].partition(".")[0]
        rank = 0 if package in sys.stdlib_module_names else 1 if package in {"numpy", "torch"} else 2
        groups[rank].append(line)
    blocks = [sorted(lines, key=lambda line: (line.startswith("from "), line)) for lines in groups.values() if lines]
    return [line for number, block in enumerate(blocks) for line in ([""] if number else []) + block]

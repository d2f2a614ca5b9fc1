"""The whole project as one script in plain PyTorch, that reaches the same numbers as the app for the same seed.

It does what `nnstudio.train.loop` does, in the same order (see there for what is random), and nothing of the studio is needed to
run it: functions that plugins bring are written into it, modules of plugins are imported. Those of a plugins folder, which Python
does not know by itself, are copied beside it.
"""

import ast
import inspect
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

import nnstudio
from nnstudio.engine import expression, naming
from nnstudio.engine.codegen import module_code
from nnstudio.engine.compile import check_plan
from nnstudio.engine.inspect import Inspector
from nnstudio.engine.interface import Interface, interface
from nnstudio.engine.script_scaling import SCALINGS
from nnstudio.plan import Code, Plan
from nnstudio.plugins import resolve, source_in_folder
from nnstudio.project.project import Project, Recipe
from nnstudio.registry import Registry
from nnstudio.train import recipe
from nnstudio.train.data import LoadedData
from nnstudio.train.measure import BATCH as MEASURED_AT_ONCE
from nnstudio.train.scale import mode_for

DATA_FILE, SCRIPT_FILE = "data.npz", "train.py"

_ROWS = ("train_rows", "validation_rows", "test_rows")
_TAKEN = naming.RESERVED | {
    *("np", "Path", "data", "load", "train", "measure", "initialize", "history"),
    *("model", "device", "inputs", "targets", "rows", "generator", "optimizer", "weights", "step", "total_steps"),
    *("epoch", "order", "batch", "outputs", "value", "penalized", "values", "total", "samples", "group", "line"),
    *(f"scale_{axis}s_of_{kind}" for axis in ("channel", "feature") for kind in ("bytes", "floats")),
    *("SEED", "EPOCHS", "BATCH_SIZE", *_ROWS),
}


def export_python(project: Project, registry: Registry, data: LoadedData, folder: Path) -> tuple[Path, ...]:
    """Write the script and its data into `folder` (made where it is missing); returns the files.

    Raises NNStudioError where the project is not sound, OSError where the files cannot be written.
    """
    plan = Inspector(registry).inspect(project.graph, data.info)
    check_plan(project, registry, plan)
    code = module_code(project.graph, plan, registry, class_name=project.name)
    text = training_script(project, plan, code, registry, data)
    face = interface(project.graph, plan, registry)
    folder.mkdir(parents=True, exist_ok=True)
    write_data(folder / DATA_FILE, data, (*face.inputs, *face.targets))
    (folder / SCRIPT_FILE).write_text(text, encoding="utf-8")
    copies = tuple(_copy(source, folder) for source in sorted(_plugins_needed(text)))
    return folder / SCRIPT_FILE, folder / DATA_FILE, *copies


def _plugins_needed(text: str) -> set[Path]:
    """The files and packages of plugins folders that the script imports, and what these import in turn."""
    found: set[Path] = set()
    texts = [text]
    while texts:
        for module in _imported_by(texts.pop()):
            source = source_in_folder(module)
            if source is not None and source not in found:
                found.add(source)
                files = [source] if source.is_file() else sorted(source.rglob("*.py"))
                texts += [file.read_text(encoding="utf-8") for file in files]
    return found


def _imported_by(text: str) -> set[str]:
    modules: set[str] = set()
    for statement in ast.walk(ast.parse(text)):
        if isinstance(statement, ast.Import):
            modules |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            modules.add(statement.module)
    return modules


def _copy(source: Path, folder: Path) -> Path:
    copy = folder / source.name
    if copy.exists() and copy.samefile(source):  # exported into the plugins folder itself
        return copy
    if source.is_dir():
        shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    else:
        shutil.copyfile(source, copy)
    return copy


def write_data(path: Path, data: LoadedData, fields: Sequence[str] = ()) -> None:
    """The fields as they are before standardisation, and which rows are for what. fields: empty for inputs and target."""
    chosen = tuple(fields) or (*data.dataset.inputs, *filter(None, (data.dataset.target,)))
    arrays = {variable: _raw(data, name) for name, variable in field_names(chosen).items()}
    parts = (data.split.train, data.split.validation, data.split.test)
    np.savez_compressed(path, **arrays, **dict(zip(_ROWS, parts, strict=True)))  # pyright: ignore[reportArgumentType]


def _raw(data: LoadedData, name: str) -> npt.NDArray[np.generic]:
    values = data.dataset.fields[name].values
    return values.reshape(len(values), *data.info.fields[name].shape)  # single values become N × 1, as in training


def field_names(fields: Iterable[str]) -> dict[str, str]:
    """Each field's name in the script and in its data."""
    return naming.unique({name: name for name in fields}, _TAKEN, otherwise="field")


def training_script(project: Project, plan: Plan, code: Code, registry: Registry, data: LoadedData) -> str:
    """The script. Run beside the data that `write_data` wrote, it prints a line an epoch and keeps the weights."""
    return _Script(project, plan, code, registry, data).text()


@dataclass
class _Function:
    """A plain function of a plugin, written into the script under a free name, and what it is called with."""

    name: str
    source: str
    arguments: str


@dataclass
class _Functions:
    """All functions that plugins bring, each written once."""

    taken: set[str]
    known: dict[str, _Function] = field(default_factory=dict[str, _Function])

    def add(self, target: str, params: Mapping[str, Any]) -> _Function:
        """The function that `target` names, to be called with `params`."""
        arguments = "".join(f", {name}={expression.literal(value)}" for name, value in params.items())
        if target not in self.known:
            function = resolve(target)
            name = naming.unique({"": function.__name__}, self.taken)[""]
            self.taken.add(name)
            source = inspect.getsource(function).rstrip()
            self.known[target] = _Function(name, re.sub(r"^def \w+", f"def {name}", source, count=1), "")
        known = self.known[target]
        return _Function(known.name, known.source, arguments)


class _Script:
    def __init__(self, project: Project, plan: Plan, code: Code, registry: Registry, data: LoadedData) -> None:
        self._project, self._recipe, self._registry, self._data = project, project.recipe, registry, data
        self._code = code
        self._face: Interface = interface(project.graph, plan, registry)
        self._fields = field_names((*self._face.inputs, *self._face.targets))
        self._imports = {"import numpy as np", "import torch"}
        self._head, self._model = _divided(code.text)
        imports = (line.removeprefix("from ") for line in self._head if line)
        names = {part.split()[-1] for line in imports for part in line.split(",")}
        names |= {plan.nodes[term.node].name for term in self._face.losses}
        self._functions = _Functions(set(_TAKEN) | names | {code.class_name, *self._fields.values()})
        chosen = recipe.metrics(self._recipe.metrics, self._face.losses[0].spec, registry)
        self._metrics = [
            (metric.name, self._functions.add(metric.spec.function, cast(partial[Any], metric.per_sample).keywords))
            for metric in chosen
        ]
        self._penalties = [
            self._functions.add(spec.penalty, dict(params))
            for spec, params in (
                recipe.find("regularizer", entry, registry) for entry in self._recipe.regularizers if entry.enabled
            )
        ]
        self._factor = self._schedule()

    def text(self) -> str:
        body = [
            self._model.rstrip(),
            *(function.source for function in self._functions.known.values()),
            *self._initializer(),
            *self._scaling(),
            self._loading(),
            self._measuring(),
            self._training(),
            'if __name__ == "__main__":\n    train()',
        ]
        parts = [self._header(), *(part for part in body if part)]
        return "\n\n\n".join(parts) + "\n"

    # ── what the recipe says ──────────────────────────────────────────────────────────────────────────────────────

    def _schedule(self) -> _Function | None:
        """None where the learning rate stays as it is: then nothing needs to be written."""
        spec, params = recipe.find("schedule", self._recipe.schedule, self._registry)
        if spec.id == Recipe().schedule.type:
            return None
        return self._functions.add(spec.factor, dict(params))

    def _optimizer(self) -> tuple[str, str]:
        """(the expression, the learning rate)"""
        spec, params = recipe.find("optimizer", self._recipe.optimizer, self._registry)
        rate = expression.literal(params.model_dump()["lr"])
        written = _differing(spec.optimizer, recipe.arguments(spec, params), always="lr")
        if spec.optimizer.startswith("torch.optim:"):
            name = f"torch.optim.{spec.optimizer.partition(':')[2]}"
        else:
            name = self._imported(spec.optimizer)
        return f"{name}(model.parameters(){written})", rate

    def _imported(self, target: str) -> str:
        line, name = expression.import_of(target)
        if line:
            self._imports.add(line)
        return name

    def _initializer(self) -> list[str]:
        spec, params = recipe.find("initializer", self._recipe.initializer, self._registry)
        if not spec.function:
            return []
        arguments = _differing(spec.function, recipe.arguments(spec, params))
        module, _, name = spec.function.partition(":")
        function = f"nn.init.{name}" if module == "torch.nn.init" else self._imported(spec.function)
        bias = getattr(params, "bias", None)
        lines = [
            "def initialize(model):",
            f'    """{spec.title}, for every matrix and kernel."""',
            "    with torch.no_grad():",
            "        for name, parameter in model.named_parameters():",
            "            if parameter.dim() >= 2:",
            f"                {function}(parameter{arguments})",
        ]
        if bias is not None:
            lines += [
                '            elif name.rpartition(".")[2].startswith("bias"):',
                f"                parameter.fill_({expression.literal(bias)})",
            ]
        return ["\n".join(lines)]

    # ── the parts ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _header(self) -> str:
        title = _quotable(self._project.name)
        imports = sorted({*self._imports, *(line for line in self._head if line)}, key=_import_order)
        lines = [
            f'"""{title}, trained in plain PyTorch. Written by NNStudio {nnstudio.__version__}.',
            "",
            f"Run it beside {DATA_FILE}: it prints a line an epoch and keeps the weights in model.pt.",
            '"""',
            "",
            "from pathlib import Path",
            "",
            *imports,
            "",
            f"SEED = {int(self._recipe.seed)}",
            f"EPOCHS = {int(self._recipe.epochs)}",
            f"BATCH_SIZE = {int(self._recipe.batch_size or len(self._data.split.train))}",
        ]
        return "\n".join(lines)

    def _mode(self, name: str) -> str:
        """How a field is scaled: "channel", "feature", "bytes" (0…255 → 0…1), "float" or "int"."""
        if self._data.info.fields[name].dtype == "int":
            return "int"
        if self._data.scales.get(name) is None:
            return "float"
        field = self._data.dataset.fields[name]
        mode = mode_for(field, self._project.data.standardize)
        return "bytes" if mode == "none" else mode

    def _scaling(self) -> list[str]:
        modes = {(self._mode(name), self._is_bytes(name)) for name in self._fields}
        return [SCALINGS[mode] for mode in sorted(modes) if mode in SCALINGS]

    def _is_bytes(self, name: str) -> bool:
        return self._data.dataset.fields[name].values.dtype == np.uint8

    def _loading(self) -> str:
        lines = [
            "def load(device):",
            '    """(inputs, targets, rows of each part); inputs are scaled by what the training part is like."""',
            f'    data = np.load(Path(__file__).with_name("{DATA_FILE}"))',
            '    rows = {part: torch.from_numpy(data[f"{part}_rows"]).to(device) for part in ("train", "validation", "test")}',
        ]
        for name, variable in self._fields.items():
            lines.append(f"    {variable} = {self._loaded(name, variable)}")
        inputs, targets = (
            _tuple(self._fields[name] for name in names) for names in (self._face.inputs, self._face.targets)
        )
        lines.append(f"    return {inputs}, {targets}, rows")
        return "\n".join(lines)

    def _loaded(self, name: str, variable: str) -> str:
        array = f'data["{variable}"]'
        kind = "bytes" if self._is_bytes(name) else "floats"
        match self._mode(name):
            case "int":
                return f"torch.from_numpy({array}).long().to(device)"
            case "bytes":
                return f"torch.from_numpy({array}).float().div(255).to(device)"
            case "channel" | "feature" as axis:
                return f'scale_{axis}s_of_{kind}({array}, data["train_rows"]).to(device)'
            case _:
                return f"torch.from_numpy({array}).float().to(device)"

    def _call(self) -> str:
        """The loss of a batch from `outputs`."""
        several = len(self._face.outputs) > 1
        return f"loss({'*' if several else ''}outputs, *(field[batch] for field in targets))"

    def _measuring(self) -> str:
        lines = [
            "@torch.no_grad()",
            "def measure(model, inputs, targets, rows):",
            f'    """The means of {_listed(["the loss", *(name for name, _ in self._metrics)])} over the samples `rows`."""',
            "    model.eval()",
            "    total, seen = 0.0, []",
            f"    for batch in rows.split({MEASURED_AT_ONCE}):",
            "        outputs = model(*(field[batch] for field in inputs))",
            f"        total += {self._call()}.item() * len(batch)",
            f"        seen.append(outputs{'[0]' if len(self._face.outputs) > 1 else ''})",
            "    model.train()",
        ]
        values = ['"loss": total / len(rows)']
        if self._metrics:
            lines.append("    output, target = torch.cat(seen), targets[0][rows]")
            values += [
                f'"{name}": {metric.name}(output, target{metric.arguments}).mean(dtype=torch.float64).item()'
                for name, metric in self._metrics
            ]
        else:
            lines = [line for line in lines if "seen.append" not in line]
            lines[lines.index("    total, seen = 0.0, []")] = "    total = 0.0"
        return "\n".join([*lines, f"    return {{{', '.join(values)}}}"])

    def _training(self) -> str:
        optimizer, rate = self._optimizer()
        initialized = ["    initialize(model)"] if self._initializer() else []
        weights = (
            []
            if not self._penalties
            else [
                "    weights = [weight for weight in model.parameters() if weight.requires_grad and weight.dim() >= 2]"
            ]
        )
        counting = (
            [] if self._factor is None else ['    step, total_steps = 0, EPOCHS * -(-len(rows["train"]) // BATCH_SIZE)']
        )
        lines = [
            "def train():",
            "    torch.manual_seed(SEED)",
            f"    device = {self._device()}",
            f"    model = {self._code.class_name}()",
            *initialized,
            "    model.to(device)",
            "    inputs, targets, rows = load(device)",
            f"    optimizer = {optimizer}",
            *weights,
            "    generator = torch.Generator().manual_seed(SEED)",
            *counting,
            "    history = []",
            "    for epoch in range(EPOCHS):",
            *self._order(),
            "        total = 0.0",
            "        for batch in order.split(BATCH_SIZE):",
            "            outputs = model(*(field[batch] for field in inputs))",
            f"            value = {self._call()}",
            "            total += value.item() * len(batch)",
            "            optimizer.zero_grad()",
            *self._backward(),
            *self._rate(rate),
            "            optimizer.step()",
            '        values = {"train loss": total / len(rows["train"])}',
            '        if len(rows["validation"]):',
            '            measured = measure(model, inputs, targets, rows["validation"])',
            '            values |= {f"val {name}": value for name, value in measured.items()}',
            '        print(f"epoch {epoch + 1}", *(f"{name} {value:.4f}" for name, value in values.items()), sep="  ")',
            "        history.append(values)",
            '    if len(rows["test"]):',
            '        values = measure(model, inputs, targets, rows["test"])',
            '        print("test", *(f"{name} {value:.4f}" for name, value in values.items()), sep="  ")',
            '    torch.save(model.state_dict(), Path(__file__).with_name("model.pt"))',
            "    return history",
        ]
        return "\n".join(lines)

    def _device(self) -> str:
        if self._recipe.device == "auto":
            return 'torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")'
        return f"torch.device({expression.literal(self._recipe.device)})"

    def _order(self) -> list[str]:
        if not self._recipe.shuffle:
            return ['        order = rows["train"]']
        return ['        order = rows["train"][torch.randperm(len(rows["train"]), generator=generator).to(device)]']

    def _backward(self) -> list[str]:
        if not self._penalties:
            return ["            value.backward()"]
        terms = [f"{penalty.name}(weights{penalty.arguments})" for penalty in self._penalties]
        return [f"            penalized = {' + '.join(['value', *terms])}", "            penalized.backward()"]

    def _rate(self, rate: str) -> list[str]:
        if self._factor is None:
            return []
        return [
            "            for group in optimizer.param_groups:",
            f'                group["lr"] = {rate} * {self._factor.name}(step, total_steps{self._factor.arguments})',
            "            step += 1",
        ]


def _differing(target: str, arguments: Mapping[str, Any], *, always: str = "") -> str:
    """`, name=value` for each argument that is not what `target` takes anyway."""
    known = expression.signature(target)
    written = (
        f", {name}={expression.literal(value)}"
        for name, value in arguments.items()
        if name == always or name not in known or known[name].default != value
    )
    return "".join(written)


def _divided(text: str) -> tuple[list[str], str]:
    """(import lines, all that follows them)"""
    head, separator, rest = text.partition("\n\n\n")
    return head.splitlines(), rest if separator else ""


def _import_order(line: str) -> tuple[bool, bool, str]:
    """NumPy and torch first, then what plugins bring."""
    module = line.split()[1]
    return module.partition(".")[0] not in {"numpy", "torch"}, line.startswith("from "), line


def _quotable(text: str) -> str:
    """What a person called the project, harmless in a docstring."""
    plain = "".join(char if char.isprintable() and char not in '"\\' else " " for char in text)
    return " ".join(plain.split())[:100] or "A network"


def _tuple(names: Iterable[str]) -> str:
    items = list(names)
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"

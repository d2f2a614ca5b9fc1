"""What the recipe costs: Adam with a cosine schedule, an L2 penalty, clipping and an average of the weights, in NNStudio and by hand. One thread.

Both learn the same network from the same Fashion-MNIST sample, log loss and accuracy of every step, and measure the validation part with the
averaged weights after each epoch; they take turns epoch by epoch. By hand it is written as one would: fused Adam, `clip_grad_norm_`, a
`CosineAnnealingLR`, an `AveragedModel` with `get_ema_multi_avg_fn`. A ratio is the loop's time by ours, the median over the turns: 1 means as fast.
"""

import copy
import statistics
from collections.abc import Iterator
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from benchmarks.throughput import BATCH, CASES, Case, Images, Row, _epochs, _take_turns, evaluate
from nnstudio import plugins
from nnstudio.events import EpochEnded, Failed
from nnstudio.project.project import Entry
from nnstudio.train.data import LoadedData, load_data
from nnstudio.train.loop import train

REACH = 0.95
EPOCHS = 1000
STRENGTH, MAX_NORM, DECAY = 1e-4, 1.0, 0.995


def by_hand(case: Case, images: Images) -> Iterator[None]:
    torch.manual_seed(0)
    model = case.module()
    x, y = images.train
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS * -(-len(x) // BATCH))
    averaged = AveragedModel(copy.deepcopy(model), multi_avg_fn=get_ema_multi_avg_fn(DECAY))
    weights = [parameter for parameter in model.parameters() if parameter.dim() >= 2]
    losses: list[float] = []
    penalties: list[float] = []
    accuracies: list[float] = []
    while True:
        outputs, targets = [], []
        for batch in torch.randperm(len(x)).split(BATCH):
            image, label = x.index_select(0, batch), y.index_select(0, batch)
            output = model(image)
            loss = F.cross_entropy(output, label)
            penalty = STRENGTH / 2 * sum(weight.square().sum() for weight in weights)
            losses.append(loss.item())
            penalties.append(penalty.item())
            optimizer.zero_grad()
            (loss + penalty).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_NORM)
            optimizer.step()
            schedule.step()
            averaged.update_parameters(model)
            outputs.append(output.detach())
            targets.append(label)
        right = torch.cat(outputs).argmax(1) == torch.cat(targets)
        accuracies += [part.float().mean().item() for part in right.split(BATCH)]
        evaluate(averaged, *images.validation)
        yield


def in_studio(case: Case, registry: plugins.Registry, data: LoadedData) -> Iterator[None]:
    plain = case.project(EPOCHS)
    recipe = replace(
        plain.recipe,
        schedule=Entry("nnstudio.cosine"),
        regularizers=(Entry("nnstudio.l2", {"strength": STRENGTH}),),
        gradients=(Entry("nnstudio.clip_norm", {"max_norm": MAX_NORM}),),
        average=Entry("nnstudio.ema", {"decay": DECAY}),
    )
    for event in train(replace(plain, recipe=recipe), registry, data=data):
        assert not isinstance(event, Failed), event
        if isinstance(event, EpochEnded):
            yield


def measure() -> list[Row]:
    """Rows of (what, measured, to reach, reached)."""
    torch.set_num_threads(1)
    registry = plugins.load(safe_mode=True).registry
    data = load_data(CASES[0].project(1).data, registry)
    images = Images.of(data)
    rows: list[Row] = []
    for case in CASES:
        loops = {"by hand": by_hand(case, images), "studio": in_studio(case, registry, data)}
        turns = {name: (lambda loop=loop: _epochs(loop, 1)) for name, loop in loops.items()}
        times = _take_turns(turns, max(7, case.epochs // 2))
        cpu, wall = (
            statistics.median(
                theirs[kind] / ours[kind] for theirs, ours in zip(times["by hand"], times["studio"], strict=True)
            )
            for kind in (0, 1)
        )
        what = f"{case.name}: Adam + cosine + L2 + clip + EMA against by hand"
        rows.append((what, f"{cpu:.3f} (wall {wall:.3f})", f"≥ {REACH:g}", cpu >= REACH))
    return rows


if __name__ == "__main__":
    for what, measured, reach, _ in measure():
        print(f"{what:56} {measured:24} {reach}")

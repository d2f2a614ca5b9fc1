"""Which commands are there? For each who declares its arguments, what it does in a few words, and examples."""

import argparse
from collections.abc import Callable

from nnstudio.terminal import arguments

Declare = Callable[[argparse.ArgumentParser], None]

COMMANDS: dict[str, tuple[Declare, str, str]] = {
    "open": (arguments.open_app, "open the app (what `nnstudio PROJECT` does)", "  nnstudio open lenet.nns\n"),
    "train": (
        arguments.train,
        "train a project in the terminal",
        "  nnstudio train gallery:xor\n"
        "  nnstudio train lenet.nns --epochs 20 --lr 3e-4 --param conv1.out_channels=16\n"
        "  nnstudio train lenet.nns --set recipe.optimizer=sgd --set recipe.optimizer.momentum=0.9\n"
        "  nnstudio train lenet.nns --resume last --epochs 40\n"
        "  nnstudio train gallery:iris --no-save --json > run.jsonl\n",
    ),
    "compare": (
        arguments.compare,
        "train alternatives under several seeds and say which differences exceed the spread",
        "  nnstudio compare lenet.nns --vary recipe.optimizer=torch.sgd,torch.adam --seeds 3 --epochs 5\n"
        '  nnstudio compare lenet.nns --vary "recipe.optimizer=torch.sgd(momentum=0.9, nesterov=true),torch.adam"\n'
        "  nnstudio compare lenet.nns --vary recipe.batch_size=32,64 --vary drop1.p=0,0.5 --seeds 5\n"
        "  nnstudio compare lenet.nns --vary drop1=on,off\n"
        "  nnstudio compare lenet.nns --ready optimizers --out race\n"
        "  nnstudio compare lenet.nns --ready restarts --seeds 20\n",
    ),
    "crossvalidate": (
        arguments.crossvalidate,
        "train a project on each fold of its data",
        "  nnstudio crossvalidate iris.nns --folds 5\n"
        "  nnstudio crossvalidate iris.nns --folds -1\n"
        "  nnstudio crossvalidate iris.nns --folds 10 --vary recipe.optimizer=torch.sgd,torch.adam\n",
    ),
    "ensemble": (
        arguments.ensemble,
        "average the predictions of several runs, and say what that gains",
        "  nnstudio ensemble lenet.runs/20260214-093012-4f1a lenet.runs/20260214-101500-77b0\n"
        "  nnstudio ensemble race/* --part test\n"
        "  nnstudio ensemble lenet.runs/20260214-093012-4f1a --checkpoint all\n",
    ),
    "check": (
        arguments.check,
        "say what is wrong with a project",
        "  nnstudio check lenet.nns\n  nnstudio check lenet.nns --fast --json\n",
    ),
    "experiment": (
        arguments.experiment,
        "make an experiment on the model in hand",
        "  nnstudio experiment                                        (lists them)\n"
        "  nnstudio experiment range_test lenet.nns --picture range.png\n"
        '  nnstudio experiment race --param surface=beale --param "optimizers=sgd; adam lr=0.1"\n'
        "  nnstudio experiment one_batch gallery:xor --json\n",
    ),
    "export": (
        arguments.export,
        "write a project as PyTorch code, or a run's weights",
        "  nnstudio export lenet.nns --to python --out lenet_code     (then: python lenet_code/train.py)\n"
        "  nnstudio export lenet.nns --to state_dict --out lenet.safetensors\n",
    ),
    "plugins": (arguments.plugins, "list the plugins and what became of each", "  nnstudio plugins list\n"),
    "optimizers": (arguments.optimizers, "compare the optimizers: what each keeps track of", "  nnstudio optimizers\n"),
    "datasets": (
        arguments.datasets,
        "list the datasets, or look into one",
        "  nnstudio datasets\n  nnstudio datasets preview moons --set noise=0.2\n",
    ),
    "gallery": (arguments.gallery, "list the example projects", "  nnstudio gallery\n"),
    "recipe": (
        arguments.recipe,
        "keep recipes as presets, apply and compare them",
        "  nnstudio recipe list\n"
        '  nnstudio recipe apply "plain SGD" lenet.nns\n'
        '  nnstudio recipe save lenet.nns "my recipe"\n'
        '  nnstudio recipe diff lenet.nns "course default"\n',
    ),
    "blocks": (
        arguments.blocks,
        "list blocks, share them as files",
        "  nnstudio blocks list\n"
        "  nnstudio blocks export net.nns residual --to residual.nnb\n"
        "  nnstudio blocks import residual.nnb other.nns\n",
    ),
    "diff": (
        arguments.diff,
        "say what differs between two projects or runs (exit code 0: nothing, 1: something)",
        "  nnstudio diff before.nns after.nns\n"
        "  nnstudio diff lenet.runs/20260214-093012-4f1a lenet.nns\n"
        "  nnstudio diff gallery:fashion_mnist_lenet lenet.nns --json\n",
    ),
    "runs": (arguments.runs, "list the runs of a project", "  nnstudio runs lenet.nns\n"),
    "screenshot": (
        arguments.screenshot,
        "draw the window into a picture, without a display",
        "  nnstudio screenshot gallery:fashion_mnist_lenet --to lenet.png --train-for 2\n"
        "  nnstudio screenshot lenet.nns --to lenet.png --theme light --size 1600x1000 --scale 2\n",
    ),
    "engine": (
        arguments.engine,
        "be an engine: requests come in on standard input, answers go out",
        "  ssh host nnstudio engine\n",
    ),
}

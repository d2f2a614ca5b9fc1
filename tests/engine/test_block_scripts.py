"""Projects with blocks train, and their exported scripts reach the same numbers to the bit; a mishap names the node of its instance."""

from dataclasses import replace

import pytest
import torch
from block_networks import resnet
from exported import REGISTRY, assert_equal, both
from graphs import image_data

from nnstudio.engine.codegen import model_code
from nnstudio.engine.compile import compile_model
from nnstudio.engine.inspect import inspect_project
from nnstudio.project.gallery import open_example
from nnstudio.project.project import Entry, Project, Rule
from nnstudio.train.data import load_data

RESNET = '''\
class ResidualBlock(nn.Module):
    """Residual block: two 3×3 convolutions, and a 1×1 convolution as the short way around them.

    16×14×14 → 16×14×14 or 16×14×14 → 32×7×7 or 32×7×7 → 64×4×4.
    """

    def __init__(self, in_channels, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, channels, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, kernel_size=3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Conv2d(in_channels, channels, kernel_size=1, stride=stride, bias=False)

    def forward(self, x):
        out = self.conv1(x)
        out = self.bn1(out)
        out = F.relu(out)
        out = self.conv2(out)
        out = self.bn2(out)
        shortcut = self.shortcut(x)
        out = out + shortcut
        out = F.relu(out)
        return out


class FashionMNISTResNet(nn.Module):
    """image 1×28×28 → 10; 82,746 parameters."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 16, kernel_size=3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.stage1 = nn.Sequential(*(ResidualBlock(16, 16) for _ in range(2)))
        self.stage2 = ResidualBlock(16, 32, stride=2)
        self.stage3 = ResidualBlock(32, 64, stride=2)
        self.dropout1 = nn.Dropout(p=0.25)
        self.fc = nn.Linear(64, 10)
'''


@pytest.fixture(scope="module")
def example() -> Project:
    return open_example("fashion_mnist_resnet", REGISTRY)


def test_a_resnet_reads_as_an_expert_would_write_it(example: Project) -> None:
    plan = inspect_project(example, load_data(example.data, REGISTRY).info, REGISTRY)
    text = model_code(example, plan, REGISTRY).text
    assert RESNET in text
    assert "add1" not in text


def small(project: Project, **recipe: object) -> Project:
    return replace(
        project,
        data=replace(project.data, dataset=Entry("nnstudio.digits")),
        recipe=replace(project.recipe, epochs=1, batch_size=256, **recipe),
    )


def test_the_script_of_a_resnet_reaches_the_same_numbers(example: Project, tmp_path) -> None:
    ours, theirs, text = both(small(example), tmp_path)
    assert_equal(ours, theirs)
    assert "class ResidualBlock(nn.Module):" in text


def test_the_script_of_a_recurrent_cell_reaches_the_same_numbers(tmp_path) -> None:
    ours, theirs, _ = both(small(open_example("digits_rnn", REGISTRY)), tmp_path)
    assert_equal(ours, theirs)


def test_rules_for_nodes_within_blocks_are_in_the_script(example: Project, tmp_path) -> None:
    rules = (
        Rule("#stage2/conv1", frozen=True),
        Rule("#stage1[1]/conv2", initializer=Entry("nnstudio.kaiming_normal"), lr_factor=0.5),
        Rule("#stage3/shortcut1", regularizers=(Entry("nnstudio.l1"),)),
    )
    ours, theirs, text = both(small(example, rules=rules, regularizers=(Entry("nnstudio.l2"),)), tmp_path)
    assert_equal(ours, theirs)
    assert "model.stage2.conv1.requires_grad_(False)" in text
    assert 'if f"{name}.".startswith("stage1.1.conv2."):' in text
    assert "model.stage1[1].conv2.parameters()" in text
    assert "weights_of_stage3_shortcut = weights(model.stage3.shortcut)" in text


def test_an_error_names_the_node_of_the_very_instance() -> None:
    made = compile_model(resnet(), REGISTRY, image_data(1, 28, 3))
    for name, id in (("stage1.2.short", "stage1[2]/short"), ("stage_two.second.conv", "stage2/second/conv")):
        part = made.module.get_submodule(name)
        whole, part.weight = part.weight, torch.nn.Parameter(torch.zeros(2, 9, 1, 1))
        with pytest.raises(RuntimeError) as caught:
            made.module(torch.zeros(2, 1, 28, 28))
        assert made.node_of(caught.value) == id
        assert made.problem(caught.value).node == id
        part.weight = whole


def test_every_node_knows_its_lines_in_its_class() -> None:
    project = resnet()
    code = model_code(project, inspect_project(project, image_data(1, 28, 3), REGISTRY), REGISTRY)
    lines = code.text.splitlines()
    assert [lines[number - 1].strip() for number in code.lines["stage1[2]/short"]] == [
        "self.short = nn.Conv2d(channels_out, channels_out, kernel_size=1)",
        "short = self.short(in1)",
    ]
    assert code.lines["stage1[0]/short"] == code.lines["stage2/short"]
    assert [lines[number - 1].strip() for number in code.lines["stage1"]] == [
        "self.stage1 = nn.Sequential(*(Residual(4, 4) for _ in range(3)))",
        "x = self.stage1(x)",
    ]
    assert code.nodes_at(code.lines["stage2/short"][0]) == (
        *(f"stage1[{turn}]/short" for turn in range(3)), "stage2/short",
    )  # fmt: skip

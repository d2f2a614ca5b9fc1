"""Projects to open, train and take apart. Each reaches its stated figure; the tests hold it to that."""

from collections.abc import Iterable

from nnstudio.api import ExampleSpec, hookimpl
from nnstudio_gallery.labs import LABS


@hookimpl
def register_examples() -> Iterable[ExampleSpec]:
    return [
        _example(
            "xor",
            "XOR",
            "The smallest problem that needs a hidden layer. Watch two lines become a band.",
            "100 % of the test points",
        ),
        _example(
            "two_moons",
            "Two moons",
            "Two classes that no straight line divides: see the boundary bend around them.",
            "97 % of the test points",
        ),
        _example(
            "spirals",
            "Spirals",
            "Two arms wound around one another. Take away a layer, or half the units, and see it fail.",
            "99 % of the test points",
        ),
        _example(
            "iris",
            "Iris, softmax regression",
            "One linear layer and a cross-entropy: the oldest classifier there is, and hard to beat here.",
            "93 % of the test flowers",
        ),
        _example(
            "digits_mlp",
            "Digits, MLP",
            "Handwritten digits of 8×8 pixels and two hidden layers: trained in seconds.",
            "96 % of the test digits",
        ),
        _example(
            "fashion_mnist_mlp",
            "Fashion-MNIST, MLP",
            "Pictures of clothes as plain vectors of 784 numbers: what can be had without convolutions.",
            "83 % of the test pictures, trained on the sample",
        ),
        _example(
            "fashion_mnist_lenet",
            "Fashion-MNIST, LeNet",
            "Two convolutions, two poolings, two linear layers: the network that began it all, on pictures of clothes.",
            "85 % of the test pictures, trained on the sample; 89 % with the full set in 10 epochs",
        ),
        _example(
            "digits_rnn",
            "Digits, recurrent cell",
            "A recurrent cell drawn by hand, a scan block, reads the digits row by row. Make it an LSTM.",
            "95 % of the test digits",
        ),
        _example(
            "fashion_mnist_resnet",
            "Fashion-MNIST, ResNet",
            "A residual block, drawn once, stands here four times with its own channels and stride: deep networks as they are built.",
            "86 % of the test pictures, trained on the sample",
        ),
        *LABS,
    ]


def _example(name: str, title: str, text: str, reaches: str) -> ExampleSpec:
    return ExampleSpec(f"nnstudio.{name}", title, f"{name}.nns", text, reaches)

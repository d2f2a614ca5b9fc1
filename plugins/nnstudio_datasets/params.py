"""The parameters of the bundled datasets."""

from typing import Annotated, Literal

from nnstudio.api import Field, Params, Ui

Samples = Annotated[int, Field(ge=4, le=1_000_000), Ui(scale="log")]
Noise = Annotated[float, Field(ge=0, le=10)]
Seed = Annotated[int, Field(ge=0, le=2**32 - 1), Ui(advanced=True)]


class FashionMnist(Params):
    """Pictures of clothes, 28×28 in grey, ten classes: as small as MNIST's digits, but not as easy.

    Source: Xiao, Rasul & Vollgraf 2017
    """

    which: Literal["sample", "full"] = "sample"
    """sample: 6 000 + 1 000 pictures that ship with NNStudio; full: 60 000 + 10 000, from the folder, Debian's package
    dataset-fashion-mnist, or a download of 30 MB"""
    folder: Annotated[str, Ui(widget="folder")] = ""
    """where the four files of the full set are (empty: found or downloaded)"""


class Digits(Params):
    """1 797 handwritten digits, 8×8 in grey, scikit-learn's own: learns in a second.

    Source: Alpaydin & Kaynak 1998
    """

    samples: Annotated[int, Field(ge=20, le=1797)] = 1797
    """how many of them: few make it easy to learn them by heart"""
    label_noise: Annotated[float, Field(ge=0, le=1)] = 0.0
    """share of the labels that are replaced by a random one: what nobody can learn but by heart"""


class Iris(Params):
    """150 iris flowers of three species by the length and width of their leaves: the classic of classification.

    Source: Fisher 1936; Anderson 1936
    """


class Wine(Params):
    """178 wines from three growers in one region by 13 chemical measurements of very different scales.

    Source: Aeberhard & Forina 1991
    """


class BreastCancer(Params):
    """569 tumours, malignant or benign, by 30 features of their cell nuclei in a microscope's picture.

    Source: Wolberg, Mangasarian, Street & Street 1993
    """


class Diabetes(Params):
    """442 patients: ten measurements, and how far the disease went one year later (a regression).

    Source: Efron, Hastie, Johnstone & Tibshirani 2004
    """


class Moons(Params):
    """Two half circles that reach into one another: no straight line divides them."""

    samples: Samples = 400
    """number of points"""
    noise: Noise = 0.15
    """standard deviation of the scatter (the circles have radius 1)"""
    seed: Seed = 0
    """another seed gives other points"""


class Circles(Params):
    """A circle within a circle: linearly inseparable, simple in polar coordinates."""

    samples: Samples = 400
    """number of points"""
    noise: Noise = 0.08
    """standard deviation of the scatter"""
    factor: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """radius of the inner circle; the outer one has radius 1"""
    seed: Seed = 0
    """another seed gives other points"""


class Spirals(Params):
    """Arms that wind around one another: the benchmark that a small network finds hard.

    Source: Lang & Witbrock 1988
    """

    samples: Samples = 600
    """number of points"""
    noise: Noise = 0.03
    """standard deviation of the scatter (the arms end at radius 1)"""
    classes: Annotated[int, Field(ge=2, le=10)] = 2
    """number of arms"""
    turns: Annotated[float, Field(gt=0, le=5)] = 1.5
    """how often an arm goes round"""
    seed: Seed = 0
    """another seed gives other points"""


class Blobs(Params):
    """Round clouds, one a class, their centres evenly on a circle of radius 1."""

    samples: Samples = 300
    """number of points"""
    noise: Noise = 0.25
    """standard deviation of each cloud"""
    classes: Annotated[int, Field(ge=2, le=20)] = 3
    """number of clouds"""
    seed: Seed = 0
    """another seed gives other points"""


class Xor(Params):
    """Exclusive or: class 1 where exactly one of the two inputs is 1. What a perceptron without a hidden layer cannot learn.

    Source: Minsky & Papert 1969
    """

    samples: Samples = 200
    """number of points, shared out evenly among the four corners"""
    noise: Noise = 0.1
    """standard deviation around the corners (0, 0), (0, 1), (1, 0), (1, 1)"""
    seed: Seed = 0
    """another seed gives other points"""


class Curve(Params):
    """Points on a curve, with noise; the input is the number x, or its powers up to a degree m: a polynomial fitted by a linear layer.

    Formula: y = f(x) + N(0, noise²),   ψ(x) = (x, x², …, xᵐ)
    Source: Bishop 2006, ch. 1.1
    """

    samples: Samples = 60
    """how many points, uniform in −1 … 1"""
    function: Literal["sine", "line", "cubic"] = "sine"
    """sine: sin(πx); line: 0.5 + 2x; cubic: x − 2x² + 3x³"""
    noise: Noise = 0.2
    """standard deviation of the noise on y"""
    degree: Annotated[int, Field(ge=1, le=15), Ui(symbol="m")] = 1
    """highest power of x among the features"""
    scale: Annotated[float, Field(gt=0, le=1000), Ui(scale="log", advanced=True)] = 1.0
    """each further power is larger by this factor: features of unequal size make the problem ill-conditioned"""
    seed: Seed = 0
    """of the random numbers: the same seed gives the same points"""


class Table(Params):
    """Your own table: a CSV or Parquet file with one sample a row and named columns."""

    path: Annotated[str, Ui(widget="file")] = ""
    """the file, absolute or relative to the folder NNStudio was started in"""
    target: str = ""
    """column to predict (empty: the last one)"""
    features: str = ""
    """columns to predict from, with commas between them (empty: all others)"""
    separator: Literal["auto", ",", ";", "tab", "|"] = "auto"
    """what stands between two values of a row (auto: what the first line has most of)"""
    task: Literal["auto", "classification", "regression"] = "auto"
    """auto: classes where the target is text or holds at most 20 different whole numbers"""
    missing: Literal["refuse", "drop"] = "refuse"
    """rows with missing values: say where the first is, or leave them out"""
    text: Literal["one-hot", "codes", "refuse"] = "one-hot"
    """columns of text: one column of 0 and 1 for each value, one of whole numbers, or an error"""


class ImageFolder(Params):
    """Your own pictures: a folder with one folder of pictures for each class."""

    folder: Annotated[str, Ui(widget="folder")] = ""
    """the folder, absolute or relative to the one NNStudio was started in"""
    size: Annotated[int, Field(ge=4, le=1024), Ui(unit="px")] = 32
    """width and height that every picture is brought to"""
    colour: Literal["rgb", "grey"] = "rgb"
    """three channels or one"""
    fit: Literal["crop", "stretch"] = "crop"
    """a picture that is not square is cropped to its middle, or stretched"""
    broken: Literal["refuse", "skip"] = "refuse"
    """files that are no readable picture: name the first, or leave them out and count them"""

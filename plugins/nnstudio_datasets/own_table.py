"""Your own table, CSV or Parquet. What it holds is checked value by value; each refusal names row, column, value and cure.

Rows are counted from 1, without the line of names.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from nnstudio.api import DataError, DataField, Dataset
from nnstudio_datasets.params import Table

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?", "-")
MAX_CATEGORIES = 100
MAX_CLASSES = 1000
FEW = 20  # so many different whole numbers are taken for classes
Floats = npt.NDArray[np.float32]


def load(params: Table) -> Dataset:
    path = _path(params.path)
    table = _cleaned(_read(path, params.separator), path)
    target, features = _columns(table, params, path)
    used = table.select([*features, target])
    columns, notes = _without_gaps(used, params.missing, path)
    parts = [_feature(columns[name], params.text) for name in features]
    values = np.concatenate([values for values, _ in parts], axis=1)
    names = tuple(name for _, part in parts for name in part)
    field = _target(columns[target], params.task)
    if params.task == "auto":
        notes.append(f"'{target}' is taken for {'classes' if field.kind == 'label' else 'a value'}.")
    gaps = tuple(used[name].null_count() for name, (_, part) in zip(features, parts, strict=True) for _ in part)
    vector = DataField(values, "vector", names=names, missing=gaps if any(gaps) else ())
    fields = {"features": vector, "target": field}
    return Dataset(fields, ("features",), "target", source=str(path), licence="your own", notes=tuple(notes))


@dataclass(frozen=True)
class _Column:
    """One column without gaps; rows: the numbers of its rows in the file."""

    values: pl.Series
    rows: pl.Series
    path: Path

    @property
    def name(self) -> str:
        return self.values.name

    @property
    def title(self) -> str:
        return f"{self.path}: column '{self.name}'"

    def at(self, index: int) -> str:
        return f"{self.path}: '{self.values[index]}' in row {self.rows[index]} of column '{self.name}'"


def _path(text: str) -> Path:
    if not text:
        raise DataError("No table is chosen. Give the path of a CSV or Parquet file.")
    path = Path(text).expanduser().absolute()
    if not path.is_file():
        raise DataError(f"There is no file {path}. Check the path.")
    return path


def _read(path: Path, separator: str) -> pl.DataFrame:
    """The table; of a CSV file every column as text, so that what it really holds can be told apart later."""
    try:
        if path.suffix.lower() in {".parquet", ".pq"}:
            return pl.read_parquet(path)
        mark = _separator(path) if separator == "auto" else {"tab": "\t"}.get(separator, separator)
        _refuse_long_rows(path, mark)
        return pl.read_csv(path, separator=mark, infer_schema=False, raise_if_empty=False)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError, csv.Error) as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise DataError(f"{path} cannot be read as a table: {reason}. Is it CSV in UTF-8, or Parquet?") from None


def _refuse_long_rows(path: Path, mark: str) -> None:
    """polars would say that a row does not fit, but not which; and it renames a column whose name there is already."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = csv.reader(stream, delimiter=mark)
        names = next(rows, list[str]())
        _refuse_twice([name.strip() for name in names], path)
        columns = len(names)
        for number, row in enumerate(rows, start=1):
            if len(row) > columns:
                raise DataError(
                    f"{path}: row {number} has {len(row)} values, but there are {columns} columns. "
                    f"Put quotes around values that hold '{mark}'."
                )


def _separator(path: Path) -> str:
    """What the line of names has most of."""
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        line = stream.readline(65_536)
    return max(",;\t|", key=line.count)


def _cleaned(table: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Names and texts without spaces around them; what stands for a missing value is null."""
    names = [name.strip() for name in table.columns]
    if not names:
        raise DataError(f"{path} is empty. Give a table with a line of names and rows below it.")
    if len(names) < 2:
        raise DataError(f"{path} has one column only; a feature and a target are needed. Is the separator right?")
    _refuse_twice(names, path)
    if all(_is_number(name) for name in names):
        raise DataError(
            f"{path} begins with numbers ({', '.join(names[:3])}, …). Put a line with the columns' names first."
        )
    text = pl.col(pl.String).str.strip_chars()
    return (
        table.rename(dict(zip(table.columns, names, strict=True)))
        .with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))
        .with_columns(pl.when(text.is_in(MISSING)).then(None).otherwise(text).name.keep())
        .with_columns(pl.col(pl.Float32, pl.Float64).fill_nan(None))
    )


def _refuse_twice(names: list[str], path: Path) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"{path} has two columns called '{twice}'. Rename one.")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _columns(table: pl.DataFrame, params: Table, path: Path) -> tuple[str, list[str]]:
    """(target, features)."""
    target = params.target.strip() or table.columns[-1]
    chosen = [name.strip() for name in params.features.split(",") if name.strip()]
    for name in (target, *chosen):
        if name not in table.columns:
            known = ", ".join(table.columns[:20]) + (", …" if len(table.columns) > 20 else "")
            raise DataError(f"{path} has no column '{name}'. It has: {known}.")
    if target in chosen:
        raise DataError(f"Column '{target}' is both feature and target. Take it out of one of them.")
    return target, list(dict.fromkeys(chosen)) or [name for name in table.columns if name != target]


def _without_gaps(table: pl.DataFrame, missing: str, path: Path) -> tuple[dict[str, _Column], list[str]]:
    """The columns without the rows that miss something, and a note of how many these are."""
    gaps = table.select(pl.any_horizontal(pl.all().is_null())).to_series()
    notes: list[str] = []
    if gaps.any():
        if missing == "refuse":
            row = gaps.arg_max() or 0
            name = next(name for name in table.columns if table[name][row] is None)
            raise DataError(
                f"{path}: row {row + 1} has no value in column '{name}'. "
                "Fill it in, leave the column out, or set 'missing' to 'drop' to leave such rows out."
            )
        notes.append(f"{gaps.sum()} of {len(table)} rows with missing values left out.")
    rows = pl.int_range(1, len(table) + 1, eager=True).filter(~gaps)
    if not len(rows):
        raise DataError(f"{path} has no rows to learn from. Give a table with full rows below the names.")
    return {name: _Column(table[name].filter(~gaps), rows, path) for name in table.columns}, notes


def _feature(column: _Column, text: str) -> tuple[Floats, tuple[str, ...]]:
    """(N × K numbers, K names) of one column: as it is, or its texts as categories."""
    numbers = _numbers(column)
    if numbers is not None:
        return numbers[:, None], (column.name,)
    if text == "refuse":
        raise DataError(f"{column.at(0)} is text. Leave the column out, or set 'text' to 'one-hot'.")
    categories, codes = _categories(column)
    if len(categories) > MAX_CATEGORIES:
        raise DataError(
            f"{column.title} holds {len(categories)} different texts ('{column.values[0]}', …); "
            f"at most {MAX_CATEGORIES} can be categories. Leave it out of the features."
        )
    if text == "codes":
        return codes[:, None].astype(np.float32), (column.name,)
    hot = (codes[:, None] == np.arange(len(categories))).astype(np.float32)
    return hot, tuple(f"{column.name} = {category}" for category in categories)


def _numbers(column: _Column) -> Floats | None:
    """The column as numbers; None where it is text throughout. A text among numbers is an error, and so is an infinity."""
    kind = column.values.dtype
    if not (kind == pl.String or kind == pl.Boolean or kind.is_numeric()):
        raise DataError(f"{column.title} is of type {kind}; numbers and texts can be used. Leave it out.")
    numbers = column.values.cast(pl.Float64, strict=False)
    if numbers.null_count() == len(numbers):
        if _with_decimal_commas(column.values):
            raise DataError(f"{column.at(0)} has a decimal comma, as all in this column. Write points instead.")
        return None
    if numbers.null_count():
        wrong = numbers.is_null().arg_max() or 0
        raise DataError(f"{column.at(wrong)} is no number, as others there are. Mend it, or leave the column out.")
    with np.errstate(over="ignore"):
        values = numbers.to_numpy().astype(np.float32)
    if not np.isfinite(values).all():
        wrong = int(np.argmin(np.isfinite(values)))
        raise DataError(f"{column.at(wrong)} is too large to compute with. Mend it, or leave the column out.")
    return values


def _with_decimal_commas(texts: pl.Series) -> bool:
    return texts.dtype == pl.String and bool(texts.str.contains(r"^[+-]?\d*,?\d+$").all())


def _categories(column: _Column) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The different texts in order, and for each row which it has."""
    categories = sorted(column.values.unique())
    place = {category: number for number, category in enumerate(categories)}
    return categories, np.array([place[value] for value in column.values], dtype=np.int64)


def _target(column: _Column, task: str) -> DataField:
    if task == "classification" and column.values.dtype == pl.String:
        return _classes(column, *_categories(column))
    numbers = _numbers(column)
    if numbers is None:
        if task == "regression":
            raise DataError(f"{column.at(0)} is text, which no regression can predict. Choose another target.")
        return _classes(column, *_categories(column))
    whole = bool((numbers == np.round(numbers)).all())
    if task == "classification" or (task == "auto" and whole and len(np.unique(numbers)) <= FEW):
        values, labels = np.unique(numbers, return_inverse=True)
        return _classes(column, [f"{value:g}" for value in values], labels.astype(np.int64))
    return DataField(numbers[:, None], "value", names=(column.name,))


def _classes(column: _Column, classes: list[str], labels: npt.NDArray[np.int64]) -> DataField:
    if len(classes) < 2:
        raise DataError(f"{column.title}, the target, holds one class only ('{classes[0]}'). Choose another target.")
    if len(classes) > MAX_CLASSES:
        raise DataError(
            f"{column.title}, the target, holds {len(classes)} different values; at most {MAX_CLASSES} can be classes. "
            "Choose another target, or the task 'regression'."
        )
    return DataField(labels, "label", classes=tuple(classes))

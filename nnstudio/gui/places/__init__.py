"""The places of the window: one module a place, each a widget that is given the studio."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from nnstudio.gui.window import MainWindow
    from nnstudio.project.guide import Link


def makers(window: MainWindow) -> dict[str, Callable[[], QWidget]]:
    """Place → what makes its widget. Each is imported when it is first shown."""
    studio = window.studio

    def model() -> QWidget:
        from nnstudio.gui.places.model import ModelPlace

        return ModelPlace(studio)

    def data() -> QWidget:
        from nnstudio.gui.places.data import DataPlace

        return DataPlace(studio)

    def recipe() -> QWidget:
        from nnstudio.gui.places.recipe import RecipePlace

        return RecipePlace(studio)

    def runs() -> QWidget:
        from nnstudio.gui.places.runs import RunsPlace

        return RunsPlace(studio)

    def labs() -> QWidget:
        from nnstudio.gui.places.start import StartPlace

        return StartPlace(studio, window.new_project, window.choose_file)

    def ask(link: Link) -> None:
        if link.verb == "experiment":
            from nnstudio.gui.places.start import StartPlace

            window.show_place("labs")
            place = window.place_widget("labs")
            if isinstance(place, StartPlace):
                place.show_experiments(link.name, link.values)
        elif link.verb == "compare":
            from nnstudio.gui.places.compare import show_compare

            show_compare(window, studio, link.values)

    studio.asked.connect(ask)
    return {"model": model, "data": data, "recipe": recipe, "runs": runs, "labs": labs}

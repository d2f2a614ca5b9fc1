"""What can be done with a block beyond this project: keep it, share it as a file, take one in. Each says what became of it."""

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.project.block_copies import imported
from nnstudio.project.block_library import SUFFIX, Kept, read, write


def save_block(studio: Studio, block: str) -> bool:
    """Keep definition `block` among the person's own; one of the same title is replaced."""
    problems = studio.library.save(studio.project, block)
    if not problems:
        title = studio.project.blocks[block].title or block
        studio.message.emit(tr("'{title}' is among your blocks now, in every project.", title=title), "info")
    return _done(studio, problems)


def rename_kept(studio: Studio, kept: Kept, title: str) -> bool:
    return title == kept.title or _done(studio, studio.library.rename(kept, title))


def delete_kept(studio: Studio, kept: Kept) -> bool:
    """The file goes; projects that use the block have a copy of it."""
    return _done(studio, studio.library.delete(kept))


def _done(studio: Studio, problems: tuple[object, ...]) -> bool:
    if problems:
        for problem in problems:
            studio.message.emit(str(problem), "error")
        return False
    studio.registry_changed.emit()
    return True


def share_block(studio: Studio, block: str, parent: QWidget) -> None:
    """Ask for a file and write the block there."""

    def share(path: str) -> None:
        if block in studio.project.blocks:
            problems = write(studio.project, block, Path(path))
            studio.say_all(problems)
            if not problems:
                studio.message.emit(tr("Written to {path}", path=path), "info")

    dialog = _dialog(parent, tr("Share the block"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
    dialog.selectFile(f"{studio.project.blocks[block].title or block}{SUFFIX}")
    dialog.fileSelected.connect(share)
    dialog.open()


def ask_for_block(studio: Studio, parent: QWidget) -> None:
    """Ask for files of blocks and take them in."""

    def take_all(paths: list[str]) -> None:
        for path in paths:
            take_in(studio, Path(path))

    dialog = _dialog(parent, tr("Take in a block"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(take_all)
    dialog.open()


def _dialog(parent: QWidget, title: str) -> QFileDialog:
    """Qt's own file dialog, not blocking anything."""
    dialog = QFileDialog(parent, title, str(Path.cwd()))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setNameFilter(_filter())
    return dialog


def take_in(studio: Studio, path: Path) -> str | None:
    """The block of a file among the blocks of this project, as one step; its id there, None, with the reason said, where it cannot be."""
    kept, problems = read(path)
    studio.say_all(problems)
    if kept is None:
        return None
    edit, renames = imported(studio.project, kept.blocks)
    studio.do(edit)
    words = tr("'{title}' is among the blocks of this project.") if edit else tr("'{title}' was here already.")
    studio.message.emit(words.format(title=kept.title), "info")
    return renames[kept.id]


def _filter() -> str:
    return tr("Blocks (*{suffix})", suffix=SUFFIX)

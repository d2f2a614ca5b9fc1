"""Which keys are these? What a keyboard sends for one press differs between layouts and systems; what is kept of it does not."""

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from nnstudio.gui.keymap import is_sign

MODIFIERS = frozenset(
    {Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr, Qt.Key.Key_unknown}
)
DIGITS = "1234567890"
US_SIGNS = "!@#$%^&*()"
"""Above the digits where nobody says which key it was: as on most keyboards."""
APPLE_ROW = (0x12, 0x13, 0x14, 0x15, 0x17, 0x16, 0x1A, 0x1C, 0x19, 0x1D)
FIRST_OF_ROW = {"win32": 2, "linux": 10}
"""The scan code of the key `1`; the others follow it."""


def pressed(event: QKeyEvent) -> tuple[str, ...]:
    """The keys of this press as settings keep them, then the other shortcuts that it would set off as well; () while only modifiers are held.

    Shift and a digit arrive as the sign above it, "!" or, elsewhere, '"': it is kept as the digit, by which the layout does not matter.
    """
    key, modifiers = Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if key in MODIFIERS:
        return ()
    if key == Qt.Key.Key_Backtab:
        key = Qt.Key.Key_Tab
    if not is_sign(key):
        return (_written(key, modifiers),)
    sign = _written(key, modifiers & ~Qt.KeyboardModifier.ShiftModifier)
    if not modifiers & Qt.KeyboardModifier.ShiftModifier:
        return (sign,)
    digit = _digit(event)
    return (_written(ord(digit), modifiers), sign) if digit else (sign,)


def _written(key: int, modifiers: Qt.KeyboardModifier) -> str:
    return QKeySequence(int(key) | modifiers.value).toString(QKeySequence.SequenceFormat.PortableText)


def _digit(event: QKeyEvent) -> str:
    """What stands below the sign on its key; "" where it is no key of the row of digits."""
    if sys.platform == "darwin" and event.nativeVirtualKey():
        place = APPLE_ROW.index(event.nativeVirtualKey()) if event.nativeVirtualKey() in APPLE_ROW else -1
    elif event.nativeScanCode() and sys.platform in FIRST_OF_ROW:
        place = event.nativeScanCode() - FIRST_OF_ROW[sys.platform]
    else:
        place = US_SIGNS.find(chr(event.key()))
    return DIGITS[place] if 0 <= place < len(DIGITS) else ""

"""Every reliance on how Textual works inside, with the version in which it was checked. Nothing else lives here."""

from ssmtui.ui.compat.app import CompatApp, color_system
from ssmtui.ui.compat.dialogs import PatientDialog
from ssmtui.ui.compat.drawing import BakedStrip, LeafWidget, LinesWidget, SteadyScreen, baked_style, resize_content
from ssmtui.ui.compat.entries import InertInput, SteadyInput
from ssmtui.ui.compat.keyboard import OuterKeyboard, rebind
from ssmtui.ui.compat.workers import run_latest

__all__ = [
    "BakedStrip",
    "CompatApp",
    "InertInput",
    "LeafWidget",
    "LinesWidget",
    "OuterKeyboard",
    "PatientDialog",
    "SteadyInput",
    "SteadyScreen",
    "baked_style",
    "color_system",
    "rebind",
    "resize_content",
    "run_latest",
]

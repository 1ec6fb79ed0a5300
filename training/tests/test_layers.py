"""Imports run in one direction, so that a folder can be read with those before it and no others."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("world", "models", "dataset", "loop", "stages", "evaluation")
"""Each imports from those before it only; the modules beside the folders from all of them."""


def imported_modules(path: Path) -> set[str]:
    """Modules of this package that a file imports, without the leading name."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {name.removeprefix("training.") for name in names if name.startswith("training.")}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_folder_imports_only_from_those_before_it(layer: str) -> None:
    allowed = LAYERS[: LAYERS.index(layer) + 1]
    files = sorted((ROOT / layer).glob("*.py"))
    assert files
    for path in files:
        beyond = {name for name in imported_modules(path) if name.split(".")[0] not in allowed}
        assert not beyond, f"{path.relative_to(ROOT)} imports {beyond}"


def test_every_folder_has_its_place_in_the_order() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert folders == set(LAYERS)

"""The text projection that is fitted to frozen encoders."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from training.text_projection import CAPTIONS, NAME, RIVALS, Pairs, add_to_release, fit, matched


def test_captions_come_to_lie_beside_their_pictures() -> None:
    torch.manual_seed(0)
    states = torch.randn(8 * RIVALS, CAPTIONS, 12)
    states[:, 1] = states[:, 0] + 0.1 * torch.randn_like(states[:, 0])
    pairs = Pairs(states, states[:, 0] @ torch.randn(12, 10))
    projection = fit(pairs, steps=60, batch_size=64, rate=2e-2)
    assert projection.shape == (10, 12)
    assert matched(pairs, torch.randn(10, 12), 1) < 0.3
    assert matched(pairs, projection, 1) > 0.9


def test_it_is_written_beside_what_the_text_encoder_has(tmp_path: Path) -> None:
    (tmp_path / "text_encoder").mkdir()
    path = tmp_path / "text_encoder" / "model.fp16.safetensors"
    weight = torch.randn(3, 4).half()
    save_file({"text_model.weight": weight}, path)
    for _ in range(2):
        add_to_release(tmp_path, torch.eye(4))
    written = load_file(path)
    assert set(written) == {"text_model.weight", NAME}
    assert torch.equal(written["text_model.weight"], weight)
    assert torch.equal(written[NAME], torch.eye(4).half())

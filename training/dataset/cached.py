"""Reading the shards that `training.dataset.cache` writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.dataset.cache import FIELDS

EXTRA_DOUBLES = 0.15
"""Share of the rows that are drawn among pictures of two subjects only."""


class CachedWorld:
    """Rows over all shards of a folder, memory-mapped.

    latents [4, 16, 16] scaled; focus [16, 16] true within a subject's box; regions [2, 16, 16] each
    subject's own; input_ids [77]; spans [s, 2] tokens of pinned words; text_states [77, d]; views
    [s, k, 64, 64, 3] uint8, k pictures of each pinned word; image_embeds [s, k, d_image] of them.
    """

    def __init__(self, folder: Path) -> None:
        self.shards = [
            {name: np.load(path / f"{name}.npy", mmap_mode="r") for name in FIELDS}
            for path in sorted(folder.glob("shard-*"))
            if path.suffix != ".partial"
        ]
        if not self.shards:
            raise FileNotFoundError(f"No shards in {folder}: run training.dataset.cache first.")
        self.starts = np.cumsum([0, *(len(shard["latents"]) for shard in self.shards)])
        second = np.concatenate([shard["spans"][:, 1, 1] for shard in self.shards])
        self.doubles = torch.from_numpy(np.flatnonzero(second > 0))

    def __len__(self) -> int:
        return int(self.starts[-1])

    def draw(self, count: int, generator: torch.Generator) -> list[int]:
        """Random rows; two subjects, which are harder, come oftener than they are."""
        rows = torch.randint(len(self), (count,), generator=generator)
        if len(self.doubles):
            other = self.doubles[torch.randint(len(self.doubles), (count,), generator=generator)]
            rows = torch.where(torch.rand(count, generator=generator) < EXTRA_DOUBLES, other, rows)
        return rows.tolist()

    def rows(self, indices: list[int], fields: tuple[str, ...] = FIELDS) -> dict[str, Tensor]:
        """Gather rows as a batch; half precision becomes float32."""
        shards = np.searchsorted(self.starts, indices, side="right") - 1
        places = list(zip(shards.tolist(), (np.asarray(indices) - self.starts[shards]).tolist(), strict=True))
        batch = {}
        for name in fields:
            tensor = torch.from_numpy(np.stack([self.shards[s][name][i] for s, i in places]))
            batch[name] = tensor.float() if tensor.is_floating_point() else tensor
        return batch

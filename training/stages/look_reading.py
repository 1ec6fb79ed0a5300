"""A head start for the look: its resampler learns to say what a subject is before it says so to a UNet.

Patch tokens tell patterns and accessories better than the pooled embedding does, but a diffusion loss hardly asks for
them: most of its error is noise. Asked directly, the resampler reads them after minutes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from transformers import CLIPVisionModelWithProjection

from training.dataset.prerender import MAX_SUBJECTS, WorldArrays
from training.models.look import Resampler, patch_tokens
from training.stages.tiue import TiueData, draw_views, pick_view
from training.world.attributes import IGNORE, WIDTH, attribute_loss, attribute_row


class LookReadingStage(nn.Module):
    """Attributes and the teacher's word, read off image tokens by a linear head that is thrown away.

    attributes: [n, MAX_SUBJECTS, 9] of each row's subjects (`world.attributes`); words: [n, MAX_SUBJECTS, d].
    """

    def __init__(
        self,
        resampler: Resampler,
        image_model: CLIPVisionModelWithProjection,
        data: TiueData,
        attributes: Tensor,
        words: Tensor,
    ) -> None:
        super().__init__()
        self.resampler = resampler
        self.image_model = image_model.requires_grad_(False)
        self.data = data
        self.attributes = attributes
        self.words = (words - words.mean((0, 1))) / words.std((0, 1))
        queries, width = resampler.latents.shape[1], resampler.proj_out.out_features
        self.head = nn.Linear(queries * width, WIDTH + words.shape[-1])

    def sample(self, generator: torch.Generator, batch_size: int, progress: float) -> dict[str, Tensor]:
        """One view of each pinned subject of some rows, with its attributes and its word."""
        rows = self.data.draw(batch_size, generator)
        batch = self.data.rows(rows, ("views", "spans"))
        pinned = batch["spans"][:, :MAX_SUBJECTS, 1] > 0
        views = pick_view(batch["views"], draw_views(batch["spans"].shape[:2], generator))[:, :MAX_SUBJECTS]
        return {
            "pixels": views[pinned].permute(0, 3, 1, 2),
            "attributes": self.attributes[rows][pinned],
            "words": self.words[rows][pinned],
        }

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """Loss of one batch."""
        with torch.no_grad():
            patches = patch_tokens(self.image_model, batch["pixels"].float() / 127.5 - 1)
        told = self.head(self.resampler(patches).flatten(1)).float()
        read = attribute_loss(told[:, :WIDTH], batch["attributes"])
        said = (told[:, WIDTH:] - batch["words"]).square().mean()
        return {"loss": read + said, "read": read.detach(), "said": said.detach()}


def subject_attributes(world: WorldArrays, count: int) -> Tensor:
    """[count, MAX_SUBJECTS, 9] of the first scenes' subjects, without scene and style, which views change."""
    scenes = [world.scene(row) for row in range(count)]
    nobody = [None] * MAX_SUBJECTS
    rows = [[attribute_row(scene, s) for s in (*scene.subjects, *nobody)[:MAX_SUBJECTS]] for scene in scenes]
    attributes = torch.tensor(rows)
    attributes[..., 1:3] = IGNORE
    return attributes

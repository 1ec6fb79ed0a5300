"""Write the segmentation network as transformers.js' background removal reads it.

config.json, preprocessor_config.json and onnx/model.onnx: pixel_values [b, 3, 256, 256] → alphas [b, 1, 256, 256],
0–1.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from training.models.segmenter import SIZE, Segmenter

CONFIG = {"model_type": "isnet", "architectures": ["ISNetForImageSegmentation"], "image_size": SIZE}
"""The name under which transformers.js knows a network that maps pixels to one mask."""
PREPROCESSOR = {
    "feature_extractor_type": "ImageFeatureExtractor",
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_pad": False,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
    "resample": 2,
    "rescale_factor": 1 / 255,
    "size": {"height": SIZE, "width": SIZE},
}


class Alphas(nn.Module):
    """A segmenter whose answer is a share of 0–1."""

    def __init__(self, segmenter: Segmenter) -> None:
        super().__init__()
        self.segmenter = segmenter

    def forward(self, pixel_values: Tensor) -> Tensor:
        """[b, 3, s, s] in [−1, 1] → [b, 1, s, s]."""
        return self.segmenter(pixel_values).sigmoid()


def export_segmenter(segmenter: Segmenter, out: Path) -> None:
    """Write the three files."""
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    for name, content in (("config", CONFIG), ("preprocessor_config", PREPROCESSOR)):
        (out / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
    with warnings.catch_warnings():
        # The newer exporter needs a package of its own and gains nothing for plain convolutions.
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            Alphas(segmenter).eval().to(memory_format=torch.contiguous_format),
            (torch.zeros(1, 3, SIZE, SIZE),),
            out / "onnx" / "model.onnx",
            input_names=["pixel_values"],
            output_names=["alphas"],
            dynamic_axes={"pixel_values": {0: "batch"}, "alphas": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )

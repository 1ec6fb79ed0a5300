"""A SAM of random weights in the layout of transformers.js, and what it finds from points."""

import json
import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import SamConfig, SamMaskDecoderConfig, SamModel, SamPromptEncoderConfig, SamVisionConfig

EDGE, PATCH, WIDTH = 64, 8, 16
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
PREPROCESSOR = {
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_pad": True,
    "do_rescale": True,
    "do_resize": True,
    "image_mean": MEAN,
    "image_processor_type": "SamImageProcessor",
    "image_std": STD,
    "pad_size": {"height": EDGE, "width": EDGE},
    "processor_class": "SamProcessor",
    "resample": 2,
    "rescale_factor": 1 / 255,
    "size": {"longest_edge": EDGE},
}
# name: (points in the picture's pixels, 1 on the subject or 0 beside it)
POINTS = {"one": [(30, 20, 1)], "several": [(30, 20, 1), (70, 40, 0), (44, 12, 1)]}
PICTURE = (90, 60)


def _model() -> SamModel:
    """Small, and with weights large enough that its masks have an inside and an outside."""
    torch.manual_seed(3)
    vision = SamVisionConfig(
        hidden_size=16,
        output_channels=WIDTH,
        num_pos_feats=WIDTH // 2,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=EDGE,
        patch_size=PATCH,
        window_size=4,
        global_attn_indexes=[1],
        mlp_dim=32,
    )
    prompt = SamPromptEncoderConfig(hidden_size=WIDTH, image_size=EDGE, patch_size=PATCH, mask_input_channels=4)
    decoder = SamMaskDecoderConfig(
        hidden_size=WIDTH, mlp_dim=64, num_attention_heads=2, num_hidden_layers=2, iou_head_hidden_dim=WIDTH
    )
    model = SamModel(SamConfig(vision_config=vision, prompt_encoder_config=prompt, mask_decoder_config=decoder)).eval()
    for name, parameter in model.named_parameters():
        gain = 4.0 if parameter.dim() > 1 else 0.5
        fan_in = parameter[0].numel() if parameter.dim() > 1 and "embed" not in name else 1
        centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        parameter.data = centre + torch.randn_like(parameter) * gain / fan_in**0.5
    return model


class VisionEncoder(nn.Module):
    """pixel_values → the two embeddings."""

    def __init__(self, model: SamModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, Tensor]:
        """[b, 3, s, s] → twice [b, c, s / 8, s / 8]."""
        return self.model.get_image_embeddings(pixel_values), self.model.get_image_wide_positional_embeddings()


class MaskDecoder(nn.Module):
    """Points and embeddings → three masks and how far each is trusted."""

    def __init__(self, model: SamModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, points: Tensor, labels: Tensor, image: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        """[b, 1, n, 2], [b, 1, n] → scores [b, 1, 3], logits [b, 1, 3, s / 2, s / 2]."""
        sparse, dense = self.model.prompt_encoder(
            input_points=points, input_labels=labels, input_boxes=None, input_masks=None
        )
        masks, scores, *_ = self.model.mask_decoder(
            image_embeddings=image,
            image_positional_embeddings=positions,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=True,
        )
        return scores, masks


def _export(model: SamModel, folder: Path) -> None:
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            VisionEncoder(model),
            (torch.zeros(1, 3, EDGE, EDGE),),
            folder / "onnx/vision_encoder_quantized.onnx",
            input_names=["pixel_values"],
            output_names=["image_embeddings", "image_positional_embeddings"],
            opset_version=17,
            dynamo=False,
        )
        size = EDGE // PATCH
        torch.onnx.export(
            MaskDecoder(model),
            (torch.zeros(1, 1, 2, 2), torch.ones(1, 1, 2, dtype=torch.int64), *(torch.zeros(1, WIDTH, size, size),) * 2),
            folder / "onnx/prompt_encoder_mask_decoder_quantized.onnx",
            input_names=["input_points", "input_labels", "image_embeddings", "image_positional_embeddings"],
            output_names=["iou_scores", "pred_masks"],
            dynamic_axes={"input_points": {2: "points"}, "input_labels": {2: "points"}},
            opset_version=17,
            dynamo=False,
        )


def _find(model: SamModel, picture: Image.Image, points: list[tuple[int, int, int]]) -> Tensor:
    """The mask that is trusted most, [h, w] u8 at the size that the network reads."""
    scale = EDGE / max(picture.size)
    width, height = (round(length * scale) for length in picture.size)
    rgb = np.asarray(picture.resize((width, height), Image.Resampling.BILINEAR), np.float32) / 255
    planes = torch.from_numpy((rgb - np.float32(MEAN)) / np.float32(STD)).permute(2, 0, 1)[None]
    pixel_values = F.pad(planes, (0, EDGE - width, 0, EDGE - height))
    places = torch.tensor([[[(x * width / picture.width, y * height / picture.height) for x, y, _ in points]]])
    labels = torch.tensor([[[label for *_, label in points]]])
    with torch.no_grad():
        found = model(pixel_values=pixel_values, input_points=places, input_labels=labels)
    enlarged = F.interpolate(found.pred_masks[0], (EDGE, EDGE), mode="bilinear")[0, :, :height, :width]
    best = int(found.iou_scores[0, 0].argmax())
    return (255 * enlarged[best].sigmoid()).round().to(torch.uint8)


def write(folder: Path) -> None:
    """Writes sam/ (the network), points.safetensors (picture and masks) and points.json."""
    folder.mkdir(parents=True, exist_ok=True)
    model = _model()
    _export(model, folder / "sam")
    (folder / "sam/config.json").write_text(json.dumps({"model_type": "sam", "architectures": ["SamModel"]}) + "\n")
    (folder / "sam/preprocessor_config.json").write_text(json.dumps(PREPROCESSOR) + "\n")
    y, x = np.mgrid[0 : PICTURE[1], 0 : PICTURE[0]]
    inside = np.hypot(x - 32, y - 22) < 18
    rgb = np.stack([np.where(inside, 230, 40 + x), np.where(inside, 60, 90 + y), 120 + 40 * np.sin(x / 6)], -1)
    picture = Image.fromarray(rgb.astype(np.uint8))
    tensors = {"picture": torch.from_numpy(np.array(picture))}
    for name, points in POINTS.items():
        tensors[f"{name}.mask"] = _find(model, picture, points)
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / "points.safetensors")
    named = {name: [{"x": x, "y": y, "isSubject": label == 1} for x, y, label in p] for name, p in POINTS.items()}
    (folder / "points.json").write_text(json.dumps(named) + "\n")

"""What onnxruntime makes of pictures with the network of the picture book, preprocessed as its config says."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from PIL import Image
from safetensors.torch import save_file

PUBLIC = Path(__file__).parents[2] / "public/models"
NETWORK = PUBLIC / "picturebook-cutout"


def _pixel_values(picture: Image.Image) -> np.ndarray:
    """[1, 3, s, s] as preprocessor_config.json asks."""
    config = json.loads((NETWORK / "preprocessor_config.json").read_text())
    size = (config["size"]["width"], config["size"]["height"])
    resized = np.asarray(picture.resize(size, Image.Resampling(config["resample"])), np.float32)
    scaled = resized * config["rescale_factor"]
    normal = (scaled - np.float32(config["image_mean"])) / np.float32(config["image_std"])
    return normal.transpose(2, 0, 1)[None].astype(np.float32)


def _alphas(session: onnxruntime.InferenceSession, picture: Image.Image) -> np.ndarray:
    """[s, s] u8, cut as transformers.js cuts."""
    (alphas,) = session.run(None, {session.get_inputs()[0].name: _pixel_values(picture)})
    return (alphas[0, 0] * 255).astype(np.uint8)


def _pictures() -> dict[str, Image.Image]:
    """Samples of the site, one of them in other proportions."""
    listed = json.loads((PUBLIC / "picturebook/samples/samples.json").read_text())
    first, second = (
        Image.open(PUBLIC / "picturebook/samples" / entry["file"]).convert("RGB") for entry in (listed[0], listed[-1])
    )
    width, height = second.size
    return {"sample": first.resize((96, 96)), "crop": second.crop((0, height // 5, width, height)).resize((120, 90))}


def write(folder: Path) -> None:
    """Writes networks.safetensors ("<name>.picture" [h, w, 3] u8, "<name>.alphas" [s, s] u8) and networks.json."""
    session = onnxruntime.InferenceSession(NETWORK / "onnx/model.onnx", providers=["CPUExecutionProvider"])
    tensors: dict[str, torch.Tensor] = {}
    pictures = _pictures()
    for name, picture in pictures.items():
        tensors[f"{name}.picture"] = torch.from_numpy(np.array(picture))
        tensors[f"{name}.alphas"] = torch.from_numpy(_alphas(session, picture))
    save_file(tensors, folder / "networks.safetensors")
    (folder / "networks.json").write_text(json.dumps({"names": list(pictures)}) + "\n")

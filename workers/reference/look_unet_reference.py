"""What diffusers' UNet answers with an IP-Adapter, from image tokens on, and Conceptrol in plain PyTorch.

The tokens are random: image encoders and projections have references of their own. Rows are those of a guided step:
with the look, with the text alone, with the tokens of no picture.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import UNet2DConditionModel
from diffusers.image_processor import IPAdapterMaskProcessor
from diffusers.models.attention_processor import Attention
from safetensors.torch import save_file

TIMESTEP = 421
TOKENS = 77
IMAGE_TOKENS = 4
STEPS = 3
WORDS = ((3, 5), (9, 10))
STRENGTHS = (0.9, 0.6)
CASES = {
    "sd15": ("sd15/unet", ((7, 10),)),
    "half": ("half/unet", ((8, 8),)),
    "lists": ("unet-variants/lists", ((7, 10),)),
    "no-middle": ("unet-variants/no-middle", ((8, 8),)),
}

Tensors = dict[str, torch.Tensor]


def load_unet(root: Path, path: str) -> UNet2DConditionModel:
    """A checkpoint's network, or one of unet_variants_reference.py."""
    from safetensors.torch import load_file

    if (root / path).is_dir():
        return UNet2DConditionModel.from_pretrained(root / path, torch_dtype=torch.float32).eval()
    config = UNet2DConditionModel._dict_from_json_file(root / f"{path}.config.json")
    unet = UNet2DConditionModel.from_config(config).eval()
    unet.load_state_dict(load_file(root / f"{path}.safetensors"))
    return unet


def cross_attentions(unet: UNet2DConditionModel) -> list[str]:
    """Paths of the modules that get image tokens, in diffusers' order."""
    return [name.removesuffix(".processor") for name in unet.attn_processors if name.endswith("attn2.processor")]


def key_values(unet: UNet2DConditionModel, seed: int) -> Tensors:
    """Random keys and values of an adapter, numbered as h94's files are."""
    generator = torch.Generator().manual_seed(seed)
    width = cross_width(unet)
    tensors: Tensors = {}
    for position, path in enumerate(cross_attentions(unet)):
        channels = unet.get_submodule(path).to_q.out_features
        for kind in ("to_k_ip", "to_v_ip"):
            tensors[f"{2 * position + 1}.{kind}.weight"] = torch.randn(channels, width, generator=generator) / width**0.5
    return tensors


def cross_width(unet: UNet2DConditionModel) -> int:
    width = unet.config.cross_attention_dim
    return width if isinstance(width, int) else width[0]


def add_adapters(unet: UNet2DConditionModel, adapter: Tensors, count: int) -> None:
    """diffusers' own attention processors, with the same adapter `count` times."""
    width = cross_width(unet)
    projection = {"proj.weight": torch.zeros(IMAGE_TOKENS * width, 1), "norm.weight": torch.zeros(width)}
    unet.set_attn_processor(
        unet._convert_ip_adapter_attn_to_diffusers([{"image_proj": projection, "ip_adapter": adapter}] * count)
    )


def set_scales(unet: UNet2DConditionModel, scales: list[object]) -> None:
    for path in cross_attentions(unet):
        unet.get_submodule(path).processor.scale = scales


@dataclass
class Inputs:
    """One step's latents, of its own seed; and the same in all: text, tokens of two subjects' photos and of none."""

    unet: UNet2DConditionModel
    size: tuple[int, int]
    seed: int
    latents: torch.Tensor = field(init=False)
    text: torch.Tensor = field(init=False)
    photos: torch.Tensor = field(init=False)
    nothing: torch.Tensor = field(init=False)

    def __post_init__(self) -> None:
        width = cross_width(self.unet)
        self.latents = torch.randn(1, 4, *self.size, generator=torch.Generator().manual_seed(self.seed))
        generator = torch.Generator().manual_seed(0)
        self.text = torch.randn(3, TOKENS, width, generator=generator)
        self.photos = torch.randn(2, 3, IMAGE_TOKENS, width, generator=generator)
        self.nothing = torch.randn(IMAGE_TOKENS, width, generator=generator)

    def rows(self, *subjects: torch.Tensor) -> list[torch.Tensor]:
        """For each subject's photos [n, T, D], the tokens of the three rows: [3, n, T, D]."""
        return [torch.stack([photos, photos, self.nothing.expand_as(photos)]) for photos in subjects]

    def predict(self, tokens: list[torch.Tensor] | None, masks: list[torch.Tensor] | None = None) -> torch.Tensor:
        """[3, C, h, w]. The text row is made without image tokens."""
        kwargs = {} if masks is None else {"ip_adapter_masks": masks}
        text = self.text if tokens is None else (self.text, tokens)
        latents = self.latents.expand(3, -1, -1, -1)
        return self.unet(latents, TIMESTEP, text, cross_attention_kwargs=kwargs).sample


def with_text_row(inputs: Inputs, looked: torch.Tensor, plain: torch.Tensor) -> torch.Tensor:
    return torch.stack([looked[0], plain[1], looked[2]])


def decoupled(unet: UNet2DConditionModel, adapter: Tensors, inputs: Inputs, masks: torch.Tensor) -> Tensors:
    """diffusers' decoupled attention: one photo at three scales, two photos, two subjects, two with masks."""
    plain_processors = unet.attn_processors
    plain = inputs.predict(None)
    first, second = inputs.photos
    made: Tensors = {"plain": plain}

    def run(name: str, subjects: list[torch.Tensor], scales: list[object], mask: torch.Tensor | None = None) -> None:
        add_adapters(unet, adapter, len(subjects))
        set_scales(unet, scales)
        looked = inputs.predict(inputs.rows(*subjects), None if mask is None else [mask])
        made[name] = with_text_row(inputs, looked, plain)

    for scale in (0.0, 0.6, 1.0):
        run(f"scale-{scale:g}", [first[:1]], [scale])
    run("two-photos", [first[:2]], [0.8])
    run("two-subjects", [first[:1], second[:3]], list(STRENGTHS))
    run("two-masked", [torch.cat([first[:1], second[:1]])], [list(STRENGTHS)], masks)
    add_adapters(unet, adapter, 1)
    for position, path in enumerate(cross_attentions(unet)):
        unet.get_submodule(path).processor.scale = [layer_weight(position)]
    made["layers"] = with_text_row(inputs, inputs.predict(inputs.rows(first[:1])), plain)
    unet.set_attn_processor(plain_processors)
    return made


def layer_weight(position: int) -> float:
    """A weight for each layer, 0 in some."""
    return (0.0, 1.0, 0.25)[position % 3]


def grids(unet: UNet2DConditionModel, size: tuple[int, int]) -> dict[int, tuple[int, int]]:
    """Height and width of each level's map by its number of places."""
    found: dict[int, tuple[int, int]] = {}
    height, width = size
    for _ in unet.config.block_out_channels:
        found.setdefault(height * width, (height, width))
        height, width = (height + 1) // 2, (width + 1) // 2
    return found


class Conceptrol:
    """F1.11's attention with a global mask, for rows whose row `source` tells the maps (arXiv 2503.06568).

    Of several subjects the one whose word attends to a place most has it.
    """

    def __init__(self, unet: UNet2DConditionModel, adapter: Tensors, size: tuple[int, int], source: int) -> None:
        self.grids = grids(unet, size)
        self.source = source
        self.maps: torch.Tensor | None = None
        self.map_layer = next(
            name.removesuffix(".processor")
            for name in unet.attn_processors
            if name.startswith("up_blocks") and name.endswith("attn2.processor")
        )
        self.adapter = {
            path: [adapter[f"{2 * position + 1}.{kind}.weight"] for kind in ("to_k_ip", "to_v_ip")]
            for position, path in enumerate(cross_attentions(unet))
        }
        self.tokens: list[torch.Tensor] = []
        self.scales = torch.zeros(3)
        unet.set_attn_processor({name: self._processor(name.removesuffix(".processor")) for name in unet.attn_processors})

    def _processor(self, path: str) -> Callable[..., torch.Tensor]:
        return lambda attn, hidden_states, encoder_hidden_states=None, **_: self._attend(
            path, attn, hidden_states, encoder_hidden_states
        )

    def _attend(self, path: str, attn: Attention, x: torch.Tensor, text: torch.Tensor | None) -> torch.Tensor:
        states = x if text is None else text
        query, key, value = (
            self._heads(attn, projection) for projection in (attn.to_q(x), attn.to_k(states), attn.to_v(states))
        )
        weights = (query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5).softmax(-1)
        out = weights @ value
        if path in self.adapter:
            if path == self.map_layer:
                self.maps = self._word_maps(weights[self.source], x.shape[1])
            for subject, tokens in enumerate(self.tokens):
                image_key, image_value = (self._heads(attn, tokens @ weight.T) for weight in self.adapter[path])
                seen = F.scaled_dot_product_attention(query, image_key, image_value)
                gate = self._resized(subject, x.shape[1])
                out = out + self.scales[:, None, None, None] * STRENGTHS[subject] * seen * gate[None, None, :, None]
        return attn.to_out[0](out.transpose(1, 2).flatten(2))

    def _heads(self, attn: Attention, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(-1, (attn.heads, -1)).transpose(1, 2)

    def _word_maps(self, weights: torch.Tensor, places: int) -> torch.Tensor:
        """[heads, places, 77] → [subjects, h, w]"""
        maps = torch.stack([weights[:, :, start:end].mean(-1).mean(0) for start, end in WORDS[: len(self.tokens)]])
        maps = maps / (maps.amax(1, keepdim=True) + 1e-6)
        winner = maps.argmax(0)
        disjoint = torch.stack([torch.where(winner == subject, own, 0) for subject, own in enumerate(maps)])
        return disjoint.unflatten(1, self.grids[places])

    def _resized(self, subject: int, places: int) -> torch.Tensor:
        if self.maps is None:
            return torch.zeros(places)
        resized = F.interpolate(self.maps[subject][None, None], self.grids[places], mode="nearest")
        return resized.flatten()


def bound(unet: UNet2DConditionModel, adapter: Tensors, size: tuple[int, int], subjects: int, source: int) -> Tensors:
    """Steps on other latents each time, whose later layers gate by the map of their own step."""
    plain_processors = unet.attn_processors
    conceptrol = Conceptrol(unet, adapter, size, source)
    made: Tensors = {}
    for step in range(STEPS):
        inputs = Inputs(unet, size, 50 + step)
        photos = [inputs.photos[subject][:1] for subject in range(subjects)]
        conceptrol.tokens = [tokens.flatten(1, 2) for tokens in inputs.rows(*photos)]
        # The first step only looks where the words are.
        conceptrol.scales = torch.tensor([1.0, 0.0, 1.0]) * (step > 0)
        made[f"{step}.noise_prediction"] = inputs.predict(None)
        assert conceptrol.maps is not None
        made[f"{step}.map"] = conceptrol.maps.clone()
    unet.set_attn_processor(plain_processors)
    return made


@torch.no_grad()
def write(root: Path, folder: Path) -> None:
    """Writes NAME.adapter.safetensors, with h94's names, and NAME.reference.safetensors."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, (name, (path, sizes)) in enumerate(CASES.items()):
        unet = load_unet(root, path)
        adapter = key_values(unet, 60 + seed)
        if name == "half":
            adapter = {key: value.half().float() for key, value in adapter.items()}
        dtype = torch.float16 if name == "half" else torch.float32
        save_file(
            {f"ip_adapter.{key}": value.to(dtype) for key, value in adapter.items()},
            folder / f"{name}.adapter.safetensors",
        )
        tensors: Tensors = {"time_embedding": unet.time_proj(torch.tensor([TIMESTEP]))}
        for height, width in sizes:
            size = f"{height}x{width}"
            for step in range(STEPS):
                tensors[f"{size}.{step}.latents"] = Inputs(unet, (height, width), 50 + step).latents
            inputs = Inputs(unet, (height, width), 50)
            tensors |= {key: getattr(inputs, key) for key in ("text", "photos", "nothing")}
            picture = torch.zeros(2, 8 * height, 8 * width)
            picture[0, :, : 3 * width], picture[1, 2 * height :, 4 * width :] = 1, 1
            masks = IPAdapterMaskProcessor().preprocess(list(picture.numpy()), height=8 * height, width=8 * width)
            masks = masks.reshape(1, 2, *masks.shape[-2:])
            for places, (rows, columns) in grids(unet, (height, width)).items():
                tensors[f"{size}.mask_{rows}x{columns}"] = torch.stack(
                    [IPAdapterMaskProcessor.downsample(masks[:, subject], 1, places, 1)[0, :, 0] for subject in range(2)]
                )
            made = decoupled(unet, adapter, inputs, masks)
            for key in ("scale-0.6", "two-photos", "two-subjects", "two-masked", "layers"):
                print(name, size, key, f"{(made[key] - made['plain']).abs().max() / made['plain'].abs().max():.3f}")
            assert torch.equal(made["scale-0"], made["plain"])
            tensors |= {f"{size}.{key}": value for key, value in made.items()}
            for subjects, source in ((1, 1), (1, 0), (2, 1)):
                steps = bound(unet, adapter, (height, width), subjects, source)
                tensors |= {f"{size}.bound-{subjects}-{source}.{key}": value for key, value in steps.items()}
        save_file({key: value.contiguous() for key, value in tensors.items()}, folder / f"{name}.reference.safetensors")


if __name__ == "__main__":
    data = Path(__file__).parent / "data"
    write(data, data / "look-unet")

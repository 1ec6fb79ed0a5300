"""Writes the reference files of the file formats, the noise and the schedulers.

Everything here is made by the real tools (torch.save, safetensors, diffusers, peft, Pillow), so that the tests
compare our readers and formulas with somebody else's. Run it from the repository's root:

    python workers/reference/formats_reference.py [section ...]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import save_file

DATA = Path(__file__).parent / "data" / "formats"

NOISE_SEEDS = (0, 7, 1234, 2**31, 2**32 - 1)
NOISE_SIZES = (1, 2, 3, 7, 15, 16, 17, 20, 31, 32, 33, 100, 1000, 4096)
# Several calls on one generator: the scalar path keeps a spare value across block calls.
NOISE_SEQUENCE = (3, 16, 1, 20, 5, 2, 64, 4, 33, 1, 1)


def write_noise() -> None:
    """torch.randn of a CPU generator: one tensor [size] a seed and size, and one [sum] a seed for the sequence."""
    tensors: dict[str, torch.Tensor] = {}
    for seed in NOISE_SEEDS:
        for size in NOISE_SIZES:
            generator = torch.Generator("cpu").manual_seed(seed)
            tensors[f"{seed}/{size}"] = torch.randn(size, generator=generator)
        generator = torch.Generator("cpu").manual_seed(seed)
        parts = [torch.randn(size, generator=generator) for size in NOISE_SEQUENCE]
        tensors[f"{seed}/sequence"] = torch.cat(parts)
    save_file(tensors, DATA / "noise.safetensors")


def write_dtypes() -> None:
    """The same float32 values [n] cast by torch to every float type, edge cases included."""
    edges = torch.tensor(
        [0.0, -0.0, 1.0, -1.0, 65504.0, 65519.0, 2.0**-14, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0001, 3 * 2.0**-26,
         2.0**-15 * 1.3, 1 + 2.0**-11, 1 + 3 * 2.0**-11, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 3.0e38, -1.0e-40]
    )  # fmt: skip
    exponents = torch.randint(-30, 16, (2000,), generator=torch.Generator().manual_seed(1))
    mantissas = torch.randn(2000, generator=torch.Generator().manual_seed(2))
    values = torch.cat([edges, mantissas * 2.0**exponents])
    tensors = {
        "F32": values,
        "F16": values.to(torch.float16),
        "BF16": values.to(torch.bfloat16),
        "F64": values.to(torch.float64),
        "F16-as-F32": values.to(torch.float16).float(),
        "BF16-as-F32": values.to(torch.bfloat16).float(),
        "all-halves": torch.arange(-32768, 32768, dtype=torch.int32).to(torch.int16).view(torch.float16),
        "all-halves-as-F32": torch.arange(-32768, 32768, dtype=torch.int32).to(torch.int16).view(torch.float16).float(),
    }
    save_file(tensors, DATA / "dtypes.safetensors", metadata={"__proto__": "only a name", "modelspec.title": "dtypes"})


SECTIONS: dict[str, Callable[[], None]] = {"noise": write_noise, "dtypes": write_dtypes}


def main() -> None:
    """Runs the sections named on the command line, or all."""
    DATA.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or SECTIONS:
        SECTIONS[name]()


if __name__ == "__main__":
    main()

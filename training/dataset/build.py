"""Build a dataset of sets (x, y, x_s, p) as webdataset tar shards.

python -m training.dataset.build OUT --world 20000 --min-size 128
python -m training.dataset.build OUT --shards 'laion/{00000..00099}.tar' --detector facebook/detr-resnet-50
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Iterable
from pathlib import Path

import webdataset as wds
from PIL import Image

from training.dataset.rules import Pin, Rules, Tally, apply_rules
from training.dataset.sources import Detector, Example, TransformersDetector, tar_examples, world_examples
from training.world.captions import SUBJECT_WORDS


def build(
    examples: Iterable[Example], detector: Detector | None, rules: Rules, out: Path, shard_size: int = 10_000
) -> Tally:
    """Write the kept sets to out/sets-*.tar; returns the tally.

    Each sample holds jpg-or-png picture and json: caption and pins [{label, box, first, last}].
    """
    out.mkdir(parents=True, exist_ok=True)
    tally = Tally()
    with wds.ShardWriter(str(out / "sets-%05d.tar"), maxcount=shard_size, verbose=0) as writer:
        for example in examples:
            detections = example.detections
            if detections is None:
                if detector is None:
                    raise ValueError("This source has no boxes of its own: name a detector.")
                detections = detector(example.picture)
            pins = apply_rules(example.caption, example.picture.size, detections, rules, tally)
            if pins:
                writer.write(_sample(example, pins))
    return tally


def _sample(example: Example, pins: list[Pin]) -> dict[str, object]:
    record = {"caption": example.caption, "pins": [vars(pin) for pin in pins]}
    return {"__key__": example.key, "png": _png(example.picture), "json": json.dumps(record).encode()}


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--world", type=int, help="so many scenes of the picture-book world")
    source.add_argument("--shards", help="webdataset tar shards with pictures and .txt captions")
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=128, help="picture size of the world in pixels")
    parser.add_argument("--detector", help="a transformers object-detection model by name")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--min-size", type=int, default=512)
    args = parser.parse_args()
    if args.world:
        rules = Rules(min_size=min(args.min_size, args.size), synonyms=SUBJECT_WORDS)
        examples: Iterable[Example] = world_examples(args.first_seed, args.world, args.size)
    else:
        rules, examples = Rules(min_size=args.min_size), tar_examples(args.shards)
    detector = TransformersDetector(args.detector, args.device) if args.detector else None
    print(build(examples, detector, rules, args.out).table())


if __name__ == "__main__":
    main()

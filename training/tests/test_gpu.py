"""The script for a machine that is lent for minutes: what it runs, and what it hands back."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from training import gpu, run


def lines(trial: bool) -> list[list[str]]:
    return gpu.command_lines(Path("work"), Path("old"), Path("new"), 10, 1000, trial)


def test_every_step_is_one_that_run_knows_and_the_minutes_are_shared_out() -> None:
    assert [line[0] for line in lines(False)][:2] == ["adopt", "render"]
    assert {line[0] for line in lines(False)} <= {*run.STEPS, *run.FROM_A_RELEASE}
    minutes = [float(line[line.index("--minutes") + 1]) for line in lines(False) if "--minutes" in line]
    assert abs(sum(minutes) - 10) < 0.2


def test_a_trial_takes_steps_instead_of_minutes() -> None:
    assert not any("--minutes" in line for line in lines(True))
    assert sum("--steps" in line for line in lines(True)) == sum(step.share > 0 for step in gpu.STEPS)


def test_parts_join_to_what_was_made(tmp_path: Path) -> None:
    made = tmp_path / "made" / "model"
    made.mkdir(parents=True)
    (made / "weights").write_bytes(bytes(range(256)) * 100)
    parts = gpu.pack(made.parent, tmp_path / "out", part=9000)
    assert len(parts) > 2 and all(path.stat().st_size <= 9000 for path in parts)
    joined = io.BytesIO(b"".join(path.read_bytes() for path in parts))
    with tarfile.open(fileobj=joined) as archive:
        assert archive.extractfile("model/weights").read() == (made / "weights").read_bytes()

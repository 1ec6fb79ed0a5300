"""The procedural picture-book world: scenes, their captions, boxes and word positions."""

from training.world.identity import Identity
from training.world.render import render_scene
from training.world.scene import Scene, Subject, sample_scene

__all__ = ["Identity", "Scene", "Subject", "render_scene", "sample_scene"]

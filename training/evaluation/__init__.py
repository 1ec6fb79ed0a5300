"""Measuring a trained model: sampling, the judge, the α curve, the projector's map, pictures."""

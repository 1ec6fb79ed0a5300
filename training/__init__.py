"""Training package of Pinword: UMM-Diffusion in miniature, and at SD 1.5 scale."""

"""The networks: their configurations, the projector and the unified encoder."""

"""The training loop that every stage shares: schedule, checkpoints, EMA, processes."""

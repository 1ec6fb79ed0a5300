"""The five training stages, one file each."""

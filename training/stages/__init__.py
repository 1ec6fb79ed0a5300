"""The training stages: batches and loss of each (4 and 5 share `tiue.py`), and what starts them."""

"""To and from lm-evaluation-harness, by its files: its code is never imported.

to_lm_eval      a task under a condition -> a folder that its command runs as it is
from_lm_eval    the results and samples that it wrote -> a run folder of ours
"""

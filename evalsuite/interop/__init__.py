"""To and from other tools, by their files.

to_lm_eval         a task under a condition -> a folder that lm-evaluation-harness runs as it is
from_lm_eval       the results and samples that it wrote -> a run folder of ours
lm_eval_results    a run of ours -> results and samples as it writes them
model_card         rows of one model -> the metadata of its card on the Hugging Face hub

The code of lm-evaluation-harness is never imported.
"""

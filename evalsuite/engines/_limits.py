"""What the engines are asked within: for themselves, and for who foretells what they will do."""

BRANCH_WIDTH = 128  # tokens that one request scores: vLLM's limit on `logprob_token_ids`
CPU_BLOCK = 32  # tokens, of vLLM's cache; the CPU's default of 128 shares prefixes too coarsely
GPU_BLOCK = 16  # vLLM's own default
CPU_FLOAT32 = 1_000_000_000  # parameters, below which vLLM on a CPU computes in float32
BATCH = 8  # requests in one pass of transformers

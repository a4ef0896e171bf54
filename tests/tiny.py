"""Tiny real models, written as anyone writes one: `save_pretrained`, with a tokenizer of their own.

Their weights are random, but strong enough that what they say depends on what they are asked.
"""

from pathlib import Path
from typing import Any, Literal, TypeAlias

Architecture: TypeAlias = Literal["gpt2", "opt", "llama", "t5"]

ARCHITECTURES: tuple[Architecture, ...] = ("gpt2", "opt", "llama")  # that are decoders alone
CONTEXT = 2048  # tokens
CHAT = (
    "{% for message in messages %}[{{ message.role }}] {{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)
_SENTENCES = (
    "Does the conclusion follow from the premises? Answer: yes",
    "Is the branch closed or open? Answer: no",
    "If P then Q. P. Therefore Q. Which clause is the resolvent?",
)


def model(  # noqa: PLR0913 - what a model may be
    folder: Path,
    architecture: Architecture = "gpt2",
    *,
    bos: bool = False,
    chat: bool = False,
    layers: int = 2,
    width: int = 32,
) -> Path:
    """Write a model's folder; `bos`: its tokenizer puts one before every text."""
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    encoder = architecture == "t5"
    tokenizer = _tokenizer(bos=bos, eos=encoder)
    if chat:
        tokenizer.chat_template = CHAT
    tokenizer.save_pretrained(folder)
    torch.manual_seed(7)
    auto = AutoModelForSeq2SeqLM if encoder else AutoModelForCausalLM
    made = auto.from_config(_config(architecture, tokenizer, layers, width))
    with torch.no_grad():
        for weight in made.parameters():
            if weight.dim() > 1:
                weight.mul_(8)
    made.save_pretrained(folder)
    return folder


def _tokenizer(*, bos: bool, eos: bool) -> Any:
    from tokenizers import Tokenizer, decoders, pre_tokenizers, processors, trainers
    from tokenizers.models import BPE
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(_SENTENCES, trainer)
    if bos or eos:
        parts = (*(("<s>",) if bos else ()), "$A", *(("</s>",) if eos else ()))
        inner.post_processor = processors.TemplateProcessing(
            single=" ".join(parts), special_tokens=[("<s>", 0), ("</s>", 1)]
        )
    ends = {"bos_token": "<s>", "eos_token": "</s>"}
    read = ["input_ids", "attention_mask"]  # GPT-2 would add token types to what it reads
    return PreTrainedTokenizerFast(tokenizer_object=inner, model_input_names=read, **ends)


def _config(architecture: Architecture, tokenizer: Any, layers: int, width: int) -> Any:
    from transformers import GPT2Config, LlamaConfig, OPTConfig, T5Config

    ids: dict[str, Any] = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    ids["vocab_size"] = len(tokenizer)
    match architecture:
        case "gpt2":
            return GPT2Config(n_positions=CONTEXT, n_embd=width, n_layer=layers, n_head=4, **ids)
        case "opt":
            return OPTConfig(
                max_position_embeddings=CONTEXT,
                hidden_size=width,
                word_embed_proj_dim=width,
                ffn_dim=2 * width,
                num_hidden_layers=layers,
                num_attention_heads=4,
                **ids,
            )
        case "llama":
            return LlamaConfig(
                max_position_embeddings=CONTEXT,
                hidden_size=width,
                intermediate_size=2 * width,
                num_hidden_layers=layers,
                num_attention_heads=4,
                num_key_value_heads=2,
                tie_word_embeddings=False,
                **ids,
            )
        case "t5":
            return T5Config(
                d_model=width,
                d_kv=width // 4,
                d_ff=2 * width,
                num_layers=layers,
                num_heads=4,
                n_positions=CONTEXT,
                decoder_start_token_id=0,
                **ids,
            )

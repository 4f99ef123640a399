"""Whether settings that are each in range fit together."""


def check_agreement(values, input_class, path):
    """Refuses settings that no model can be built of.

    Args:
        values: The settings, by key.
        input_class: The `InputClass`.
        path: The file, for errors.

    Raises:
        ValueError: If two of them contradict each other beyond repair.
    """
    width = len(input_class.lists) * values["embed_dim"]
    wide = f"{len(input_class.lists)} fields of embed_dim = {values['embed_dim']}"
    at_most = (
        ("subseq_len", values["seq_len"], "seq_len"),
        ("infer_timesteps", values["timesteps"], "timesteps"),
        ("beta_start", values["beta_end"], "beta_end"),
        ("channel_num", width, f"the width of {wide}"),
    )
    for name, limit, of in at_most:
        if values[name] > limit:
            raise ValueError(
                f"{name} must be at most {of} ({limit}). Received: {values[name]} in "
                f"{path}."
            )
    if width % values["num_heads"]:
        raise ValueError(
            f"num_heads must divide the width of {wide} ({width}). Received: "
            f"{values['num_heads']} in {path}."
        )

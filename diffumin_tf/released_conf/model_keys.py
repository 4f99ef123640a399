"""The keys that say what is trained, and the lines of gin that they become."""

from diffumin_tf.released_conf.entry import UNUSED
from diffumin_tf.released_conf.key import Key
from diffumin_tf.released_conf.kind import choice, number, only, whole, wholes

_POSITIVE = number("a number above 0", lambda value: value > 0)
_WEIGHT = number("a number from 0 on", lambda value: value >= 0)
_SHARE = number("a number in (0, 1]", lambda value: 0 < value <= 1)
_BETA = number("a number in (0, 1)", lambda value: 0 < value < 1)
_SCHEDULES = choice(linear="linear", cosine="cosine", exp="exponential")
_MODEL = only("model.test_dnn.testDNN", "model.dnn.testDNN")
_SWITCH = "bind DiffuMIN.add_extra_losses = True"

INPUT_UNITS, FEATURE_NUM = "input_units", "feature_num"

# Their values shape the model or its training; each is read by the released code.
MODEL_KEYS = (
    Key(
        "model_class_name",
        _MODEL,
        (),
        "DiffuMIN, as the preset binds it",
        required=False,
    ),
    Key("seq_len", whole(), ("SEQUENCE_LENGTH = {}",)),
    Key("subseq_len", whole(), ("SHORT_TERM_LENGTH = {}",)),
    Key("embed_dim", whole(), ("FeatureEmbedding.embedding_dim = {}",)),
    Key(
        "n_layers",
        whole(),
        ("Denoiser.num_blocks = {}", "TransformerEncoder.num_blocks = {}"),
    ),
    Key(
        "num_heads",
        whole(),
        ("Denoiser.num_heads = {}", "TransformerEncoder.num_heads = {}"),
    ),
    Key(
        "dff_factor",
        whole(),
        (
            "Denoiser.feed_forward_factor = {}",
            "TransformerEncoder.feed_forward_factor = {}",
        ),
    ),
    Key("channel_num", whole(), ("NUM_CHANNELS = {}",)),
    Key("beta_sche", _SCHEDULES, ("NoiseSchedule.kind = {}",)),
    Key("beta_start", _BETA, ("NoiseSchedule.beta_start = {}",)),
    Key("beta_end", _BETA, ("NoiseSchedule.beta_end = {}",)),
    Key("timesteps", whole(), ("NoiseSchedule.num_steps = {}",)),
    Key("infer_timesteps", whole(), ("NUM_SAMPLING_STEPS = {}",)),
    Key(
        "temp",
        _POSITIVE,
        ("ContrastiveCalibrator.temperature = {}",),
        f"the contrastive loss is never added; to add it {_SWITCH}",
        UNUSED,
    ),
    Key(
        "lamda1",
        _WEIGHT,
        ("DiffuMIN.diffusion_weight = {}",),
        f"the diffusion loss is never added; to add it {_SWITCH}",
        UNUSED,
    ),
    Key(
        "lamda2",
        _WEIGHT,
        ("DiffuMIN.contrastive_weight = {}",),
        f"the contrastive loss is never added; to add it {_SWITCH}",
        UNUSED,
    ),
    Key("deep_layers", wholes(), ("PredictionTower.hidden_units = {}",)),
    Key(
        "activation",
        choice(dice="dice", relu="relu", prelu="prelu"),
        ("PredictionTower.activation = {}",),
    ),
    Key("out_dim", only(1), (), "the tower has one logit", required=False),
    Key("batch_size", whole(), ("BATCH_SIZE = {}",)),
    Key("epoch", whole(), ("train.epochs = {}",)),
    Key(
        "optimizer",
        only("adagrad_lazyadam"),
        (),
        "Adagrad for the table, lazy Adam for the rest, as the preset binds them",
    ),
    Key(
        "learning_rate",
        _POSITIVE,
        ("EMBEDDING_LEARNING_RATE = {}",),
        "Adagrad's, of the table",
    ),
    Key(
        "lazyAdam_learning_rate",
        _POSITIVE,
        ("LEARNING_RATE = {}",),
        "Adam's, of all other weights",
    ),
    Key(
        "sample_rate",
        _SHARE,
        ("DiffuMIN.sample_rate = {}",),
        "predictions are corrected for the share of the negatives that training "
        "kept; bind 1.0 for data that keep them all",
    ),
    Key("save_summary_steps", whole(), ("train.log_steps = {}",), required=False),
)

"""The keys of which no line of gin is made, and why not."""

from diffumin_tf.released_conf.entry import LEFT, UNUSED
from diffumin_tf.released_conf.key import Key
from diffumin_tf.released_conf.kind import flag, number, text, whole

_NUMBER = number("a number", lambda value: True)
_NAME = text()
_COUNT = whole(0)
_ENGINE = "a switch of the authors' private engine"
_CLUSTER = "of the authors' cluster"
_SPLITS = "bin/convert_released makes data with splits of their own, for DATA_DIR"
_NO_READER = "nothing reads it"


def _left(name, kind, why):
    return Key(name, kind, (), why, LEFT, required=False)


def _unused(name, kind, why):
    return Key(name, kind, (), why, UNUSED, required=False)


OTHER_KEYS = (
    _unused("dropout_rate", _NUMBER, f"{_NO_READER}; the model has no dropout"),
    _unused("loss_type", _NAME, f"{_NO_READER}; the diffusion loss is the squared one"),
    _unused("se_type", _NAME, f"{_NO_READER}; DiffuMIN has no such block"),
    _left("train_data_path", _NAME, _SPLITS),
    _left("test_data_path", _NAME, _SPLITS),
    _left("train_data_start", _COUNT, _SPLITS),
    _left("train_data_end", _COUNT, _SPLITS),
    _left("test_data_start", _COUNT, _SPLITS),
    _left("test_data_end", _COUNT, _SPLITS),
    _left("model_path", _NAME, "--run_dir of bin/train names the directory"),
    _left("model_name", _NAME, "--run_dir of bin/train names the directory"),
    _left("task", _NAME, "the command says it: bin/train, bin/evaluate, bin/export"),
    _left("model_export", flag(), "bin/export exports a run"),
    _left("model_graph", flag(), "no graph is written for TensorBoard"),
    _left("save_checkpoints_secs", whole(), "train.checkpoint_steps counts steps"),
    _left("keep_checkpoint_max", whole(), "bin/train keeps two"),
    _left("xla", flag(), "train.jit_core decides"),
    _left("debug", flag(), "a switch of what is printed"),
    _left("batch_prefetch_buffer_size", _COUNT, "the input pipeline tunes itself"),
    _left("use_pipeline", flag(), _ENGINE),
    _left("booster_mode", _COUNT, _ENGINE),
    _left("cog_mode", _COUNT, _ENGINE),
    _left("pass_size", _COUNT, _ENGINE),
    _left("dist_save", flag(), _CLUSTER),
    _left("is_data_dispatch", flag(), _CLUSTER),
    _left("is_dist", flag(), _CLUSTER),
    _left("ps_num", _COUNT, _CLUSTER),
    _left("shut_ratio", _NUMBER, _CLUSTER),
    _left("slow_worker_delay_ratio", _NUMBER, _CLUSTER),
    _left("run_config", _NAME, _CLUSTER),
    _left("user_name", _NAME, _CLUSTER),
    _left("afo_docker_image_name", _NAME, _CLUSTER),
)

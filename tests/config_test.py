"""Reading gin files: what wins, what is refused, and in which words."""

import keras
import pytest

from diffumin_tf import config
from diffumin_tf.config import ConfigError


class Source:
    """Stands for a dataset."""

    def __init__(self, directory, compression=""):
        self.directory = directory
        self.compression = compression


class Channels(keras.layers.Layer):
    """Stands for a layer, which hands unnamed arguments to its base."""

    def __init__(self, num_channels=4, share=0.2, **kwargs):
        super().__init__(**kwargs)
        self.num_channels = num_channels
        self.share = share


def run(run_dir, source, layer=None, steps=1, seeds=()):
    """Stands for the train function."""
    return {"run_dir": run_dir, "source": source, "layer": layer, "steps": steps}


def score(source=None, batch_size=8):
    """Stands for the evaluate function."""
    return {"source": source, "batch_size": batch_size}


config.register("config_test", Source, Channels, run, score)

BASE = """\
CHANNELS = 2
DATA = %gin.REQUIRED
run.source = @Source()
run.layer = @Channels()
Source.directory = %DATA
Channels.num_channels = %CHANNELS
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "base.gin").write_text(BASE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(*bindings, files=("base.gin",)):
    config.load(files, bindings, entry_points=("run", "score"))


def refusal(*bindings, files=("base.gin",)):
    """The message of the refusal, which must be one line."""
    with pytest.raises(ConfigError) as caught:
        load(*bindings, files=files)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_objects_are_built_as_bound(folder):
    load('DATA = "/logs"', "run.steps = 3")
    result = config.call(run, run_dir="here")
    assert result["run_dir"] == "here"
    assert result["steps"] == 3
    assert result["source"].directory == "/logs"
    assert type(result["layer"]) is Channels
    assert result["layer"].num_channels == 2


def test_registration_leaves_classes_alone(folder):
    load('DATA = "/logs"')
    assert Channels().num_channels == 4
    assert Channels(num_channels=3, dtype="float16").compute_dtype == "float16"


def test_later_files_and_bindings_win(folder):
    (folder / "more.gin").write_text('CHANNELS = 5\nDATA = "file"\nrun.steps = 7\n')
    load("run.steps = 8", "run.steps = 9", files=("base.gin", "more.gin"))
    result = config.call(run, run_dir="")
    assert result["layer"].num_channels == 5
    assert result["source"].directory == "file"
    assert result["steps"] == 9


def test_each_load_starts_afresh(folder):
    load('DATA = "a"', "run.steps = 3")
    load('DATA = "b"')
    assert config.call(run, run_dir="")["steps"] == 1


def test_include_beside_the_including_file(folder, monkeypatch):
    (folder / "parts").mkdir()
    (folder / "parts" / "child.gin").write_text('include "../base.gin"\nDATA = "d"\n')
    monkeypatch.chdir("/")
    load(files=(str(folder / "parts" / "child.gin"),))
    assert config.call(run, run_dir="")["source"].directory == "d"


def test_an_include_is_read_once_and_undoes_nothing(folder):
    (folder / "run.gin").write_text('include "base.gin"\nDATA = "a"\nCHANNELS = 5\n')
    (folder / "part.gin").write_text('include "base.gin"\nrun.steps = 7\n')
    load(files=("run.gin", "part.gin"))
    result = config.call(run, run_dir="")
    assert (result["steps"], result["layer"].num_channels) == (7, 5)
    # Named on the command line it is read again: the later file wins.
    load('DATA = "b"', files=("run.gin", "base.gin"))
    assert config.call(run, run_dir="")["layer"].num_channels == 2


def test_include_errors_say_where(folder):
    (folder / "loop.gin").write_text('include "loop.gin"\n')
    assert refusal(files=("loop.gin",)) == "loop.gin includes itself"
    (folder / "child.gin").write_text('\ninclude "nowhere.gin"\n')
    message = refusal(files=("child.gin",))
    assert message.startswith("child.gin:2: gin file 'nowhere.gin' not found")


def test_missing_file(folder):
    message = refusal(files=("nowhere.gin",))
    assert message.startswith("gin file 'nowhere.gin' not found")


def test_unknown_configurable(folder):
    assert refusal("Chanels.share = 0.5") == (
        "--gin_bindings='Chanels.share = 0.5': nothing named 'Chanels' can be "
        "configured; did you mean Channels?"
    )
    (folder / "bad.gin").write_text("run.steps = 1\n\nrun.layer = @Chanels()\n")
    message = refusal(files=("bad.gin",))
    assert message.startswith("bad.gin:3: nothing named 'Chanels'")
    (folder / "block.gin").write_text("Chanels:\n  share = 0.5\n")
    assert refusal(files=("block.gin",)).startswith("block.gin:1: nothing named")


def test_unknown_parameter_even_of_a_class_with_kwargs(folder):
    assert refusal("Channels.num_chanels = 3") == (
        "--gin_bindings='Channels.num_chanels = 3': Channels has no parameter "
        "'num_chanels'; did you mean num_channels?"
    )
    assert "has no parameter 'stepz'" in refusal("run.stepz = 3")
    load('DATA = "a"', 'Channels.dtype = "float64"')
    assert config.call(run, run_dir="")["layer"].compute_dtype == "float64"


def test_misspelt_macro_that_is_bound(folder):
    assert refusal('DATA = "a"', "CHANELS = 8") == (
        "--gin_bindings='CHANELS = 8': CHANELS is never used; did you mean CHANNELS?"
    )
    # Found before the required value that it was meant to be.
    assert "DATAA is never used; did you mean DATA?" in refusal('DATAA = "a"')
    (folder / "base.gin").write_text(BASE + "CHANELS = 8\n")
    assert refusal().startswith("base.gin:7: CHANELS is never used")


def test_misspelt_macro_that_is_used(folder):
    (folder / "more.gin").write_text('DATA = "a"\nrun.steps = %CHANELS\n')
    assert refusal(files=("base.gin", "more.gin")) == (
        "more.gin:2: macro %CHANELS is not bound; did you mean CHANNELS?"
    )


def test_required_macro_unset(folder):
    assert refusal() == (
        "base.gin:2: DATA is required and not set; add it to a gin file or pass "
        "--gin_bindings='DATA = ...'"
    )


def test_required_inside_a_list(folder):
    message = refusal('DATA = "a"', "run.seeds = [1, %gin.REQUIRED]")
    assert "run.seeds is required and not set" in message


def test_argument_without_a_default(folder):
    (folder / "thin.gin").write_text("run.source = @Source()\n")
    message = refusal(files=("thin.gin",))
    assert message == "Source.directory has no default and nothing binds it"
    (folder / "empty.gin").write_text("")
    load(files=("empty.gin",))
    with pytest.raises(ConfigError, match="^run.source has no default"):
        config.call(run, run_dir="here")


def test_binding_of_something_that_nothing_calls(folder):
    (folder / "none.gin").write_text("Channels.share = 0.1\n")
    assert refusal(files=("none.gin",)) == (
        "none.gin:1: Channels.share is never used; nothing in force calls Channels"
    )


def test_an_override_may_leave_settings_behind_but_not_a_flag(folder):
    (folder / "ablation.gin").write_text(
        'include "base.gin"\nDATA = "a"\nrun.layer = None\n'
    )
    load(files=("ablation.gin",))
    assert config.call(run, run_dir="")["layer"] is None
    message = refusal("CHANNELS = 8", files=("ablation.gin",))
    assert message.startswith("--gin_bindings='CHANNELS = 8': CHANNELS is never used")


def test_scopes(folder):
    (folder / "scoped.gin").write_text(
        'Source.directory = "plain"\n'
        'held_out/Source.directory = "apart"\n'
        "run.source = @Source()\n"
        "score.source = @held_out/Source()\n"
    )
    load(files=("scoped.gin",))
    assert config.call(run, run_dir="")["source"].directory == "plain"
    assert config.call(score)["source"].directory == "apart"
    message = refusal('heldout/Source.directory = "x"', files=("scoped.gin",))
    assert "heldout/Source.directory is never used" in message


def test_malformed_text(folder):
    message = refusal("DATA = /logs")
    assert message.startswith("--gin_bindings='DATA = /logs': not valid gin: ")
    (folder / "bad.gin").write_text("run.steps = 1\nrun.seeds = [1,\n")
    assert refusal(files=("bad.gin",)).startswith("bad.gin:")
    (folder / "word.gin").write_text("\nDATA = logs\n")
    assert refusal(files=("word.gin",)).startswith("word.gin:2: not valid gin: ")


def test_an_import_brings_own_configurables(folder, monkeypatch):
    (folder / "own_parts.py").write_text(
        "from diffumin_tf import config\n"
        "def own_layer(width): return width\n"
        "config.register('own_parts', own_layer)\n"
    )
    (folder / "own.gin").write_text(
        "import own_parts\nrun.layer = @own_layer()\nown_layer.width = 6\n"
    )
    monkeypatch.syspath_prepend(folder)
    load('DATA = "a"', files=("base.gin", "own.gin"))
    assert config.call(run, run_dir="")["layer"] == 6
    assert "import own_parts" in config.operative_config()


def test_unknown_import(folder):
    (folder / "own.gin").write_text("import not_there\n")
    assert refusal(files=("own.gin",)) == "own.gin:1: No module named 'not_there'"


def test_saved_configuration_gives_the_same_run(folder):
    load('DATA = "a"', "run.steps = 3", "score.batch_size = 16")
    config.call(run, run_dir="here")
    saved = config.operative_config()
    assert "Channels.share = 0.2" in saved  # A default that was in force.
    assert "run_dir" not in saved  # Given by the caller, not by the configuration.
    (folder / "saved.gin").write_text(saved)
    load(files=("saved.gin",))
    result = config.call(run, run_dir="there")
    assert (result["steps"], result["source"].directory) == (3, "a")
    assert config.call(score)["batch_size"] == 16
    load(files=("saved.gin",))
    config.call(run, run_dir="there")
    assert config.operative_config() == saved


def test_replaced_parts_are_not_saved(folder):
    load('DATA = "a"', "run.layer = None")
    assert "CHANNELS" not in config.operative_config()


def test_bound_text_is_what_a_file_would_say(folder):
    load('DATA = "/logs"', "run.seeds = [1, %CHANNELS]")
    assert config.bound_text("run.seeds") == "[1, %CHANNELS]"
    assert config.bound_text("run.source") == "@Source()"
    with pytest.raises(ConfigError, match="^nothing binds run.steps$"):
        config.bound_text("run.steps")


def test_a_bound_argument_is_made_before_the_call_it_is_given_to(folder):
    load('DATA = "/logs"')
    found = config.bound_argument("run.source")
    assert found["source"].directory == "/logs"
    result = config.call(run, run_dir="runs/a", **found)
    assert result["source"] is found["source"]
    assert config.bound_argument("run.steps") == {}
    assert config.bound_argument("score.batch_size") == {}

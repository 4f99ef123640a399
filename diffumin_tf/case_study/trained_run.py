"""A finished run with its weights."""

from dataclasses import dataclass

from diffumin_tf.case_study.chosen_clicks import ChosenClicks
from diffumin_tf.data.click_data import ClickData
from diffumin_tf.data.readable_errors import readable_memory_errors
from diffumin_tf.models.ctr_model import CTRModel
from diffumin_tf.models.embedded_batch import select_inputs
from diffumin_tf.training.checkpoints import restore_model
from diffumin_tf.training.run_directory import RunDirectory


@dataclass(frozen=True)
class TrainedRun:
    """The model of a run and the data it was trained on.

    Attributes:
        name: The run's directory.
        model: A built `CTRModel` with the run's weights.
        data: The run's `ClickData`.
    """

    name: str
    model: CTRModel
    data: ClickData

    @classmethod
    def load(cls, run_dir, recipe, model_class):
        """Restores the newest weights of a run.

        Args:
            run_dir: The run's directory.
            recipe: The run's `Recipe`.
            model_class: What its model must be.

        Raises:
            ValueError: If it is another model.
            FileNotFoundError: If the run has no checkpoint.
            MemoryError: If the model does not fit into memory.
        """
        model = recipe.new_model()
        if not isinstance(model, model_class):
            raise ValueError(
                f"a run of {model_class.__name__} is needed. Received: {run_dir}, "
                f"whose model is {type(model).__name__}."
            )
        with readable_memory_errors():
            recipe.build(model)
            restore_model(RunDirectory(run_dir), model)
        return cls(str(run_dir), model, recipe.data)

    def embedded(self, source, clicks, split):
        """Yields an `EmbeddedBatch` for each batch of these clicks, in stored order.

        Args:
            source: The data that the clicks are in, its features those of the run.
            clicks: The `Click`s.
            split: The split they are in.
        """
        data = self.data.with_source(ChosenClicks(source, clicks))
        for inputs, *_ in data.split(split, self.model.reads_time):
            yield self.model.embed(select_inputs(inputs, self.model.reads_time))

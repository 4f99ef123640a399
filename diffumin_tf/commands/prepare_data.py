"""`bin/prepare_data`: turns a log of interactions into training and test data."""

from absl import flags

from diffumin_tf.commands import gin_flags, runner

GIN_FILE = flags.DEFINE_multi_string(
    "gin_file", [], "A gin file, such as gin/checkins.gin. Repeatable; later wins."
)
# Each flag stands for what gin would bind, and wins over it.
_STRINGS = {
    "input": ("prepare_data.input", "CSV or Parquet, a path or a pattern."),
    "output": ("prepare_data.output", "A new or empty directory."),
    "user": ("LogColumns.user", "Column of the user's id."),
    "item": ("LogColumns.item", "Column of the item's id."),
    "time": ("LogColumns.time", "Column of the time."),
    "order": ("LogColumns.order", "Column that tells what came first in a tie."),
    "label": ("LogColumns.label", "Column of 0 or 1."),
    "rating": ("LogColumns.rating", "Column of a number, see --positive_rating."),
    "weight": ("LogColumns.weight", "Column of the weight of a row."),
    "item_table": ("ItemTable.path", "File that describes items."),
    "item_table_key": ("ItemTable.key", "Its column of the item's id."),
    "time_unit": ("prepare_data.time_unit", "s, ms, us, hours or iso."),
    "history": ("prepare_data.history", "positives or all."),
    "split": ("prepare_data.split", "time, or user: each user's last rows."),
    "impressions": ("prepare_data.impressions", "all or first_visits."),
    "negative_weighting": ("NegativeSampling.weighting", "items or events."),
    "delimiter": ("prepare_data.delimiter", "Between the columns of a CSV file."),
    "tables_from": ("prepare_data.tables_from", "Prepared data; its tables are kept."),
    "memory_limit": ("prepare_data.memory_limit", "Of the sort, such as 1GB."),
}
_LISTS = {
    "item_fields": ("LogColumns.item_fields", "Columns that describe the item."),
    "user_fields": ("LogColumns.user_fields", "Columns that describe the user."),
    "context_fields": ("LogColumns.context_fields", "Ids that describe the moment."),
    "context_numbers": ("LogColumns.context_numbers", "Numbers that describe it."),
    "item_table_fields": ("ItemTable.fields", "Columns of the item table."),
}
_NUMBERS = {
    "positive_rating": ("prepare_data.positive_rating", "The least for label 1."),
    "test_share": ("prepare_data.test_share", "Share of the rows for the test."),
    "train_share": ("prepare_data.train_share", "Share before it to train on."),
    "window_days": ("NegativeSampling.window_days", "Window of the negatives."),
    "max_bad_share": ("prepare_data.max_bad_share", "Bad rows to leave out."),
}
_INTEGERS = {
    "negatives_per_positive": ("NegativeSampling.per_positive", "Drawn a positive."),
    "negative_seed": ("NegativeSampling.seed", "Seed of their draws."),
    "max_vocabulary": ("prepare_data.max_vocabulary", "Larger tables are hashed."),
    "num_shards": ("prepare_data.num_shards", "Number of files."),
    "threads": ("prepare_data.threads", "Of the sort."),
}
_MADE = {
    "LogColumns": "prepare_data.columns = @LogColumns()",
    "ItemTable": "prepare_data.item_table = @ItemTable()",
    "NegativeSampling": "prepare_data.negatives = @NegativeSampling()",
}

FLAGS = [
    *gin_flags.define(flags.DEFINE_string, _STRINGS),
    *gin_flags.define(flags.DEFINE_list, _LISTS),
    *gin_flags.define(flags.DEFINE_float, _NUMBERS),
    *gin_flags.define(flags.DEFINE_integer, _INTEGERS),
]


def main() -> None:
    """Runs the command."""
    runner.run(_prepare_data)


def _prepare_data():
    from diffumin_tf import config
    from diffumin_tf.data.logs import prepare_data

    config.register_all()
    config.load(GIN_FILE.value, [*_bindings(), *runner.GIN_BINDINGS.value])
    config.call(prepare_data)


def _bindings():
    """The flags that were given, as lines of gin."""
    given = gin_flags.given(FLAGS)
    owners = {bound.partition(".")[0] for bound in given}
    made = [line for owner, line in _MADE.items() if owner in owners]
    return made + gin_flags.lines(given)


if __name__ == "__main__":
    main()

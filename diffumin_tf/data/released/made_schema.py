"""The native schema of released records, and whether their columns can fill it."""

from diffumin_tf.data.released.column_map import IDENTITY, USER_NUMBER
from diffumin_tf.data.schema import HISTORY, USER, Column, Schema
from diffumin_tf.features import DenseField, FeatureSpec, Field, Table

DEFAULT_TABLE_SIZE = 2**20
_MADE = ("label", "history_time", "history_length", *IDENTITY)


def make_schema(column_map, struct, num_users, span):
    """Makes a schema of a map that has none: fields of one short name share a table.

    Args:
        column_map: `ColumnMap`.
        struct: `DataStruct`, which tells numbers from ids.
        num_users: Number of users.
        span: `(first, end)` in seconds, what split `"train"` covers where the map
            gives no splits.
    """
    fields = [name for name in column_map.columns if "/" in name]
    groups = {n: struct.columns[column_map.columns[n]].group for n in fields}
    ids = [name for name in fields if groups[name] != "dense_feature"]
    tables = list(dict.fromkeys(_short(name) for name in ids))
    sizes = column_map.table_sizes
    if unknown := sorted(set(sizes) - set(tables)):
        raise ValueError(
            f"table_sizes must be of the tables {tables}. Received: {unknown}."
        )
    features = FeatureSpec(
        tables=[Table(n, "hashed", sizes.get(n, DEFAULT_TABLE_SIZE)) for n in tables],
        fields=[Field(name, _short(name), _role(name)) for name in ids],
        dense_fields=[DenseField(n, _role(n)) for n in fields if n not in ids],
    )
    splits = column_map.splits
    return Schema(features, {"train": span} if splits is None else splits, num_users)


def check_columns(column_map, struct, schema):
    """Raises a `ValueError` unless a map gives each column of a schema what it needs.

    Args:
        column_map: `ColumnMap`, whose columns are the struct's.
        struct: `DataStruct`.
        schema: `Schema`.
    """
    columns = schema.columns | {USER_NUMBER: Column(USER, "int64")}
    made = {"label", USER_NUMBER} if column_map.tells_users else {*_MADE, USER_NUMBER}
    missing = [n for n in columns if n not in column_map.columns and n not in made]
    # The label is the struct's own.
    known = set(columns) - {"label"}
    unknown = [name for name in column_map.columns if name not in known]
    if missing or unknown:
        raise ValueError(
            "columns must name the columns of the schema. "
            f"Received: no {missing}, unknown {unknown}."
        )
    for name, released in column_map.columns.items():
        _check_kind(name, columns[name], released, struct.columns[released])
    _check_lengths(column_map, struct)


def _check_kind(name, native, released, column):
    if native.dtype == "string":
        raise ValueError(
            "ids must be integers, for a released record holds no text. "
            f"Received: {name} of type string."
        )
    if (native.axis == HISTORY) != (column.length is not None):
        raise ValueError(
            "a history must be taken from a list, all else from single values. "
            f"Received: {column.spelled(released)} for {name}."
        )
    if (native.dtype == "float32") != (column.group == "dense_feature"):
        raise ValueError(
            "numbers must be taken from dense_feature, ids and times from the others. "
            f"Received: {released} of {column.group} for {name}."
        )


def _check_lengths(column_map, struct):
    taken = {name: struct.columns[name] for name in column_map.columns.values()}
    lists = [column.spelled(n) for n, column in taken.items() if column.length]
    if len({column.length for column in taken.values()} - {None}) > 1:
        raise ValueError(
            f"lists of a history must be equally long. Received: {', '.join(lists)}."
        )


def _role(name):
    return name.partition("/")[0]


def _short(name):
    return name.partition("/")[2]

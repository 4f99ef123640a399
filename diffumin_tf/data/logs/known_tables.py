"""The tables of data prepared before, for the next part of the same log."""

from pathlib import Path

from diffumin_tf.data.records import read_schema
from diffumin_tf.data.schema import FILE_NAME
from diffumin_tf.feature_difference import feature_difference


class KnownTables:
    """Keeps what ids mean from one preparation to the next.

    Args:
        path: Directory in the native format.

    Raises:
        ValueError: If it holds no schema, or a damaged one.
    """

    def __init__(self, path):
        self._path = Path(path) / FILE_NAME
        self._features = read_schema(path).features
        self._tables = {table.name: table for table in self._features.tables}
        self._dtypes = {field.table: field.dtype for field in self._features.fields}

    @property
    def paths(self):
        """What is read, as `LogFiles` tells it."""
        return [str(self._path)]

    def table(self, name):
        """The `Table` of this name.

        Raises:
            ValueError: If there is none.
        """
        if name not in self._tables:
            raise ValueError(
                f"tables_from must have a table for each column of ids. Received: none "
                f"for {name!r} in {self._path}, which has {[*self._tables]}."
            )
        return self._tables[name]

    def kind(self, name, kind):
        """What a column's ids are kept as: what they were kept as before.

        Args:
            name: The table's name.
            kind: What `find_kinds` says of the column.

        Raises:
            ValueError: If they were whole numbers and are so no longer.
        """
        table = self.table(name)
        if self._dtypes[table.name] == "string":
            return {**kind, "text": kind["text"] or ""}
        if kind["text"] is not None:
            raise ValueError(
                f"{name} must hold whole numbers from 1, as in tables_from. Received: "
                f"{kind['text']!r}; {self._path} has its ids as int64."
            )
        return kind

    def check(self, features):
        """Raises where the columns are others than those prepared before.

        Args:
            features: The `FeatureSpec` of today's records.
        """
        if difference := feature_difference(features, self._features):
            what, ours, theirs = difference
            raise ValueError(
                f"the columns must be those of tables_from. Received: {what}, {ours}; "
                f"in {self._path} {theirs}."
            )

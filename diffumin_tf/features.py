"""What the columns of a data set are and which embedding row each id owns."""

from dataclasses import MISSING, asdict, dataclass, fields
from functools import cached_property
from itertools import accumulate

PADDING_ROW = 0
MAX_ROWS = 2**31 - 1
KINDS = ("dense", "hashed", "vocabulary")
ROLES = ("history", "target", "user", "context")
DTYPES = ("int64", "string")
_PARTS = ("tables", "fields", "dense_fields")


@dataclass(frozen=True)
class Table:
    """One id space and its block of rows: missing, unknown, then `size` ids.

    Attributes:
        name: Unique name, for example `"poi"`.
        kind: `"dense"` (ids 1 to `size`, used as they are), `"hashed"` (any id,
            modulo `size`) or `"vocabulary"` (the position in `vocabulary`).
        size: Number of ids or of hash buckets.
        vocabulary: The ids of a `"vocabulary"` table, `size` of them: all strings,
            or all integers from 1.
    """

    name: str
    kind: str
    size: int
    vocabulary: tuple[str, ...] | tuple[int, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "vocabulary", tuple(self.vocabulary))
        _check_choice("kind", self.kind, KINDS, f"table {self.name!r}")
        where = f"in {self.kind} table {self.name!r}"
        if self.size < 1:
            raise ValueError(
                f"size must be at least 1. Received: size={self.size} {where}."
            )
        expected = self.size if self.kind == "vocabulary" else 0
        ids = {entry for entry in self.vocabulary if _is_id(entry)}
        if len(self.vocabulary) != expected or len(ids) != expected:
            raise ValueError(
                "vocabulary must hold `size` different, non-empty strings or integers "
                f"from 1 in a vocabulary table and none in another. Received: size="
                f"{self.size}, {len(self.vocabulary)} entries, {len(ids)} different "
                f"ids {where}."
            )
        if len({type(entry) for entry in ids}) > 1:
            raise ValueError(
                "vocabulary must hold strings or integers, not both. "
                f"Received: both {where}."
            )

    @property
    def dtype(self):
        """What its fields must be, `"int64"` or `"string"`; None for either."""
        if self.kind == "vocabulary":
            return "string" if isinstance(self.vocabulary[0], str) else "int64"
        return "int64" if self.kind == "dense" else None

    @property
    def num_rows(self):
        """Rows of the block, the missing and the unknown row included."""
        return self.size + 2


@dataclass(frozen=True)
class Field:
    """A column of ids.

    Attributes:
        name: The raw tensor's name, `"<role>/<short name>"`.
        table: Name of the table that holds its ids.
        role: `"history"`, `"target"`, `"user"` or `"context"`.
        dtype: `"int64"` or `"string"`.
    """

    name: str
    table: str
    role: str
    dtype: str = "int64"

    def __post_init__(self):
        _check_name(self.name, self.role, ROLES)
        _check_choice("dtype", self.dtype, DTYPES, f"field {self.name!r}")

    @property
    def short_name(self):
        """The name without its role."""
        return self.name.partition("/")[2]


@dataclass(frozen=True)
class DenseField:
    """A column of float32 numbers; named like a `Field`, of any role but history."""

    name: str
    role: str

    def __post_init__(self):
        _check_name(self.name, self.role, ROLES[1:])


@dataclass(frozen=True)
class FeatureSpec:
    """The columns of a data set and the layout of the one embedding table.

    Row 0 is padding. The blocks of the tables follow in order. In a block, `offset`
    is the missing row, `offset + 1` the unknown row, `offset + 1 + i` id i, from 1.

    Attributes:
        tables: The id spaces.
        fields: The columns of ids; each history field needs a target field of its
            table.
        dense_fields: The columns of numbers.
    """

    tables: tuple[Table, ...]
    fields: tuple[Field, ...]
    dense_fields: tuple[DenseField, ...] = ()

    def __post_init__(self):
        for name in _PARTS:
            object.__setattr__(self, name, tuple(getattr(self, name)))
        _check_unique("table", self.tables)
        _check_unique("field", self.fields + self.dense_fields)
        self._check_tables_of_fields()
        if not self.history_fields:
            raise ValueError("fields must hold a history field. Received: none.")
        _ = self.target_fields  # Raises where a history field has no target.
        if self.num_rows > MAX_ROWS:
            raise ValueError(
                f"tables must hold at most {MAX_ROWS} rows. Received: {self.num_rows}."
            )

    def _check_tables_of_fields(self):
        dtypes = {}
        for entry in self.fields:
            where = f"field {entry.name!r}"
            _check_choice("table", entry.table, tuple(self._tables), where)
            table = self._tables[entry.table]
            expected = table.dtype or dtypes.setdefault(entry.table, entry.dtype)
            if entry.dtype != expected:
                raise ValueError(
                    "dtype must be 'int64' in a dense table, that of the ids in a "
                    "vocabulary and the same for all fields of a hashed table. "
                    f"Received: dtype={entry.dtype!r} in {where} of {table.kind} table "
                    f"{entry.table!r}, which takes {expected!r}."
                )

    @cached_property
    def _tables(self):
        return {table.name: table for table in self.tables}

    @cached_property
    def _offsets(self):
        sizes = (table.num_rows for table in self.tables)
        starts = accumulate(sizes, initial=PADDING_ROW + 1)
        return dict(zip(self._tables, starts, strict=False))  # One more: the end.

    @property
    def num_rows(self):
        """Rows of the whole embedding table, the padding row included."""
        return PADDING_ROW + 1 + sum(table.num_rows for table in self.tables)

    def table(self, name):
        """Returns the table called `name`."""
        return self._tables[name]

    def offset(self, table_name):
        """Returns the first global row of a table's block, its missing row."""
        return self._offsets[table_name]

    @property
    def history_fields(self):
        """The fields of the behaviours, in schema order."""
        return self._of_role("history")

    def _of_role(self, role):
        return tuple(entry for entry in self.fields if entry.role == role)

    @cached_property
    def target_fields(self):
        """For each history field the target field compared with it, same order.

        It is the target field of the same table; where there are several, the one
        of the same short name, else the first.
        """
        return tuple(self._counterpart(entry) for entry in self.history_fields)

    def _counterpart(self, history_field):
        table, short_name = history_field.table, history_field.short_name
        candidates = [c for c in self._of_role("target") if c.table == table]
        if not candidates:
            raise ValueError(
                "each history field needs a target field of the same table. "
                f"Received: field {history_field.name!r} of table {table!r} "
                "without one."
            )
        return min(candidates, key=lambda c: c.short_name != short_name)

    @property
    def other_fields(self):
        """The remaining target fields, then user and context, in schema order."""
        taken = set(self.history_fields) | set(self.target_fields)
        rest = [entry for entry in self.fields if entry not in taken]
        return tuple(sorted(rest, key=lambda entry: entry.role != "target"))

    def to_dict(self):
        """Returns plain lists and dictionaries, as written to `schema.json`."""
        return {
            name: [asdict(entry) for entry in getattr(self, name)] for name in _PARTS
        }

    @classmethod
    def from_dict(cls, config):
        """Builds a spec from what `to_dict` returns; unknown keys are errors."""
        _check_keys(cls, config, "the feature spec")
        for name in _PARTS:
            _check_type(name, config.get(name, []), (list, tuple), "the feature spec")
        parts = zip(_PARTS, (Table, Field, DenseField), strict=True)
        return cls(*(_entries(part, config.get(name, ())) for name, part in parts))


def _is_id(entry):
    # Not `isinstance`: a bool is an int.
    return entry != "" if type(entry) is str else type(entry) is int and entry > 0


def _entries(entry_class, configs):
    for config in configs:
        where = f"{entry_class.__name__} entry {config}"
        _check_type("an entry", config, (dict,), where)
        _check_keys(entry_class, config, where)
        for entry in fields(entry_class):
            # Only a vocabulary is neither; its class checks what is in it.
            types = (entry.type,) if entry.type in (str, int) else (list, tuple)
            _check_type(entry.name, config.get(entry.name, types[0]()), types, where)
    return [entry_class(**config) for config in configs]


def _check_type(name, value, types, where):
    # Not `isinstance`: a bool is an int.
    if type(value) not in types:
        raise ValueError(
            f"{name} must be of type {types[0].__name__}. "
            f"Received: {value!r} in {where}."
        )


def _check_keys(entry_class, config, where):
    known = [entry.name for entry in fields(entry_class)]
    required = [entry.name for entry in fields(entry_class) if entry.default is MISSING]
    unknown = sorted(set(config) - set(known))
    missing = sorted(set(required) - set(config))
    if unknown or missing:
        raise ValueError(
            f"keys must be among {known}, with {required} present. "
            f"Received: unknown keys {unknown}, missing keys {missing} in {where}."
        )


def _check_choice(argument, value, choices, where):
    if value not in choices:
        raise ValueError(
            f"{argument} must be one of {choices}. "
            f"Received: {argument}={value!r} in {where}."
        )


def _check_name(name, role, roles):
    _check_choice("role", role, roles, f"field {name!r}")
    if not name.startswith(f"{role}/") or name == f"{role}/":
        raise ValueError(
            "name must be '<role>/<short name>'. "
            f"Received: name={name!r} with role={role!r}."
        )


def _check_unique(what, entries):
    names = [entry.name for entry in entries]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"{what} names must be unique. Received twice: {repeated}.")

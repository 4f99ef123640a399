"""The records of the released code: read, written, converted to native and back."""

from diffumin_tf.data.released.data_struct import DataStruct
from diffumin_tf.data.released.released_records import ReleasedRecords
from diffumin_tf.data.released.to_native import to_native
from diffumin_tf.data.released.to_released import to_released

__all__ = ["DataStruct", "ReleasedRecords", "to_native", "to_released"]

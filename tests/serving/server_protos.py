"""Messages of TF Serving's configuration that tensorflow-serving-api leaves out."""

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    wrappers_pb2,
)

_WRAPPED = {
    "int": ".google.protobuf.Int64Value",
    "bool": ".google.protobuf.BoolValue",
    "text": ".google.protobuf.StringValue",
}
# Of tensorflow_serving/servables/tensorflow/session_bundle_config.proto, with numbers
# of our own: text has none.
_BATCHING = {
    "max_batch_size": "int",
    "batch_timeout_micros": "int",
    "max_enqueued_batches": "int",
    "num_batch_threads": "int",
    "thread_pool_name": "text",
    "enable_large_batch_splitting": "bool",
    "max_execution_batch_size": "int",
}


def batching_parameters():
    """An empty BatchingParameters."""
    message, file = _message("BatchingParameters")
    for number, (name, kind) in enumerate(_BATCHING.items(), 1):
        _add(message, name, number, "MESSAGE", _WRAPPED[kind])
    _add(message, "pad_variable_length_inputs", 100, "BOOL")
    sizes = _add(message, "allowed_batch_sizes", 101, "INT64")
    sizes.label = sizes.LABEL_REPEATED
    return _made(file)


def monitoring_config():
    """An empty MonitoringConfig."""
    message, file = _message("MonitoringConfig")
    prometheus = message.nested_type.add(name="Prometheus")
    _add(prometheus, "enable", 1, "BOOL")
    _add(prometheus, "path", 2, "STRING")
    kind = ".tests.MonitoringConfig.Prometheus"
    _add(message, "prometheus_config", 1, "MESSAGE", kind)
    return _made(file)


def _message(name):
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{name}.proto",
        package="tests",
        syntax="proto3",
        dependency=[wrappers_pb2.DESCRIPTOR.name],
    )
    return file.message_type.add(name=name), file


def _add(message, name, number, kind, type_name=None):
    field = message.field.add(name=name, number=number, type_name=type_name)
    field.type = descriptor_pb2.FieldDescriptorProto.Type.Value(f"TYPE_{kind}")
    field.label = field.LABEL_OPTIONAL
    return field


def _made(file):
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(wrappers_pb2.DESCRIPTOR.serialized_pb)
    pool.Add(file)
    full_name = f"tests.{file.message_type[0].name}"
    found = pool.FindMessageTypeByName(full_name)
    return message_factory.GetMessageClass(found)()

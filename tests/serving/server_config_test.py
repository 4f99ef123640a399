"""The files of `serving/`: a typo in them would only show when a server starts."""

import re
from pathlib import Path

import pytest
from google.protobuf import text_format
from tensorflow_serving.config import model_server_config_pb2

from tests.serving.server_protos import batching_parameters, monitoring_config

SERVING = Path(__file__).resolve().parents[2] / "serving"
# Of tensorflow_model_server; the image's own start script gives the ports.
FLAGS = {
    "model_config_file",
    "monitoring_config_file",
    "enable_batching",
    "batching_parameters_file",
    "enable_model_warmup",
    "xla_cpu_compilation_enabled",
}
MESSAGES = {
    "models.config": model_server_config_pb2.ModelServerConfig,
    "monitoring.config": monitoring_config,
    "batching.config": batching_parameters,
}


def read(name):
    text = (SERVING / name).read_text()
    return text_format.Parse(text, MESSAGES[name]())


def services():
    """Name to the lines of each service, without comments."""
    text = re.sub(r"(?m)^ *#.*\n", "", (SERVING / "docker-compose.yml").read_text())
    _, _, body = text.partition("\nservices:\n")
    _, *parts = re.split(r"(?m)^  (\w+):\n", body)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def flags(service):
    return dict(re.findall(r"(?m)^ {6}- --(\w+)=(\S+)$", service))


def test_one_model_at_the_path_that_compose_mounts():
    (model,) = read("models.config").model_config_list.config
    assert (model.name, model.model_platform) == ("diffumin", "tensorflow")
    assert model.model_version_policy.latest.num_versions == 1
    mount = re.findall(r"- \$\{EXPORT_DIR:\?[^}]+\}:(\S+):ro\n", compose())
    assert mount == [model.base_path]


def test_prometheus_is_on():
    config = read("monitoring.config").prometheus_config
    assert config.enable and config.path.startswith("/monitoring/")


def test_batches_never_invent_behaviours():
    config = read("batching.config")
    # It fills up with the first value of a tensor.
    assert not config.pad_variable_length_inputs
    assert config.enable_large_batch_splitting.value
    # TF Serving wants it so.
    assert config.max_execution_batch_size.value <= config.max_batch_size.value
    assert not config.allowed_batch_sizes


@pytest.mark.parametrize("name", MESSAGES)
def test_a_typo_would_be_seen(name):
    text = (SERVING / name).read_text()
    field = next(text_format.Parse(text, MESSAGES[name]()).ListFields().__iter__())[0]
    with pytest.raises(text_format.ParseError):
        typo = re.sub(rf"(?m)^{field.name}\b", f"{field.name}x", text)
        text_format.Parse(typo, MESSAGES[name]())


def compose():
    return (SERVING / "docker-compose.yml").read_text()


def test_compose_has_no_tabs_and_indents_by_two():
    for line in compose().splitlines():
        indent = len(line) - len(line.lstrip())
        assert "\t" not in line and indent % 2 == 0


def test_flags_are_those_of_the_server_and_files_are_there():
    assert set(services()) == {"server", "batched"}
    for service in services().values():
        assert service.startswith("    <<: *server\n")
        for name, value in flags(service).items():
            assert name in FLAGS
            if value.startswith("/serving/"):
                assert (SERVING / Path(value).name).is_file()


def test_only_the_service_that_must_be_asked_for_batches():
    server, batched = services()["server"], services()["batched"]
    assert not {"enable_batching", "batching_parameters_file"} & set(flags(server))
    assert "profiles:" not in server
    assert "    profiles: [batched]\n" in batched
    assert flags(batched)["enable_batching"] == "true"
    # Warm-up requests to rank would be refused, and with them the version.
    assert flags(batched)["enable_model_warmup"] == "false"


def test_ports():
    found = re.findall(r'"\$\{(\w+):-(\d+)\}:(\d+)"', compose())
    assert found == [
        ("REST_PORT", "8501", "8501"),
        ("GRPC_PORT", "8500", "8500"),
        ("BATCHED_REST_PORT", "8601", "8501"),
        ("BATCHED_GRPC_PORT", "8600", "8500"),
    ]

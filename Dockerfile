# Builds for the CPU; for NVIDIA GPUs: docker build --build-arg EXTRA=[gpu] .
# Run: docker run -v "$PWD/runs:/home/diffumin/runs" IMAGE --gin_file=gin/industry.gin
FROM python:3.11-slim

ARG EXTRA=""
COPY . /opt/diffumin_tf
RUN pip install --no-cache-dir "/opt/diffumin_tf${EXTRA}" \
    && useradd --create-home diffumin \
    && install --directory --owner=diffumin /home/diffumin/runs

USER diffumin
WORKDIR /home/diffumin
ENTRYPOINT ["/opt/diffumin_tf/bin/train"]

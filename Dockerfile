# A server of one's own: `docker build -t castmark .`, for amd64 and arm64 alike. compose.yaml runs it.
# (The image of the two cloud functions that read is infra/Dockerfile.)
FROM python:3.13-slim AS built
WORKDIR /source
RUN python -m venv /opt/castmark
# What the wheel is built of, and nothing else (.dockerignore).
COPY pyproject.toml constraints.txt README.md LICENSE local_server.py ./
COPY handlers handlers
# The models are in the package: nothing is fetched when it runs.
RUN /opt/castmark/bin/pip install --no-cache-dir --no-compile --constraint constraints.txt ".[aws,xlsx]" \
 && /opt/castmark/bin/python -m compileall -q /opt/castmark/lib

FROM python:3.13-slim
COPY --from=built /opt/castmark /opt/castmark
ENV PATH=/opt/castmark/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CASTMARK_DATA=/data \
    CASTMARK_HOST=0.0.0.0
# All that it keeps; everything else may be read-only.
RUN install -d -o 10001 -g 10001 -m 0700 /data
VOLUME /data
WORKDIR /data
EXPOSE 5000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:5000/ready', timeout=4)"]
# Readings in flight are finished first: stop it with at least 250 seconds' grace.
STOPSIGNAL SIGTERM
USER 10001:10001
ENTRYPOINT ["castmark"]
CMD ["serve"]

# convore-lite in a container: docker build -t convore-lite . && docker run -p 8470:8470 -v convore-data:/data convore-lite
# Everything that is installed has its hash in locks/. The second stage has no compiler, no node and no front-end sources.

FROM python:3.13-slim AS build
WORKDIR /src
COPY locks/build.txt locks/run.txt locks/
RUN pip install --no-cache-dir --require-hashes -r locks/build.txt
RUN python -m venv /opt/convore-lite \
 && /opt/convore-lite/bin/pip install --no-cache-dir --require-hashes -r locks/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY web web
COPY convore_lite convore_lite
RUN pip wheel --no-deps --no-build-isolation --wheel-dir wheels . \
 && /opt/convore-lite/bin/pip install --no-cache-dir --no-deps wheels/*.whl

FROM python:3.13-slim
RUN useradd --system --uid 8470 --no-create-home --home-dir /data convore \
 && install --directory --owner convore --group convore --mode 0700 /data
COPY --from=build /opt/convore-lite /opt/convore-lite
ENV PATH=/opt/convore-lite/bin:$PATH \
    CONVORE_DATA=/data \
    CONVORE_BIND=0.0.0.0:8470
USER convore
VOLUME /data
EXPOSE 8470
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8470/readyz', timeout=4)"]
ENTRYPOINT ["convore-lite"]
CMD ["serve"]

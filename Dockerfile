# The system that the README asks for, the environment of the lock, and the checkout with its git history.
#
#   docker build -t specdnn . && docker run --rm specdnn                      # the smoke study
#   docker run --name study specdnn make reproduce && docker cp study:/specdnn/results .

FROM debian:bookworm-slim

RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates git make python3-venv \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /specdnn

# Before the rest, so that an edit of the code does not install the lock anew.
COPY Makefile requirements.txt ./
COPY src/python_check.py src/uv_as_pip.py src/
RUN make .venv/locked

COPY . .
RUN make env

CMD ["make", "smoke"]

# docker build --build-arg LINKSEAL_COMMIT="$(git rev-parse HEAD)" --tag linkseal .
# Everything that builds and runs here is run by .ci/run too, on the same Debian release.
FROM swift:6.3-bookworm AS build
WORKDIR /src
RUN apt-get update \
 && apt-get install -y --no-install-recommends binutils libexpat1-dev libpq-dev libssl-dev libxlsxwriter-dev libzip-dev \
 && rm -rf /var/lib/apt/lists/*
COPY Package.swift ./
COPY Sources Sources
COPY Tests Tests
COPY keys keys
COPY .image .image
ARG LINKSEAL_COMMIT
RUN .image/install /out

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates curl libexpat1 libpq5 libssl3 libxlsxwriter4 libzip4 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /workspace --create-home linkseal
COPY --from=build /out /usr/local
ARG LINKSEAL_COMMIT
LABEL org.opencontainers.image.title="linkseal" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="$LINKSEAL_COMMIT"
USER linkseal
WORKDIR /workspace
ENV LINKSEAL_WORKSPACE=/workspace
VOLUME /workspace
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/healthz"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["linkseal"]
CMD ["serve", "--listen", "0.0.0.0:8080"]

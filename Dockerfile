# The image for COPY --from=preflight: the static binary, its schema and its licence, and nothing else.
# "npm run image" builds it for this machine from dist/.
FROM scratch
ARG TARGETARCH
ARG VERSION
ARG REVISION
LABEL org.opencontainers.image.title="preflight" \
      org.opencontainers.image.description="Checks what a container needs, waits for it a bounded time, and becomes the real command" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY dist/preflight-linux-$TARGETARCH /preflight
COPY schema.json LICENSE /
ENTRYPOINT ["/preflight"]

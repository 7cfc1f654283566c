# chatbox as a container. It builds in chatbox's own sources, and in a project that has chatbox among its dependencies.
# There is no configuration in it, and no secret: both come from outside when it runs.
FROM node:24-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d AS base

FROM base AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
# Where there is nothing to build, nothing is built; where chatbox is a dependency, it is run from there.
RUN npm run build --if-present \
  && npm prune --omit=dev --no-audit --no-fund \
  && mkdir /app \
  && for part in package.json node_modules bin dist templates; do if [ -e "$part" ]; then cp -a "$part" /app/; fi; done \
  && if [ -e /app/bin/chatbox.js ]; then ln -s bin/chatbox.js /app/chatbox.js; else ln -s node_modules/chatbox/bin/chatbox.js /app/chatbox.js; fi

FROM base
ENV NODE_ENV=production
COPY --from=build /app /app
# The id that the manifests name, and that no user of a node has. What it may write is mounted: the root may be read-only.
USER 10001:10001
WORKDIR /app
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
# Reads the configuration as the server reads it, so that it asks on the right port, under the right prefix.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "/app/chatbox.js", "doctor", "--only", "health", "--quiet"]
ENTRYPOINT ["node", "/app/chatbox.js"]
CMD ["serve"]

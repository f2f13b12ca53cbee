# The server with both web apps built in. It runs as an unprivileged user, on a read-only root, with two writable folders:
# /var/lib/lastbeat (database, operators, tokens) and /var/log/lastbeat. See docs/OPERATIONS.md.

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY apps/admin/package.json apps/admin/
COPY apps/api/package.json apps/api/
COPY apps/chat/package.json apps/chat/
COPY packages/core/package.json packages/core/
COPY packages/tools/package.json packages/tools/
COPY packages/trpc/package.json packages/trpc/
COPY packages/web/package.json packages/web/
COPY tests/attacks/package.json tests/attacks/
COPY tests/bench/package.json tests/bench/
COPY tests/e2e/package.json tests/e2e/
COPY tests/install/package.json tests/install/
COPY tests/support/package.json tests/support/

FROM packages AS build
RUN npm ci
COPY . .
RUN npm run build

# The image has Node, so the Node that npm would install (an optional dependency) is left out.
FROM packages AS dependencies
RUN npm ci --omit=dev --omit=optional -w apps/api

FROM node:24-bookworm-slim
# tini is process 1: it passes signals on and reaps processes whose parents are gone, such as those of docker exec.
RUN apt-get update \
  && apt-get install -y --no-install-recommends tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY config config
COPY drizzle drizzle
COPY packages/core packages/core
COPY packages/trpc packages/trpc
COPY apps/api apps/api
COPY --from=build /app/apps/admin/build apps/admin/build
COPY --from=build /app/apps/chat/build apps/chat/build
RUN mkdir -p /var/lib/lastbeat /var/log/lastbeat /backup \
  && chown node:node /var/lib/lastbeat /var/log/lastbeat /backup \
  && chmod 700 /var/lib/lastbeat /var/log/lastbeat /backup \
  && ln -s /app/apps/api/bin/lastbeat.js /usr/local/bin/lastbeat
ENV NODE_ENV=production \
  LASTBEAT_SERVER_HOST=0.0.0.0 \
  LASTBEAT_LEDGER_FILE=/var/lib/lastbeat/lastbeat.db \
  LASTBEAT_LOG_FILE=/var/log/lastbeat/app.log
USER node
VOLUME ["/var/lib/lastbeat", "/var/log/lastbeat"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30m --retries=3 CMD ["node", "apps/api/src/healthcheck.ts"]
ENTRYPOINT ["/usr/bin/tini", "--"]
CMD ["node", "apps/api/src/main.ts"]

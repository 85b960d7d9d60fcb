# GLB Optimizer as a service. Two images from one file:
#   docker build --target slim -t glb-optimizer:slim .   without a browser: no pictures, lossy results need a review
#   docker build               -t glb-optimizer .        with Chromium
# Both run as an ordinary user, write to /data and /tmp only, and take all settings from the environment.

FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# Scripts stay off: the only one that is needed otherwise brings a Node, and this image has one.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim AS slim
# git pushes what the API does not take; tini passes signals on and buries orphans.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git tini \
 && rm -rf /var/lib/apt/lists/* \
 && install --directory --owner=node --group=node /data
WORKDIR /opt/glb-optimizer
COPY --from=build /build/package.json /build/README.md /build/LICENSE ./
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
RUN ln -s /opt/glb-optimizer/dist/app/cli.js /usr/local/bin/glb-optimizer
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
USER node
VOLUME /data
EXPOSE 3000
# Live, not ready: a server that waits for its database must not be killed for that.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["/usr/bin/tini", "--", "glb-optimizer"]
CMD ["serve"]

FROM slim AS full
USER root
RUN apt-get update \
 && apt-get install --yes --no-install-recommends chromium libegl1 libgl1-mesa-dri \
 && rm -rf /var/lib/apt/lists/*
ENV CHROME_PATH=/usr/bin/chromium
USER node

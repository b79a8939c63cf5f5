#!/usr/bin/env bash
# Installs what the image needs of Debian: Java, and an init that hands signals on and buries the dead. As root.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt-get update --quiet=2
apt-get install --quiet=2 --yes --no-install-recommends openjdk-17-jre-headless tini > /dev/null
rm -rf /var/lib/apt/lists/*

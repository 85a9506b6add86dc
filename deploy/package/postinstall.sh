#!/bin/sh
# Creates the user and its data directory, and starts nothing: the service
# begins with "systemctl enable --now kahao", after its settings are checked.
# An upgrade restarts a service that runs.
set -e

if ! getent passwd kahao >/dev/null; then
	if command -v systemd-sysusers >/dev/null; then
		systemd-sysusers /usr/lib/sysusers.d/kahao.conf
	else
		getent group kahao >/dev/null || groupadd --system kahao
		useradd --system --gid kahao --home-dir /var/lib/kahao --no-create-home --shell /usr/sbin/nologin kahao
	fi
fi
if [ ! -d /var/lib/kahao ]; then
	mkdir -m 0700 /var/lib/kahao
	chown kahao:kahao /var/lib/kahao
fi

if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart kahao.service
fi

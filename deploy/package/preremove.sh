#!/bin/sh
# Stops the service before its binary goes. dpkg gives "remove", rpm 0; an
# upgrade, where the new package restarts the service, gives "upgrade" or 1.
set -e

case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now kahao.service
	fi
	;;
esac

#!/bin/sh
# The ledger, the accounts and their keys stay, even with "dpkg --purge": they
# cannot be made again.
set -e

if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
fi
if [ "$1" = purge ] && [ -d /var/lib/kahao ]; then
	echo "kahao: /var/lib/kahao was kept. It has the ledger and the keys; delete it by hand when you need neither."
fi

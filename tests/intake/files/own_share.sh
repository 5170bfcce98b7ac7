#!/usr/bin/env bash
# Run in namespaces of its own by test_samba.py: the installer's commands, then smbd on port 445 and a client.
set -euo pipefail
site=$1/site.toml
mkdir "$1/etc"
mount -t tmpfs tmpfs "$1/etc" || { echo "no namespaces here"; exit 0; } # the copy goes with the namespace
cp -a /etc/. "$1/etc" && mount --bind "$1/etc" /etc
for place in /var/lib /run /srv; do mount -t tmpfs tmpfs "$place"; done
ip link set lo up
renkei() { "$2" -m appliance "${@:3}" --site "$1"; }

renkei "$site" "$2" intake share
told=$(renkei "$site" "$2" intake share-account rececom)
password=$(printf '%s\n' "$told" | sed -n 's/^パスワード.* //p')
[ "${#password}" -eq 20 ] && echo "password shown once: yes"
grep -rqF "$password" /var/lib/renkei /run/renkei-samba /etc && echo "the password lies somewhere in clear" && exit 1

setsid smbd --foreground --no-process-group -s /var/lib/renkei/samba/smb.conf &
server=$! # in a session of its own: a server that ends also ends its process group
for _ in $(seq 100); do (: < /dev/tcp/127.0.0.1/445) 2>/dev/null && break; sleep 0.1; done
echo whole > "$1/whole.txt"
smbclient //127.0.0.1/receipt -U "rececom%$password" -c "put $1/whole.txt a.UKE" >/dev/null && echo "signed in with it: yes"
echo "owner and mode: $(stat -c '%U %G %a' /srv/drop/receipt/a.UKE)"
sed 's|account = "rececom"|account = "root"|' "$site" > "$1/root.toml"
renkei "$1/root.toml" "$2" intake share-account root 2>/dev/null || echo "no password for root: yes"
kill "$server"
wait "$server" || true

#!/bin/sh
# install-packages.sh PACKAGE...: installs Debian packages as root, without letting the services that they
# bring (sshd, Open vSwitch) run on this machine, now or after a reboot: the lab starts its own, in private.
set -eu
export DEBIAN_FRONTEND=noninteractive

# Debian asks this file before it starts a service. Ours says no while this script lives; should the
# script be killed before its trap ran, the file allows everything again and removes itself.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' HUP INT TERM
  printf '#!/bin/sh\nkill -0 %s 2>/dev/null && exit 101\nrm -f "$0"\n' "$$" >"$policy"
  chmod 755 "$policy"
fi

install() {
  apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
}
# The package lists are fetched only when those at hand do not do.
install "$@" || { apt-get update -q -o DPkg::Lock::Timeout=120 && install "$@"; }

keep_off() {
  for service in "$@"; do
    if command -v systemctl >/dev/null; then
      systemctl disable --quiet "$service" 2>/dev/null || true
    elif command -v update-rc.d >/dev/null; then
      update-rc.d "$service" disable 2>/dev/null || true
    fi
  done
}
for package in "$@"; do
  case $package in
    openssh-server) keep_off ssh ssh.socket ;;
    openvswitch-switch) keep_off openvswitch-switch ;;
    keepalived) keep_off keepalived ;;
    frr) keep_off frr ;;
  esac
done

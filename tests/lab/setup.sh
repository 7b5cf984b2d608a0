#!/bin/sh
# Gets a Debian machine ready for the fault lab (cargo test --test lab): installs the packages that are missing when it is
# run as root, and says plainly what is missing when it is not. Services that a package starts on installation are stopped
# and disabled only if this script installed that package: the lab starts its own servers in its own namespaces.
#
# Where it cannot, it ends well all the same, because the lab says for each case what it lacks; with VPNMEDIC_REQUIRE_LAB=1,
# where nothing may be skipped, it ends with 1.
set -u

lacking() {
    [ "${VPNMEDIC_REQUIRE_LAB:-}" = 1 ] && exit 1
    exit 0
}

# package:file that shows it is there
needed='
ocserv:/usr/sbin/ocserv
nginx-light:/usr/sbin/nginx
openssl:/usr/bin/openssl
dnsmasq-base:/usr/sbin/dnsmasq
chrony:/usr/sbin/chronyd
faketime:/usr/bin/faketime
iproute2:/usr/bin/ip /bin/ip /sbin/ip
nftables:/usr/sbin/nft
curl:/usr/bin/curl
python3-minimal:/usr/bin/python3
tinyproxy-bin:/usr/bin/tinyproxy
openssh-server:/usr/sbin/sshd
openvpn:/usr/sbin/openvpn
strongswan-charon:/usr/lib/ipsec/charon
'

missing=
while IFS=: read -r package files; do
    [ -n "$package" ] || continue
    found=
    for file in $files; do
        [ -e "$file" ] && found=yes
    done
    [ -n "$found" ] || missing="$missing $package"
done <<EOF
$needed
EOF

if [ -n "$missing" ]; then
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        echo "The lab lacks these Debian packages:$missing"
        echo "Install them as root: apt-get install --no-install-recommends$missing"
        lacking
    fi
    echo "Installing:$missing"
    # A package list that is too old is the usual reason for a failed installation: then it is fetched anew, once.
    install() {
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
    }
    install || { apt-get update -q && install; } || lacking
    for package in $missing; do
        case $package in
            ocserv) services='ocserv.socket ocserv.service' ;;
            nginx-light) services=nginx.service ;;
            chrony) services=chrony.service ;;
            openssh-server) services='ssh.socket ssh.service' ;;
            openvpn) services=openvpn.service ;;
            strongswan-charon) services=strongswan-starter.service ;;
            *) continue ;;
        esac
        if [ -d /run/systemd/system ]; then
            # shellcheck disable=SC2086
            systemctl disable --now $services 2>/dev/null
        elif command -v invoke-rc.d >/dev/null; then
            name=${services##* }
            invoke-rc.d "${name%.service}" stop >/dev/null 2>&1
        fi
    done
fi

# What packages cannot give: the right to make namespaces, and a kernel that carries the rules the lab uses.
name="vpnmedic-lab-setup-$$"
if ! ip netns add "$name" 2>/dev/null; then
    echo "The lab needs the right to make network namespaces: run it as root (in a container: with CAP_SYS_ADMIN and CAP_NET_ADMIN)."
    lacking
fi
trap 'ip netns del "$name" 2>/dev/null; ip netns del "$name-2" 2>/dev/null' EXIT
result=0
if ! { ip netns add "$name-2" && ip link add name lab0 netns "$name" type veth peer name lab1 netns "$name-2"; } 2>/dev/null; then
    echo "The kernel lacks virtual cables (CONFIG_VETH)."
    result=1
fi
if ! ip -n "$name" tuntap add dev long0 mode tun 2>/dev/null; then
    echo "The kernel lacks TUN devices (CONFIG_TUN), or /dev/net/tun is missing."
    result=1
fi
if ! ip netns exec "$name" nft -f - <<'EOF' 2>/dev/null
table inet path {
  counter left { }
  chain forward { type filter hook forward priority 0; tcp dport 1 counter name left drop; tcp dport 2 reject with icmpx type admin-prohibited; tcp dport 3 reject with tcp reset; }
}
table ip portal {
  chain prerouting { type nat hook prerouting priority -100; tcp dport 80 dnat to 10.20.0.1; }
}
EOF
then
    echo "The kernel lacks a part of nftables that the lab uses (inet tables, counters, reject, nat)."
    result=1
fi
[ "$result" -eq 0 ] || lacking
echo "The lab has what it needs."

#!/bin/sh
# Process 1 of the lab's namespaces: makes a world in which a kubelet may do as it likes, runs a program in it, reaps
# orphans, and ends with the program, and all else with it. Nothing that is mounted, linked or routed here is seen outside.
set -eu
lab=/run/lab

# what is written goes to memory: nothing stays on the disk
mount --make-rshared /
mount -t tmpfs tmpfs /run
mkdir -p "$lab/upper" "$lab/work" "$lab/log"
cp -r "$(dirname "$0")/../config" "$lab/config"
mount -t overlay -o "lowerdir=/var/lib,upperdir=$lab/upper,workdir=$lab/work" overlay /var/lib
mount -t tmpfs tmpfs /var/log

# over FILE, one with this text
cover() {
  file=$lab/$(echo "$1" | tr / -)
  printf '%s\n' "$2" >"$file"
  [ -e "$1" ] || { mkdir -p "$(dirname "$1")" && : >"$1"; }
  mount --bind "$file" "$1"
}
cover "$(readlink -f /etc/resolv.conf)" "nameserver 10.99.0.1"
# a kubelet sets these on the whole machine, unless they are set (pkg/kubelet/cm/container_manager_linux.go)
cover /proc/sys/vm/overcommit_memory 1
cover /proc/sys/vm/panic_on_oom 0
cover /proc/sys/kernel/panic 10
cover /proc/sys/kernel/panic_on_oops 1
cover /proc/sys/kernel/keys/root_maxkeys 1000000
cover /proc/sys/kernel/keys/root_maxbytes 25000000

# the node is 10.99.0.1; the tests listen on 10.99.0.2 and on; what goes out is never answered
ip link set lo up
ip address add 10.99.0.1/24 dev lo
ip link add out type veth peer name nowhere
ip link set out up
ip link set nowhere up
ip address add 10.96.0.1/30 dev out
ip neighbour add 10.96.0.2 lladdr 02:00:00:00:00:02 dev out nud permanent
ip route add default via 10.96.0.2
echo 1 >/proc/sys/net/ipv4/ip_forward

"$@" &
wait $!

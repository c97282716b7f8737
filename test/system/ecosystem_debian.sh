#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Debian's chrony package with our programs in the place of its two: its configuration, its examples,
# its init script, its hooks for dhclient, NetworkManager, ifupdown, ppp and logrotate, its waiting
# unit, and ntpstat, run for real, once with gnomonctl as chronyc and once with the stock chronyc.
# The machine is this one's file system with the unpacked packages laid over it, and what is written
# goes to memory.
. "$(dirname "$0")/lib.sh"
need chronyd
stock_chronyd=$found
need chronyc
stock_chronyc=$found
need logrotate
need ntpstat
lab

# ------------------------------------------------------------------------------ the machine
layers=$work/layers
mkdir "$layers"
cat >"$work/machine" <<EOF
set -e
mount -t tmpfs none $layers
for name in usr etc var; do
	mkdir -p $layers/\$name/up $layers/\$name/work
	mount -t overlay overlay -o \
lowerdir=$GNOMON_PARTNERS/\$name:/\$name,upperdir=$layers/\$name/up,workdir=$layers/\$name/work /\$name
done
mount -t tmpfs none /run
# what the package does when it is installed
cp $GNOMOND /usr/sbin/gnomond
for module in $(dirname "$GNOMOND")/gnomon-*.so; do
	[ ! -e "\$module" ] || cp "\$module" /usr/sbin
done
cp $GNOMONCTL /usr/bin/gnomonctl
ln -sf gnomond /usr/sbin/chronyd
ln -sf gnomonctl /usr/bin/chronyc
cp $stock_chronyc /usr/bin/chronyc.stock
# what was not configured for Debian's directories finds them too
rm -rf /usr/local/etc /usr/local/var
ln -s /etc /usr/local/etc
ln -s /var /usr/local/var
grep -q ^_chrony: /etc/passwd || {
	echo "_chrony:x:987:987::/var/lib/chrony:/usr/sbin/nologin" >>/etc/passwd
	echo "_chrony:x:987:" >>/etc/group
}
cp /usr/share/chrony/chrony.conf /usr/share/chrony/chrony.keys /etc/chrony/
chmod 640 /etc/chrony/chrony.keys
mkdir -p /var/lib/chrony /var/log/chrony
chown _chrony:_chrony /var/lib/chrony /var/log/chrony
# neither the clock of this machine is set nor names are asked for, and something is logged
echo 'DAEMON_OPTS="-F 1 -x"' >/etc/default/chrony
sed -i '/^pool/d' /etc/chrony/chrony.conf
echo "log measurements tracking" >/etc/chrony/conf.d/log.conf
echo ready
exec sleep 600
EOF
start machine "$client" unshare -m sh "$work/machine"
machine=$started
within 10 grep -q ready "$work/machine.log" || {
	cat "$work/machine.log"
	skip_all "no file system can be laid over another here"
}
# machine COMMAND...: runs it there, without the right to set the clock
machine() {
	nsenter -t "$machine" -m -n setpriv --bounding-set -sys_time --inh-caps -sys_time \
		env PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# A server that its hooks tell of.
upstream "$stock_chronyd"

# ------------------------------------------------------------------------------ configurations
# The effective configuration of each file that the package brings, by both daemons.
both_print() {
	machine chronyd -p -f "$1" >"$work/p.ours" 2>"$work/p.ours.err"
	ours=$?
	machine "$stock_chronyd" -p -f "$1" >"$work/p.theirs" 2>"$work/p.theirs.err"
	cat "$work/p.ours.err"
	[ "$ours" -eq $? ] && [ "$ours" -eq 0 ] && [ -s "$work/p.theirs" ] &&
		diff "$work/p.theirs" "$work/p.ours"
}
for file in /usr/share/chrony/chrony.conf /etc/chrony/chrony.conf \
	/usr/share/doc/chrony/examples/chrony.conf.example1 \
	/usr/share/doc/chrony/examples/chrony.conf.example2 \
	/usr/share/doc/chrony/examples/chrony.conf.example3; do
	check "configuration: $file" both_print "$file"
done

# What tools write, in the shapes that they are known by: cloud-init's for Debian, for Ubuntu, for
# RHEL and for SUSE, the timesync role's of Ansible, and timemaster's own.
in_machine() { # FILE: takes standard input
	machine sh -c 'mkdir -p "$(dirname "$1")" && cat >"$1"' - "$1"
}
in_machine /run/cloud-init.debian <<'CONF'
# Welcome to the chrony configuration file. See chrony.conf(5) for more
# information about usuable directives.
# servers
server 10.91.0.1 iburst
server 10.91.0.77 iburst
# pools
pool a-name-that-nobody-knows.invalid iburst
# peers
peer 10.91.0.78
# allow
allow 10.91.0.0/24

keyfile /etc/chrony/chrony.keys
driftfile /var/lib/chrony/chrony.drift
#log tracking measurements statistics
logdir /var/log/chrony
maxupdateskew 100.0
rtcsync
makestep 1 3
CONF
in_machine /run/cloud-init.ubuntu <<'CONF'
confdir /etc/chrony/conf.d
pool a-name-that-nobody-knows.invalid iburst maxsources 4
pool another-name-that-nobody-knows.invalid iburst maxsources 1
server 10.91.0.1 iburst
sourcedir /run/chrony-dhcp
sourcedir /etc/chrony/sources.d
keyfile /etc/chrony/chrony.keys
driftfile /var/lib/chrony/chrony.drift
ntsdumpdir /var/lib/chrony
logdir /var/log/chrony
maxupdateskew 100.0
rtcsync
makestep 1 3
leapsectz right/UTC
CONF
in_machine /run/cloud-init.rhel <<'CONF'
# Use public servers from the pool.ntp.org project.
server 10.91.0.1 iburst
# Record the rate at which the system clock gains/losses time.
driftfile /var/lib/chrony/drift
makestep 1.0 3
rtcsync
#hwtimestamp *
#minsources 2
#allow 192.168.0.0/16
#local stratum 10
keyfile /etc/chrony/chrony.keys
leapsectz right/UTC
logdir /var/log/chrony
#log measurements statistics tracking
CONF
in_machine /run/cloud-init.suse <<'CONF'
server 10.91.0.1 iburst
! pool pool.ntp.org iburst
stratumweight 0
driftfile /var/lib/chrony/drift
makestep 1.0 3
rtcsync
logchange 0.5
keyfile /etc/chrony/chrony.keys
generatecommandkey
noclientlog
leapsectz right/UTC
include /etc/chrony/conf.d/*.conf
logdir /var/log/chrony
CONF
in_machine /run/ansible.timesync <<'CONF'
#
# Ansible managed
#
# system_role:timesync

server 10.91.0.1 minpoll 4 maxpoll 6 iburst trust prefer
server 10.91.0.77 iburst xleave
pool a-name-that-nobody-knows.invalid iburst
refclock PHC /dev/ptp-there-is-none:nocrossts poll 2 dpoll -4 offset 0 noselect optional

# Include sources from DHCP
sourcedir /run/chrony-dhcp

# Require a minimum number of sources
minsources 1
maxdistance 1.0
# Record the rate at which the system clock gains/losses time.
driftfile /var/lib/chrony/drift
# Allow the system clock to be stepped in the first three updates
makestep 1.0 3
rtcsync
# Specify file containing keys for NTP and command authentication.
keyfile /etc/chrony/chrony.keys
ntsdumpdir /var/lib/chrony
leapsectz right/UTC
logdir /var/log/chrony
CONF
# Of a line that chronyd 4.3 does not know there is no comparison.
machine sh -c 'sed /optional/d /run/ansible.timesync >/run/ansible.timesync.older'

# timemaster's, as it says itself that it would write it
timemaster=$GNOMON_PARTNERS/usr/sbin/timemaster
in_machine /run/timemaster.conf <<CONF
[timemaster]
rundir /run/timemaster
[ntp_server 10.91.0.1]
minpoll 3
maxpoll 4
iburst 1
[ptp_domain 0]
interfaces gnc$$
delay 10e-6
ntp_options prefer
[chrony.conf]
include /etc/chrony/conf.d/*.conf
makestep 1 3
[chronyd]
path /usr/sbin/chronyd
CONF
if [ -x "$timemaster" ]; then
	machine "$timemaster" -n -f /run/timemaster.conf >"$work/timemaster" 2>&1
	awk '/:$/ { ours = /chrony\.conf:$/; next } ours' "$work/timemaster" |
		in_machine /run/timemaster.chrony
	check "timemaster writes a file, and how it would start chronyd" \
		grep 'chronyd -n -f /run/timemaster/chrony.conf' "$work/timemaster"
	check "configuration: of timemaster" both_print /run/timemaster.chrony
fi
for file in cloud-init.debian cloud-init.ubuntu cloud-init.rhel cloud-init.suse \
	ansible.timesync.older; do
	check "configuration: $file" both_print /run/$file
done

# works FILE: chronyd starts with it in its usual way, and follows its server
works() {
	machine cp "/run/$1" /run/try.conf
	machine chronyd -x -f /run/try.conf || return 1
	works_status=1
	works_pid=$(machine cat /run/chrony/chronyd.pid)
	if within 15 has '^\^,\*,10.91.0.1,'; then
		works_status=0
	fi
	machine chronyc -n sources
	machine kill "$works_pid"
	within 5 machine test ! -e /run/chrony/chronyd.pid || works_status=1
	return $works_status
}
# has TEXT: chronyd's list of sources has a line with this text
has() {
	machine chronyc -c -n sources -a | grep -q "$1"
}
for file in cloud-init.debian cloud-init.ubuntu cloud-init.rhel cloud-init.suse ansible.timesync; do
	check "chronyd follows its server by $file" works $file
done

# What provisioning asks of the programs.
version() {
	machine chronyd --version | grep -Eq '^chronyd \(chrony\) version [0-9.]+ \(' &&
		machine chronyc --version | grep -Eq '^chronyc \(chrony\) version [0-9.]+ \(' &&
		machine chronyd -v | grep -q '+NTS'
}
check "versions as the timesync role takes them apart" version

# ------------------------------------------------------------------------------ the init script
# Printed where this system has no init; what counts is its exit status and what it did.
init() {
	machine /etc/init.d/chrony "$1"
}
runs() {
	pid=$(machine cat /run/chrony/chronyd.pid) && machine kill -0 "$pid" &&
		machine readlink "/proc/$pid/exe" | grep -q gnomond
}
dead() {
	! runs
}
check "init script: start" init start
check "init script: chronyd runs" within 5 runs
check "init script: status" init status
first=$(machine cat /run/chrony/chronyd.pid)
# The script does not wait for the old one's end before it looks whether one runs, and then starts
# none: seen with the stock chronyd too (1 of 20 restarts on a busy machine).
restart() {
	init restart >"$work/restart" 2>&1 || return
	cat "$work/restart"
	! grep -q "is already running" "$work/restart" || { within 10 dead && init start; }
}
check "init script: restart" restart
check "init script: another one runs" within 5 runs
changed() {
	[ "$first" != "$(machine cat /run/chrony/chronyd.pid)" ]
}
check "init script: it is another one" changed

# ------------------------------------------------------------------------------ hooks
has_not() {
	machine chronyc -c -n sources -a >"$work/sources" && ! grep -q "$1" "$work/sources"
}
# activity ONLINE OFFLINE: so many sources, those in a burst among them
activity() {
	machine chronyc -c activity | awk -F, -v on="$1" -v off="$2" \
		'{ ok = $1 + $3 == on && $2 + $4 == off } END { exit !ok }'
}
chronyc_is() { # FILE: what the hooks find as chronyc
	machine ln -sf "$1" /usr/bin/chronyc
}
# As dhclient-script runs its hooks: in its own shell.
dhclient() {
	machine env reason="$1" interface=eth0 new_ntp_servers="${2-}" old_ntp_servers="${3-}" \
		sh -c '. /etc/dhcp/dhclient-exit-hooks.d/chrony'
}
dispatcher() { # SCRIPT INTERFACE ACTION [VARIABLE...]
	script=/usr/lib/NetworkManager/dispatcher.d/$1 interface=$2 action=$3
	shift 3
	machine env CONNECTION_UUID=0 "$@" "$script" "$interface" "$action"
}
ifupdown() { # DIRECTORY
	machine env IFACE=gnc$$ ADDRFAM=inet METHOD=static MODE=start LOGICAL=gnc$$ PHASE=post-up \
		run-parts "/etc/network/$1"
}
ppp() { # DIRECTORY
	machine env PPP_IFACE=ppp0 run-parts "/etc/ppp/$1"
}
link_down() {
	ip -n "$client" link set gnc$$ down
}
link_up() {
	ip -n "$client" link set gnc$$ up
	ip -n "$client" addr add fd91::2/64 dev gnc$$ nodad 2>/dev/null
	return 0
}

hooks() {
	check "$1: dhclient, bound" dhclient BOUND "10.91.0.1"
	check "$1: dhclient: chronyd has its server" within 3 has "10.91.0.1"
	check "$1: dhclient, another server" dhclient RENEW "10.91.0.1 10.91.0.9" "10.91.0.1"
	check "$1: dhclient: chronyd has both" within 3 has "10.91.0.9"
	check "$1: dhclient, expired" dhclient EXPIRE "" "10.91.0.1 10.91.0.9"
	check "$1: dhclient: chronyd has none" within 3 has_not "10.91.0"

	check "$1: NetworkManager, dhcp4-change" dispatcher 20-chrony-dhcp gnc$$ dhcp4-change \
		DHCP4_NTP_SERVERS="10.91.0.1"
	check "$1: NetworkManager: chronyd has its server" within 3 has "10.91.0.1"
	check "$1: NetworkManager, down" dispatcher 20-chrony-dhcp gnc$$ down
	check "$1: NetworkManager: chronyd has none" within 3 has_not "10.91.0"
	check "$1: NetworkManager, dhcp6-change" dispatcher 20-chrony-dhcp gnc$$ dhcp6-change \
		DHCP6_DHCP6_NTP_SERVERS="fd91::1"
	check "$1: NetworkManager: chronyd has its server" within 3 has "fd91::1"
	check "$1: NetworkManager, down" dispatcher 20-chrony-dhcp gnc$$ down
	check "$1: NetworkManager: chronyd has none" within 3 has_not "fd91"
	check "$1: NetworkManager, up" dispatcher 20-chrony-dhcp gnc$$ up DHCP4_NTP_SERVERS="10.91.0.1"
	check "$1: NetworkManager: chronyd has this server" within 3 has "10.91.0.1"

	check "$1: online at first" within 3 activity 1 0
	link_down
	check "$1: NetworkManager, onoffline" dispatcher 20-chrony-onoffline gnc$$ down
	check "$1: offline without a route" within 3 activity 0 1
	link_up
	check "$1: NetworkManager, onoffline" dispatcher 20-chrony-onoffline gnc$$ up
	check "$1: online with one" within 3 activity 1 0
	link_down
	check "$1: ifupdown, if-post-down.d" ifupdown if-post-down.d
	check "$1: offline without a route" within 3 activity 0 1
	link_up
	check "$1: ifupdown, if-up.d" ifupdown if-up.d
	check "$1: online with one" within 3 activity 1 0
	link_down
	check "$1: ppp, ip-down.d" ppp ip-down.d
	check "$1: offline without a route" within 3 activity 0 1
	link_up
	check "$1: ppp, ip-up.d" ppp ip-up.d
	check "$1: online with one" within 3 activity 1 0
}

# logrotate, by the package's own file, which keeps no old ones: the log is begun anew.
libraries=/usr/lib/$(uname -m)-linux-gnu
rotate() {
	machine env LD_LIBRARY_PATH="$libraries" logrotate -f -s /run/logrotate.state \
		/etc/logrotate.d/chrony
}
tracking_log() {
	machine stat -c "%i %s" /var/log/chrony/tracking.log
}
rotated() {
	machine ls -il /var/log/chrony
	tracking_log | awk -v old="$1" '{ ok = $1 != old && $2 > 0 } END { exit !ok }'
}
waits() {
	# The command line of the unit that waits, whose words have no blanks in them.
	# shellcheck disable=SC2046
	machine timeout 60 $(sed -n 's/^ExecStart=//p' \
		"$GNOMON_PARTNERS/lib/systemd/system/chrony-wait.service") >"$work/waits"
	waits_status=$?
	tail -3 "$work/waits"
	[ $waits_status -eq 0 ] && tail -1 "$work/waits" | grep -q '^try: .*refid: 0A5B0001, correction: 0\.0'
}

everything() {
	hooks "$1"
	check "$1: chrony-wait ends when chronyd is synchronised" waits
	within 20 machine test -s /var/log/chrony/tracking.log
	old_log=$(tracking_log)
	check "$1: logrotate" rotate
	# a sample that is to be logged
	machine chronyc burst 3/3 >/dev/null
	within 20 rotated "${old_log% *}"
	check "$1: logrotate: a new log is begun" rotated "${old_log% *}"
	check "$1: NetworkManager, down at the end" dispatcher 20-chrony-dhcp gnc$$ down
}
# What the hooks run is of the package, what it calls is ours.
for client_program in gnomonctl chronyc.stock; do
	machine ln -sf $client_program /usr/bin/chronyc
	everything $client_program
done
check "init script: stop" init stop
check "init script: chronyd is gone" within 5 dead
check "init script: status says so" eval "! init status"

# ------------------------------------------------------------------------------ ntpstat
# Debian's asks by mode 6: of a gnomond that is called as ntpd.
ntpstat() {
	machine ntpstat >"$work/ntpstat.out"
	ntpstat_is=$?
	cat "$work/ntpstat.out"
	[ "$ntpstat_is" -eq "$1" ] && grep -q "$2" "$work/ntpstat.out"
}
machine sh -c 'ln -sf gnomond /usr/sbin/ntpd; mkdir -p /run/ntp
	printf "server 10.91.0.1 iburst minpoll 3\nrestrict default\nrestrict 127.0.0.1\nrestrict 10.91.0.1\n" >/run/ntp/ntp.conf'
start ntpd "$client" nsenter -t "$machine" -m /usr/sbin/ntpd -n -c /run/ntp/ntp.conf -x
check "ntpstat: not synchronised at first" within 5 ntpstat 1 "unsynchronised"
check "ntpstat: synchronised" within 30 ntpstat 0 "synchronised to NTP server (10.91.0.1) at stratum 2"
finish

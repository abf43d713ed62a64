#!/bin/sh
# mk: builds, runs and tests Pintle.
#
#	./mk [target]
#
# all (the default), run, test, bench, profile, checked, iso, soak, mutants,
# clean, or `./mk cc prog.c [-o out]`, which compiles a program against the
# libraries.
# It installs the Debian packages that are missing, fetches third-party source
# into a cache ($PINTLE_CACHE, else ~/.cache/pintle), and runs Debian's
# 9base mk on the mkfile.  See README.md for the variables of run.
here=$PWD
PINTLE_TOP=$(cd "$(dirname "$0")" && pwd) || exit 1
PINTLE_CACHE=${PINTLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pintle}
NPROC=${NPROC:-$(nproc)}
export PINTLE_TOP PINTLE_CACHE NPROC
cd "$PINTLE_TOP" || exit 1

die(){
	echo "mk: $*" >&2
	exit 1
}

asroot(){
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

install(){
	asroot env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@" </dev/null >/dev/null 2>&1
}

need(){	# Debian packages: installs those that are not there
	command -v dpkg-query >/dev/null || die "this needs a Debian 12 system: there is no dpkg here"
	missing=
	have=" $(dpkg-query -W -f '${db:Status-Status}:${Package} ' "$@" 2>/dev/null)"
	for p; do
		case $have in
		*" installed:$p "*) ;;
		*) missing="$missing $p" ;;
		esac
	done
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
		die "missing Debian packages, and neither root nor sudo to install them:$missing"
	echo "mk: installing Debian packages:$missing"
	install $missing || {
		asroot apt-get update -qq </dev/null >/dev/null 2>&1
		install $missing
	} || die "missing Debian packages, and apt-get cannot install them (no network, or not in its mirrors):$missing"
}

build(){	# mk arguments; one build at a time
	need 9base gcc libc6-dev binutils xz-utils bzip2
	tools/fetch || exit 1
	(
		exec 9<.
		flock -n 9 || {
			echo "mk: waiting for another mk in this tree"
			flock 9
		}
		exec /usr/lib/plan9/bin/mk "$@"	# which holds the lock on
	) || exit 1
}

iso="grub-common grub-pc-bin grub-efi-amd64-bin xorriso mtools"
peers="iproute2 iputils-ping netcat-openbsd nmap hping3 python3-scapy dnsmasq-base bind9-dnsutils diod"
case $1 in
run)
	need qemu-system-x86
	build all
	exec tools/qemu
	;;
cc)
	build libs >&2
	shift
	cd "$here" && exec "$PINTLE_TOP/tools/cc" prog "$@"
	;;
test|soak|mutants)
	need qemu-system-x86 $iso ovmf spin clang libclang-rt-14-dev $peers
	build all hosttools checked
	exec tests/run "$@"
	;;
bench|profile)
	need qemu-system-x86
	build all hosttools >&2
	prog=tools/profile
	[ $1 = bench ] && prog=tests/bench/run
	shift
	cd "$here" && exec "$PINTLE_TOP/$prog" "$@"
	;;
iso)
	need $iso
	build build/pintle.iso
	;;
clean)
	rm -rf build
	;;
*)
	build "$@"
	;;
esac

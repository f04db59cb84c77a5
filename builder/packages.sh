#!/bin/sh
# packages.sh GROUP...: install the Debian packages of these groups that are
# missing (packages.txt). Prints each before it is installed; uses sudo only when
# not root. On a distribution without apt it installs nothing, names what is
# missing, and fails if something is.
set -eu

list=$(dirname "$0")/packages.txt
# Tools for disks are not in an ordinary user's path.
PATH=$PATH:/usr/sbin:/sbin

# Whether a command, or a file if it is a path, is there.
have() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif have sudo; then
		sudo "$@"
	else
		echo "not root, and there is no sudo: please run as root: $*" >&2
		exit 1
	fi
}

# The lists are missing on a fresh container: then apt knows no package at all.
update_lists() {
	if ! apt-cache show isolinux >/dev/null 2>&1; then
		echo "apt-get update (apt has no package lists)"
		as_root apt-get update -q
	fi
}

missing=
for group in "$@"; do
	while read -r g package probe _; do
		[ "$g" = "$group" ] || continue
		have "$probe" && continue
		case " $missing " in
		*" $package "*) ;;
		*) missing="$missing $package" ;;
		esac
	done <"$list"
done

if ! have apt-get; then
	if [ -n "$missing" ]; then
		echo "This is no Debian or Ubuntu. Please install by hand what these of Debian's packages hold:" >&2
		for package in $missing; do
			echo "  $package: $(awk -v p="$package" '$2 == p { printf "%s ", $3 }' "$list")" >&2
		done
		exit 1
	fi
	exit 0
fi

update_lists
if [ -n "$missing" ]; then
	for package in $missing; do
		echo "installing $package"
	done
	# shellcheck disable=SC2086 # one word per package
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
fi

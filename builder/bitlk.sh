#!/bin/sh
# bitlk.sh DIR: put the BitLocker volumes of cryptsetup's own tests into DIR (2 GB,
# mostly holes). They are in the source of Debian's package, which apt fetches and checks;
# the list of sources is one of its own, so that the system's stays as it is. Tests find
# them by BOOTMEND_BITLK=DIR.
set -eu

dir=$1
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
if [ -e "$dir/images.conf" ]; then
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/source"
# The source is where the system's first packages come from.
from=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | head -n 1)
echo "deb-src $from" >"$work/sources.list"
options="-o Dir::Etc::SourceList=$work/sources.list -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists=$work/lists -o APT::Sandbox::User="
# shellcheck disable=SC2086 # one word per option
apt-get $options update -q
# shellcheck disable=SC2086
(cd "$work/source" && apt-get $options source -q --download-only cryptsetup)
tar -C "$work" -xzf "$work"/source/cryptsetup_*.orig.tar.gz --strip-components=2 --wildcards '*/tests/bitlk-images.tar.xz'
tar -C "$dir" -xJf "$work/bitlk-images.tar.xz" --strip-components=1
echo "BOOTMEND_BITLK=$dir"

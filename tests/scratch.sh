#!/bin/sh
# Prints the folder for the disk images of the tests: one in memory where there is
# plenty, since a repair flushes often and a disk's answer takes most of the time
# (a pair of faults: 8 s on a disk, 1.5 s here). What a power cut leaves is tested on
# recorded writes (tests/crash), so no test needs a real disk under it.
# A TMPDIR that is set is kept. Numbers are KiB.
need_room=8388608 need_memory=12582912

memory=/dev/shm
enough() {
	[ -w "$memory" ] || return 1
	[ "$(df -Pk "$memory" | awk 'NR == 2 { print $4 }')" -ge $need_room ] || return 1
	[ "$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)" -ge $need_memory ] || return 1
	# Test programs are started from there: no noexec.
	probe=$(mktemp "$memory/bootmend-XXXXXX") || return 1
	printf '#!/bin/sh\nexit 0\n' > "$probe" && chmod +x "$probe" && "$probe"
	status=$?
	rm -f "$probe"
	return $status
}

# The folder is called by a link: xorriso and others take what is below /dev for a
# device. Sockets of virtual machines lie there, whose names must be short.
linked() {
	out=$(cd "$(dirname "$0")/.." && mkdir -p out && cd out && pwd -P) || return 1
	[ ${#out} -le 50 ] || return 1
	folder=$memory/bootmend-$(id -u)
	mkdir -m 700 -p "$folder" && [ -O "$folder" ] && ln -sfn "$folder" "$out/memory" || return 1
	echo "$out/memory"
}

if [ -n "$TMPDIR" ]; then
	echo "$TMPDIR"
elif enough 2> /dev/null && linked 2> /dev/null; then
	:
else
	echo /tmp
fi

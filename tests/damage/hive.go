package damage

import (
	"os"
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
)

// What is done to a hive, as shell on the file $1.
const (
	notRegf       = `printf 'CREG' | dd of="$1" conv=notrunc status=none`
	truncated     = `truncate -s 6000 "$1"`
	baseBlockOnly = `truncate -s 4096 "$1"`
	emptied       = `truncate -s 0 "$1"`
	// The first sequence number one ahead of the second: a write that was
	// begun and not finished. The checksum follows, as Windows would have it:
	// XOR of one number that changed by d changes by d.
	sequences = `
		byte() { od -An -tu1 -j$1 -N1 "$2" | tr -d ' '; }
		old=$(byte 4 "$1"); new=$(( (old + 1) % 256 )); sum=$(byte 508 "$1")
		printf "\\$(printf %o $new)" | dd of="$1" bs=1 seek=4 conv=notrunc status=none
		printf "\\$(printf %o $(( sum ^ old ^ new )))" | dd of="$1" bs=1 seek=508 conv=notrunc status=none`
)

// systemHive runs a script on the SYSTEM hive, through ntfs-3g.
func systemHive(script string) func(target) error {
	return func(t target) error {
		_, e := t.guest.SystemHive()
		return InNTFS(t.image, t.part, script, strings.ReplaceAll(e.Path[1:], `\`, "/"))
	}
}

// InNTFS takes the NTFS partition out of the image, runs the script in it
// (see guests.WithNTFS) and puts it back.
func InNTFS(image string, p guests.Partition, script string, args ...string) error {
	dir, err := os.MkdirTemp("", "bootmend-damage")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	volume := dir + "/volume"
	if err := sparse.Extract(volume, image, p.Start, p.Size); err != nil {
		return err
	}
	if err := guests.WithNTFS(volume, script, args...); err != nil {
		return err
	}
	return sparse.Replace(image, p.Start, volume)
}

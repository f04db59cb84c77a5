package damage

import (
	"strings"

	"github.com/bootmend/bootmend/tests/guests"
)

// withRegBack puts a copy of the SYSTEM hive into RegBack, as Windows does.
func withRegBack(g *guests.Guest) *guests.Guest {
	n, e := g.SystemHive()
	c := *e
	c.Path = strings.ReplaceAll(c.Path, `\SYSTEM`, `\RegBack\SYSTEM`)
	return g.With(n, c)
}

// lostHive takes the SYSTEM hive away and leaves the copy.
func lostHive(g *guests.Guest) *guests.Guest { return noHive(withRegBack(g)) }

// setupCopy leaves the copy of the installation of an NT 5.
func setupCopy(g *guests.Guest) *guests.Guest {
	n, e := g.SystemHive()
	c := *e
	c.Path = `\WINDOWS\repair\system`
	return noHive(g.With(n, c))
}

// brokenBin destroys the signature of the first bin of a hive.
const brokenBin = `
	at=$(grep -abo 'hbin' "$1" | head -1 | cut -d: -f1)
	printf 'XX' | dd of="$1" bs=1 seek=$((at + 2)) conv=notrunc status=none`

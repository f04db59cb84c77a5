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

// restorePoint loses the SYSTEM hive of a Windows XP that has a restore point.
func restorePoint(g *guests.Guest) *guests.Guest {
	n, _ := g.SystemHive()
	for _, name := range []string{"system", "software"} {
		_, e := g.Find(n, `\WINDOWS\system32\config\`+name)
		c := *e
		c.Path = `\System Volume Information\_restore{A6B0A8B2-6C8F-4C0E-9C3E-0F6D1B2C3D4E}\RP7\snapshot\_REGISTRY_MACHINE_` + strings.ToUpper(name)
		g = g.With(n, c)
	}
	return noHive(g)
}

// strictLoader is a loader object that gives up over any boot driver.
func strictLoader(g *guests.Guest) *guests.Guest {
	_, e := g.Find(0, g.StorePath())
	object := e.Prefix + `\Objects\{5d5b1a36-2c3b-11e0-9c1c-806e6f6e6963}`
	return g.WithReg(e.Path, "["+object+"\\Description]\n\"Type\"=dword:10200003\n\n["+object+"\\Elements\\250000c1]\n\"Element\"=hex:00,00,00,00,00,00,00,00\n")
}

// softwareBackup puts a copy of the SOFTWARE hive into RegBack.
func softwareBackup(g *guests.Guest) *guests.Guest {
	n, e := g.Find(0, `\Windows\System32\config\SOFTWARE`)
	c := *e
	c.Path = `\Windows\System32\config\RegBack\SOFTWARE`
	return g.With(n, c)
}

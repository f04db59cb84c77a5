package damage

import (
	"slices"

	"github.com/bootmend/bootmend/tests/guests"
)

// Place is something on a disk that a damage changes or hides.
type Place string

// The places. A damage that destroys a whole sector touches all that is in it.
const (
	MBRCode       Place = "code in the MBR"
	MBRMagic      Place = "signature of the MBR"
	MBRFlags      Place = "active flags"
	MBRTypes      Place = "MBR types"
	GPTPrimary    Place = "primary GPT"
	GPTBackup     Place = "backup GPT"
	SystemCode    Place = "code in the boot sector of the system partition"
	SystemMagic   Place = "signature of that"
	SystemHidden  Place = "hidden sectors of that"
	SystemHeads   Place = "geometry of that"
	Services      Place = "services in the SYSTEM hive"
	WindowsCopy   Place = "copy of the boot sector of the Windows volume"
	WindowsMFT    Place = "MFT of the Windows volume"
	WindowsBitmap Place = "$Bitmap of the Windows volume"
)

// Fits reports whether the damage works on a guest.
func (d Damage) Fits(guest string) bool { return d.Guest == guest || slices.Contains(d.Guests, guest) }

// Apart reports whether two damages of a guest can occur together: they touch
// different places, and do not need different machines. Where system and Windows
// partition are one, their boot sectors are.
func Apart(g *guests.Guest, a, b Damage) bool {
	if len(a.Touches) == 0 || len(b.Touches) == 0 || a.Machine != "" && b.Machine != "" && a.Machine != b.Machine {
		return false
	}
	onePartition := false
	if n, e := g.SystemHive(); e != nil {
		p, ok := systemPartition(g)
		onePartition = ok && p.Number == n
	}
	for _, p := range a.Touches {
		for _, q := range b.Touches {
			sector := func(p Place) bool {
				return p == SystemCode || p == SystemMagic || p == SystemHidden || p == SystemHeads
			}
			if p == q || onePartition && (p == WindowsCopy && sector(q) || q == WindowsCopy && sector(p)) {
				return false
			}
		}
	}
	return true
}

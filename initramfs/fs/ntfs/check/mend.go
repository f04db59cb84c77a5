package check

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// maxRounds bounds how often Mend looks again: what is mended shows what lies
// behind it.
const maxRounds = 8

// Mend says what to write so that nothing is left that Quick finds and that can
// be mended without guessing; it writes nothing. What it returns was tried in
// memory: with all patches in place Quick finds no problem that it had not
// found before, and none that is Mendable. Patches are in ascending order and do
// not overlap.
func Mend(dev block.Device, paths []string) ([]Patch, error) {
	will := newMender(dev)
	had := map[Problem]bool{}
	for round := range maxRounds {
		r, err := Quick(will, paths)
		if err != nil {
			return nil, err
		}
		for _, p := range r.Problems {
			if round > 0 && !p.Mendable && !had[p] {
				return nil, fmt.Errorf("what would mend the volume shows new damage, %v: %w", p, fs.ErrUnsupported)
			}
			had[p] = true
		}
		if len(r.Patches) == 0 {
			return mendedBy(will, r)
		}
		for _, p := range r.Patches {
			if err := will.put(p.Kind, p.After, p.Off); err != nil {
				return nil, err
			}
		}
	}
	return nil, fmt.Errorf("the volume is still not mended after %d rounds: %w", maxRounds, fs.ErrUnsupported)
}

// mendedBy are the patches after which r was reported.
func mendedBy(m *mender, r *Report) ([]Patch, error) {
	for _, p := range r.Problems {
		if p.Mendable {
			return nil, fmt.Errorf("no patch mends %v: %w", p, fs.ErrUnsupported)
		}
	}
	return m.patches()
}

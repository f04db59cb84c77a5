package main

import (
	"testing"

	"github.com/bootmend/bootmend/builder"
)

// TestFloppyNames: what is made without --output takes the place of no other kind.
func TestFloppyNames(t *testing.T) {
	of := map[string]string{}
	for _, arch := range []builder.Arch{"", builder.AMD64} {
		for _, size := range []string{"2880", "1440x2", "1440"} {
			if size == "1440" && arch != "" {
				continue // it is for no architecture
			}
			names := []string{floppyOut(size, arch)}
			if size == "1440x2" {
				set := builder.FloppySetNames(names[0])
				names = append(names, set[:]...)
			}
			for _, name := range names {
				for _, end := range []string{"", "." + builder.ManifestName, "." + builder.SBOMName} {
					if was, ok := of[name+end]; ok {
						t.Errorf("%s is of %s and of %s, %s", name+end, was, size, arch)
					}
					of[name+end] = size + " " + string(arch)
				}
			}
		}
	}
	if floppyOut("2880", "") != "out/floppy.img" || floppyOut("2880", builder.I386) != "out/floppy.img" {
		t.Error("the floppy is not where README.md says")
	}
	t.Logf("%d names", len(of))
}

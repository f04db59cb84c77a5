package guests

import (
	"regexp"
	"slices"
	"testing"
)

// TestLettersAgree: the letter that MountedDevices gives the volume of a Windows is
// that of its SystemRoot in SOFTWARE.
func TestLettersAgree(t *testing.T) {
	mounted := regexp.MustCompile(`"\\\\DosDevices\\\\([A-Z]):"=hex:(\S+)`)
	root := regexp.MustCompile(`"SystemRoot"="([A-Z]):`)
	n := 0
	for _, name := range Names() {
		g := MustLoad(t, name)
		for i := range g.Parts {
			_, system := g.Find(g.Parts[i].Number, `\WINDOWS\system32\config\system`)
			_, software := g.Find(g.Parts[i].Number, `\WINDOWS\system32\config\software`)
			if system == nil || software == nil {
				continue
			}
			id, err := g.identity(&g.Parts[i])
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			var letters []string
			for _, m := range mounted.FindAllStringSubmatch(system.Reg, -1) {
				if m[2] == id {
					letters = append(letters, m[1])
				}
			}
			base, err := testdata.ReadFile("testdata/" + software.Arg + ".reg")
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			all := root.FindAllStringSubmatch(string(base)+software.Reg, -1)
			if len(letters) == 0 || len(all) == 0 {
				continue
			}
			n++
			if last := all[len(all)-1][1]; !slices.Contains(letters, last) {
				t.Errorf("%s, partition %d: MountedDevices says %s, SystemRoot %s:", name, g.Parts[i].Number, letters, last)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d Windows compared", n)
	}
	t.Logf("%d Windows", n)
}

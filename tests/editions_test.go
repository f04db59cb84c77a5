package tests

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// notInEditions are the packages whose tests hold for the whole program only, by what
// is below the module, with the reason.
var notInEditions = map[string]string{
	"initramfs/explain": "its tests type the symptoms of every Windows; the floppy has no command for them",
}

// TestEditions: the small editions (build tags lean: the lite image; lean and nt5: the
// self-contained floppy) are vetted, and the tests of what they are made of hold in them.
func TestEditions(t *testing.T) {
	// Beside what starts the machine lean changes nothing.
	for tags, parts := range map[string][]string{
		"lean":     {"./initramfs/pid1/...", "./cmds/bootmend/..."},
		"lean,nt5": {"./drivers/...", "./initramfs/...", "./cmds/bootmend/..."},
	} {
		t.Run(tags, func(t *testing.T) {
			list := inEdition(t, slices.Concat([]string{"list", "-tags", tags, "-f", "{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}"}, parts)...)
			var tested []string
			for _, p := range strings.Fields(list) {
				_, below, _ := strings.Cut(p, "bootmend/bootmend/")
				if notInEditions[below] == "" {
					tested = append(tested, p)
				}
			}
			if len(tested) < len(parts)*3 {
				t.Fatalf("only %d packages have tests: %v", len(tested), tested)
			}
			inEdition(t, "vet", "-tags", tags, "./drivers/...", "./initramfs/...", "./cmds/bootmend/...")
			out, err := edition(slices.Concat([]string{"test", "-json", "-tags", tags}, tested)...)
			all, other := readNested(out)
			n := retell(t, all)
			if n != len(tested) || err != nil {
				t.Errorf("%d of %d packages passed: %v\n%s", n, len(tested), err, other)
			}
			t.Logf("%d packages pass, %d left out", n, len(notInEditions))
		})
	}
	for below, why := range notInEditions {
		t.Logf("left out: %s: %s", below, why)
	}
}

// inEdition runs go in the module's directory.
func inEdition(t *testing.T, args ...string) string {
	t.Helper()
	out, err := edition(args...)
	if err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args[:3], " "), err, out)
	}
	return string(out)
}

func edition(args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = ".."
	return cmd.CombinedOutput()
}

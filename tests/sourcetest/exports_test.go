package sourcetest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
)

var exported = regexp.MustCompile(`(?m)^\s+\[\s*\d+\] (?:\+base\[\s*\d+\]\s+\S+ )?(\S+)\r?$`)

// TestExports: objdump finds the same exports in the files that these tests make.
func TestExports(t *testing.T) {
	if _, err := exec.LookPath("objdump"); err != nil {
		t.Skip("SKIP-TOOL objdump: not installed")
	}
	for _, m := range []pe.Machine{pe.X86, pe.AMD64} {
		want := []string{"ScsiPortInitialize", "ScsiPortNotification", "a", "zz_last"}
		path := filepath.Join(t.TempDir(), "x.sys")
		b := image{machine: m, version: xp(1), exports: want}.bytes()
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
		text, _ := exec.Command("objdump", "-p", path).CombinedOutput()
		var theirs, ours []string
		for _, match := range exported.FindAllSubmatch(text, -1) {
			theirs = append(theirs, string(match[1]))
		}
		f, err := pe.Open(fileOf(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		exports, err := f.Exports()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range exports {
			ours = append(ours, s.Name)
		}
		if !slices.Equal(theirs, want) || !slices.Equal(ours, want) {
			t.Errorf("%v: objdump %q, ours %q, want %q\n%s", m, theirs, ours, want, text)
		}
	}
}

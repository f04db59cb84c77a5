package engine

import (
	"bytes"
	"math/rand"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestFileVerbs: the verbs that write, on NTFS and on FAT, judged by other
// people's tools.
func TestFileVerbs(t *testing.T) {
	const seed = 7
	t.Logf("seed %d", seed)
	content := make([]byte, 300_000)
	rand.New(rand.NewSource(seed)).Read(content)
	file := filepath.Join(t.TempDir(), "symmpi.sys")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		guest     string
		part      int
		structure func(string) error
		read      func(volume, path string) ([]byte, error)
	}{
		{"win7-x64", 2, oracle.NTFSStructure, oracle.NTFSFile},
		{"win10-x64", 3, oracle.NTFSStructure, oracle.NTFSFile},
		{"win10-x64", 1, oracle.FATStructure, oracle.FATFile},
	} {
		t.Run(tt.guest+" partition "+strconv.Itoa(tt.part), func(t *testing.T) {
			g := guests.MustLoad(t, tt.guest)
			image := g.Build(t)
			at := image + ":" + strconv.Itoa(tt.part) + ":"
			do := func(args ...string) {
				t.Helper()
				if r := bootmend(t, append([]string{"fs"}, args...)...); r.Code != command.ExitOK || !strings.Contains(r.Stdout, "RESULT done and verified") {
					t.Fatalf("%v", r)
				}
				volume := oracle.Volume(t, image, g.Partition(tt.part))
				if err := tt.structure(volume); err != nil {
					t.Fatalf("after fs %v: %v", args, err)
				}
				os.Remove(volume)
			}
			do("mkdir", "--yes", at+`\new folder`)
			do("put", "--yes", file, at+`\new folder`)
			do("mv", "--yes", at+`\new folder\symmpi.sys`, `\new folder\Long name of a driver.sys`)
			do("attrib", "--yes", at+`\new folder\Long name of a driver.sys`, "+h-a")
			volume := oracle.Volume(t, image, g.Partition(tt.part))
			got, err := tt.read(volume, `\new folder\Long name of a driver.sys`)
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%d bytes read by others, %v", len(got), err)
			}
			if r := bootmend(t, "fs", "rm", "--yes", at+`\new folder`); r.Code != command.ExitNotWritten || !strings.Contains(r.Stdout, "not empty") {
				t.Errorf("%v", r)
			}
			do("rm", "--yes", at+`\new folder\Long name of a driver.sys`)
			do("rm", "--yes", at+`\new folder`)
		})
	}
}

// TestCheck: sound volumes are sound, and a planted fault that others see is
// seen.
func TestCheck(t *testing.T) {
	g := guests.MustLoad(t, "win10-x64")
	image := g.Build(t)
	for _, part := range []string{"1", "3"} {
		if r := bootmend(t, "fs", "check", image+":"+part+":"); r.Code != command.ExitOK || !strings.Contains(r.Stdout, "no contradiction") {
			t.Errorf("%v", r)
		}
	}
	d, ok := damage.Find("volume-damaged/user-files")
	if !ok {
		t.Fatal("no such damage")
	}
	image, _ = d.Build(t)
	before := hash(t, image)
	if r := bootmend(t, "fs", "check", image+":2:"); r.Code != command.ExitPerson || !strings.Contains(r.Stdout, "PROBLEM") {
		t.Errorf("%v", r)
	}
	untouched(t, image, before, "fs check")
}

// TestFileVerbsAreRefused: where a repair would write nothing, neither do they.
func TestFileVerbsAreRefused(t *testing.T) {
	image := guests.MustLoad(t, "win7-x64").Build(t)
	before := hash(t, image)
	if r := bootmend(t, "fs", "mkdir", image+`:2:\x`); r.Code != command.ExitUsage {
		t.Errorf("without --yes: %v", r)
	}
	if r := bootmend(t, "fs", "attrib", "--yes", image+`:2:\Windows`, "hidden"); r.Code != command.ExitUsage {
		t.Errorf("wrong attributes: %v", r)
	}
	if r := bootmend(t, "fs", "mkdir", "--yes", image+`:2:\a:b`); r.Code != command.ExitNotWritten {
		t.Errorf("name that is not allowed: %v", r)
	}
	untouched(t, image, before, "refused verbs")
}

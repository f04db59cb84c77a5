package engine

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// floppyKinds are the sizes of floppies in KiB. Those of 360 KiB and 720 KiB
// have clusters of two sectors, the others of one.
var floppyKinds = []int{360, 720, 1200, 1440, 2880}

// floppy formats and fills one by mtools.
func floppy(t *testing.T, kib int, files map[string][]byte) string {
	t.Helper()
	image := filepath.Join(t.TempDir(), "floppy.img")
	mtools := tool.Env{"MTOOLS_SKIP_CHECK=0", tool.UTF8}
	mtools.Must(t, "mformat", "-C", "-i", image, "-f", fmt.Sprint(kib), "-v", "DRIVERS", "::")
	mtools.Must(t, "mmd", "-i", image, "::DIR")
	for name, content := range files {
		src := filepath.Join(t.TempDir(), filepath.Base(name))
		if err := os.WriteFile(src, content, 0o600); err != nil {
			t.Fatal(err)
		}
		mtools.Must(t, "mcopy", "-i", image, src, "::"+name)
	}
	return image
}

// TestFloppies: the verbs on files, on floppies of all sizes, judged by mtools
// and fsck.vfat.
func TestFloppies(t *testing.T) {
	const seed = 20261201
	rnd := rand.New(rand.NewSource(seed))
	t.Logf("seed %d", seed)
	noise := func(n int) []byte { b := make([]byte, n); rnd.Read(b); return b }
	for _, kib := range floppyKinds {
		t.Run(fmt.Sprint(kib, "K"), func(t *testing.T) {
			old, fresh := noise(70_000), noise(101_111)
			image := floppy(t, kib, map[string][]byte{"TXTSETUP.OEM": old, "DIR/A long name.sys": []byte("short")})
			at := image + ":0:"
			if st, err := os.Stat(image); err != nil || st.Size() != int64(kib)<<10 {
				t.Fatal(st.Size(), err)
			}
			before := hash(t, image)
			reads := func(verb, place, want string) {
				t.Helper()
				if r := bootmend(t, "fs", verb, at+place); r.Code != command.ExitOK || !strings.Contains(r.Stdout, want) {
					t.Errorf("%v", r)
				}
			}
			reads("ls", `\`, " TXTSETUP.OEM\n")
			reads("ls", `\dir`, " A long name.sys\n")
			reads("stat", `\txtsetup.oem`, "disk 0x")
			reads("cat", `\txtsetup.oem`, string(old))
			reads("check", "", "no contradiction")
			copied := filepath.Join(t.TempDir(), "copy")
			if r := bootmend(t, "fs", "get", at+`\TXTSETUP.OEM`, copied); r.Code != command.ExitOK {
				t.Errorf("%v", r)
			}
			if got, err := os.ReadFile(copied); err != nil || !bytes.Equal(got, old) {
				t.Errorf("get: %d bytes, %v", len(got), err)
			}
			untouched(t, image, before, "reading")

			file := filepath.Join(t.TempDir(), "symmpi driver.sys")
			if err := os.WriteFile(file, fresh, 0o600); err != nil {
				t.Fatal(err)
			}
			writes := func(args ...string) {
				t.Helper()
				if r := bootmend(t, append([]string{"fs", args[0], "--yes"}, args[1:]...)...); r.Code != command.ExitOK || !strings.Contains(r.Stdout, "RESULT done and verified") {
					t.Fatalf("%v", r)
				}
				if err := oracle.FATStructure(image); err != nil {
					t.Fatalf("after %v: %v", args, err)
				}
			}
			is := func(path string, want []byte) {
				t.Helper()
				if got, err := oracle.FATFile(image, path); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s: mtools reads %d bytes, %v; want %d", path, len(got), err, len(want))
				}
			}
			writes("put", file, at+`\dir`)
			is("/DIR/symmpi driver.sys", fresh)
			is("/TXTSETUP.OEM", old)
			writes("put", file, at+`\txtsetup.oem`)
			is("/TXTSETUP.OEM", fresh)
			writes("mkdir", at+`\new folder`)
			writes("mv", at+`\dir\symmpi driver.sys`, `\new folder\symmpi.sys`)
			is("/new folder/symmpi.sys", fresh)
			writes("attrib", at+`\new folder\symmpi.sys`, "+h+r")
			writes("rm", at+`\new folder\symmpi.sys`)
			writes("rm", at+`\new folder`)
			is("/DIR/A long name.sys", []byte("short"))
			reads("check", "", "no contradiction")
		})
	}
}

// TestFullFloppy: what does not fit is refused before anything is written.
func TestFullFloppy(t *testing.T) {
	image := floppy(t, 360, map[string][]byte{"A.SYS": make([]byte, 300<<10)})
	file := filepath.Join(t.TempDir(), "b.sys")
	if err := os.WriteFile(file, make([]byte, 80<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	before := hash(t, image)
	if r := bootmend(t, "fs", "put", "--yes", file, image+`:0:\b.sys`); r.Code == command.ExitOK || !strings.Contains(r.Stdout+r.Stderr, "no space left") {
		t.Errorf("%v", r)
	}
	untouched(t, image, before, "put on a full floppy")
}

// TestFloppyDrive: the same through a block device.
func TestFloppyDrive(t *testing.T) {
	image := floppy(t, 1440, map[string][]byte{"OLD.SYS": []byte("old")})
	loop := volume.Loop(t, image)
	file := filepath.Join(t.TempDir(), "new.sys")
	if err := os.WriteFile(file, []byte("a new driver"), 0o600); err != nil {
		t.Fatal(err)
	}
	state := t.TempDir()
	for _, args := range [][]string{
		{"put", "--yes", "--state-dir", state, file, loop + `:0:\`},
		{"rm", "--yes", "--state-dir", state, loop + `:0:\old.sys`},
	} {
		if r := bootmend(t, append([]string{"fs"}, args...)...); r.Code != command.ExitOK || !strings.Contains(r.Stdout, "RESULT done and verified") {
			t.Fatalf("%v", r)
		}
	}
	if r := bootmend(t, "fs", "ls", loop+`:0:\`); r.Code != command.ExitOK || !strings.Contains(r.Stdout, "new.sys") || strings.Contains(r.Stdout, "OLD.SYS") {
		t.Errorf("%v", r)
	}
	if got, err := oracle.FATFile(image, "/new.sys"); err != nil || string(got) != "a new driver" {
		t.Errorf("mtools reads %q, %v", got, err)
	}
	// What was there before is kept there, and nothing else.
	left, err := os.ReadDir(state)
	bundles, berr := os.ReadDir(filepath.Join(state, "undo"))
	if err != nil || berr != nil || len(left) != 1 || len(bundles) != 2 {
		t.Errorf("left behind: %v, %v; bundles %v, %v", left, err, bundles, berr)
	}
}

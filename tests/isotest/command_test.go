package isotest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/oracle"
)

// built is the bootmend command under test.
var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

// bootmend runs the command and checks its exit code.
func bootmend(t *testing.T, code int, args ...string) command.Result {
	t.Helper()
	r := built.Run(t, args...)
	if r.Code != code {
		t.Errorf("want exit %d: %v", code, r)
	}
	return r
}

// findings are the identifiers of what scan finds, and on what.
func findings(t *testing.T, code int, disks ...string) []string {
	t.Helper()
	var doc struct {
		Windows  []struct{ SystemRoot string }
		Findings []struct{ ID, Result, Disk, Summary string }
	}
	bootmend(t, code, append([]string{"scan", "--json"}, disks...)...).Decode(t, &doc)
	var all []string
	for _, w := range doc.Windows {
		all = append(all, "Windows in "+w.SystemRoot)
	}
	for _, f := range doc.Findings {
		all = append(all, f.ID+" "+f.Result+" "+f.Disk)
	}
	return all
}

func hash(t *testing.T, image string) string {
	t.Helper()
	h, err := oracle.HashDisk(image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// readable lists the disc, copies a file, and compares with what is in it.
func readable(t *testing.T, at, dir, file string, want []byte) {
	t.Helper()
	out := bootmend(t, command.ExitOK, "fs", "ls", at+dir).Stdout
	if name := file[strings.LastIndex(file, `\`)+1:]; !strings.Contains(out, " "+name+"\n") {
		t.Errorf("ls %s: no %s:\n%.1000s", at+dir, name, out)
	}
	if out := bootmend(t, command.ExitOK, "fs", "stat", at+file).Stdout; len(want) > 0 && !strings.Contains(out, "disk 0x") {
		t.Errorf("stat: %s", out)
	}
	if out := bootmend(t, command.ExitOK, "fs", "cat", at+file).Stdout; out != string(want) {
		t.Errorf("cat: %d bytes; want %d", len(out), len(want))
	}
	copied := filepath.Join(t.TempDir(), "copy")
	bootmend(t, command.ExitOK, "fs", "get", at+file, copied)
	if got, err := os.ReadFile(copied); err != nil || !bytes.Equal(got, want) {
		t.Errorf("get: %d bytes, %v; want %d", len(got), err, len(want))
	}
}

// refused tries every verb that writes.
func refused(t *testing.T, image, dir, file string) {
	t.Helper()
	before, at := hash(t, image), image+":0:"
	put := filepath.Join(t.TempDir(), "new.sys")
	if err := os.WriteFile(put, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"put", put, at + dir}, {"rm", at + file}, {"mkdir", at + `\new`}, {"mv", at + file, `\other`}, {"attrib", at + file, "+h"},
	} {
		out := bootmend(t, command.ExitPerson, append([]string{"fs", args[0], "--yes"}, args[1:]...)...).Stdout
		if !strings.Contains(out, "is a CD or DVD, or an image of one, which cannot be changed") {
			t.Errorf("%v: %s", args, out)
		}
	}
	if hash(t, image) != before {
		t.Error("the image changed")
	}
	if left, _ := filepath.Glob(image + "?*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

package drvcmd

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
)

// built is the bootmend command under test.
var built command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &built)) }

// drv runs a verb, checks its exit code and, with into, decodes what --json prints.
func drv(t *testing.T, code int, into any, args ...string) command.Result {
	t.Helper()
	args = append([]string{"drv"}, args...)
	if into != nil {
		args = append(args, "--json")
	}
	r := built.Run(t, args...)
	if r.Code != code {
		t.Fatalf("want exit %d: %v", code, r)
	}
	if into != nil {
		r.Decode(t, into)
	}
	return r
}

// says checks that the text form has all of these.
func says(t *testing.T, r command.Result, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(r.Stdout+r.Stderr, w) {
			t.Errorf("no %q in %v", w, r)
		}
	}
}

func hash(t *testing.T, image string) string {
	t.Helper()
	h, err := oracle.HashDisk(image)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// untar unpacks an archive of drivers of the collection.
func untar(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.Command("tar", "-C", dir, "-xf", realdata.File(t, "drivers/"+name+".tar.xz")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

package engine

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/sparse"
)

// TestInterruptedRepair: commands that only look show the disk as it will be
// and write nothing; repair and recover finish it.
func TestInterruptedRepair(t *testing.T) {
	d, ok := damage.Find("journal-open")
	if !ok {
		t.Fatal("no such damage")
	}
	image, g := d.Build(t)
	machine := g.Broken[0].Machine
	before := hash(t, image)
	for _, verb := range []string{"scan", "plan"} {
		doc := want(t, command.ExitPerson, verb, "--machine", machine, image)
		untouched(t, image, before, verb)
		if len(doc.find("journal-open")) != 1 || len(doc.find("storage-driver-disabled")) != 0 {
			t.Errorf("%s: want the journal, and the driver as it will be:\n%s", verb, doc.ids())
		}
	}
	other := image + ".other"
	if err := sparse.CopyFile(other, image); err != nil {
		t.Fatal(err)
	}
	r := bootmend(t, "recover", image)
	if r.Code != command.ExitOK || !strings.Contains(r.Stdout, "the repair is complete") {
		t.Errorf("%v", r)
	}
	want(t, command.ExitOK, "scan", "--machine", machine, image)
	if r := bootmend(t, "recover", image); r.Code != command.ExitOK || !strings.Contains(r.Stdout, "no repair was interrupted") {
		t.Errorf("%v", r)
	}
	want(t, command.ExitOK, "repair", "--yes", "--machine", machine, other)
	if hash(t, image) != hash(t, other) {
		t.Error("recover and repair end with different disks")
	}
}

// TestOvertaken: recover refuses, too, with the code for a person.
func TestOvertaken(t *testing.T) {
	d, ok := damage.Find("journal-overtaken")
	if !ok {
		t.Fatal("no such damage")
	}
	image, _ := d.Build(t)
	before := hash(t, image)
	if r := bootmend(t, "recover", image); r.Code != command.ExitPerson || !strings.Contains(r.Stdout, "journal-overtaken") {
		t.Errorf("%v", r)
	}
	untouched(t, image, before, "recover")
}

// TestJournalNotBegun: power failed after the journal's file was made and before
// anything was written to it. It is in nobody's way.
func TestJournalNotBegun(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	image := g.Build(t)
	file := image + ".bootmend-journal"
	if err := os.WriteFile(file, make([]byte, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	r := bootmend(t, "fs", "mkdir", "--yes", image+`:2:\folder`)
	if r.Code != command.ExitOK || !strings.Contains(r.Stdout, "through a journal") {
		t.Errorf("%v", r)
	}
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
}

// TestJournalFileThatIsNone: a file in the place of the journal is removed when
// nothing was begun in it, and only then.
func TestJournalFileThatIsNone(t *testing.T) {
	g := guests.MustLoad(t, "win7-x64")
	image := g.Build(t)
	path := image + ".bootmend-journal"
	before := hash(t, image)
	for _, tt := range []struct {
		name    string
		content []byte
		removed bool
	}{
		{"empty", nil, true},
		{"zeros", make([]byte, 100<<10), true},
		{"somebody else's", bytes.Repeat([]byte("x"), 100<<10), false},
		{"cut short", []byte("BMJOURNL"), false},
	} {
		if err := os.WriteFile(path, tt.content, 0o600); err != nil {
			t.Fatal(err)
		}
		r := bootmend(t, "recover", image)
		_, err := os.Stat(path)
		if removed := os.IsNotExist(err); removed != tt.removed || removed != (r.Code == command.ExitOK) {
			t.Errorf("%s: removed %v: %v", tt.name, removed, r)
		}
		os.Remove(path)
	}
	if hash(t, image) != before {
		t.Error("the disk changed")
	}
}

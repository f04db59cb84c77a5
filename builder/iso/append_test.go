package iso

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestAppendPartition: sfdisk sees the third partition behind the image, and what
// was there is as before.
func TestAppendPartition(t *testing.T) {
	if _, err := exec.LookPath("sfdisk"); err != nil {
		t.Skip("SKIP-TOOL sfdisk: not installed")
	}
	out := filepath.Join(t.TempDir(), "x.img")
	if err := Write(out, medium(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(out)
	data := bytes.Repeat([]byte{0xda}, 2<<20)
	var hidden uint32
	add := func() error {
		return AppendPartition(out, TypeFAT32, int64(len(data)), func(h uint32) ([]byte, error) { hidden = h; return data, nil })
	}
	if err := add(); err != nil {
		t.Fatal(err)
	}
	b, err := exec.Command("sfdisk", "--json", out).Output()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Partitiontable struct {
			Partitions []struct {
				Start, Size uint32
				Type        string
			}
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	p := doc.Partitiontable.Partitions
	if len(p) == 0 || p[len(p)-1].Start != hidden || p[len(p)-1].Size != uint32(len(data)/512) || p[len(p)-1].Type != "c" {
		t.Errorf("sfdisk sees %+v, hidden sectors %d", p, hidden)
	}
	after, _ := os.ReadFile(out)
	copy(after[mbrEntries+2*mbrEntrySize:], make([]byte, mbrEntrySize))
	if !bytes.Equal(after[:len(before)], before) || !bytes.Equal(after[int64(hidden)*512:], data) {
		t.Error("the image or the content is another")
	}
	if err := add(); err == nil {
		t.Error("a second partition in the same place")
	}
}

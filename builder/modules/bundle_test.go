package modules

import (
	"bytes"
	"testing"
	"testing/fstest"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// TestBundled: each module lies where the list says, those that others need first.
func TestBundled(t *testing.T) {
	s := &Set{Index: kmod.NewIndex(), Files: map[string][]byte{}}
	for name, f := range map[kmod.Name]struct{ file, content string }{
		"libata": {"kernel/drivers/ata/libata.ko", "a library that all of them need"},
		"ahci":   {"kernel/drivers/ata/ahci.ko", "ahci's"},
		"sata_x": {"kernel/drivers/ata/sata_x.ko", "x"},
		"sd_mod": {"kernel/drivers/scsi/sd_mod.ko", "disks"},
		"isofs":  {"kernel/fs/isofs/isofs.ko", "CDs"},
	} {
		s.Index.Files[name] = f.file
		s.Files[f.file] = []byte(f.content)
	}
	s.Index.Deps["ahci"] = []kmod.Name{"libata"}
	packed, err := s.Bundled(func(b []byte) ([]byte, error) { return b, nil })
	if err != nil {
		t.Fatal(err)
	}
	places, err := kmod.ReadBundles(fstest.MapFS{kmod.BundlesFile: {Data: []byte(packed.Texts()[kmod.BundlesFile])}})
	if err != nil || len(places) != len(s.Files) {
		t.Fatalf("%d places, %v; want %d", len(places), err, len(s.Files))
	}
	for file, content := range s.Files {
		p := places[file]
		if got := packed.Files[p.Bundle]; int64(len(got)) < p.Offset+p.Size || !bytes.Equal(got[p.Offset:p.Offset+p.Size], content) {
			t.Errorf("%s is not at %+v", file, p)
		}
	}
	if p := places["kernel/drivers/ata/libata.ko"]; p.Offset != 0 {
		t.Errorf("libata.ko, which others need, is at %d", p.Offset)
	}
	if len(packed.Files) != 3 {
		t.Errorf("%d bundles; want ata, scsi and rest", len(packed.Files))
	}
	if _, plain := s.Texts()[kmod.BundlesFile]; plain {
		t.Error("a set of plain files lists bundles")
	}
}

func TestListWithAndOptional(t *testing.T) {
	l, err := ParseList("a\nb\n")
	if err != nil {
		t.Fatal(err)
	}
	more, err := l.With("c", "-a")
	if err != nil {
		t.Fatal(err)
	}
	files := map[kmod.Name]string{"a": "x/a", "b": "x/b", "c": "x/c"}
	if chosen, missing := more.choose(files, nil); len(chosen) != 2 || chosen["a"] || !chosen["c"] || len(missing) > 0 {
		t.Errorf("%v, %v; want b and c", chosen, missing)
	}
	delete(files, "b")
	if _, missing := l.choose(files, nil); len(missing) != 1 {
		t.Errorf("missing are %v; want b", missing)
	}
	if _, missing := l.Optional("b").choose(files, nil); len(missing) != 0 {
		t.Errorf("missing are %v; want none", missing)
	}
	if _, err := l.With("a b"); err == nil {
		t.Error("a bad line is taken")
	}
}

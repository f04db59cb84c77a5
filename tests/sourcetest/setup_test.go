package sourcetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
)

// mixed is an INF whose files lie in every way that set-up disks know: plain in a
// folder, compressed alone, in a cabinet that [SourceDisksNames] names, and with
// Windows itself.
const mixed = `[Version]
Signature="$WINDOWS NT$"
Class=SCSIAdapter
ClassGUID={4D36E97B-E325-11CE-BFC1-08002BE10318}
Provider=x
LayoutFile=layout.inf
[Manufacturer]
x=m
[m]
"Device"=i,PCI\VEN_1234&DEV_5678
[i.NT]
CopyFiles=files
[files]
plain.sys
packed.sys
incab.sys
renamed.sys,other.sys
scsiport.sys
[i.NT.Services]
AddService=plain,2,svc
[svc]
ServiceType=1
StartType=0
ErrorControl=1
ServiceBinary=%12%\plain.sys
[SourceDisksNames]
1=disk,,,\sub
2=disk,drivers.cab,,\sub
3=disk,disk.tag,,
[SourceDisksFiles]
plain.sys=1
packed.sys=1,deeper
incab.sys=2
other.sys=3
[DestinationDirs]
DefaultDestDir=12
`

func setUp(t *testing.T) map[string][]byte {
	text := []byte(strings.ReplaceAll(mixed, "\n", "\r\n"))
	file := func(n uint16) []byte { return driver(pe.X86, xp(n)) }
	return map[string][]byte{
		"X.IN_": gcab(t, map[string][]byte{"x.inf": text}), "sub/PLAIN.SYS": file(1), "sub/Deeper/packed.sy_": mscompress(t, file(2)),
		"sub/drivers.cab": gcab(t, map[string][]byte{"incab.sys": file(3), "more.sys": file(9)}), "other.sys": file(4), "disk.tag": []byte("1"),
	}
}

// TestSetUpFolder: every file is found where the INF says, under the name that it is to
// have.
func TestSetUpFolder(t *testing.T) {
	list := source.Packages(treeOf(t, setUp(t)), source.Options{})
	if len(list.Packages) != 1 || len(list.Problems) > 0 || list.Packages[0].Name() != "X.INF" {
		t.Fatalf("%s %v", names(list), list.Problems)
	}
	p, w := list.Packages[0], inf.Target{Major: 5, Minor: 1, Build: 2600, Arch: inf.X86}
	m, ok, err := p.Match([]string{`PCI\VEN_1234&DEV_5678&REV_01`, `pci\ven_1234&dev_5678`}, w)
	if err != nil || !ok || m.Rank != 1 {
		t.Fatalf("%+v %v %v", m, ok, err)
	}
	do, err := m.Install()
	if err != nil {
		t.Fatal(err)
	}
	set, err := p.Files(do, w)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]uint16{"plain.sys": 1, "packed.sys": 2, "incab.sys": 3, "renamed.sys": 4}
	if len(set.Files) != len(want) || len(set.Inbox) != 1 || set.Inbox[0].Name != "scsiport.sys" || set.Catalog != nil {
		t.Errorf("%+v", set)
	}
	for _, f := range set.Files {
		o, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		image, err := pe.Open(o, o.Size())
		if err != nil {
			t.Fatal(err)
		}
		if v, err := image.Version(); err != nil || v.File != xp(want[f.Name]) || f.Dest.Path != f.Name || f.Machine != pe.X86 {
			t.Errorf("%s: %v, %v, %v, %+v", f.Name, f.Where, v.File, err, f.Dest)
		}
	}
	b, err := set.INF.Open()
	if err != nil || b.Size() != set.INF.Size || int(b.Size()) != len(mixed)+strings.Count(mixed, "\n") {
		t.Errorf("the INF file has %d bytes, %v", set.INF.Size, err)
	}
}

// TestSetUpFolderIncomplete: each file that is missing or wrong is named with the
// places where it was looked for; those that are there are given all the same.
func TestSetUpFolderIncomplete(t *testing.T) {
	w := inf.Target{Major: 5, Minor: 1, Build: 2600, Arch: inf.X86}
	for name, c := range map[string]struct {
		change func(map[string][]byte)
		want   error
		text   string
	}{
		"plain":             {func(f map[string][]byte) { delete(f, "sub/PLAIN.SYS") }, source.ErrMissing, `\sub\plain.sys`},
		"compressed":        {func(f map[string][]byte) { delete(f, "sub/Deeper/packed.sy_") }, source.ErrMissing, `\sub\deeper\packed.sys`},
		"compressed, cut":   {func(f map[string][]byte) { f["sub/Deeper/packed.sy_"] = f["sub/Deeper/packed.sy_"][:200] }, source.ErrMissing, "packed.sy_"},
		"in no cabinet":     {func(f map[string][]byte) { f["sub/drivers.cab"] = gcab(t, map[string][]byte{"more.sys": []byte("x")}) }, source.ErrMissing, "incab.sys"},
		"without cabinet":   {func(f map[string][]byte) { delete(f, "sub/drivers.cab") }, source.ErrMissing, "incab.sys"},
		"for another CPU":   {func(f map[string][]byte) { f["other.sys"] = driver(pe.AMD64, xp(4)) }, source.ErrWrongMachine, "amd64"},
		"no driver at all":  {func(f map[string][]byte) { f["other.sys"] = []byte("<html>not found</html>") }, source.ErrNotDriver, "other.sys"},
		"cut in the middle": {func(f map[string][]byte) { f["other.sys"] = f["other.sys"][:0x420] }, source.ErrNotDriver, "other.sys"},
	} {
		files := setUp(t)
		c.change(files)
		p := source.Packages(treeOf(t, files), source.Options{}).Packages[0]
		models, err := p.INF.Models(w)
		if err != nil {
			t.Fatal(err)
		}
		do, err := p.INF.Install(models[0], w)
		if err != nil {
			t.Fatal(err)
		}
		set, err := p.Files(do, w)
		if !errors.Is(err, c.want) || !errors.Is(err, source.ErrMissing) || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(c.text)) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if len(set.Files) != 3 || len(set.Missing) != 1 {
			t.Errorf("%s: %d files, %d missing", name, len(set.Files), len(set.Missing))
		}
	}
}

package sourcetest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestInstalledWindows: an installation on NTFS, as inspection finds it, and the same
// disk as a medium.
func TestInstalledWindows(t *testing.T) {
	g := guests.MustLoad(t, "winxp-x86")
	path := g.Build(t)
	dev, err := block.OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	p, err := inspect.Inspect(context.Background(), nil, []inspect.Source{{Path: path, Dev: dev}})
	if err != nil || len(p.Windows) != 1 {
		t.Fatal(p, err)
	}
	w, ok := p.Windows[0].DriverSource(p)
	if !ok {
		t.Fatal("its volume cannot be read")
	}
	kernel, machine, err := w.Kernel()
	if err != nil || machine != pe.X86 || kernel[0] != 5 {
		t.Errorf("kernel %v %v, %v", kernel, machine, err)
	}
	found, err := source.Files(source.Want{Name: "atapi.sys", Machine: pe.X86}, w)
	if err != nil || len(found.Candidates) == 0 || !strings.EqualFold(found.Candidates[0].Where, `\WINDOWS\system32\drivers\atapi.sys`) {
		t.Fatalf("%+v, %v", found, err)
	}
	f, err := found.Candidates[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	inUse, err := source.ReadAll(f, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := media.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	n, _ := g.SystemHive()
	below := ""
	if _, err := tree.ReadDir("partition 1"); err == nil {
		below = "partition " + string(rune('0'+n))
	}
	if content(t, tree, below+`\windows\SYSTEM32\drivers\ATAPI.SYS`) != string(inUse) {
		t.Error("the same file on the disk as a medium is another")
	}
	// A disk with a Windows on it is not searched for that Windows' own INF files.
	if list := source.Packages(tree, source.Options{}); len(list.Packages) > 0 || len(list.Problems) > 0 {
		t.Errorf("%s %v", names(list), list.Problems)
	}
}

// TestDonorsOfPatient: other installations of the same version give files, others do
// not.
func TestDonorsOfPatient(t *testing.T) {
	var sources []inspect.Source
	for _, name := range []string{"winxp-x86", "winxp-logical", "win7-x86"} {
		dev, err := block.OpenReadOnly(guests.MustLoad(t, name).Build(t))
		if err != nil {
			t.Fatal(err)
		}
		defer dev.Close()
		sources = append(sources, inspect.Source{Path: name, Dev: dev})
	}
	p, err := inspect.Inspect(context.Background(), nil, sources)
	if err != nil || len(p.Windows) != 3 {
		t.Fatal(p, err)
	}
	donors := p.Donors(p.Windows[0])
	if len(donors) != 1 || !strings.Contains(donors[0].Name(), "winxp-logical") {
		t.Errorf("%v", donors)
	}
	if donors = p.Donors(p.Windows[2]); len(donors) != 0 {
		t.Errorf("Windows 7 from XP: %v", donors)
	}
}

// TestSets: a set of cabinets is one tree, whichever part was named, and a part that is
// missing costs the files that are in it.
func TestSets(t *testing.T) {
	dir := filepath.Join(realdata.Untar(t, "cab/libmspack-tests.tar.xz"), "libmspack/test/test_files/cabd")
	part := func(i int) string { return filepath.Join(dir, "CABD_MULTI_basic_pt"+string(rune('0'+i))+".cab") }
	for i := 1; i <= 5; i++ { // as the parts call each other, in another case
		if err := os.Rename(filepath.Join(dir, "multi_basic_pt"+string(rune('0'+i))+".cab"), part(i)); err != nil {
			t.Fatal(err)
		}
	}
	first := ""
	for i := 1; i <= 5; i++ {
		path := part(i)
		tree, err := media.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		all := ""
		source.Walk(tree, `\`, 4, func(p string, e source.Info) bool {
			if !e.Dir {
				all += p + "=" + content(t, tree, p) + "\n"
			}
			return true
		})
		if first == "" {
			first = all
		}
		if all != first || len(all) < 100 {
			t.Errorf("from part %d: %d bytes, from part 1 %d", i, len(all), len(first))
		}
	}
	if err := os.Remove(part(2)); err != nil {
		t.Fatal(err)
	}
	tree, err := media.Open(part(1))
	if err != nil {
		t.Fatal(err)
	}
	read, refused := 0, 0
	source.Walk(tree, `\`, 4, func(p string, e source.Info) bool {
		if _, err := tree.Open(p); err == nil {
			read++
		} else if strings.Contains(err.Error(), "multi_basic_pt2.cab") {
			refused++
		} else {
			t.Error(err)
		}
		return true
	})
	t.Logf("without the second part: %d files read, %d refused", read, refused)
	if refused == 0 {
		t.Error("nothing is missed")
	}
}

// TestUpdatePackage: an update of Vista holds differences, and the error says so.
func TestUpdatePackage(t *testing.T) {
	tree, err := media.Open(realdata.File(t, "cab/wdf01011_amd64_a.cab"))
	if err != nil {
		t.Fatal(err)
	}
	list := source.Packages(tree, source.Options{})
	if len(list.Problems) != 1 || !strings.Contains(list.Problems[0].Error(), "Windows6.0-KB2685811-x64.cab") || !strings.Contains(list.Problems[0].Error(), "differences") {
		t.Errorf("%v", list.Problems)
	}
}

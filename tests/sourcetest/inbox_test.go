package sourcetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/tests/tool"
)

// gcab packs files, by name, into a cabinet.
func gcab(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	tool.Need(t, "gcab")
	dir := t.TempDir()
	write(t, dir, files)
	args := []string{"-n", "-c", "-z", filepath.Join(dir, "OUT")}
	for name := range files {
		args = append(args, filepath.Join(dir, name))
	}
	slices.Sort(args[4:])
	tool.Must(t, "gcab", args...)
	b, err := os.ReadFile(filepath.Join(dir, "OUT"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// mscompress packs one file by SZDD.
func mscompress(t *testing.T, b []byte) []byte {
	t.Helper()
	tool.Need(t, "mscompress")
	path := filepath.Join(t.TempDir(), "atapi.sys")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	tool.Must(t, "mscompress", path)
	packed, err := os.ReadFile(path + "_")
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

// xpTree is a Windows XP SP3 with an atapi.sys of its own version in every place.
func xpTree(t *testing.T) map[string][]byte {
	file := func(n uint16) []byte { return driver(pe.X86, xp(n)) }
	other := driver(pe.X86, xp(5512))
	return map[string][]byte{
		"WINDOWS/system32/ntoskrnl.exe":      driver(pe.X86, xp(5755)),
		"WINDOWS/system32/drivers/atapi.sys": nil, // what the person lost
		"WINDOWS/Driver Cache/i386/driver.cab": gcab(t, map[string][]byte{"atapi.sys": file(1), "pciide.sys": driver(pe.X86, xp(0)),
			"aaa.sys": other}),
		"WINDOWS/Driver Cache/i386/sp2.cab":                    gcab(t, map[string][]byte{"atapi.sys": file(2180), "zzz.sys": other}),
		"WINDOWS/Driver Cache/i386/SP3.CAB":                    gcab(t, map[string][]byte{"aaa.sys": other, "ATAPI.SYS": file(5512), "zzz.sys": other}),
		"WINDOWS/ServicePackFiles/i386/atapi.sy_":              mscompress(t, file(5513)),
		"WINDOWS/system32/dllcache/atapi.sys":                  file(5514),
		"WINDOWS/LastGood/system32/DRIVERS/atapi.sys":          file(5515),
		"WINDOWS/$NtUninstallKB951830$/atapi.sys":              file(5600),
		"WINDOWS/$hf_mig$/KB951830/SP3QFE/atapi.sys":           file(5700),
		"WINDOWS/$NtServicePackUninstall$/atapi.sys":           file(2181),
		"WINDOWS/i386/atapi.sy_":                               gcab(t, map[string][]byte{"atapi.sys": file(1106)}),
		"I386/atapi.sys":                                       driver(pe.AMD64, pe.Version{5, 2, 3790, 3959}),
		"I386/sp2.cab":                                         gcab(t, map[string][]byte{"atapi.sys": file(2182)}),
		"Drivers/storage/atapi.sys":                            []byte("not a driver at all"),
		"WINDOWS/inf/atapi.sys":                                driver(pe.X86, pe.Version{6, 1, 7601, 17514}),
		"WINDOWS/system32/ReinstallBackups/0000/x":             []byte("x"),
		"WINDOWS/$NtUpdateRollupPackUninstall$/ignored.sys":    other,
		"WINDOWS/Driver Cache/i386/driver.cab.bak":             []byte("x"),
		"WINDOWS/ServicePackFiles/ServicePackCache/i386/x.ex_": []byte("x"),
	}
}

// versions lists candidates as "origin version".
func versions(all []source.Candidate) []string {
	var list []string
	for _, c := range all {
		list = append(list, fmt.Sprintf("%s %v", c.Origin, c.Version))
	}
	return list
}

func TestInboxFiles(t *testing.T) {
	tree := treeOf(t, xpTree(t))
	w := source.Windows{Tree: tree, Root: `\WINDOWS`}
	found, err := source.Files(source.Want{Name: "atapi.sys"}, w)
	if err != nil {
		t.Fatal(err)
	}
	if len(found.Problems) > 0 {
		t.Error(found.Problems)
	}
	want := []string{
		"last good drivers 5.1.2600.5515", "file protection cache 5.1.2600.5514", "service pack files 5.1.2600.5513", "driver cache 5.1.2600.5512",
		"hotfix store 5.1.2600.5700", "uninstall folder of an update 5.1.2600.5600",
		"set-up files 5.1.2600.2182", "driver cache 5.1.2600.2180", "set-up files 5.1.2600.1106", "driver cache 5.1.2600.1", "uninstall folder of an update 5.1.2600.2181",
	}
	if got := versions(found.Candidates); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, c := range found.Candidates {
		f, err := c.Open()
		if err != nil || f.Size() != c.Size {
			t.Fatalf("%v: %v", &c, err)
		}
		image, err := pe.Open(f, f.Size())
		if err != nil {
			t.Fatal(err)
		}
		if v, err := image.Version(); err != nil || v.File != c.Version {
			t.Errorf("%v: it has version %v, %v", &c, v.File, err)
		}
	}
	where := map[string]bool{}
	for _, c := range found.Candidates {
		where[c.Where] = true
	}
	for _, path := range []string{`\WINDOWS\Driver Cache\i386\SP3.CAB -> ATAPI.SYS`, `\WINDOWS\ServicePackFiles\i386\atapi.sy_ -> atapi.sys`, `\i386\sp2.cab -> atapi.sys`} {
		if !where[path] {
			t.Errorf("no %s", path)
		}
	}
	reasons := map[error]int{source.ErrEmpty: 0, source.ErrWrongMachine: 0, source.ErrNotDriver: 0, source.ErrOtherWindows: 0}
	for _, c := range found.Rejected {
		for reason := range reasons {
			if errors.Is(c.Rejected, reason) {
				reasons[reason]++
			}
		}
	}
	for reason, n := range reasons {
		if n != 1 {
			t.Errorf("%d files rejected because %v, want 1 of %v", n, reason, found.Rejected)
		}
	}
}

// TestServicePacks: an older service pack does not get the files of a newer one
// first, and files that a service pack left alone keep their place.
func TestServicePacks(t *testing.T) {
	files := xpTree(t)
	for kernel, want := range map[uint16]string{5755: "5.1.2600.5515", 2180: "5.1.2600.2182", 1106: "5.1.2600.1106", 0: "5.1.2600.1"} {
		files["WINDOWS/system32/ntoskrnl.exe"] = driver(pe.X86, xp(kernel))
		w := source.Windows{Tree: treeOf(t, files), Root: `\WINDOWS`}
		found, err := source.Files(source.Want{Name: "ATAPI.sys", Machine: pe.X86}, w)
		if err != nil {
			t.Fatal(err)
		}
		if got := found.Candidates[0]; got.Version.String() != want || got.Fit != source.SameServicePack {
			t.Errorf("kernel %d: %v (%v), want %s", kernel, &got, got.Fit, want)
		}
		if found, err = source.Files(source.Want{Name: "pciide.sys"}, w); err != nil || len(found.Candidates) != 1 {
			t.Errorf("pciide.sys: %+v, %v", found, err)
		}
	}
	// Without a kernel the numbers of Want count.
	delete(files, "WINDOWS/system32/ntoskrnl.exe")
	w := source.Windows{Tree: treeOf(t, files), Root: `\WINDOWS`}
	found, err := source.Files(source.Want{Name: "atapi.sys", Machine: pe.X86, Major: 5, Minor: 1, Build: 2600, ServicePack: 2}, w)
	if err != nil || found.Candidates[0].Version != xp(2182) {
		t.Errorf("%v, %v", versions(found.Candidates), err)
	}
}

// TestVista: driver store and component store, and the branch of updates.
func TestVista(t *testing.T) {
	v := func(n uint16) []byte { return driver(pe.AMD64, pe.Version{6, 1, 7601, n}) }
	files := map[string][]byte{
		"Windows/system32/ntoskrnl.exe": v(18700),
		"Windows/system32/DriverStore/FileRepository/mshdc.inf_amd64_neutral_aad30bdeec04ea5e/msahci.sys":                v(17514),
		"Windows/system32/DriverStore/FileRepository/mshdc.inf_x86_neutral_0123456789abcdef/msahci.sys":                  driver(pe.X86, pe.Version{6, 1, 7601, 17515}),
		"Windows/winsxs/amd64_mshdc.inf_31bf3856ad364e35_6.1.7601.18231_none_0000000000000000/msahci.sys":                v(18231),
		"Windows/winsxs/amd64_mshdc.inf_31bf3856ad364e35_6.1.7601.22403_none_0000000000000000/msahci.sys":                v(22403),
		"Windows/winsxs/amd64_mshdc.inf_31bf3856ad364e35_6.1.7600.16385_none_0000000000000000/msahci.sys":                driver(pe.AMD64, pe.Version{6, 1, 7600, 16385}),
		"Windows/winsxs/wow64_mshdc.inf_31bf3856ad364e35_6.1.7601.18232_none_0000000000000000/msahci.sys":                v(18232),
		"Windows/winsxs/amd64_microsoft-windows-other_31bf3856ad364e35_6.1.7601.18233_none_0000000000000000/another.sys": v(18233),
	}
	found, err := source.Files(source.Want{Name: "msahci.sys", Machine: pe.AMD64}, source.Windows{Tree: treeOf(t, files), Root: `\Windows`})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"component store 6.1.7601.18231", "driver store 6.1.7601.17514", "component store 6.1.7601.22403", "component store 6.1.7600.16385"}
	if got := versions(found.Candidates); !slices.Equal(got, want) {
		t.Errorf("%q, want %q; rejected %v", got, want, found.Rejected)
	}
	// A file whose component is named after something else.
	if found, err = source.Files(source.Want{Name: "another.sys", Machine: pe.AMD64}, source.Windows{Tree: treeOf(t, files), Root: `\Windows`}); err != nil || len(found.Candidates) != 1 {
		t.Errorf("another.sys: %v, %v", found, err)
	}
}

// TestDonor: another Windows gives what the first has not, and counts less.
func TestDonor(t *testing.T) {
	first := map[string][]byte{"WINNT/system32/ntoskrnl.exe": driver(pe.X86, pe.Version{5, 0, 2195, 6717}), "WINNT/system32/drivers/scsiport.sys": driver(pe.X86, pe.Version{5, 0, 2195, 7017}),
		"WINNT/$NtUpdateRollupPackUninstall$/scsiport.sys": driver(pe.X86, pe.Version{5, 0, 2195, 6655})}
	second := map[string][]byte{"WINNT/system32/ntoskrnl.exe": driver(pe.X86, pe.Version{5, 0, 2195, 7045}), "WINNT/system32/drivers/scsiport.sys": driver(pe.X86, pe.Version{5, 0, 2195, 7059}),
		"WINNT/system32/drivers/buslogic.sys": driver(pe.X86, pe.Version{5, 0, 2183, 1})}
	w := source.Windows{Tree: treeOf(t, first), Root: `\WINNT`, Label: "w1"}
	donor := source.Windows{Tree: treeOf(t, second), Root: `\WINNT`, Label: "w2"}
	found, err := source.Files(source.Want{Name: "scsiport.sys"}, w, donor)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range found.Candidates {
		got = append(got, fmt.Sprintf("%s %d %v", c.From, c.Version[3], c.Donor))
	}
	if want := []string{"w1 7017 false", "w1 6655 false", "w2 7059 true"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if found, err = source.Files(source.Want{Name: "buslogic.sys"}, w, donor); err != nil || len(found.Candidates) != 1 || !found.Candidates[0].Donor {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestLazy: the search in a cabinet unpacks what was asked for only.
func TestLazy(t *testing.T) {
	big := make([]byte, 8<<20)
	b := gcab(t, map[string][]byte{"a.bin": big, "atapi.sys": driver(pe.X86, xp(1)), "z.bin": big})
	tree, err := source.Cabinet("x.cab", fileOf(b), nil)
	if err != nil {
		t.Fatal(err)
	}
	bytes := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := tree.Open("atapi.sys"); err != nil {
				b.Fatal(err)
			}
		}
	}).AllocedBytesPerOp()
	t.Logf("%d bytes are allocated to unpack a file behind 8 MiB", bytes)
	if bytes > 2<<20 {
		t.Error("too many")
	}
}

func TestFolderIsATree(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string][]byte{"A/b.TXT": []byte("1"), "a/c.txt": []byte("2")})
	if err := os.Symlink(dir, filepath.Join(dir, "A", "loop")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/nowhere", filepath.Join(dir, "A", "gone")); err != nil {
		t.Fatal(err)
	}
	tree := media.Folder(dir)
	if content(t, tree, `a\C.TXT`) != "2" || content(t, tree, `A\B.txt`) != "1" {
		t.Error("an exact match goes first")
	}
	list := source.Packages(tree, source.Options{Depth: 5})
	if len(list.Packages) != 0 || len(list.Problems) == 0 || len(list.Problems) > 20 {
		t.Errorf("a loop of links: %v", list.Problems)
	}
}

// TestMedia: a floppy with the file, a hotfix as it was downloaded, a set-up CD.
func TestMedia(t *testing.T) {
	v := func(n uint16) []byte { return driver(pe.X86, pe.Version{5, 0, 2195, n}) }
	patient := treeOf(t, map[string][]byte{"WINNT/system32/ntoskrnl.exe": v(7045), "WINNT/system32/drivers/scsiport.sys": v(7017)})
	hotfix := append(stub(), gcab(t, map[string][]byte{"scsiport.sys": v(7059), "update.exe": stub()})...)
	medium := treeOf(t, map[string][]byte{
		"Windows2000-KB891861-v2-x86-ENU.EXE": hotfix, "floppy/SCSIPORT.SYS": v(6655), "cd/I386/SCSIPORT.SY_": mscompress(t, v(2780)),
		"cd/I386/SP4.CAB": gcab(t, map[string][]byte{"scsiport.sys": v(6606)}), "other/scsiport.sys": driver(pe.AMD64, pe.Version{5, 2, 3790, 1830}),
		"nested/x.msu": gcab(t, map[string][]byte{"inner.cab": gcab(t, map[string][]byte{"scsiport.sys": v(7100)})}),
		"setup.exe":    append(stub(), "no cabinet in it"...),
		"partition 2/WINNT/system32/config/system": []byte("regf"), "partition 2/WINNT/system32/drivers/scsiport.sys": v(6700),
		"partition 2/WINNT/system32/dllcache/scsiport.sys": v(6701),
	})
	w := source.Windows{Tree: patient, Root: `\WINNT`, Media: []source.Tree{medium}}
	found, err := source.Files(source.Want{Name: "scsiport.sys"}, w)
	if err != nil || len(found.Problems) > 0 {
		t.Fatal(err, found.Problems)
	}
	var got []string
	for _, c := range found.Candidates {
		f, err := c.Open()
		if err != nil || f.Size() != c.Size {
			t.Errorf("%v: %v", &c, err)
		}
		got = append(got, fmt.Sprintf("%d %s", c.Version[3], c.Where))
	}
	want := []string{`7100 \nested\x.msu -> \inner.cab -> \scsiport.sys`, `7059 \Windows2000-KB891861-v2-x86-ENU.EXE -> \scsiport.sys`, `7017 \WINNT\system32\drivers\scsiport.sys`,
		`6655 \floppy\SCSIPORT.SYS`, `6606 \cd\I386\SP4.CAB -> \scsiport.sys`, `6701 \partition 2\WINNT\system32\dllcache\scsiport.sys`, `6700 \partition 2\WINNT\system32\drivers\scsiport.sys`, `2780 \cd\I386\SCSIPORT.SY_ -> scsiport.sys`}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(found.Rejected) != 1 || !errors.Is(found.Rejected[0].Rejected, source.ErrWrongMachine) {
		t.Errorf("rejected %v", found.Rejected)
	}
}

// TestSingleFiles: a driver that was named itself, plain or compressed.
func TestSingleFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string][]byte{"buslogic.sys": driver(pe.X86, xp(1)), "atapi.sy_": mscompress(t, driver(pe.X86, xp(2))),
		"disk.sy_": gcab(t, map[string][]byte{"disk.sys": driver(pe.X86, xp(3))}), "other.sys": driver(pe.X86, xp(4))})
	w := source.Windows{Tree: treeOf(t, map[string][]byte{"WINDOWS/system32/ntoskrnl.exe": driver(pe.X86, xp(5512))}), Root: `\WINDOWS`}
	for name, want := range map[string]string{"buslogic.sys": "buslogic.sys", "atapi.sy_": "atapi.sys", "disk.sy_": "disk.sys"} {
		tree, err := media.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		w.Media = []source.Tree{tree}
		found, err := source.Files(source.Want{Name: want}, w)
		if err != nil || len(found.Candidates) != 1 || found.Candidates[0].Origin != source.Medium {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		if found, err = source.Files(source.Want{Name: "other.sys"}, w); err != nil || len(found.Candidates) != 0 {
			t.Errorf("%s gives the files beside it: %+v, %v", name, found, err)
		}
	}
}

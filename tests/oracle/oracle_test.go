package oracle

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/winver"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
)

// poke changes bytes of a file.
func poke(t *testing.T, path string, off int64, data string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt([]byte(data), off); err != nil {
		t.Fatal(err)
	}
}

// accepted and rejected: the two halves of every oracle's test.
func accepted(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("rejects a sound input: %v", err)
	}
}

func rejected(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		t.Error("accepts a planted fault")
	}
}

func windowsVolume(t *testing.T) string {
	t.Helper()
	g := guests.MustLoad(t, "win7-x86")
	return Volume(t, g.Build(t), g.Partition(1))
}

func TestNTFSStructure(t *testing.T) {
	v := windowsVolume(t)
	accepted(t, NTFSStructure(v))
	if err := damage.ZeroBitmap(v); err != nil {
		t.Fatal(err)
	}
	rejected(t, NTFSStructure(v))
	// What made us choose this tool and not that one.
	if out, err := exec.Command("ntfsfix", "-n", v).CombinedOutput(); err != nil {
		t.Logf("ntfsfix -n has learned to see a zeroed $Bitmap: %s", out)
	}
	dirty, _ := damage.Find("ntfs-dirty")
	image, g := dirty.Build(t)
	rejected(t, NTFSStructure(Volume(t, image, g.Partition(2))))
}

func TestNTFSFile(t *testing.T) {
	v := windowsVolume(t)
	_, err := NTFSFile(v, `\Windows\System32\config\SYSTEM`)
	accepted(t, err)
	_, err = NTFSFile(v, `\Windows\System32\config\SYSTEN`)
	rejected(t, err)
}

func TestFAT(t *testing.T) {
	g := guests.MustLoad(t, "win10-x64")
	v := Volume(t, g.Build(t), g.Partition(1))
	accepted(t, FATStructure(v))
	data, err := FATFile(v, `\EFI\Microsoft\Boot\bootmgfw.efi`)
	if err != nil || !strings.HasPrefix(string(data), "MZ") {
		t.Errorf("FATFile: %q, %v", data[:min(2, len(data))], err)
	}
	_, err = FATFile(v, `\EFI\nothing`)
	rejected(t, err)
	bpb, _ := os.ReadFile(v)
	fat := int64(bpb[0x0E]) | int64(bpb[0x0F])<<8
	poke(t, v, fat*512+12*4, "\x05\x00\x00\x00") // a cluster chain into another
	rejected(t, FATStructure(v))
}

func TestGPT(t *testing.T) {
	image := guests.MustLoad(t, "win10-x64").Build(t)
	accepted(t, GPT(image))
	poke(t, image, 1024+56, "X") // a name in the first entry: CRC
	rejected(t, GPT(image))
	rejected(t, GPT(guests.MustLoad(t, "win7-x86").Build(t)))
}

func TestMBR(t *testing.T) {
	image := guests.MustLoad(t, "winxp-logical").Build(t)
	accepted(t, MBR(image))
	lines, err := Partitions(image)
	if err != nil || len(lines) != 4 {
		t.Errorf("Partitions: %q, %v; want 4", lines, err)
	}
	poke(t, image, 0x1BE+12, "\xff\xff\xff\x00") // the first partition overlaps
	rejected(t, MBR(image))
}

func TestHive(t *testing.T) {
	data, err := NTFSFile(windowsVolume(t), "/Windows/System32/config/SYSTEM")
	if err != nil {
		t.Fatal(err)
	}
	hive := HiveFile(t, data)
	before, err := RegExport(hive)
	accepted(t, err)
	n, err := RegDWORD(hive, `\ControlSet002\Services\msahci`, "Start")
	if err != nil || n != 3 {
		t.Errorf("RegDWORD = %d, %v; want 3", n, err)
	}
	_, err = RegDWORD(hive, `\ControlSet009\Services\msahci`, "Start")
	rejected(t, err)
	_, err = RegDWORD(hive, `\ControlSet002\Services\msahci`, "Stop")
	rejected(t, err)
	dump, err := RegDump(hive)
	accepted(t, err)

	if err := guests.MergeReg(hive, "X", "[X\\ControlSet001\\Services\\msahci]\n\"Start\"=dword:00000000\n"); err != nil {
		t.Fatal(err)
	}
	after, err := RegExport(hive)
	accepted(t, err)
	gone, added := RegChanges(before, after)
	// hivexregedit writes all values of a key anew, in another order; only
	// the content counts.
	wantGone := []string{`\ControlSet001\Services\msahci\"Start"=dword:00000003`}
	wantAdded := []string{`\ControlSet001\Services\msahci\"Start"=dword:00000000`}
	if diff := cmp.Diff([][]string{wantGone, wantAdded}, [][]string{gone, added}); diff != "" {
		t.Errorf("RegChanges (-want +got):\n%s", diff)
	}
	if dump2, err := RegDump(hive); err != nil || cmp.Equal(dump, dump2) {
		t.Errorf("reglookup sees no change: %v", err)
	}

	poke(t, hive, 0x1020+4, "xx") // the root key is none
	_, err = RegExport(hive)
	rejected(t, err)
	_, err = RegDump(hive)
	rejected(t, err)
}

func TestStoreTitle(t *testing.T) {
	NeedStoreReader(t)
	// hivexregedit makes lists of keys that version 1.3 does not know: ours it has to be.
	b, err := bcd.Build(bcd.BuildOptions{Firmware: bcd.BIOS, Version: winver.Version{Major: 10, Build: 19045},
		System: bcd.MBRIdentity(1, 1<<20), OS: bcd.MBRIdentity(1, 101<<20)})
	if err != nil {
		t.Fatal(err)
	}
	data := b.Hive
	store := HiveFile(t, data)
	title, err := StoreTitle(store)
	accepted(t, err)
	if title != "Windows 10" {
		t.Errorf("the store is of %q", title)
	}
	// The type of the description is none of text.
	number := "[" + guests.StoreRoot + `\Objects\` + b.Loader.String() + `\Elements\12000004]` + "\n"
	if err := guests.MergeReg(store, guests.StoreRoot, number+"\"Element\"=dword:00000001\n"); err != nil {
		t.Fatal(err)
	}
	_, err = StoreTitle(store)
	rejected(t, err)
	store = HiveFile(t, data)
	poke(t, store, 4, "\xff") // the sequence numbers: not closed
	_, err = StoreTitle(store)
	rejected(t, err)
}

func TestImageFormatAndStructure(t *testing.T) {
	raw := guests.MustLoad(t, "data-disk").Build(t)
	qcow := filepath.Join(t.TempDir(), "disk.qcow2")
	if out, err := exec.Command("qemu-img", "convert", "-O", "qcow2", raw, qcow).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if f, err := ImageFormat(qcow); f != "qcow2" || err != nil {
		t.Errorf("ImageFormat = %q, %v", f, err)
	}
	accepted(t, ImageStructure(qcow))
	poke(t, qcow, 0x10000, strings.Repeat("\xff", 512)) // refcounts
	rejected(t, ImageStructure(qcow))
	_, err := ImageFormat(filepath.Join(t.TempDir(), "none"))
	rejected(t, err)
}

func TestHashDisk(t *testing.T) {
	image := guests.MustLoad(t, "data-disk").Build(t)
	a, err := HashDisk(image)
	accepted(t, err)
	poke(t, image, 400_000_003, "\x01")
	if b, _ := HashDisk(image); a == b {
		t.Error("HashDisk does not see one changed byte")
	}
}

package fattest

import (
	"bytes"
	"os"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/fat/secondopinion"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/realdata"
)

// TestHive changes a value in the SYSTEM hive of a Windows XP on FAT32, as a
// repair does it: only the bytes of the edit change on the volume, and mtools
// and the second reader read the hive like that.
func TestHive(t *testing.T) {
	hive := realdata.File(t, "hives/xp-sp3-x86-vmware.SYSTEM.xz")
	image := format(t, geometry{"", 100 << 20, []string{"-F", "32", "-s", "1"}})
	for _, dir := range []string{"WINDOWS", "WINDOWS/system32", "WINDOWS/system32/config"} {
		dos.Must(t, "mmd", "-i", image, "::"+dir)
	}
	dos.Must(t, "mcopy", "-i", image, hive, "::WINDOWS/system32/config/system")
	want, err := os.ReadFile(hive)
	must0(t, err)
	before, err := os.ReadFile(image)
	must0(t, err)

	const path = `\WINDOWS\system32\config\SYSTEM`
	f, err := open(t, image).Open(path)
	must0(t, err)
	h, err := regf.Open(f, f.Info().Size)
	must0(t, err)
	edit, err := regf.NewEdit(h)
	must0(t, err)
	must0(t, edit.Set(`ControlSet001\Services\PCIIde`, "Start", regf.RegDWORD, []byte{0, 0, 0, 0}))
	patches, err := edit.Patches()
	must0(t, err)
	changed := 0
	for _, p := range patches {
		if n, err := f.(fs.Overwriter).WriteAt(p.New, p.Off); n != len(p.New) || err != nil {
			t.Fatal(n, err)
		}
		copy(want[p.Off:], p.New)
	}
	after, err := os.ReadFile(image)
	must0(t, err)
	for i := range after {
		if after[i] != before[i] {
			changed++
		}
	}
	if changed == 0 || changed > 16 {
		t.Errorf("%d bytes of the volume changed", changed)
	}
	if got := dos.Must(t, "mtype", "-i", image, "::WINDOWS/system32/config/system"); !bytes.Equal(got, want) {
		t.Error("mtype reads something else")
	}
	got, err := secondopinion.ReadFile(bytes.NewReader(after), path, 1<<26)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("second reader: %d bytes, %v", len(got), err)
	}
	t.Logf("%d bytes in %d patches", changed, len(patches))
}

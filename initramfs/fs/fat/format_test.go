package fat

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// TestFormat: others accept a new volume, and what our writer puts onto it.
func TestFormat(t *testing.T) {
	for _, tool := range []string{"mcopy", "fsck.vfat"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP-TOOL %s: not installed", tool)
		}
	}
	const mib = 1 << 20
	tried := 0
	for kind, sizes := range map[fs.Kind][]int64{
		fs.FAT12: {720 << 10, 1440 << 10, 2880 << 10, 4*mib - 512, 16 * mib},
		fs.FAT16: {4300 << 10, 16 * mib, 32*mib + 512, 100 * mib, 128*mib - 512, 511 * mib},
		fs.FAT32: {34 * mib, 64 * mib, 99*mib + 512, 100 * mib, 260 * mib, 300*mib - 512, 1024 * mib, 40960 * mib},
	} {
		for _, size := range sizes {
			t.Run(fmt.Sprintf("%s %d", kind, size), func(t *testing.T) {
				formatted(t, Format{Size: size, Kind: kind, Label: "bootmend", Serial: 0x12345678, Hidden: 2048, Time: now})
			})
			tried++
		}
	}
	t.Logf("%d volumes", tried)
}

func formatted(t *testing.T, f Format) {
	head, err := f.Head()
	if err != nil {
		t.Fatal(err)
	}
	// Behind the head lies what others left there.
	tail := bytes.Repeat([]byte{0xe5}, 8192)
	name := filepath.Join(t.TempDir(), "x.img")
	write(t, name, f.Size, head, tail)
	check(t, name, "BOOTMEND")
	boot, err := ParseBoot(head, f.Size)
	if err != nil || boot.Kind != f.Kind || boot.Serial != f.Serial || boot.HiddenSectors != f.Hidden || boot.Dirty {
		t.Fatalf("%+v, %v", boot, err)
	}
	if f.Size > 300<<20 {
		return
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dev := &memory{b: b, writes: -1, t: t}
	v, err := Open(dev)
	if err != nil {
		t.Fatal(err)
	}
	v.SetClock(func() time.Time { return now })
	content := strings.Repeat("content ", 20000)
	for _, err := range []error{v.Mkdir(`EFI`), v.Mkdir(`EFI\Microsoft`), v.WriteFile(`EFI\Microsoft\a long name.efi`, strings.NewReader(content), int64(len(content))), v.WriteFile(`\empty.txt`, strings.NewReader(""), 0)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	check(t, name, "BOOTMEND")
	out, err := exec.Command("mtype", "-i", name, "::EFI/Microsoft/a long name.efi").Output()
	if err != nil || string(out) != content {
		t.Errorf("mtype: %d bytes, %v", len(out), err)
	}
}

func write(t *testing.T, name string, size int64, head, tail []byte) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.Write(append(head, tail...)); err != nil {
		t.Fatal(err)
	}
	if err := file.Truncate(size); err != nil {
		t.Fatal(err)
	}
}

// check asks fsck.vfat and mlabel.
func check(t *testing.T, name, label string) {
	t.Helper()
	if out, err := exec.Command("fsck.vfat", "-n", "-v", name).CombinedOutput(); err != nil {
		t.Errorf("fsck.vfat: %v\n%s", err, out)
	}
	if out, err := exec.Command("mlabel", "-s", "-i", name, "::").CombinedOutput(); err != nil || !strings.Contains(string(out), label) {
		t.Errorf("mlabel: %v %s", err, out)
	}
}

func TestFormatRefuses(t *testing.T) {
	for _, c := range []struct {
		f    Format
		want error
	}{
		{Format{Size: 0, Kind: fs.FAT32}, fs.ErrUnsupported},
		{Format{Size: 1000, Kind: fs.FAT12}, fs.ErrUnsupported},
		{Format{Size: 30 << 20, Kind: fs.FAT32}, fs.ErrUnsupported},
		{Format{Size: 2 << 20, Kind: fs.FAT16}, fs.ErrUnsupported},
		{Format{Size: 5 << 30, Kind: fs.FAT16}, fs.ErrUnsupported},
		{Format{Size: 1 << 30, Kind: fs.FAT12}, fs.ErrUnsupported},
		{Format{Size: 4 << 40, Kind: fs.FAT32}, fs.ErrUnsupported},
		{Format{Size: 64 << 20, Kind: fs.NTFS}, fs.ErrUnsupported},
		{Format{Size: 64 << 20, Kind: fs.FAT32, Label: "much too long"}, fs.ErrInvalidName},
		{Format{Size: 64 << 20, Kind: fs.FAT32, Label: "a/b"}, fs.ErrInvalidName},
	} {
		if _, err := c.f.Head(); !errors.Is(err, c.want) {
			t.Errorf("%+v: %v", c.f, err)
		}
	}
}

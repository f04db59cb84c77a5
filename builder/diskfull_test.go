package builder

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

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
)

// smallDisk is a directory with room for two megabytes.
func smallDisk(t *testing.T) string { return diskOf(t, 2<<20) }

// diskOf is a directory with room for so many bytes.
func diskOf(t *testing.T, size int64) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skipf("SKIP-ROOT: a small file system cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// smallImage is an image that other media are made from, larger than a small disk.
func smallImage(t *testing.T) string { return smallImageFor(t, AMD64) }

// smallImageFor has one system for each of these.
func smallImageFor(t *testing.T, archs ...Arch) string {
	t.Helper()
	b := newBuild(Options{Epoch: time.Unix(1e9, 0)})
	var systems []iso.System
	esp := map[string][]byte{}
	for i, arch := range archs {
		s := iso.SystemNames(i)
		s.Kernel, s.Initrd = bytes.Repeat([]byte("kernel"), 300000), bytes.Repeat([]byte("initrd"), 300000)
		systems = append(systems, s)
		esp[uefiLoader(arch, "BOOT")] = []byte("shim")
		b.made.Add(iso.ESPFile+uefiLoader(arch, "BOOT"), []byte("shim"), own())
	}
	m := &iso.Medium{Files: iso.BootFiles(systems, ""), ESP: esp,
		MBRCode: bytes.Repeat([]byte{0x90}, 432), Epoch: b.Epoch}
	m.Files["isolinux/isolinux.bin"] = iso.WithoutBootTable(bytes.Repeat([]byte{1}, 4000))
	m.Files["isolinux/ldlinux.c32"] = []byte("c32")
	for _, name := range []string{"isolinux/isolinux.bin", "isolinux/ldlinux.c32"} {
		b.made.Add(name, m.Files[name], manifest.Package{Kind: manifest.Debian, Name: "isolinux", Version: "1", Licence: "GPL-2.0-only"})
	}
	b.made.Add(bootRecord, m.MBRCode, own())
	m.Files["drivers/a/viostor.inf"], m.Files["drivers/a/viostor.sys"] = []byte("[Version]\r\n"), bytes.Repeat([]byte("driver"), 500)
	if err := b.addManifest(m); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "from.iso")
	if err := iso.Write(out, *m, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestDiskFull: no half image under the final name, what was there is untouched, and
// nothing else is left lying about.
func TestDiskFull(t *testing.T) {
	from := smallImage(t)
	driver := filepath.Join(t.TempDir(), "scsiport.sys")
	if err := os.WriteFile(driver, []byte("driver"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, write := range map[string]func(out string) error{
		"iso": func(out string) error {
			_, err := ISO(Options{From: from, Out: out, Cache: t.TempDir()})
			return err
		},
		"usb": func(out string) error {
			_, err := USB(Options{From: from, Out: out, Cache: t.TempDir()}, Stick{DataSize: 64 << 20})
			return err
		},
		"driver floppy": func(out string) error {
			_, err := DriverFloppy(FloppyOptions{Out: out, Size: 2880 << 10, Paths: []string{driver}, Epoch: time.Unix(1e9, 0)})
			return err
		},
		"lists": func(out string) error { return writeWhole(out, make([]byte, 3<<20)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := smallDisk(t)
			out := filepath.Join(dir, "medium.img")
			for _, old := range []string{"", "an older image"} {
				if old != "" {
					if err := os.WriteFile(out, []byte(old), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if err := write(out); err == nil || !strings.Contains(err.Error(), unix.ENOSPC.Error()) { // not all libraries wrap it
					t.Errorf("error %v; want %v", err, unix.ENOSPC)
				}
				if b, err := os.ReadFile(out); old == "" && err == nil || string(b) != old {
					t.Errorf("there are %d bytes under the final name, %v; want %q", len(b), err, old)
				}
			}
			if left, _ := os.ReadDir(dir); len(left) != 1 {
				t.Errorf("left lying about: %v", left)
			}
		})
	}
	t.Run("netboot", func(t *testing.T) {
		dir := filepath.Join(smallDisk(t), "net")
		if err := replaceDir(nil, dir, netDir(t, map[string]string{iso.NetScript: "old"})); err != nil {
			t.Fatal(err)
		}
		if err := replaceDir(nil, dir, map[string][]byte{iso.NetScript: []byte("new"), "k": make([]byte, 3<<20)}); !errors.Is(err, unix.ENOSPC) {
			t.Errorf("error %v; want %v", err, unix.ENOSPC)
		}
		if b, err := os.ReadFile(filepath.Join(dir, iso.NetScript)); err != nil || string(b) != "old" {
			t.Errorf("%q, %v; want the old directory", b, err)
		}
		beside, _ := os.ReadDir(filepath.Dir(dir))
		if inside, _ := os.ReadDir(dir); len(beside) != 1 || len(inside) != 3 {
			t.Errorf("left lying about: %v, %v", beside, inside)
		}
	})
}

// TestListsDoNotFit: an image without the lists that belong to it is not left either, and
// the older one keeps its own.
func TestListsDoNotFit(t *testing.T) {
	from := smallImage(t)
	image := filepath.Join(diskOf(t, 64<<20), "x.iso")
	if _, err := ISO(Options{From: from, Out: image, Cache: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	var taken unix.Stat_t // the image has holes
	if err := unix.Stat(image, &taken); err != nil {
		t.Fatal(err)
	}
	dir := diskOf(t, taken.Blocks*512+4*4096) // three pages for the old files, one for a list
	old := map[string]string{}
	for _, end := range []string{"", "." + ManifestName, "." + SBOMName} {
		name := filepath.Join(dir, "medium.iso"+end)
		old[name] = `{"files":["old` + end + `"]}`
		if err := os.WriteFile(name, []byte(old[name]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := ISO(Options{From: from, Out: filepath.Join(dir, "medium.iso"), Cache: t.TempDir()}); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("error %v; want %v", err, unix.ENOSPC)
	}
	for name, want := range old {
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%s: %d bytes, %v; want %q", name, len(b), err, want)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != len(old) {
		t.Errorf("left lying about: %v", left)
	}
}

// TestConvertedDoesNotFit: where the raw image fits and not the one that it becomes,
// neither is left.
func TestConvertedDoesNotFit(t *testing.T) {
	if _, err := exec.LookPath("qemu-img"); err != nil {
		t.Skip("SKIP-TOOL qemu-img: not installed")
	}
	from := smallImage(t)
	raw := filepath.Join(diskOf(t, 64<<20), "x.img")
	if _, err := USB(Options{From: from, Out: raw, Cache: t.TempDir()}, Stick{DataSize: 34 << 20}); err != nil {
		t.Fatal(err)
	}
	var taken unix.Stat_t // the image has holes
	if err := unix.Stat(raw, &taken); err != nil {
		t.Fatal(err)
	}
	dir := diskOf(t, taken.Blocks*512+2*4096)
	out := filepath.Join(dir, "x.qcow2")
	_, err := USB(Options{From: from, Out: out, Cache: t.TempDir()}, Stick{DataSize: 34 << 20, Format: QCOW2})
	if err == nil || !strings.Contains(err.Error(), "qemu-img") {
		t.Errorf("error %v; want one of qemu-img", err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left lying about: %v", left)
	}
}

// TestNoLeftOvers: what cannot get its name leaves nothing behind.
func TestNoLeftOvers(t *testing.T) {
	from := smallImage(t)
	driver := put(t, filepath.Join(t.TempDir(), "scsiport.sys"), []byte("driver"))
	for name, write := range map[string]func(out string) error{
		"iso": func(out string) error {
			_, err := ISO(Options{From: from, Out: out, Cache: t.TempDir()})
			return err
		},
		"usb": func(out string) error {
			_, err := USB(Options{From: from, Out: out, Cache: t.TempDir()}, Stick{DataSize: 34 << 20})
			return err
		},
		"driver floppy": func(out string) error {
			_, err := DriverFloppy(FloppyOptions{Out: out, Size: 1440 << 10, Paths: []string{driver}, Epoch: time.Unix(1e9, 0)})
			return err
		},
		"whole": func(out string) error { return writeWhole(out, []byte("x")) },
	} {
		dir := t.TempDir()
		out := filepath.Join(dir, "folder")
		put(t, filepath.Join(out, "a file of somebody"), nil)
		if err := write(out); err == nil {
			t.Errorf("%s: a folder was replaced", name)
		}
		left, _ := os.ReadDir(dir)
		if inside, _ := os.ReadDir(out); len(left) != 1 || len(inside) != 1 {
			t.Errorf("%s: left lying about: %v, %v", name, left, inside)
		}
	}
}

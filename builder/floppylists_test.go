package builder

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/floppyboot"
	"github.com/bootmend/bootmend/builder/manifest"
)

// readFloppy reads a file of a floppy's image by mtools; nil: it is not there.
func readFloppy(t *testing.T, image, name string) []byte {
	t.Helper()
	b, err := exec.Command("mcopy", "-i", image, "::/"+name, "-").Output()
	if err != nil {
		return nil
	}
	return b
}

// filesOn are the names in a floppy's root directory by mtools.
func filesOn(t *testing.T, image string) []string {
	t.Helper()
	out, err := exec.Command("mdir", "-b", "-i", image, "::/").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(strings.ReplaceAll(string(out), "::/", ""))
}

// listed proves a floppy's files by the manifest on the last of the images.
func listed(t *testing.T, images ...string) *manifest.Manifest {
	t.Helper()
	m, err := manifest.Parse(readFloppy(t, images[len(images)-1], FloppyManifestName))
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for _, f := range m.Files() {
		sums[f.Path] = f.SHA256
	}
	for _, image := range images {
		if out, err := exec.Command("fsck.vfat", "-n", image).CombinedOutput(); err != nil {
			t.Errorf("fsck.vfat: %v: %s", err, out)
		}
		for _, name := range filesOn(t, image) {
			if sum := fmt.Sprintf("%x", sha256.Sum256(readFloppy(t, image, name))); name != FloppyManifestName && sums[name] != sum {
				t.Errorf("%s has the SHA-256 %s, the manifest says %q", name, sum, sums[name])
			}
		}
	}
	return m
}

func needTools(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("SKIP-TOOL: %s is not installed", tool)
		}
	}
}

// TestListOnFloppy: the manifest is on the floppy, or on the second of a set, and has all
// files that are there. Where there is no room for it the floppy is made without, and that is said.
func TestListOnFloppy(t *testing.T) {
	needTools(t, "go", "as", "ld", "mcopy", "mdir", "fsck.vfat")
	source, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	make2 := func(p floppyParts, set bool) (files []string, room int64, list []byte, logged string) {
		t.Helper()
		var said strings.Builder
		b := newBuild(Options{Source: source, Epoch: time.Unix(1700000000, 0), work: t.TempDir(), Logf: func(f string, a ...any) { fmt.Fprintf(&said, f, a...) }})
		images, room, err := b.floppies(p, set)
		if err != nil {
			t.Fatal(err)
		}
		for i, image := range images {
			files = append(files, put(t, filepath.Join(t.TempDir(), fmt.Sprint(i)), image))
		}
		list, err = b.made.JSON(b.Epoch)
		if err != nil {
			t.Fatal(err)
		}
		return files, room, list, said.String()
	}
	for _, set := range []bool{false, true} {
		p := floppyParts{kernel: bytes.Repeat([]byte("kernel"), 150000), from: []manifest.Package{own()}, program: []byte("program"), initrd: bytes.Repeat([]byte("initrd"), 200000)}
		images, room, list, said := make2(p, set)
		if !bytes.Equal(readFloppy(t, images[len(images)-1], FloppyManifestName), list) || said != "" {
			t.Errorf("set %v: the list on the floppy is not the one beside it; said: %q", set, said)
		}
		m := listed(t, images...)
		if n := len(m.Files()); n != map[bool]int{false: 4, true: 6}[set] {
			t.Errorf("set %v: %d files in the manifest: %v", set, n, m.Files())
		}
		full := p
		full.initrd = make([]byte, room-floppyboot.SizeOf(p.kernel))
		images, left, _, said := make2(full, set)
		if left != room || said != "" || readFloppy(t, images[len(images)-1], FloppyManifestName) == nil {
			t.Errorf("set %v, just full: room %d, was %d; said %q", set, left, room, said)
		}
		full.initrd = append(full.initrd, 0)
		images, left, _, said = make2(full, set)
		if left <= room || !strings.Contains(said, "no room for the list") || readFloppy(t, images[len(images)-1], FloppyManifestName) != nil {
			t.Errorf("set %v, no room: room %d, said %q", set, left, said)
		}
		t.Logf("set %v: room for kernel and initramfs %d, %d without the list of %d bytes", set, room, left, len(list))
	}
}

// TestListOnStarter: the floppy that starts other media has its manifest, too.
func TestListOnStarter(t *testing.T) {
	needTools(t, "mcopy", "mdir", "fsck.vfat")
	bin, cache := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(bin, "grub-mkimage"), []byte("#!/bin/sh\nwhile [ $# -gt 1 ]; do [ \"$1\" = -o ] && echo core >\"$2\"; shift; done\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	const modules = "usr/lib/grub/i386-pc/"
	files := []string{modules + "boot.img"}
	for name := range strings.FieldsSeq(starterDrivers) {
		files = append(files, modules+name+".mod")
	}
	putPackage(t, cache, AMD64, "grub-pc-bin", files...)
	putPackage(t, cache, AMD64, "grub-common")
	out := filepath.Join(t.TempDir(), "floppy.img")
	if _, err := StarterFloppy(Options{Out: out, Cache: cache, Offline: true, Epoch: time.Unix(1700000000, 0)}); err != nil {
		t.Fatal(err)
	}
	beside, err := os.ReadFile(out + "." + ManifestName)
	if err != nil || !bytes.Equal(beside, readFloppy(t, out, FloppyManifestName)) {
		t.Errorf("the list beside the floppy is not the one on it, %v", err)
	}
	if m := listed(t, out); len(m.Files()) != 2 { // boot loader and README
		t.Errorf("%v", m.Files())
	}
}

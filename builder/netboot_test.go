package builder

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/builder/apt"
	"github.com/bootmend/bootmend/builder/manifest"
)

// putPackage has a cache hold a package with these files, as apt would name it.
func putPackage(t *testing.T, cache string, arch Arch, name string, files ...string) {
	t.Helper()
	in := map[string]string{"./usr/share/doc/" + name + "/copyright": "see /usr/share/common-licenses/GPL-2"}
	for _, f := range files {
		in["./"+f] = string(arch) + " " + name + " " + f
	}
	content := tinyDeb(t, in)
	p := apt.Package{Name: name, Version: "1", Architecture: string(arch), Source: name, SHA256: fmt.Sprintf("%x", sha256.Sum256(content))}
	if err := errors.Join(writeWhole(filepath.Join(cache, "deb", p.File()), content),
		writeNote(filepath.Join(cache, "packages", string(arch), name+".json"), noteOf(p, 0))); err != nil {
		t.Fatal(err)
	}
}

// TestNetbootFrom: a netboot directory that is made from an image has the boot loaders for
// the processors of that image, whatever --arch says in its absence.
func TestNetbootFrom(t *testing.T) {
	cache := t.TempDir()
	bios := "usr/lib/syslinux/modules/bios/"
	putPackage(t, cache, I386, "pxelinux", "usr/lib/PXELINUX/pxelinux.0")
	putPackage(t, cache, I386, "syslinux-common", bios+"ldlinux.c32")
	putPackage(t, cache, I386, "shim-signed", "usr/lib/shim/shimia32.efi.signed")
	putPackage(t, cache, I386, "shim-helpers-i386-signed", "usr/lib/shim/mmia32.efi.signed")
	putPackage(t, cache, I386, "grub-efi-ia32-signed", "usr/lib/grub/i386-efi-signed/grubnetia32.efi.signed")
	out := filepath.Join(t.TempDir(), "netboot")
	if _, err := PXE(Options{From: smallImageFor(t, I386), Out: out, Cache: cache, Offline: true}); err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{"bootia32.efi": "shim-signed usr/lib/shim/shimia32.efi.signed", "mmia32.efi": "shim-helpers-i386-signed usr/lib/shim/mmia32.efi.signed",
		"grubia32.efi": "grub-efi-ia32-signed usr/lib/grub/i386-efi-signed/grubnetia32.efi.signed"} {
		if b, err := os.ReadFile(filepath.Join(out, name)); err != nil || string(b) != "i386 "+from {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if others, _ := filepath.Glob(filepath.Join(out, "*x64.efi")); len(others) > 0 {
		t.Errorf("boot loaders for other processors: %v", others)
	}
}

// TestNetbootFromEmptyCache: the loaders for the network are in no image; an offline build
// without them says so.
func TestNetbootFromEmptyCache(t *testing.T) {
	out := filepath.Join(t.TempDir(), "netboot")
	_, err := PXE(Options{From: smallImage(t), Out: out, Cache: t.TempDir(), Offline: true})
	if err == nil || !strings.Contains(err.Error(), "pxelinux") || !strings.Contains(err.Error(), "build once without --offline") {
		t.Error(err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}

// TestUEFIArchs: the boot loaders that an image has say what it is for.
func TestUEFIArchs(t *testing.T) {
	for _, want := range [][]Arch{{AMD64}, {I386}, {AMD64, I386}} {
		b := newBuild(Options{From: smallImageFor(t, want...)})
		if _, err := b.fromImage(); err != nil {
			t.Fatal(err)
		}
		if got, err := uefiArchs(b.made); err != nil || !slices.Equal(got, want) {
			t.Errorf("%v: %v, %v", want, got, err)
		}
	}
	if got, err := uefiArchs(&manifest.Manifest{}); err == nil {
		t.Errorf("no boot loader: %v", got)
	}
}

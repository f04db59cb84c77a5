package bootsecttest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// debian finds a file of a Debian package: installed, or in a package that the
// builder has downloaded.
func debian(t *testing.T, pkg, path string) []byte {
	t.Helper()
	if data, err := os.ReadFile("/" + path); err == nil {
		return data
	}
	debs, _ := filepath.Glob(filepath.Join("..", "..", ".cache", "deb", pkg+"_*.deb"))
	if len(debs) == 0 {
		t.Skipf("SKIP-PACKAGE %s: neither installed nor downloaded", pkg)
	}
	need(t, "dpkg-deb")
	dir := t.TempDir()
	must(t, "dpkg-deb", "-x", debs[len(debs)-1], dir)
	data, err := os.ReadFile(filepath.Join(dir, path))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// padded makes a sector of boot code.
func padded(code []byte) []byte {
	sector := make([]byte, 512)
	copy(sector, code)
	copy(sector[0x1FE:], "\x55\xAA")
	return sector
}

func TestDebianMBRs(t *testing.T) {
	for _, tt := range []struct{ pkg, path, name, owner string }{
		{"syslinux-common", "usr/lib/syslinux/mbr/mbr.bin", "Syslinux MBR", "the active partition"},
		{"syslinux-common", "usr/lib/syslinux/mbr/gptmbr.bin", "Syslinux GPTMBR", "what it was set up for"},
		{"syslinux-common", "usr/lib/syslinux/mbr/altmbr.bin", "Syslinux ALTMBR", "what it was set up for"},
		{"isolinux", "usr/lib/ISOLINUX/isohdpfx.bin", "isohybrid of Syslinux", "what it was set up for"},
		{"isolinux", "usr/lib/ISOLINUX/isohdppx.bin", "isohybrid of Syslinux", "what it was set up for"},
		{"grub-pc-bin", "usr/lib/grub/i386-pc/boot.img", "GRUB 2", "what it was set up for"},
		{"grub-pc-bin", "usr/lib/grub/i386-pc/boot_hybrid.img", "GRUB 2", "what it was set up for"},
		{"grub-legacy", "usr/lib/grub/x86_64-pc/stage1", "GRUB Legacy", "what it was set up for"},
	} {
		t.Run(filepath.Base(tt.path), func(t *testing.T) {
			sector := padded(debian(t, tt.pkg, tt.path))
			c, err := bootsect.RecognizeMBR(sector)
			if err != nil || c.Owner != bootsect.Foreign || c.Name != tt.name || string(c.Starts) != tt.owner || len(c.Features) == 0 {
				t.Errorf("%s, %v, starts %s, %v", c.Owner, c, c.Starts, err)
			}
		})
	}
}

// TestInstallMBR: what Debian's package mbr writes to a disk.
func TestInstallMBR(t *testing.T) {
	tool, err := exec.LookPath("install-mbr")
	if err != nil {
		dir := t.TempDir()
		debs, _ := filepath.Glob(filepath.Join("..", "..", ".cache", "deb", "mbr_*.deb"))
		if len(debs) == 0 {
			t.Skip("SKIP-PACKAGE mbr: neither installed nor downloaded")
		}
		must(t, "dpkg-deb", "-x", debs[0], dir)
		tool = filepath.Join(dir, "sbin", "install-mbr")
	}
	image := tableImage(t)
	must(t, tool, "--force", image)
	c, err := bootsect.RecognizeMBR(load(t, image))
	if err != nil || c.Owner != bootsect.Foreign || !strings.Contains(c.Name, "install-mbr") {
		t.Errorf("%s, %v, %v", c.Owner, c, err)
	}
}

// tableImage is a disk of sfdisk with a hidden, an active and two logical
// partitions.
func tableImage(t *testing.T) string {
	t.Helper()
	need(t, "sfdisk")
	path := mem(make([]byte, 16<<20)).save(t)
	cmd := exec.Command("sfdisk", "-q", path)
	cmd.Stdin = strings.NewReader("label: dos\nlabel-id: 0x11223344\n2048,2048,17\n4096,4096,7,*\n8192,16384,f\n10240,2048,b\n14336,2048,7\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("sfdisk: %v: %s", err, out)
	}
	return path
}

// dump is the table as sfdisk sees it.
func dump(t *testing.T, m mem) string {
	t.Helper()
	path := m.save(t)
	must(t, "sfdisk", "--verify", path)
	out := must(t, "sfdisk", "--dump", path)
	return strings.ReplaceAll(out, path, "disk")
}

// TestMBRCode: Debian's mbr.bin goes in; table and signature stay.
func TestMBRCode(t *testing.T) {
	code := debian(t, "syslinux-common", "usr/lib/syslinux/mbr/mbr.bin")
	before := load(t, tableImage(t))
	all, err := bootsect.ReplaceMBRCode(before, code, bootsect.Consent{})
	if err != nil {
		t.Fatal(err)
	}
	after := before.apply(t, all)
	if was, is := dump(t, before), dump(t, after); was != is || !strings.Contains(is, "0x11223344") {
		t.Errorf("the table changed from %s to %s", was, is)
	}
	if !bytes.Equal(after[:len(code)], code) || !bytes.Equal(after[0x1B8:], before[0x1B8:]) {
		t.Error("not the code, or more than the code")
	}
	if again, err := bootsect.ReplaceMBRCode(after, code, bootsect.Consent{Foreign: true}); err != nil || len(again) > 0 {
		t.Errorf("a second time: %v, %v", again, err)
	}
	// The other way: what is somebody's does not go without consent.
	if _, err := bootsect.ReplaceMBRCode(after, code, bootsect.Consent{}); !errors.Is(err, part.ErrRefused) {
		t.Errorf("foreign code was replaced: %v", err)
	}
}

func TestMBRCodeIsRefused(t *testing.T) {
	code := bytes.Repeat([]byte{0xFA}, 440)
	disk := func(bytes string) []byte { return padded([]byte(bytes)) }
	for _, tt := range []struct {
		name      string
		sector    []byte
		code      []byte
		words     string
		byConsent bool // allowed with consent
	}{
		{"too long", disk(""), bytes.Repeat([]byte{1}, 441), "more than", false},
		{"empty", disk(""), make([]byte, 440), "empty", false},
		{"GRUB 2", disk("\xEB\x63" + strings.Repeat("\x90", 0x17E) + "GRUB "), code, "GRUB 2", true},
		{"unknown", disk("something"), code, "not known", true},
		{"TrueCrypt", disk("\xEA\x1E\x7C\x00\x00"), code, "decrypt", false},
		{"VeraCrypt", disk("\xEA\x1E\x7C\x00\x00 VeraCrypt Boot Loader"), code, "VeraCrypt", false},
		{"DiskCryptor", disk("\x33\xC0\x90\x90"), code, "decrypt", false},
		{"PGP", disk("\xEB\x48\x90PGPGUARD"), code, "decrypt", false},
		{"a volume", ntfs(t)[:512], code, "boot sector of a file system", false},
	} {
		all, err := bootsect.ReplaceMBRCode(tt.sector, tt.code, bootsect.Consent{})
		if !errors.Is(err, part.ErrRefused) || !strings.Contains(fmt.Sprint(err), tt.words) || len(all) > 0 {
			t.Errorf("%s: %v, %v", tt.name, all, err)
		}
		if _, err := bootsect.ReplaceMBRCode(tt.sector, tt.code, bootsect.Consent{Foreign: true}); (err == nil) != tt.byConsent {
			t.Errorf("%s with consent: %v", tt.name, err)
		}
	}
}

// TestDamagedMBR: code that is known by its first bytes and lacks the rest.
func TestDamagedMBR(t *testing.T) {
	for _, name := range []string{"disks/win-ntfs-2K-clusters-index.raw.xz", "disks/win2003-ntfs-128GB-sparse.tgz"} {
		good := start(t, name, 0, 512)
		for what, spoil := range map[string]func([]byte){
			"no pointer":  func(b []byte) { clear(b[0x1B5:0x1B8]) },
			"no messages": func(b []byte) { clear(b[0x12C:0x1B5]) },
		} {
			b := slices.Clone(good)
			spoil(b)
			if c, err := bootsect.RecognizeMBR(b); err != nil || c.Owner != bootsect.Microsoft || c.Whole() {
				t.Errorf("%s, %s: %v", name, what, c)
			}
		}
		b := slices.Clone(good)
		b[0x90] ^= 1
		if c, _ := bootsect.RecognizeMBR(b); c.Pristine {
			t.Errorf("%s: one bit of its code is changed, and it is pristine", name)
		}
	}
}

// TestTableEdits: sfdisk reads what was edited, and nothing else has changed.
func TestTableEdits(t *testing.T) {
	before := load(t, tableImage(t))
	was := dump(t, before)
	for _, tt := range []struct {
		name     string
		edit     func(*part.Editor) ([]part.Patch, error)
		old, new string // in sfdisk's dump
	}{
		{"active", func(e *part.Editor) ([]part.Patch, error) { return e.SetActive(1) }, "", ""},
		{"unhide", func(e *part.Editor) ([]part.Patch, error) { return e.Unhide(1) }, "type=17", "type=7"},
		{"hide logical", func(e *part.Editor) ([]part.Patch, error) { return e.Hide(5) }, "type=b", "type=1b"},
		{"type", func(e *part.Editor) ([]part.Patch, error) { return e.SetType(5, 0x0C) }, "type=b", "type=c"},
		{"signature", func(e *part.Editor) ([]part.Patch, error) { return e.SetSignature(0xCAFE0001) }, "0x11223344", "0xcafe0001"},
	} {
		e, err := part.Edit(before)
		if err != nil {
			t.Fatal(err)
		}
		all, err := tt.edit(e)
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Replace(was, tt.old, tt.new, 1)
		if tt.name == "active" {
			want = strings.Replace(strings.Replace(was, ", bootable", "", 1), "type=17", "type=17, bootable", 1)
		}
		if is := dump(t, before.apply(t, all)); is != want {
			t.Errorf("%s: %s, want %s", tt.name, is, want)
		}
	}
	// 55AA is lost and comes back.
	broken := slices.Clone(before)
	binary.LittleEndian.PutUint16(broken[0x1FE:], 0)
	all, _, err := part.MendMagic(broken)
	if err != nil || !bytes.Equal(broken.apply(t, all), before) {
		t.Errorf("%v, %v", all, err)
	}
}

package iso

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func twoSystems() []System {
	a, b := SystemNames(0), SystemNames(1)
	a.Kernel, a.Initrd, b.Kernel, b.Initrd = []byte("k64"), []byte("i64"), []byte("k32"), []byte("i32")
	return []System{a, b}
}

// TestTwoSystems: each boot loader has a way to each system, with the same arguments.
func TestTwoSystems(t *testing.T) {
	files := BootFiles(twoSystems(), "x=1")
	for name, want := range map[string]string{"boot/vmlinuz": "k64", "boot/initrd.img": "i64", "boot/vmlinuz32": "k32", "boot/initrd32.img": "i32"} {
		if string(files[name]) != want {
			t.Errorf("%s is %q; want %q", name, files[name], want)
		}
	}
	cfg := string(files["isolinux/isolinux.cfg"])
	var labels []string
	for line := range strings.Lines(cfg) {
		if l, ok := strings.CutPrefix(line, "LABEL "); ok {
			labels = append(labels, strings.TrimSpace(l))
		}
	}
	if want := []string{"bootmend", "shell", "64", "shell64", "32", "shell32"}; !slices.Equal(labels, want) {
		t.Errorf("labels are %q; want %q", labels, want)
	}
	for _, want := range []string{"COM32 ifcpu64.c32\n  APPEND 64 -- 32\n", "LABEL 32\n  KERNEL /boot/vmlinuz32\n  INITRD /boot/initrd32.img\n  APPEND " + kernelArgs + " x=1\n"} {
		if !strings.Contains(cfg, want) {
			t.Errorf("isolinux.cfg lacks %q:\n%s", want, cfg)
		}
	}
	if one := isolinuxConfig(twoSystems()[:1], "x"); strings.Contains(one, "32") {
		t.Errorf("with one system:\n%s", one)
	}
	m := Medium{Files: files}
	m.SetAppend("y=2")
	if cfg := string(m.Files["isolinux/isolinux.cfg"]); strings.Count(cfg, " y=2") != 4 || strings.Contains(cfg, "x=1") {
		t.Errorf("after SetAppend:\n%s", cfg)
	}
}

// TestReadTwoSystems: what has two systems still has them when it is read.
func TestReadTwoSystems(t *testing.T) {
	m := medium()
	for name, b := range BootFiles(twoSystems(), "x=1") {
		m.Files[name] = b
	}
	m.Files["isolinux/ifcpu64.c32"], m.Files["isolinux/libcom32.c32"] = []byte("ifcpu"), []byte("lib")
	name := filepath.Join(t.TempDir(), "two.iso")
	if err := Write(name, m, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	got, err := Read(name)
	if err != nil {
		t.Fatal(err)
	}
	for path, b := range m.Files {
		if path != isolinuxBin && string(got.Files[path]) != string(b) {
			t.Errorf("%s has %d bytes; want %d", path, len(got.Files[path]), len(b))
		}
	}
	if n := len(got.Systems()); n != 2 {
		t.Errorf("%d systems", n)
	}
}

func TestNetFiles(t *testing.T) {
	files := NetFiles(twoSystems(), "")
	script := string(files[NetScript])
	if !strings.Contains(script, "cpuid --ext 29 || goto bits32\nkernel vmlinuz initrd=initrd.img ") ||
		!strings.Contains(script, ":bits32\nkernel vmlinuz32 initrd=initrd32.img ") {
		t.Errorf("%s", script)
	}
	if one := string(NetFiles(twoSystems()[:1], "")[NetScript]); strings.Contains(one, "32") {
		t.Errorf("with one system:\n%s", one)
	}
	for _, name := range []string{"vmlinuz", "vmlinuz32", "initrd.img", "initrd32.img", "pxelinux.cfg/default", "grub/grub.cfg"} {
		if len(files[name]) == 0 {
			t.Errorf("no %s", name)
		}
	}
}

// TestGRUBReads: GRUB's own parser takes the configurations.
func TestGRUBReads(t *testing.T) {
	check, err := exec.LookPath("grub-script-check")
	if err != nil {
		t.Skip("SKIP-TOOL: grub-script-check is not installed")
	}
	for n := 1; n <= 2; n++ {
		file := filepath.Join(t.TempDir(), "grub.cfg")
		if err := os.WriteFile(file, []byte(grubConfig(twoSystems()[:n], kernelArgs)), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(check, file).CombinedOutput(); err != nil {
			t.Errorf("%d systems: %v: %s", n, err, out)
		}
	}
}

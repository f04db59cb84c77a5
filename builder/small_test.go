package builder

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/initramfs/media"
)

// TestSmallArguments: what a small medium would not do is refused before anything is
// built; what it does is not.
func TestSmallArguments(t *testing.T) {
	const key = "000011-000022-000033-000044-000055-000066-000077-000088"
	for _, tt := range []struct {
		arguments    string
		lite, floppy bool
	}{
		{"", true, true},
		{"bootmend.mode=auto bootmend.after=poweroff bootmend.report=disk,usb,serial bootmend.answers=/a.yaml", true, true},
		{"bootmend.net=dhcp", false, false},
		{"bootmend.ssh=AAAA", false, false},
		{"bootmend.answers=http://x/a.yaml", false, false},
		{"bootmend.report=disk,https://x/r", false, false},
		{"bootmend.bitlocker-key=" + key, true, false},
		{"bootmend.only=bootini-wrong-partition", true, true},
		{"bootmend.only=bootini-wrong-partition,bcd-missing", true, false},
		{"bootmend.only=boot-driver-file-missing:oldav bootmend.except=hive-missing", true, true}, // as the advice names one
		{"bootmend.except=bcd-missing", true, false},
	} {
		if err := checkAppend(tt.arguments); err != nil {
			t.Fatalf("%s: %v", tt.arguments, err)
		}
		for name, old := range map[string]bool{"lite": false, "floppy": true} {
			want := tt.lite
			if old {
				want = tt.floppy
			}
			cache := filepath.Join(t.TempDir(), "cache")
			o := Options{Source: t.TempDir(), Cache: cache, Offline: true, Epoch: time.Unix(1e9, 0), Append: tt.arguments}
			var err error
			if old {
				_, err = SelfContainedFloppy(o)
			} else {
				_, err = LiteISO(o)
			}
			// All fail in the end: there are no sources.
			if err == nil || strings.Contains(err.Error(), "bootmend.") == want {
				t.Errorf("%s: %q: %v", name, tt.arguments, err)
			}
		}
	}
}

// TestPlacesOfReports: what the floppy says takes reports and answers is what its kernel
// knows: floppies, but no sticks, which the lite image has drivers for.
func TestPlacesOfReports(t *testing.T) {
	for _, arguments := range []string{"bootmend.report=https://x/r", "bootmend.answers=http://x/a.yaml"} {
		for old, want := range map[bool]string{false: "a stick or floppy called BOOTMEND", true: "this floppy, where there is room, or another one called BOOTMEND"} {
			if err := checkSmall(arguments, old); err == nil || !strings.Contains(err.Error(), want) || old && strings.Contains(err.Error(), "stick") {
				t.Errorf("%s, floppy %v: %v; want %q", arguments, old, err, want)
			}
		}
	}
	all, err := FloppyLeavesOut(I386)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if l.What == "reports" && (!strings.Contains(l.Why, "this floppy or another one called "+media.Label) || !strings.Contains(l.Why, "report=usb")) {
			t.Error(l.Why)
		}
	}
}

// TestWrongOptions: each is refused with a sentence before a cache is made.
func TestWrongOptions(t *testing.T) {
	epoch := time.Unix(1e9, 0)
	dir := t.TempDir()
	file := put(t, filepath.Join(dir, "file"), []byte("x"))
	for what, tt := range map[string]struct {
		says string
		make func(o Options) error
	}{
		"kernel that is not there": {"module tree", func(o Options) error { o.Kernel, o.Modules = "/none", dir; _, err := ISO(o); return err }},
		"kernel without modules":   {"give both", func(o Options) error { o.Kernel = file; _, err := ISO(o); return err }},
		"modules without kernel":   {"give both", func(o Options) error { o.Modules = dir; _, err := USB(o, Stick{DataSize: 34 << 20}); return err }},
		"modules, lite":            {"give both", func(o Options) error { o.Modules = dir; _, err := LiteISO(o); return err }},
		"drivers in memory, lite":  {"--append and --drivers only", func(o Options) error { o.DriversInMemory = true; _, err := LiteISO(o); return err }},
		"architecture, starter":    {"no --arch", func(o Options) error { o.Arch = I386; _, err := StarterFloppy(o); return err }},
		"universal floppy":         {"one kernel", func(o Options) error { o.Arch = Universal; _, err := SelfContainedFloppy(o); return err }},
		"folder as image":          {"--from wants", func(o Options) error { o.From = dir; _, err := ISO(o); return err }},
		"device as image":          {"--from wants", func(o Options) error { o.From = "/dev/null"; _, err := ISO(o); return err }},
		"no image":                 {"no such file", func(o Options) error { o.From = dir + "/none"; _, err := ISO(o); return err }},
		"key file":                 {"--ssh-key", func(o Options) error { o.SSHKeys = []string{dir + "/none"}; _, err := ISO(o); return err }},
		"modules that are no line": {"two words", func(o Options) error { o.MoreModules = []string{"two words"}; _, err := ISO(o); return err }},
		"time of a driver floppy": {"1980", func(o Options) error {
			_, err := DriverFloppy(FloppyOptions{Out: o.Out, Size: 1440 << 10, Paths: []string{file}, Epoch: time.Unix(-5, 0)})
			return err
		}},
		"driver floppy of nothing": {"no such file", func(o Options) error {
			_, err := DriverFloppy(FloppyOptions{Out: o.Out, Size: 1440 << 10, Paths: []string{dir + "/none"}, Epoch: epoch})
			return err
		}},
	} {
		cache := t.TempDir()
		err := tt.make(Options{Source: dir, Cache: cache, Out: filepath.Join(cache, "x"), Offline: true, Epoch: epoch})
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want %q", what, err, tt.says)
		}
		for _, begun := range []string{"packages", "deb", "kernel", "unpacked"} {
			if there, _ := filepath.Glob(filepath.Join(cache, begun)); len(there) > 0 {
				t.Errorf("%s: %s was begun", what, begun)
			}
		}
	}
}

// TestFromLean: the lite image's kernel unpacks xz only. Answers and keys behind its
// initramfs would be lost without a word.
func TestFromLean(t *testing.T) {
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("SKIP-TOOL xz: not installed")
	}
	initrd, err := leanInitramfs([]byte("program"), "6.1", nil, time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	if !isLean(initrd) || isLean(bytes.Repeat([]byte("initrd"), 10)) {
		t.Error("isLean takes one for the other")
	}
	b := newBuild(Options{Epoch: time.Unix(1e9, 0)})
	s := iso.SystemNames(0)
	s.Kernel, s.Initrd = []byte("kernel"), initrd
	m := &iso.Medium{Files: iso.BootFiles([]iso.System{s}, ""), ESP: map[string][]byte{"/EFI/BOOT/BOOTX64.EFI": []byte("grub")}, MBRCode: bytes.Repeat([]byte{0x90}, 432), Epoch: b.Epoch}
	m.Files["isolinux/isolinux.bin"], m.Files["isolinux/ldlinux.c32"] = iso.WithoutBootTable(make([]byte, 4000)), []byte("c32")
	b.made.Add(bootRecord, m.MBRCode, own())
	if err := b.addManifest(m); err != nil {
		t.Fatal(err)
	}
	from := filepath.Join(t.TempDir(), "lite.iso")
	if err := iso.Write(from, *m, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	answers := put(t, filepath.Join(t.TempDir(), "a.yaml"), []byte("mode: auto\n"))
	for what, tt := range map[string]struct {
		o    Options
		says string
	}{
		"arguments": {Options{Append: "bootmend.mode=ask"}, ""},
		"network":   {Options{Append: "bootmend.net=dhcp"}, "no network"},
		"answers":   {Options{Answers: answers}, "--append and --drivers only"},
		"keys":      {Options{BitLockerKeys: []string{"000011-000022-000033-000044-000055-000066-000077-000088"}}, "--append and --drivers only"},
	} {
		tt.o.From, tt.o.Cache, tt.o.Out = from, t.TempDir(), filepath.Join(t.TempDir(), "x.iso")
		if _, err := ISO(tt.o); (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

package builder

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/builder/busybox"
	"github.com/bootmend/bootmend/builder/floppyboot"
	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/modules"
	"github.com/bootmend/bootmend/builder/ramfs"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

func TestCheckAppend(t *testing.T) {
	for _, good := range []string{"", "bootmend.mode=auto bootmend.only=storage-driver-missing,bootini-wrong-partition", "bootmend.machine=pci:1000:0030"} {
		if err := checkAppend(good); err != nil {
			t.Errorf("checkAppend(%q) = %v", good, err)
		}
	}
	for _, bad := range []string{"a\nLABEL x", `a"b`, "a;reboot", "$root", "ä", "{", "a#b", "bootmend.mode=atuo", "bootmend.tea=1", "bootmed.mode=auto", "bootmend.only=no-such"} {
		if err := checkAppend(bad); err == nil {
			t.Errorf("checkAppend(%q) gave no error", bad)
		}
	}
}

// TestCacheFromRoot: tools are run in other directories, so that the cache's path is from the
// root.
func TestCacheFromRoot(t *testing.T) {
	t.Chdir(t.TempDir())
	want, err := filepath.Abs("cache")
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Cache: "cache", Epoch: time.Unix(1e9, 0)}
	if err := o.check(); err != nil || o.Cache != want {
		t.Errorf("%s, %v; want %s", o.Cache, err, want)
	}
}

// TestArgumentsTooLong: they are refused before anything is built, which these sources
// could not be, and the longest that fit are not.
func TestArgumentsTooLong(t *testing.T) {
	args := func(n int) string { return strings.Repeat("loglevel=4 ", 200)[:n-1] + "x" }
	floppy := floppyboot.MaxAppend - len(floppyArgs) - 1
	for name, tt := range map[string]struct {
		most  int
		build func(Options) error
	}{
		"floppy": {floppy, func(o Options) error { _, err := SelfContainedFloppy(o); return err }},
		"set":    {floppy, func(o Options) error { _, err := FloppySet(o); return err }},
		"iso":    {maxArgs - ourArgs - 1, func(o Options) error { _, err := ISO(o); return err }},
		"lite":   {maxArgs - ourArgs - 1, func(o Options) error { _, err := LiteISO(o); return err }},
	} {
		cache := filepath.Join(t.TempDir(), "cache")
		o := Options{Source: t.TempDir(), Cache: cache, Offline: true, Epoch: time.Unix(1e9, 0), Append: args(tt.most + 1)}
		if err := tt.build(o); err == nil || !strings.Contains(err.Error(), "room for "+strconv.Itoa(tt.most)) {
			t.Errorf("%s: one character too many: %v", name, err)
		}
		if _, err := os.Stat(cache); err == nil {
			t.Errorf("%s: something was begun", name)
		}
		o.Append = args(tt.most)
		if err := tt.build(o); err == nil || strings.Contains(err.Error(), "room for") {
			t.Errorf("%s: the longest arguments: %v", name, err)
		}
	}
	s := iso.SystemNames(0)
	for path, b := range iso.BootFiles([]iso.System{s}, "bootmend.answers=/"+answersPath) {
		for line := range strings.Lines(string(b)) {
			if len(line)+len("BOOT_IMAGE=/boot/vmlinuz32 initrd=/boot/initrd32.img ") > ourArgs {
				t.Errorf("%s: our own arguments are longer than thought: %s", path, line)
			}
		}
	}
}

func TestOptionsEpoch(t *testing.T) {
	for year, ok := range map[int]bool{1979: false, 1980: true, 2107: true, 2108: false} {
		o := Options{Epoch: time.Date(year, 6, 1, 0, 0, 0, 0, time.UTC)}
		if err := o.check(); (err == nil) != ok {
			t.Errorf("%d: check = %v", year, err)
		}
	}
}

func touch(t *testing.T, dir string, files ...string) string {
	t.Helper()
	for _, f := range files {
		name := filepath.Join(dir, f)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestFindKernel: Debian has one package, Ubuntu several, and newer
// distributions put modules below usr.
func TestFindKernel(t *testing.T) {
	debian := touch(t, t.TempDir(), "boot/vmlinuz-6.1.0-9-amd64", "lib/modules/6.1.0-9-amd64/kernel/a.ko")
	image := touch(t, t.TempDir(), "boot/vmlinuz-6.8.0-1-generic")
	mods := touch(t, t.TempDir(), "usr/lib/modules/6.8.0-1-generic/kernel/a.ko")
	extra := touch(t, t.TempDir(), "usr/lib/modules/6.8.0-1-generic/kernel/b.ko")
	for _, tt := range []struct {
		name, release string
		dirs, trees   []string
	}{
		{"one package", "6.1.0-9-amd64", []string{debian}, []string{debian + "/lib/modules/6.1.0-9-amd64"}},
		{"three packages", "6.8.0-1-generic", []string{image, mods, extra},
			[]string{mods + "/usr/lib/modules/6.8.0-1-generic", extra + "/usr/lib/modules/6.8.0-1-generic"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, err := findKernel(tt.dirs)
			if err != nil || k.release != tt.release {
				t.Fatalf("findKernel = %+v, %v; want release %s", k, err, tt.release)
			}
			if diff := cmp.Diff(tt.trees, k.trees); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, dirs := range [][]string{{mods}, {image}, {}} {
		if k, err := findKernel(dirs); err == nil {
			t.Errorf("findKernel(%q) = %+v; want an error", dirs, k)
		}
	}
}

func TestGivenKernel(t *testing.T) {
	dir := touch(t, t.TempDir(), "lib/modules/6.1.0-x/kernel/a.ko", "notatree/x")
	// A bzImage's header says where its version string stands.
	image := make([]byte, 0x400)
	copy(image[0x202:], "HdrS")
	image[0x20E], image[0x20F] = 0x00, 0x01 // + 0x200
	copy(image[0x300:], "6.1.0-x (builder@host) #1 SMP\x00")
	file := filepath.Join(dir, "bzImage")
	if err := os.WriteFile(file, image, 0o644); err != nil {
		t.Fatal(err)
	}
	k, err := givenKernel(file, filepath.Join(dir, "lib/modules/6.1.0-x"))
	if err != nil || k.release != "6.1.0-x" {
		t.Errorf("givenKernel = %+v, %v", k, err)
	}
	other := touch(t, t.TempDir(), "6.2.0-y/kernel/a.ko")
	for name, args := range map[string][2]string{
		"other release": {file, other + "/6.2.0-y"}, "no tree": {file, dir + "/notatree"},
		"no modules": {file, ""}, "no image": {"", other + "/6.2.0-y"}, "not a kernel": {filepath.Join(dir, "notatree/x"), dir + "/lib/modules/6.1.0-x"},
	} {
		if k, err := givenKernel(args[0], args[1]); err == nil {
			t.Errorf("%s: givenKernel = %+v; want an error", name, k)
		}
	}
}

// TestRootEntries checks the order that the image needs when memory is short,
// and that links lead somewhere.
func TestRootEntries(t *testing.T) {
	index := kmod.NewIndex()
	index.Files["a"] = "kernel/a.ko"
	set := &modules.Set{Index: index, Files: map[string][]byte{"kernel/a.ko": []byte("module")}}
	at := map[string]int{}
	entries := rootEntries([]byte("bb"), []string{"bootmend", "init", "sh"}, set, nil, "6.1")
	for i, e := range entries {
		if _, twice := at[e.Name]; twice {
			t.Errorf("%s is there twice", e.Name)
		}
		at[e.Name] = i
	}
	order := []string{"dev/console", pid1.ManifestPath, "bbin/bb", "init", "lib/modules/6.1/modules.dep", "lib/modules/6.1/kernel/a.ko"}
	for i, name := range order {
		if _, ok := at[name]; !ok {
			t.Fatalf("no %s", name)
		}
		if i > 0 && at[name] < at[order[i-1]] {
			t.Errorf("%s comes before %s", name, order[i-1])
		}
	}
	for _, e := range entries {
		if e.Kind == ramfs.Link {
			target := filepath.Join(filepath.Dir(e.Name), e.Target)
			if _, ok := at[target]; !ok && !strings.HasPrefix(target, "proc/") {
				t.Errorf("%s leads to %s, which is not there", e.Name, target)
			}
		}
	}
	manifest := string(entries[at[pid1.ManifestPath]].Content)
	if !strings.Contains(manifest, " 6 lib/modules/6.1/kernel/a.ko\n") || strings.Contains(manifest, pid1.ManifestPath) {
		t.Errorf("manifest:\n%s", manifest)
	}
}

// TestCommandsPinned: every command of the image is in tools.go, which keeps
// its module in go.mod.
func TestCommandsPinned(t *testing.T) {
	tools, err := os.Open("tools.go")
	if err != nil {
		t.Fatal(err)
	}
	defer tools.Close()
	text, err := io.ReadAll(tools)
	if err != nil {
		t.Fatal(err)
	}
	commands := busybox.Commands()
	if len(commands) < 50 {
		t.Errorf("only %d commands", len(commands))
	}
	for _, c := range commands {
		if !strings.Contains(string(text), `_ "`+c+`"`) {
			t.Errorf("%s is not in tools.go", c)
		}
	}
	if got := strings.Count(string(text), "\t_ \""); got != len(commands) {
		t.Errorf("tools.go has %d commands, commands.txt %d", got, len(commands))
	}
}

package sourcetest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/cab"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/media"
	"github.com/bootmend/bootmend/tests/tool"
	"github.com/bootmend/bootmend/tests/volume"
)

// vmscsi is a package of three files in a folder of the host.
func vmscsi(tb testing.TB) (dir string, files map[string][]byte) {
	tb.Helper()
	dir = filepath.Join(untar(tb, "vmware-vmscsi-package"), "VMware", "NTx86")
	files = map[string][]byte{}
	for _, name := range []string{"vmscsi.inf", "vmscsi.sys", "vmscsi.cat"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			tb.Fatal(err)
		}
		files[name] = b
	}
	return dir, files
}

// makers make a file, or a folder, that holds the package.
func makers(t *testing.T) map[string]func(t *testing.T, dir, out string) string {
	pack := func(more ...string) func(*testing.T, string, string) string {
		return func(t *testing.T, dir, out string) string {
			tool.Need(t, "gcab")
			args := slices.Concat([]string{"-c"}, more, []string{out + ".cab"})
			for _, n := range []string{"vmscsi.inf", "vmscsi.sys", "vmscsi.cat"} {
				args = append(args, filepath.Join(dir, n))
			}
			tool.Must(t, "gcab", slices.Concat([]string{"-n"}, args)...)
			return out + ".cab"
		}
	}
	image := func(fill func(t *testing.T, path, dir string), make func(*testing.T) string) func(*testing.T, string, string) string {
		return func(t *testing.T, dir, _ string) string {
			path := make(t)
			fill(t, path, dir)
			return path
		}
	}
	mcopy := func(t *testing.T, path, dir string) {
		tool.Need(t, "mcopy")
		tool.Env{tool.Mtools}.Must(t, "mcopy", "-s", "-i", path, dir, "::/DRIVER")
	}
	return map[string]func(*testing.T, string, string) string{
		"folder": func(_ *testing.T, dir, _ string) string { return dir },
		"Joliet": func(t *testing.T, dir, out string) string {
			tool.Need(t, "genisoimage")
			tool.Must(t, "genisoimage", "-quiet", "-J", "-o", out+".iso", filepath.Dir(dir))
			return out + ".iso"
		},
		"ISO 9660 alone": func(t *testing.T, dir, out string) string {
			tool.Need(t, "genisoimage")
			tool.Must(t, "genisoimage", "-quiet", "-o", out+".iso", filepath.Dir(dir))
			return out + ".iso"
		},
		"floppy":         image(mcopy, func(t *testing.T) string { return volume.FAT(t, 1440<<10) }),
		"cabinet stored": pack(), "cabinet MSZIP": pack("-z"),
		"cabinet in a cabinet": func(t *testing.T, dir, out string) string {
			inner := pack("-z")(t, dir, out+"inner")
			tool.Must(t, "gcab", "-n", "-c", out+".msu", inner)
			return out + ".msu"
		},
		"hotfix EXE": func(t *testing.T, dir, out string) string {
			b, err := os.ReadFile(pack("-z")(t, dir, out))
			if err != nil {
				t.Fatal(err)
			}
			exe := append(stub(), b...)
			exe = append(exe, make([]byte, 500)...) // where a signature would be
			write(t, filepath.Dir(out), map[string][]byte{filepath.Base(out) + ".exe": exe})
			return out + ".exe"
		},
		"EXE on a CD": func(t *testing.T, dir, out string) string {
			exe := makers(t)["hotfix EXE"](t, dir, filepath.Join(filepath.Dir(out), "cd", "setup"))
			tool.Must(t, "genisoimage", "-quiet", "-J", "-o", out+".iso", filepath.Dir(exe))
			return out + ".iso"
		},
		"disk with two partitions": func(t *testing.T, dir, out string) string {
			tool.Need(t, "sfdisk", "mcopy", "mkfs.vfat")
			path := volume.Empty(t, 12<<20)
			if _, err := tool.Env(nil).Feed("label: dos\n2048,8192,6\n10240,8192,6\n", "sfdisk", "-q", path); err != nil {
				t.Fatal(err)
			}
			for _, at := range []string{"1048576", "5242880"} {
				tool.Must(t, "mkfs.vfat", "--offset", map[string]string{"1048576": "2048", "5242880": "10240"}[at], path, "4096")
				if at == "5242880" {
					tool.Env{tool.Mtools}.Must(t, "mcopy", "-s", "-i", path+"@@"+at, dir, "::/DRIVER")
				}
			}
			return path
		},
		"the INF file": func(_ *testing.T, dir, _ string) string { return filepath.Join(dir, "vmscsi.inf") },
	}
}

// stub is a program for Windows with nothing in it.
func stub() []byte { return image{machine: 0x14c, subsystem: 2, size: 0x1000}.bytes() }

// TestContainers: the same package is found with the same content, however it
// came.
func TestContainers(t *testing.T) {
	dir, files := vmscsi(t)
	for name, make := range makers(t) {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			if err := os.MkdirAll(filepath.Join(filepath.Dir(out), "cd"), 0o777); err != nil {
				t.Fatal(err)
			}
			tree, err := media.Open(make(t, dir, out))
			if err != nil {
				t.Fatal(err)
			}
			list := source.Packages(tree, source.Options{})
			if len(list.Problems) > 0 {
				t.Error(list.Problems)
			}
			var found *source.Package
			for _, p := range list.Packages {
				if strings.EqualFold(p.Name(), "vmscsi.inf") {
					found = p
				} else if name == "the INF file" {
					t.Errorf("%v was not named", p)
				}
			}
			if found == nil {
				t.Fatalf("not found: %s", names(list))
			}
			w := windows()[1]
			m, ok, err := found.Match([]string{`PCI\VEN_104B&DEV_1040`}, w)
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			do, err := m.Install()
			if err != nil {
				t.Fatal(err)
			}
			set, err := found.Files(do, w)
			if err != nil || set.Catalog == nil || set.INF == nil || len(set.Files) == 0 {
				t.Fatalf("%+v, %v", set, err)
			}
			for _, f := range append([]source.PackageFile{*set.INF, *set.Catalog}, set.Files...) {
				o, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				b, err := source.ReadAll(o, 1<<20)
				if err != nil || string(b) != string(files[strings.ToLower(f.Name)]) {
					t.Errorf("%s: %d bytes, %v", f.Where, len(b), err)
				}
			}
		})
	}
}

// TestNotThere: what is not there is said by the error that Tree promises, in every
// kind of tree.
func TestNotThere(t *testing.T) {
	dir, _ := vmscsi(t)
	for name, make := range makers(t) {
		t.Run(name, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			if err := os.MkdirAll(filepath.Join(filepath.Dir(out), "cd"), 0o777); err != nil {
				t.Fatal(err)
			}
			tree, err := media.Open(make(t, dir, out))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{`\nothing`, `nothing\below`, `\..\..\etc\passwd`, `\a:b`} {
				if _, err := tree.Open(path); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("Open(%s): %v", path, err)
				}
				if _, err := tree.ReadDir(path); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("ReadDir(%s): %v", path, err)
				}
			}
			list, err := tree.ReadDir("")
			if err != nil || len(list) == 0 {
				t.Fatalf("root: %v, %v", list, err)
			}
			for _, e := range list {
				_, asDir := tree.ReadDir(strings.ToUpper(e.Name))
				_, asFile := tree.Open(`\` + strings.ToLower(e.Name))
				if e.Dir != (asDir == nil) || e.Dir == (asFile == nil) {
					t.Errorf("%+v: as a folder %v, as a file %v", e, asDir, asFile)
				}
			}
		})
	}
}

// TestRefused: what is not read is refused with its reason.
func TestRefused(t *testing.T) {
	tool.Need(t, "gcab", "7z")
	dir := t.TempDir()
	write(t, dir, map[string][]byte{"a.sys": driver(0x14c, xp(1)), "_sfx_manifest_": []byte("[Deltas]"), "_manifest_.cix.xml": []byte("<Container/>"),
		"empty": nil, "text.txt": []byte(strings.Repeat("no driver ", 100)), "setup.exe": stub(), "disk.qcow2": []byte("QFI\xfb\x00\x00\x00\x03" + strings.Repeat("\x00", 600))})
	at := func(name string) string { return filepath.Join(dir, name) }
	tool.Must(t, "gcab", "-n", "-c", at("delta.cab"), at("a.sys"), at("_manifest_.cix.xml"))
	tool.Must(t, "gcab", "-n", "-c", at("ipd.cab"), at("a.sys"), at("_sfx_manifest_"))
	b, err := os.ReadFile(at("ipd.cab"))
	if err != nil {
		t.Fatal(err)
	}
	tool.Must(t, "7z", "a", "-bd", at("x.7z"), at("a.sys"))
	tool.Must(t, "7z", "a", "-bd", "-tzip", at("x.zip"), at("a.sys"))
	sevenZip, err := os.ReadFile(at("x.7z"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, map[string][]byte{"hotfix.exe": append(stub(), b...), "sfx.exe": append(stub(), sevenZip...), "cut.cab": b[:40]})
	for name, want := range map[string]error{
		"delta.cab": source.ErrDelta, "hotfix.exe": source.ErrDelta, "x.7z": source.ErrOtherArchive, "x.zip": source.ErrOtherArchive,
		"sfx.exe": source.ErrOtherArchive, "setup.exe": source.ErrNotContainer, "text.txt": media.ErrUnknown, "nothing": fs.ErrNotExist, "cut.cab": cab.ErrDamaged,
	} {
		if _, err := media.Open(at(name)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	var format *block.FormatError
	if _, err := media.Open(at("disk.qcow2")); !errors.As(err, &format) {
		t.Errorf("qcow2: %v", err)
	}
	if _, err := media.Open(at("empty")); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("empty file: %v", err)
	}
	// Among other things they are told and do not stop the search.
	list := source.Packages(media.Folder(dir), source.Options{})
	delta := 0
	for _, err := range list.Problems {
		if errors.Is(err, source.ErrDelta) {
			delta++
		}
	}
	if delta != 3 {
		t.Errorf("%d packages of differences, want 3: %v", delta, list.Problems)
	}
}

package builder

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/builder/iso"
	"github.com/bootmend/bootmend/builder/manifest"
)

// netDir are these files with the list that PXE puts beside them.
func netDir(t *testing.T, files map[string]string) map[string][]byte {
	t.Helper()
	all, made := map[string][]byte{}, &manifest.Manifest{}
	for path, text := range files {
		all[path] = []byte(text)
		made.Add(path, all[path], own())
	}
	text, err := made.JSON(time.Unix(1e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	all[ManifestName], all[SBOMName] = text, []byte("{}")
	return all
}

// TestNetDir: a folder with what a person put there or changed is not replaced, also when
// it is one that an earlier build made.
func TestNetDir(t *testing.T) {
	ours := func() map[string][]byte {
		return netDir(t, map[string]string{iso.NetScript: "#!ipxe\n", "grub/grub.cfg": "menu", "grub/x86_64-efi/a.mod": "", "initrd.img": "i"})
	}
	format1 := strings.Replace(string(ours()[ManifestName]), `{"format":2,`, `{"format":1,`, 1)
	format1 = format1[:strings.LastIndex(strings.TrimSpace(format1), ",")] + "}\n" // it had no seal
	for name, tt := range map[string]struct {
		with   map[string]string // instead of ours, or besides; "none": it is removed
		folder string            // besides
		link   string            // in the place of
		says   string
	}{
		"ours":                          {},
		"one is gone":                   {with: map[string]string{"initrd.img": "none"}},
		"of an older mkrescue":          {with: map[string]string{ManifestName: format1}},
		"of an older mkrescue, changed": {with: map[string]string{ManifestName: format1, "grub/grub.cfg": "mine"}, says: "grub.cfg was changed"},
		"being made":                    {folder: ".mkrescue-1234/new/grub"},
		"no script":                     {with: map[string]string{iso.NetScript: "none"}, says: "something else"},
		"no list":                       {with: map[string]string{ManifestName: "none"}, says: "something else"},
		"cut list":                      {with: map[string]string{ManifestName: "{"}, says: "something else"},
		"list by hand":                  {with: map[string]string{ManifestName: `{"format":2,"files":[{"path":"thesis.doc"}]}`, "thesis.doc": ""}, says: "something else"},
		"one more":                      {with: map[string]string{"grub/mine.cfg": ""}, says: "mine.cfg is not of"},
		"script edited":                 {with: map[string]string{iso.NetScript: "#!ipxe\nset net0/ip 10.0.0.1\n"}, says: iso.NetScript + " was changed"},
		"menu edited":                   {with: map[string]string{"grub/grub.cfg": "MENU"}, says: "grub.cfg was changed"},
		"initramfs longer":              {with: map[string]string{"initrd.img": "i and drivers"}, says: "initrd.img was changed"},
		"empty folder":                  {folder: "drivers", says: "drivers is not of"},
		"empty one in ours":             {folder: "grub/fonts", says: "fonts is not of"},
		"link":                          {link: "initrd.img", says: "a symbolic link"},
		"list is a link":                {link: SBOMName, says: "a symbolic link"},
	} {
		dir := t.TempDir()
		for path, text := range ours() {
			put(t, filepath.Join(dir, path), text)
		}
		for path, text := range tt.with {
			if path = filepath.Join(dir, path); text != "none" {
				put(t, path, []byte(text))
			} else if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.MkdirAll(filepath.Join(dir, tt.folder), 0o755); err != nil {
			t.Fatal(err)
		}
		if tt.link != "" { // to the same content
			elsewhere := filepath.Join(t.TempDir(), "x")
			if err := os.Rename(filepath.Join(dir, tt.link), elsewhere); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(elsewhere, filepath.Join(dir, tt.link)); err != nil {
				t.Fatal(err)
			}
		}
		err := checkNetDir(dir)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v; want an error with %q", name, err, tt.says)
		}
		if tt.says == "" {
			continue
		}
		cache := filepath.Join(t.TempDir(), "cache")
		if _, err := PXE(Options{Out: dir, Cache: cache, Offline: true, Epoch: time.Unix(1e9, 0)}); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: PXE: %v", name, err)
		}
		if _, err := os.Stat(cache); err == nil {
			t.Errorf("%s: something was begun", name)
		}
		if err := replaceDir(nil, dir, ours()); err == nil {
			t.Errorf("%s: replaced", name)
		}
	}
	dir := put(t, filepath.Join(t.TempDir(), "thesis.doc"), nil)
	if err := checkNetDir(filepath.Dir(dir)); err == nil || !strings.Contains(err.Error(), "something else") {
		t.Errorf("a folder of somebody: %v", err)
	}
	if err := checkNetDir(filepath.Join(t.TempDir(), "new")); err != nil {
		t.Error(err)
	}
}

// TestReplaceDir: old files go and new ones come in a folder that is there, also when it
// is the current one or one that is mounted, and it is the same folder before and after.
func TestReplaceDir(t *testing.T) {
	for name, where := range map[string]func() string{
		"new":     func() string { return filepath.Join(t.TempDir(), "a", "net") },
		"empty":   t.TempDir,
		"current": func() string { t.Chdir(t.TempDir()); return "." },
		"mounted": func() string { return smallDisk(t) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := where()
			before, err := os.Stat(dir)
			for round, files := range []map[string]string{{iso.NetScript: "1", "grub/a": "1", "old/b": ""}, {iso.NetScript: "2", "grub/a": "2", "new": ""}} {
				if err := replaceDir(nil, dir, netDir(t, files)); err != nil {
					t.Fatal(err)
				}
				n := 0
				for path := range files {
					if b, err := os.ReadFile(filepath.Join(dir, path)); err != nil || string(b) != files[path] {
						t.Errorf("round %d: %s: %q, %v", round, path, b, err)
					}
				}
				err := filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
					if err == nil && !e.IsDir() {
						n++
					}
					return err
				})
				if err != nil || n != len(files)+2 {
					t.Errorf("round %d: %d files, %v; want %d", round, n, err, len(files)+2)
				}
			}
			if after, err2 := os.Stat(dir); err == nil && (err2 != nil || !os.SameFile(before, after)) {
				t.Errorf("it is another folder, %v", err2)
			}
		})
	}
}

// TestMoveAll: what cannot be moved whole stays where it was.
func TestMoveAll(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	for i := range 4 {
		put(t, filepath.Join(from, fmt.Sprint(i)), []byte("file"))
	}
	put(t, filepath.Join(to, "2", "in the way"), nil)
	if err := moveAll(from, to); err == nil {
		t.Error("no error")
	}
	left, _ := os.ReadDir(from)
	if there, _ := os.ReadDir(to); len(left) != 4 || len(there) != 1 {
		t.Errorf("moved in part: %v, %v", left, there)
	}
}

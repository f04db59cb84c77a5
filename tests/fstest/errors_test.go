package fstest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/fs/probe"
	"github.com/bootmend/bootmend/tests/volume"
)

// put writes n zeros.
func put(v fs.Writer, path string, n int64) error { return v.WriteFile(path, zeroReader{}, n) }

func errorOf[T any](_ T, err error) error { return err }

// tooMuch is more than the volumes of TestTypedErrors have.
const tooMuch = 1 << 30

// typedErrors are things that cannot be done with a volume that holds the
// directories "dir" and "dir/sub" and the file "dir/file", and the errors that
// every file system has for them.
var typedErrors = []struct {
	what string
	want error
	do   func(v fs.Writer) error
}{
	{"no space for a new file", fs.ErrNoSpace, func(v fs.Writer) error { return put(v, `big`, tooMuch) }},
	{"no space to replace a file", fs.ErrNoSpace, func(v fs.Writer) error { return put(v, `dir\file`, tooMuch) }},
	{"no space to grow", fs.ErrNoSpace, func(v fs.Writer) error { return v.Resize(`dir\file`, tooMuch) }},

	{"name too long: file", fs.ErrNameTooLong, func(v fs.Writer) error { return put(v, `dir\`+strings.Repeat("n", 256), 1) }},
	{"name too long: directory", fs.ErrNameTooLong, func(v fs.Writer) error { return v.Mkdir(strings.Repeat("n", 256)) }},
	{"name too long: renamed", fs.ErrNameTooLong, func(v fs.Writer) error { return v.Rename(`dir\file`, `dir\`+strings.Repeat("ü", 256)) }},
	{"name too long: pairs of units", fs.ErrNameTooLong, func(v fs.Writer) error { return put(v, strings.Repeat("😀", 128), 1) }},

	{"through a file: stat", fs.ErrNotDir, func(v fs.Writer) error { return errorOf(v.Stat(`dir\file\x`)) }},
	{"through a file: open", fs.ErrNotDir, func(v fs.Writer) error { return errorOf(v.Open(`dir\file\x`)) }},
	{"through a file: list", fs.ErrNotDir, func(v fs.Writer) error { return errorOf(v.ReadDir(`dir\file\x`)) }},
	{"list of a file", fs.ErrNotDir, func(v fs.Writer) error { return errorOf(v.ReadDir(`dir\file`)) }},
	{"through a file: write", fs.ErrNotDir, func(v fs.Writer) error { return put(v, `dir\file\x`, 1) }},
	{"through a file: mkdir", fs.ErrNotDir, func(v fs.Writer) error { return v.Mkdir(`dir\file\x\y`) }},
	{"through a file: remove", fs.ErrNotDir, func(v fs.Writer) error { return v.Remove(`dir\file\x`) }},
	{"through a file: resize", fs.ErrNotDir, func(v fs.Writer) error { return v.Resize(`dir\file\x`, 1) }},
	{"through a file: rename from", fs.ErrNotDir, func(v fs.Writer) error { return v.Rename(`dir\file\x`, `y`) }},
	{"through a file: rename to", fs.ErrNotDir, func(v fs.Writer) error { return v.Rename(`dir\sub`, `dir\file\x`) }},
	{"through a file: attributes", fs.ErrNotDir, func(v fs.Writer) error { return v.SetAttributes(`dir\file\x`, 0) }},

	{"not empty", fs.ErrNotEmpty, func(v fs.Writer) error { return v.Remove(`dir`) }},

	{"no parent", fs.ErrNotExist, func(v fs.Writer) error { return v.Mkdir(`none\x`) }},
	{"nothing to remove", fs.ErrNotExist, func(v fs.Writer) error { return v.Remove(`dir\none`) }},
	{"nothing to rename", fs.ErrNotExist, func(v fs.Writer) error { return v.Rename(`none`, `x`) }},
	{"a directory in place of a file", fs.ErrIsDir, func(v fs.Writer) error { return put(v, `dir\sub`, 1) }},
	{"resize of a directory", fs.ErrIsDir, func(v fs.Writer) error { return v.Resize(`dir\sub`, 1) }},
	{"a directory opened", fs.ErrIsDir, func(v fs.Writer) error { return errorOf(v.Open(`dir`)) }},
	{"the root as a file", fs.ErrIsDir, func(v fs.Writer) error { return put(v, `\`, 1) }},
	{"directory exists", fs.ErrExist, func(v fs.Writer) error { return v.Mkdir(`DIR`) }},
	{"mkdir of a file", fs.ErrExist, func(v fs.Writer) error { return v.Mkdir(`dir\FILE`) }},
	{"rename to a file", fs.ErrExist, func(v fs.Writer) error { return v.Rename(`dir\sub`, `dir\FILE`) }},
	{"mkdir of the root", fs.ErrExist, func(v fs.Writer) error { return v.Mkdir(`\`) }},
	{"rename to the root", fs.ErrExist, func(v fs.Writer) error { return v.Rename(`dir`, `\`) }},
	{"rename of the root", fs.ErrInvalidName, func(v fs.Writer) error { return v.Rename(`\`, `x`) }},
	{"removal of the root", fs.ErrInvalidName, func(v fs.Writer) error { return v.Remove(`\`) }},
	{"attributes of the root", fs.ErrInvalidName, func(v fs.Writer) error { return v.SetAttributes(`\`, 0) }},
	{"into itself", fs.ErrInvalidName, func(v fs.Writer) error { return v.Rename(`dir`, `dir\sub\dir`) }},
}

// invalidNames must not be given to anything, on any file system.
var invalidNames = []string{"a:b", "a*", "a?", `a"b`, "a<b", "a>b", "a|b", "a\x1fb", "\x00", "dot.", "space ", ".", "..", "...",
	"CON", "nul.txt", "Com1", "lpt9.x.y", "aux .txt", "CLOCK$", "a\xff", "\xc0\x80"}

// TestTypedErrors wants the typed error of every file system for each thing
// that cannot be done, and no changed byte. On a device that is read-only,
// everything that could be done otherwise is fs.ErrReadOnly.
func TestTypedErrors(t *testing.T) {
	for name, image := range map[string]func() string{
		"NTFS":  func() string { return mkntfs(t, geometry{16 << 20, 4096, 512}) },
		"FAT12": func() string { return volume.FAT(t, 1440<<10, "-F", "12") },
		"FAT16": func() string { return volume.FAT(t, 10<<20, "-F", "16", "-s", "4") },
		"FAT32": func() string { return volume.FAT(t, 36<<20, "-F", "32", "-s", "1") },
	} {
		t.Run(name, func(t *testing.T) {
			path := image()
			dev := volume.OpenFile(t, path, os.O_RDWR, 512)
			v := openAgain(t, dev).(fs.Writer)
			mustDo(t, v.Mkdir(`dir`))
			mustDo(t, v.Mkdir(`dir\sub`))
			mustDo(t, put(v, `dir\file`, 10_000))
			before, err := os.ReadFile(path)
			mustDo(t, err)
			n := 0
			wants := func(what string, err, want error) {
				t.Helper()
				if n++; !errors.Is(err, want) {
					t.Errorf("%s: %v, want %v", what, err, want)
				}
				if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
					t.Fatalf("%s: the image changed, %v", what, err)
				}
			}
			for _, c := range typedErrors {
				wants(c.what, c.do(v), c.want)
			}
			for _, bad := range invalidNames {
				wants(fmt.Sprintf("file %q", bad), put(v, `dir\`+bad, 1), fs.ErrInvalidName)
				wants(fmt.Sprintf("directory %q", bad), v.Mkdir(`dir\`+bad), fs.ErrInvalidName)
				wants(fmt.Sprintf("renamed to %q", bad), v.Rename(`dir\file`, `dir\`+bad), fs.ErrInvalidName)
			}
			readOnly(t, path, wants)
			t.Logf("%d typed errors, no byte changed", n)
		})
	}
}

func readOnly(t *testing.T, path string, wants func(what string, err, want error)) {
	t.Helper()
	dev, err := block.OpenReadOnly(path)
	mustDo(t, err)
	defer dev.Close()
	opened, err := probe.Open(dev)
	mustDo(t, err)
	v := opened.(fs.Writer)
	for what, err := range map[string]error{
		"write":          put(v, `new`, 1),
		"write much":     put(v, `new`, 100_000),
		"replace":        put(v, `dir\file`, 100_000),
		"mkdir":          v.Mkdir(`new`),
		"remove":         v.Remove(`dir\file`),
		"rename":         v.Rename(`dir\file`, `new`),
		"resize":         v.Resize(`dir\file`, 100_000),
		"set attributes": v.SetAttributes(`dir\file`, fs.AttrHidden),
	} {
		wants("read-only device: "+what, err, fs.ErrReadOnly)
	}
	if s, ok := v.(fs.SecurityCopier); ok {
		wants("read-only device: security", s.CopySecurity(`dir`, `dir\file`), fs.ErrReadOnly)
	}
	f, err := v.Open(`dir\file`)
	mustDo(t, err)
	over, ok := f.(fs.Overwriter)
	if !ok {
		t.Fatalf("%T is no fs.Overwriter", f)
	}
	wants("read-only device: overwrite", errorOf(over.WriteAt([]byte("x"), 0)), fs.ErrReadOnly)
	if len(changedPaths(t, v)) != 3 {
		t.Errorf("the volume now shows %v", changedPaths(t, v))
	}
}

// changedPaths lists what is in the root and in dir.
func changedPaths(t *testing.T, v fs.FS) (all []string) {
	t.Helper()
	for _, d := range []string{`\`, `dir`} {
		list, err := v.ReadDir(d)
		mustDo(t, err)
		for _, i := range list {
			all = append(all, i.Name)
		}
	}
	return all
}

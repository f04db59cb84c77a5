package fat

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// now is what the tests' clock says.
var now = time.Date(2009, 7, 13, 22, 46, 59, 500_000_000, time.UTC)

// writable is a filled volume, open for changes.
func writable(t testing.TB, kind fs.Kind) (*image, *Volume) {
	t.Helper()
	v := newImage(t, kind)
	v.fill()
	o, err := Open(v)
	if err != nil {
		t.Fatal(err)
	}
	o.SetClock(func() time.Time { return now })
	return v, o
}

func put8(o *Volume, path string, n int) error {
	return o.WriteFile(path, strings.NewReader(strings.Repeat("x", n)), int64(n))
}

// operations are one of each kind, and some in which more has to be changed
// than an entry.
var operations = map[string]func(*Volume) error{
	"create":           func(o *Volume) error { return put8(o, `dir\a long name.txt`, 1500) },
	"create empty":     func(o *Volume) error { return put8(o, `NEW`, 0) },
	"replace":          func(o *Volume) error { return put8(o, `file.txt`, 700) },
	"grow":             func(o *Volume) error { return o.Resize(`file.txt`, 5000) },
	"shrink":           func(o *Volume) error { return o.Resize(`file.txt`, 100) },
	"to nothing":       func(o *Volume) error { return o.Resize(`file.txt`, 0) },
	"from nothing":     func(o *Volume) error { return o.Resize(`empty`, 600) },
	"mkdir":            func(o *Volume) error { return o.Mkdir(`dir\sub`) },
	"remove":           func(o *Volume) error { return o.Remove(`file.txt`) },
	"rename":           func(o *Volume) error { return o.Rename(`file.txt`, `Another file.txt`) },
	"move":             func(o *Volume) error { return o.Rename(`file.txt`, `dir\`+strings.Repeat("n", 255)) },
	"change case":      func(o *Volume) error { return o.Rename(`file.txt`, `File.Txt`) },
	"move a directory": func(o *Volume) error { return errors.Join(o.Mkdir("new"), o.Rename(`dir`, `new\dir`)) },
	"attributes":       func(o *Volume) error { return o.SetAttributes(`dir`, fs.AttrHidden) },
	"directory grows": func(o *Volume) error {
		return o.Rename(`file.txt`, `dir\`+strings.Repeat("a directory that needs another cluster ", 6)+"x")
	},
}

// TestRefusedWrite lets the Device refuse each write of each operation in
// turn: what was there before is there again, in every structure and file.
func TestRefusedWrite(t *testing.T) {
	total := 0
	for _, kind := range kinds {
		for name, operation := range operations {
			for n := 0; ; n++ {
				v, o := writable(t, kind)
				eraseFree(v)
				before := bytes.Clone(v.b)
				v.writes = n
				err := operation(o)
				if v.writes >= 0 {
					if err != nil {
						t.Errorf("%s: %s: %v", kind, name, err)
					}
					break
				}
				total++
				if !errors.Is(err, errIO) {
					t.Errorf("%s: %s: write %d refused: %v", kind, name, n, err)
				}
				if name == "move a directory" {
					continue // the first half may have been done
				}
				eraseFree(v)
				if !bytes.Equal(v.b, before) {
					t.Errorf("%s: %s: write %d refused: the volume is not as before", kind, name, n)
				}
			}
		}
	}
	t.Logf("%d refused writes", total)
}

// eraseFree zeroes the clusters that fill leaves free.
func eraseFree(v *image) {
	for n := uint32(13); n < 100; n++ {
		clear(v.cluster(n))
	}
	for _, n := range []uint32{4, 5, 6, 8, 9, 11} {
		clear(v.cluster(n))
	}
	if v.kind == fs.FAT12 {
		clear(v.cluster(2))
	}
	clear(v.cluster(7)[488:]) // behind the end of the file
}

func TestErrorsBeforeWriting(t *testing.T) {
	for _, kind := range kinds {
		for name, c := range map[string]struct {
			do   func(*Volume) error
			want error
		}{
			"no such directory":     {func(o *Volume) error { return put8(o, `none\x`, 1) }, fs.ErrNotExist},
			"through a file":        {func(o *Volume) error { return put8(o, `file.txt\x`, 1) }, fs.ErrNotDir},
			"file over directory":   {func(o *Volume) error { return put8(o, `dir`, 1) }, fs.ErrIsDir},
			"file over root":        {func(o *Volume) error { return put8(o, `\`, 1) }, fs.ErrIsDir},
			"bad character":         {func(o *Volume) error { return put8(o, `a:b`, 1) }, fs.ErrInvalidName},
			"control character":     {func(o *Volume) error { return put8(o, "a\x1fb", 1) }, fs.ErrInvalidName},
			"dot at the end":        {func(o *Volume) error { return put8(o, `x.`, 1) }, fs.ErrInvalidName},
			"space at the end":      {func(o *Volume) error { return put8(o, `x `, 1) }, fs.ErrInvalidName},
			"dots":                  {func(o *Volume) error { return put8(o, `dir\..`, 1) }, fs.ErrInvalidName},
			"device":                {func(o *Volume) error { return put8(o, `dir\nul.txt`, 1) }, fs.ErrInvalidName},
			"not UTF-8":             {func(o *Volume) error { return put8(o, "a\xff", 1) }, fs.ErrInvalidName},
			"256 units":             {func(o *Volume) error { return put8(o, strings.Repeat("n", 256), 1) }, fs.ErrNameTooLong},
			"no space":              {func(o *Volume) error { return put8(o, `x`, 100_000) }, fs.ErrNoSpace},
			"4 GiB":                 {func(o *Volume) error { return o.Resize(`file.txt`, 1<<32) }, ErrTooLarge},
			"no space to grow":      {func(o *Volume) error { return o.Resize(`file.txt`, 100_000) }, fs.ErrNoSpace},
			"negative":              {func(o *Volume) error { return o.Resize(`file.txt`, -1) }, ErrTooLarge},
			"resize a directory":    {func(o *Volume) error { return o.Resize(`dir`, 1) }, fs.ErrIsDir},
			"resize nothing":        {func(o *Volume) error { return o.Resize(`none`, 1) }, fs.ErrNotExist},
			"mkdir over file":       {func(o *Volume) error { return o.Mkdir(`file.txt`) }, fs.ErrExist},
			"mkdir root":            {func(o *Volume) error { return o.Mkdir(`\`) }, fs.ErrExist},
			"remove root":           {func(o *Volume) error { return o.Remove(`\`) }, fs.ErrInvalidName},
			"remove nothing":        {func(o *Volume) error { return o.Remove(`none`) }, fs.ErrNotExist},
			"remove full directory": {func(o *Volume) error { return o.Remove(`dir`) }, fs.ErrNotEmpty},
			"rename nothing":        {func(o *Volume) error { return o.Rename(`none`, `x`) }, fs.ErrNotExist},
			"rename over":           {func(o *Volume) error { return o.Rename(`file.txt`, `EMPTY`) }, fs.ErrExist},
			"rename to root":        {func(o *Volume) error { return o.Rename(`file.txt`, `\`) }, fs.ErrExist},
			"rename root":           {func(o *Volume) error { return o.Rename(`\`, `x`) }, fs.ErrInvalidName},
			"into itself":           {func(o *Volume) error { return o.Rename(`dir`, `dir\x`) }, fs.ErrInvalidName},
			"attributes of root":    {func(o *Volume) error { return o.SetAttributes(`\`, 0) }, fs.ErrInvalidName},
			"content ends":          {func(o *Volume) error { return o.WriteFile(`file.txt`, strings.NewReader("short"), 10) }, io.ErrUnexpectedEOF},
		} {
			v, o := writable(t, kind)
			before := bytes.Clone(v.b)
			if err := c.do(o); !errors.Is(err, c.want) {
				t.Errorf("%s: %s: %v, want %v", kind, name, err, c.want)
			}
			if !bytes.Equal(v.b, before) {
				t.Errorf("%s: %s: something was written", kind, name)
			}
		}
	}
}

// TestRefusedVolumes: nothing is changed where that is not safe.
func TestRefusedVolumes(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(v *image)
		path   string
		want   error
	}{
		"dirty by FAT":         {func(v *image) { v.link(1, 0x07ffffff) }, "file.txt", ErrDirty},
		"error by FAT":         {func(v *image) { v.link(1, 0x0bffffff) }, "file.txt", ErrDirty},
		"dirty by boot sector": {func(v *image) { v.b[0x41] = 1 }, "file.txt", ErrDirty},
		"FATs differ":          {func(v *image) { v.set(1, 90, 91) }, "file.txt", fs.ErrDamaged},
		"loop":                 {func(v *image) { v.link(7, 3) }, "file.txt", fs.ErrDamaged},
		"chain too short":      {func(v *image) { v.link(3, 0x0fffffff) }, "file.txt", fs.ErrDamaged},
		"no chain":             {func(v *image) { put(v.root(), 1, "FILE    TXT", 0, 0, 1000) }, "file.txt", fs.ErrDamaged},
	} {
		for what, do := range map[string]func(o *Volume) error{
			"replace": func(o *Volume) error { return put8(o, c.path, 10) },
			"remove":  func(o *Volume) error { return o.Remove(c.path) },
			"grow":    func(o *Volume) error { return o.Resize(c.path, 6000) },
		} {
			v := newImage(t, fs.FAT32)
			v.fill()
			c.damage(v)
			before := bytes.Clone(v.b)
			o, err := Open(v)
			if err != nil {
				t.Fatal(name, err)
			}
			if err := do(o); !errors.Is(err, c.want) {
				t.Errorf("%s: %s: %v, want %v", name, what, err, c.want)
			}
			if !bytes.Equal(v.b, before) {
				t.Errorf("%s: %s: something was written", name, what)
			}
		}
	}
}

package fat

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/fs"
)

func TestRead(t *testing.T) {
	for _, kind := range kinds {
		v := newImage(t, kind)
		v.fill()
		o, err := Open(v)
		if err != nil {
			t.Fatal(kind, err)
		}
		if o.Kind() != kind {
			t.Errorf("%s: kind %s", kind, o.Kind())
		}
		var names []string
		list, err := o.ReadDir(`\`)
		for _, i := range list {
			names = append(names, i.Name)
		}
		if d := cmp.Diff([]string{"FILE.TXT", "DIR", "EMPTY"}, names); d != "" || err != nil {
			t.Errorf("%s: %v %s", kind, err, d)
		}
		f, err := o.Open(`\file.txt`)
		if err != nil {
			t.Fatal(err)
		}
		want := append(bytes.Repeat([]byte{'3'}, 512), bytes.Repeat([]byte{'7'}, 488)...)
		if b, err := io.ReadAll(io.NewSectionReader(f, 0, 2000)); !bytes.Equal(b, want) || err != nil {
			t.Errorf("%s: %d bytes, %v", kind, len(b), err)
		}
		ext, err := f.Extents()
		if len(ext) != 2 || err != nil || ext[1].FileOff != 512 || ext[1].Vol.Len != 488 || ext[1].Vol.Off != int64(v.data+5)*512 {
			t.Errorf("%s: extents %v, %v", kind, ext, err)
		}
		if i := f.Info(); i.Attributes != fs.AttrReadOnly|fs.AttrArchive || i.Size != 1000 {
			t.Errorf("%s: %+v", kind, i)
		}
		if i, err := o.Stat("dir/inner"); err != nil || i.Size != 5 {
			t.Errorf("%s: %+v, %v", kind, i, err)
		}
		if i, err := o.Stat("empty"); err != nil || i.Attributes != fs.AttrHidden|fs.AttrSystem {
			t.Errorf("%s: %+v, %v", kind, i, err)
		}
		if _, err := o.Open("A LABEL"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: label: %v", kind, err)
		}
	}
}

// TestDamage uses volumes on which a careless reader would run for ever,
// panic, or show something that is not there.
func TestDamage(t *testing.T) {
	for _, kind := range kinds {
		for name, c := range map[string]struct {
			damage func(v *image)
			path   string
			want   error
		}{
			"loop in a file":      {func(v *image) { v.link(3, 7); v.link(7, 3); le.PutUint32(v.root()[32+28:], 1500) }, "file.txt", fs.ErrDamaged},
			"loop to itself":      {func(v *image) { v.link(3, 3) }, "file.txt", fs.ErrDamaged},
			"loop in a directory": {func(v *image) { v.link(10, 11); v.link(11, 10) }, `dir\inner`, fs.ErrDamaged},
			"chain into free":     {func(v *image) { v.link(7, 0); v.link(3, 8) }, "file.txt", fs.ErrDamaged},
			"chain outside":       {func(v *image) { v.link(3, 300) }, "file.txt", fs.ErrDamaged},
			"chain too short":     {func(v *image) { v.link(3, 0x0fffffff) }, "file.txt", fs.ErrDamaged},
			"bad cluster":         {func(v *image) { v.link(3, 0x0ffffff7) }, "file.txt", fs.ErrDamaged},
			"start outside":       {func(v *image) { put(v.root(), 1, "FILE    TXT", 0, 0xfff0, 1000) }, "file.txt", fs.ErrDamaged},
			"start at 1":          {func(v *image) { put(v.root(), 1, "FILE    TXT", 0, 1, 1000) }, "file.txt", fs.ErrDamaged},
			"start at 0":          {func(v *image) { put(v.root(), 1, "FILE    TXT", 0, 0, 1000) }, "file.txt", fs.ErrDamaged},
			"directory at 0":      {func(v *image) { put(v.root(), 2, "DIR        ", 0x10, 0, 0) }, `dir\inner`, fs.ErrDamaged},
			"unreadable directory": {func(v *image) {
				at := int64(v.data+8) * 512
				v.fail = [2]int64{at, at + 512}
			}, `dir\inner`, errIO},
			"unreadable directory, other name": {func(v *image) {
				at := int64(v.data+8) * 512
				v.fail = [2]int64{at, at + 512}
			}, `dir\none`, errIO},
		} {
			v := newImage(t, kind)
			v.fill()
			c.damage(v)
			o, err := Open(v)
			if err != nil {
				t.Errorf("%s: %s: %v", kind, name, err)
				continue
			}
			if f, err := o.Open(c.path); !errors.Is(err, c.want) || f != nil {
				t.Errorf("%s: %s: %v, want %v", kind, name, err, c.want)
			}
		}
	}
}

func TestToleratedFAT32(t *testing.T) {
	v := newImage(t, fs.FAT32)
	v.fill()
	clear(v.table(1))                   // the FATs differ, FSInfo is zero
	v.set(0, 1, 0x0fffffff&^0x08000000) // not dismounted
	v.set(0, 3, 7|0xf0000000)           // reserved bits
	o, err := Open(v)
	if err != nil {
		t.Fatal(err)
	}
	if f, err := o.Open("file.txt"); err != nil || f.Info().Size != 1000 {
		t.Error(err)
	}
	if s := o.State(); !s.Dirty || s.HadError {
		t.Errorf("%+v", s)
	}
	le.PutUint16(v.b[0x28:], 0x81) // the second FAT alone is in use
	o, err = Open(v)
	if err == nil {
		_, err = o.Open("file.txt")
	}
	if !errors.Is(err, fs.ErrDamaged) {
		t.Errorf("with an empty active FAT: %v", err)
	}
}

func TestBootSector(t *testing.T) {
	for name, c := range map[string]struct {
		kind fs.Kind
		at   int
		b    []byte
		want error
	}{
		"sectors of 100":     {fs.FAT12, 0x0b, []byte{100, 0}, fs.ErrDamaged},
		"3 per cluster":      {fs.FAT12, 0x0d, []byte{3}, fs.ErrDamaged},
		"no reserved":        {fs.FAT12, 0x0e, []byte{0, 0}, fs.ErrDamaged},
		"no FATs":            {fs.FAT12, 0x10, []byte{0}, fs.ErrDamaged},
		"no root entries":    {fs.FAT12, 0x11, []byte{0, 0}, fs.ErrDamaged},
		"truncated":          {fs.FAT12, 0x13, []byte{201, 0}, fs.ErrDamaged},
		"no data area":       {fs.FAT12, 0x13, []byte{5, 0}, fs.ErrDamaged},
		"media":              {fs.FAT12, 0x15, []byte{0x11}, fs.ErrDamaged},
		"root outside":       {fs.FAT32, 0x2c, []byte{0xff}, fs.ErrDamaged},
		"FAT of 2^32 bytes":  {fs.FAT32, 0x24, []byte{0xff, 0xff, 0xff, 0xff}, fs.ErrDamaged},
		"active FAT of none": {fs.FAT32, 0x28, []byte{0x83}, fs.ErrDamaged},
		"version 1":          {fs.FAT32, 0x2a, []byte{1}, fs.ErrUnsupported},
	} {
		v := newImage(t, c.kind)
		copy(v.b[c.at:], c.b)
		if _, err := Open(v); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

package fat

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// memory is a Device in memory whose reads can be made to fail.
type memory struct {
	b    []byte
	fail [2]int64 // a read that touches this range fails
	t    testing.TB
}

var errIO = errors.New("bad sector")

func (m *memory) Size() int64     { return int64(len(m.b)) }
func (m *memory) SectorSize() int { return 512 }
func (m *memory) Flush() error    { m.t.Error("Flush"); return nil }
func (m *memory) ReadAt(p []byte, off int64) (int, error) {
	if off < m.fail[1] && off+int64(len(p)) > m.fail[0] {
		return 0, errIO
	}
	return bytes.NewReader(m.b).ReadAt(p, off)
}
func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	m.t.Error("WriteAt")
	return 0, errIO
}

// image is a volume of 200 sectors with clusters of one sector.
type image struct {
	memory
	kind fs.Kind
	data int // sector of cluster 2
}

const sectors = 200

func newImage(t testing.TB, kind fs.Kind) *image {
	v := &image{memory: memory{b: make([]byte, sectors*512), t: t}, kind: kind}
	b := v.b
	copy(b, "\xeb\x3c\x90MSDOS5.0")
	le.PutUint16(b[0x0b:], 512)
	b[0x0d], b[0x10], b[0x15] = 1, 2, 0xf8
	b[510], b[511] = 0x55, 0xaa
	switch kind {
	case fs.FAT12:
		le.PutUint16(b[0x0e:], 1)
		le.PutUint16(b[0x11:], 32)
		le.PutUint16(b[0x13:], sectors)
		le.PutUint16(b[0x16:], 1)
		b[0x26] = 0x29
		v.data = 1 + 2 + 2
	case fs.FAT32:
		le.PutUint16(b[0x0e:], 8)
		le.PutUint32(b[0x20:], sectors)
		le.PutUint32(b[0x24:], 2)
		le.PutUint32(b[0x2c:], 2)
		le.PutUint16(b[0x30:], 1)
		b[0x42] = 0x29
		v.data = 8 + 2*2
		v.link(2, 0x0fffffff)
	}
	v.link(0, 0x0ffffff8)
	v.link(1, 0x0fffffff)
	return v
}

func (v *image) table(i int) table {
	first, n := 1, 512
	if v.kind == fs.FAT32 {
		first, n = 8, 1024
	}
	at := first*512 + i*n
	return table{kind: v.kind, b: v.b[at : at+n]}
}

// link sets an entry in both FATs; FAT12 takes the low 12 bits.
func (v *image) link(n, to uint32) {
	if v.kind == fs.FAT12 {
		to &= 0xfff
	}
	v.table(0).set(n, to)
	v.table(1).set(n, to)
}

func (v *image) cluster(n uint32) []byte {
	at := (v.data + int(n) - 2) * 512
	return v.b[at : at+512]
}

// root is where root directory entries go.
func (v *image) root() []byte {
	if v.kind == fs.FAT32 {
		return v.cluster(2)
	}
	return v.b[3*512 : 5*512]
}

// put writes an 8.3 entry ("NAME    EXT") into a directory.
func put(dir []byte, slot int, name string, attr byte, cluster, size uint32) {
	e := dir[32*slot:]
	copy(e, name)
	e[11] = attr
	le.PutUint16(e[24:], 33) // 1980-01-01
	le.PutUint16(e[20:], uint16(cluster>>16))
	le.PutUint16(e[26:], uint16(cluster))
	le.PutUint32(e[28:], size)
}

func (v *image) fill() {
	put(v.root(), 0, "A LABEL    ", 0x08, 0, 0)
	put(v.root(), 1, "FILE    TXT", 0x21, 3, 1000)
	put(v.root(), 2, "DIR        ", 0x10, 10, 0)
	put(v.root(), 3, "EMPTY      ", 0x06, 0, 0)
	v.link(3, 7)
	v.link(7, 0x0fffffff)
	copy(v.cluster(3), bytes.Repeat([]byte{'3'}, 512))
	copy(v.cluster(7), bytes.Repeat([]byte{'7'}, 512))
	v.link(10, 0x0fffffff)
	put(v.cluster(10), 0, ".          ", 0x10, 10, 0)
	put(v.cluster(10), 1, "..         ", 0x10, 0, 0)
	put(v.cluster(10), 2, "INNER      ", 0x20, 12, 5)
	v.link(12, 0x0fffffff)
	copy(v.cluster(12), "inner")
}

var kinds = []fs.Kind{fs.FAT12, fs.FAT32}

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
		if i := f.Info(); i.Attributes != fs.AttrReadOnly || i.Size != 1000 {
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

// TestDamage uses volumes on which the library would run for ever, panic,
// or show something that is not there.
func TestDamage(t *testing.T) {
	for _, kind := range kinds {
		for name, c := range map[string]struct {
			damage func(v *image)
			path   string
			want   error
		}{
			"loop in a file":         {func(v *image) { v.link(7, 3) }, "file.txt", fs.ErrDamaged},
			"loop to itself":         {func(v *image) { v.link(3, 3) }, "file.txt", fs.ErrDamaged},
			"loop in a directory":    {func(v *image) { v.link(10, 11); v.link(11, 10) }, `dir\inner`, fs.ErrDamaged},
			"chain into free":        {func(v *image) { v.link(7, 0); v.link(3, 8) }, "file.txt", fs.ErrDamaged},
			"chain outside":          {func(v *image) { v.link(3, 300) }, "file.txt", fs.ErrDamaged},
			"chain too short":        {func(v *image) { v.link(3, 0x0fffffff) }, "file.txt", fs.ErrDamaged},
			"bad cluster":            {func(v *image) { v.link(3, 0x0ffffff7) }, "file.txt", fs.ErrDamaged},
			"start outside":          {func(v *image) { put(v.root(), 1, "FILE    TXT", 0, 0xfff0, 1000) }, "file.txt", fs.ErrDamaged},
			"start at 1":             {func(v *image) { put(v.root(), 1, "FILE    TXT", 0, 1, 1000) }, "file.txt", fs.ErrDamaged},
			"start at 0":             {func(v *image) { put(v.root(), 1, "FILE    TXT", 0, 0, 1000) }, "file.txt", fs.ErrDamaged},
			"directory at 0":         {func(v *image) { put(v.root(), 2, "DIR        ", 0x10, 0, 0) }, `dir\inner`, fs.ErrDamaged},
			"label of the same name": {func(v *image) { put(v.root(), 4, "FILE    TXT", 8, 0, 0) }, "file.txt", fs.ErrUnsupported},
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
	clear(v.table(1).b)                       // the FATs differ, FSInfo is zero
	v.table(0).set(1, 0x0fffffff&^0x08000000) // not dismounted
	v.table(0).set(3, 7|0xf0000000)           // reserved bits
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
		"one FAT":            {fs.FAT12, 0x10, []byte{1}, fs.ErrUnsupported},
		"no root entries":    {fs.FAT12, 0x11, []byte{0, 0}, fs.ErrDamaged},
		"truncated":          {fs.FAT12, 0x13, []byte{201, 0}, fs.ErrDamaged},
		"no data area":       {fs.FAT12, 0x13, []byte{5, 0}, fs.ErrDamaged},
		"media":              {fs.FAT12, 0x15, []byte{0x11}, fs.ErrDamaged},
		"sectors of 1024":    {fs.FAT12, 0x0b, []byte{0, 4, 1, 1, 0, 2, 32, 0, 90, 0}, fs.ErrUnsupported},
		"root elsewhere":     {fs.FAT32, 0x2c, []byte{3}, fs.ErrUnsupported},
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

func TestTable(t *testing.T) {
	for kind, max := range map[fs.Kind]uint32{fs.FAT12: 0xfff, fs.FAT16: 0xffff, fs.FAT32: 0x0fffffff} {
		tab := table{kind: kind, b: make([]byte, 512)}
		for n := uint32(0); n < tab.entries(); n++ {
			tab.set(n, n*0x01234567&max)
		}
		for n := uint32(0); n < tab.entries(); n++ {
			if got := tab.get(n); got != n*0x01234567&max {
				t.Fatalf("%s: entry %d: %#x", kind, n, got)
			}
		}
	}
	// The well-known first bytes of a floppy: F0 FF FF, then 3 → 4.
	tab := table{kind: fs.FAT12, b: []byte{0xf0, 0xff, 0xff, 0x03, 0x40, 0x00}}
	if tab.get(0) != 0xff0 || tab.get(1) != 0xfff || tab.get(2) != 3 || tab.get(3) != 4 {
		t.Errorf("%#x %#x %#x %#x", tab.get(0), tab.get(1), tab.get(2), tab.get(3))
	}
}

// FuzzVolume changes bytes of the boot sector, the FATs and the directories:
// four bytes each, position (u16), value, and one unused.
func FuzzVolume(f *testing.F) {
	f.Add(true, []byte{})
	f.Add(false, []byte{2, 3, 3, 0})
	f.Fuzz(func(t *testing.T, wide bool, patch []byte) {
		if len(patch) > 256 {
			return
		}
		kind := fs.FAT12
		if wide {
			kind = fs.FAT32
		}
		v := newImage(t, kind)
		v.fill()
		for ; len(patch) >= 4; patch = patch[4:] {
			v.b[(int(patch[0])<<8|int(patch[1]))%(24*512)] = patch[2]
		}
		o, err := Open(v)
		if err != nil {
			return
		}
		exercise(o, `\`, 0)
	})
}

func exercise(v *Volume, dir string, depth int) {
	list, err := v.ReadDir(dir)
	if err != nil || depth == 3 {
		return
	}
	for _, i := range list[:min(len(list), 6)] {
		path := fs.JoinPath(dir, i.Name)
		if i.IsDir() {
			exercise(v, path, depth+1)
		}
		if f, err := v.Open(path); err == nil {
			_, _ = f.ReadAt(make([]byte, 5000), 0)
		}
	}
}

package iso9660

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/fs"
)

// find is where the record with that name starts in a sector.
func (m *image) find(sector int, id string) []byte {
	b := m.sector(sector)
	for b[0] != 0 {
		if string(b[33:33+int(b[32])]) == id {
			return b
		}
		b = b[b[0]:]
	}
	panic("no record " + id)
}

// TestDamage plants faults. Each must be met with the right error by opening
// the volume or the path.
func TestDamage(t *testing.T) {
	for name, tt := range map[string]struct {
		names Names
		plant func(m *image)
		path  string
		want  error
	}{
		"block sizes that differ":   {Primary, func(m *image) { m.sector(atPrimary)[131]++ }, "", fs.ErrDamaged},
		"blocks of 512 bytes":       {Primary, func(m *image) { both16(m.sector(atPrimary)[128:], 512) }, "", fs.ErrUnsupported},
		"root is a file":            {Primary, func(m *image) { m.sector(atPrimary)[156+25] = 0 }, "", fs.ErrDamaged},
		"root record too short":     {Primary, func(m *image) { m.sector(atPrimary)[156] = 33 }, "", fs.ErrDamaged},
		"root beyond the medium":    {Primary, func(m *image) { both32(m.sector(atPrimary)[158:], 1<<31) }, "", fs.ErrDamaged},
		"root too long":             {Primary, func(m *image) { both32(m.sector(atPrimary)[166:], 200<<20) }, "", fs.ErrDamaged},
		"root of 4 GiB":             {Primary, func(m *image) { both32(m.sector(atPrimary)[166:], 1<<32-1) }, "", fs.ErrDamaged},
		"root of nothing":           {Primary, func(m *image) { both32(m.sector(atPrimary)[166:], 0) }, "", fs.ErrDamaged},
		"no primary descriptor":     {Primary, func(m *image) { m.sector(atPrimary)[0] = 0 }, "", fs.ErrDamaged},
		"Joliet root in other data": {Joliet, func(m *image) { both32(m.sector(atJoliet)[158:], atData) }, `\x`, fs.ErrDamaged},
		"Joliet root beyond":        {Joliet, func(m *image) { both32(m.sector(atJoliet)[158:], 1<<20) }, `\x`, fs.ErrDamaged},
		"half a character":          {Joliet, func(m *image) { m.find(atJolietRoot, ucs2("a folder"))[32]-- }, `\x`, fs.ErrDamaged},
		"record beyond its sector":  {Primary, crossing, `\SUB\DEEP\x`, fs.ErrDamaged},
		"name beyond its record":    {Primary, func(m *image) { m.find(atSub, "DEEP")[32] = 200 }, `\SUB\DEEP`, fs.ErrDamaged},
		"name of nothing":           {Primary, func(m *image) { m.find(atSub, "DEEP")[32] = 0 }, `\SUB\DEEP`, fs.ErrDamaged},
		"record of a byte":          {Primary, func(m *image) { m.find(atSub, "DEEP")[0] = 1 }, `\SUB\DEEP`, fs.ErrDamaged},
		"directory contains itself": {Primary, func(m *image) { both32(m.find(atSub, "DEEP")[2:], atSub) }, `\SUB\DEEP`, fs.ErrDamaged},
		"directory contains root":   {Primary, func(m *image) { both32(m.find(atSub, "DEEP")[2:], atRoot) }, `\SUB\DEEP\SUB`, fs.ErrDamaged},
		"directory is data":         {Primary, func(m *image) { both32(m.find(atSub, "DEEP")[2:], atData) }, `\SUB\DEEP\x`, fs.ErrDamaged},
		"directory is zeros":        {Primary, func(m *image) { both32(m.find(atSub, "DEEP")[2:], 3) }, `\SUB\DEEP\x`, fs.ErrDamaged},
		"file beyond the medium":    {Primary, func(m *image) { both32(m.find(atDeep, "LAST.TXT;1")[2:], imageSectors) }, `\SUB\DEEP\LAST.TXT`, fs.ErrDamaged},
		"file of 4 GiB":             {Primary, func(m *image) { both32(m.find(atDeep, "LAST.TXT;1")[10:], 1<<32-1) }, `\SUB\DEEP\LAST.TXT`, fs.ErrDamaged},
		"file behind a long record": {Primary, func(m *image) { m.find(atDeep, "LAST.TXT;1")[1] = 200 }, `\SUB\DEEP\LAST.TXT`, fs.ErrDamaged},
		"interleaved file":          {Primary, func(m *image) { m.find(atDeep, "LAST.TXT;1")[26] = 2 }, `\SUB\DEEP\LAST.TXT`, fs.ErrUnsupported},
		"interleaved directory":     {Primary, func(m *image) { m.find(atSub, "DEEP")[26] = 2 }, `\SUB\DEEP\LAST.TXT`, fs.ErrUnsupported},
		"file on another disc":      {Primary, func(m *image) { both16(m.sector(atPrimary)[120:], 2); both16(m.find(atDeep, "LAST.TXT;1")[28:], 2) }, `\SUB\DEEP\LAST.TXT`, fs.ErrUnsupported},
		"last extent is missing":    {Primary, func(m *image) { m.find(atDeep, "LAST.TXT;1")[25] = flagMore }, `\SUB\DEEP\x`, fs.ErrDamaged},
		"extent of another file":    {Primary, func(m *image) { m.find(atRoot, "FILE.TXT;1")[25] = flagMore }, `\x`, fs.ErrDamaged},
		"system use entry too long": {RockRidge, func(m *image) { m.find(atSub, "LINK;1")[40+2] = 99 }, `\SUB\DEEP`, fs.ErrDamaged},
		"continuation of itself": {RockRidge, func(m *image) {
			copy(m.sector(atMore)[8:], susp("CE", pair32(atMore)+pair32(8)+pair32(28)))
			m.continuation()[16] = 28
		}, `\x`, fs.ErrDamaged},
		"continuation of 4 GiB":      {RockRidge, func(m *image) { binary.LittleEndian.PutUint32(m.continuation()[16:], 1<<32-1) }, `\x`, fs.ErrDamaged},
		"child in no directory":      {RockRidge, func(m *image) { m.sector(atMoved)[25] = 0 }, `\sub\far away`, fs.ErrDamaged},
		"child is its own directory": {RockRidge, func(m *image) { copy(m.find(atSub, "FAR;1")[38+13+4:], pair32(atSub)) }, `\sub\far away`, fs.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			m := newImage(tt.names)
			tt.plant(m)
			v, err := Open(blocktest.NewMem(m.b, sectorSize))
			if tt.path != "" {
				if err != nil {
					t.Fatal(err)
				}
				_, err = content(v, tt.path)
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("%v; want %v", err, tt.want)
			}
		})
	}
	var size *BlockSizeError
	m := newImage(Primary)
	both16(m.sector(atPrimary)[128:], 512)
	if _, err := Open(blocktest.NewMem(m.b, sectorSize)); !errors.As(err, &size) || size.Size != 512 {
		t.Errorf("%v", err)
	}
}

// crossing fills a directory so far that a record reaches into the next sector.
func crossing(m *image) {
	all := [][]byte{}
	for range 9 {
		r := rec("FILL", 0, 0, 0, "")
		all = append(all, append(r, make([]byte, 216-len(r))...))
		all[len(all)-1][0] = 216
	}
	m.dir(atDeep, atSub, "", all...)
	copy(m.sector(atDeep)[2*recordLeast+9*216:], rec("LONG ENOUGH TO CROSS THE SECTOR", 0, 0, 0, "")[:36])
}

// continuation is the data of the entry CE of the first file.
func (m *image) continuation() []byte {
	r := m.find(atRoot, "FILE.TXT;1")
	return r[44+10+4:]
}

// TestStrangeNames: names that would lead elsewhere are shown as something else
// and can be found as what they are shown.
func TestStrangeNames(t *testing.T) {
	for stored, want := range map[string]string{
		"a/b": "a_b", `a\b`: "a_b", "..": "__", ".": "_", "\x00\x00": "__", "\xff\xfe": "ÿþ", ";1": ";1", "A.B.;12": "A.B", "A;B": "A;B", "...;1": "...",
	} {
		m := newImage(Primary)
		m.dir(atDeep, atSub, "", rec(stored, atData, 7, 0, ""))
		v := m.open(t)
		if got := names(t, v, `\sub\deep`); got != want {
			t.Errorf("%q is shown as %q; want %q", stored, got, want)
		}
		if got, err := content(v, `\sub\deep\`+want); len(got) != 7 || err != nil {
			t.Errorf("%q: %d bytes, %v", want, len(got), err)
		}
	}
}

func TestTimes(t *testing.T) {
	for b, want := range map[string]string{
		"\x67\x07\x04\x0c\x1e\x0f\x08": "2003-07-04 10:30:15", "\x67\x07\x04\x0c\x1e\x0f\xd0": "2003-07-05 00:30:15",
		"\x67\x00\x04\x0c\x1e\x0f\x08": "0001-01-01 00:00:00", "\x67\x07\x04\x0c\x1e\x3c\x08": "0001-01-01 00:00:00",
		"\x67\x07\x04\x0c\x1e\x0f\x7f": "2003-07-04 12:30:15", "\x00\x00\x00\x00\x00\x00\x00": "0001-01-01 00:00:00",
	} {
		if got := parseTime([]byte(b)).Format("2006-01-02 15:04:05"); got != want {
			t.Errorf("% x: %s; want %s", b, got, want)
		}
	}
}

func exercise(v *Volume, dir string, depth int) {
	list, err := v.ReadDir(dir)
	if err != nil || depth == 4 {
		return
	}
	for _, i := range list[:min(len(list), 8)] {
		path := fs.JoinPath(dir, i.Name)
		if i.IsDir() {
			exercise(v, path, depth+1)
		}
		if f, err := v.Open(path); err == nil {
			_, _ = f.ReadAt(make([]byte, 5000), 0)
			_, _ = f.Extents()
		}
	}
}

// FuzzVolume changes bytes from the first descriptor on: position (u16) and
// value.
func FuzzVolume(f *testing.F) {
	for i := range byte(3) {
		f.Add(i, []byte{})
		f.Add(i, []byte{0x20, 0, 60})
	}
	f.Fuzz(func(t *testing.T, kind byte, patch []byte) {
		if len(patch) > 300 {
			return
		}
		m := newImage([]Names{Primary, Joliet, RockRidge}[kind%3])
		for ; len(patch) >= 3; patch = patch[3:] {
			at := int(patch[0])<<8 | int(patch[1])
			m.b[atPrimary*sectorSize+at%((atData-atPrimary)*sectorSize)] = patch[2]
		}
		v, err := Open(blocktest.NewMem(m.b, sectorSize))
		if err != nil {
			return
		}
		exercise(v, `\`, 0)
	})
}

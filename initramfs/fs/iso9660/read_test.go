package iso9660

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/blocktest"
	"github.com/bootmend/bootmend/initramfs/fs"
)

func names(t *testing.T, v *Volume, path string) string {
	t.Helper()
	list, err := v.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, i := range list {
		all = append(all, i.Name)
	}
	return strings.Join(all, "|")
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		names     Names
		label     string
		root, sub string
		path      string
	}{
		{Primary, "TEST", "FILE.TXT|HIDDEN|OLD.TXT|SUB|BIG.DAT|NULL", "DEEP", `\sub`},
		{Joliet, "Tést", "Grüße \U0001f600.txt|a folder", "", `\A Folder`},
		{RockRidge, "TEST", "Long name.tx|HIDDEN|OLD.TXT|SUB|BIG.DAT|NULL", "a link|PACKED|far away|DEEP", `/Sub`},
	} {
		v := newImage(tt.names).open(t)
		if v.Names() != tt.names || v.Label() != tt.label || v.Kind() != fs.ISO9660 {
			t.Errorf("%s: %q %q", tt.names, v.Names(), v.Label())
		}
		if got := names(t, v, `\`); got != tt.root {
			t.Errorf("%s: root %q; want %q", tt.names, got, tt.root)
		}
		if got := names(t, v, tt.path); got != tt.sub {
			t.Errorf("%s: %s %q; want %q", tt.names, tt.path, got, tt.sub)
		}
	}
}

func TestInfo(t *testing.T) {
	v := newImage(Primary).open(t)
	when := time.Date(2003, 7, 4, 10, 30, 15, 0, time.UTC)
	for path, want := range map[string]fs.Info{
		`\`:                 {Name: `\`, Attributes: fs.AttrDirectory, Modified: when},
		`\file.txt`:         {Name: "FILE.TXT", Size: 3000, Attributes: fs.AttrReadOnly, Modified: when},
		`\FILE.TXT;1`:       {Name: "FILE.TXT", Size: 3000, Attributes: fs.AttrReadOnly, Modified: when},
		`\hidden`:           {Name: "HIDDEN", Size: 1, Attributes: fs.AttrReadOnly | fs.AttrHidden, Modified: when},
		`\SUB\DEEP`:         {Name: "DEEP", Attributes: fs.AttrDirectory, Modified: when},
		`sub/deep/last.txt`: {Name: "LAST.TXT", Size: 2048, Attributes: fs.AttrReadOnly, Modified: when},
		`\big.dat`:          {Name: "BIG.DAT", Size: 2148, Attributes: fs.AttrReadOnly, Modified: when},
	} {
		if got, err := v.Stat(path); got != want || err != nil {
			t.Errorf("%s: %+v, %v; want %+v", path, got, err, want)
		}
	}
	link, err := newImage(RockRidge).open(t).Stat(`\sub\a link`)
	if err != nil || link.Attributes != fs.AttrReadOnly|fs.AttrReparse {
		t.Errorf("symbolic link: %+v, %v", link, err)
	}
}

func TestContent(t *testing.T) {
	m := newImage(RockRidge)
	data := m.b[atData*sectorSize:]
	v := m.open(t)
	for path, want := range map[string][]byte{
		`\Long name.tx`:        data[:3000],
		`\OLD.TXT`:             data[sectorSize : sectorSize+10],
		`\BIG.DAT`:             slices.Concat(data[2*sectorSize:3*sectorSize], data[5*sectorSize:5*sectorSize+100]),
		`\NULL`:                {},
		`\sub\far away\IN.TXT`: data[:4],
	} {
		if got, err := content(v, path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v; want %d", path, len(got), err, len(want))
		}
	}
	f, err := v.Open(`\BIG.DAT`)
	if err != nil {
		t.Fatal(err)
	}
	extents, err := f.Extents()
	want := []fs.Extent{{FileOff: 0, Vol: block.Range{Off: (atData + 2) * sectorSize, Len: sectorSize}},
		{FileOff: sectorSize, Vol: block.Range{Off: (atData + 5) * sectorSize, Len: 100}}}
	if err != nil || !slices.Equal(extents, want) {
		t.Errorf("extents %v, %v", extents, err)
	}
	p := make([]byte, 10)
	if n, err := f.ReadAt(p, 2143); n != 5 || err != io.EOF || !bytes.Equal(p[:5], data[5*sectorSize+95:5*sectorSize+100]) {
		t.Errorf("read at the end: %d, %v", n, err)
	}
	if n, err := f.ReadAt(p, sectorSize-4); n != 10 || err != nil || !bytes.Equal(p[4:], data[5*sectorSize:5*sectorSize+6]) {
		t.Errorf("read across extents: %d, %v", n, err)
	}
	if n, err := f.ReadAt(p, 2148); n != 0 || err != io.EOF {
		t.Errorf("read behind the end: %d, %v", n, err)
	}
	if n, err := f.ReadAt(p, -1); n != 0 || err == nil {
		t.Errorf("read before the start: %d, %v", n, err)
	}
}

func TestErrors(t *testing.T) {
	v := newImage(RockRidge).open(t)
	for path, want := range map[string]error{
		`\none`: fs.ErrNotExist, `\sub\none`: fs.ErrNotExist, `\OLD.TXT;2`: fs.ErrNotExist,
		`\HIDDEN\x`: fs.ErrNotDir, `\sub`: fs.ErrIsDir, `\`: fs.ErrIsDir,
		`\sub\a link`: fs.ErrUnsupported, `\sub\packed`: fs.ErrUnsupported, `\sub\..\file.txt`: fs.ErrNotExist,
	} {
		if f, err := v.Open(path); f != nil || !errors.Is(err, want) {
			t.Errorf("%s: %v; want %v", path, err, want)
		}
	}
	if _, err := v.ReadDir(`\hidden`); !errors.Is(err, fs.ErrNotDir) {
		t.Error(err)
	}
	m := newImage(Primary)
	bad := blocktest.NewBad(blocktest.NewMem(m.b, sectorSize))
	v, err := Open(bad)
	if err != nil {
		t.Fatal(err)
	}
	bad.Unreadable = []block.Range{{Off: (atRoot + 1) * sectorSize, Len: sectorSize}, {Off: atData * sectorSize, Len: sectorSize}}
	if _, err := v.ReadDir(`\`); !errors.Is(err, blocktest.ErrIO) {
		t.Errorf("bad sector in a directory: %v", err)
	}
	if _, err := content(v, `\sub\deep\last.txt`); err != nil {
		t.Errorf("what lies before a bad sector of a directory: %v", err)
	}
}

// TestDetect: what sits behind the first 32 KiB.
func TestDetect(t *testing.T) {
	set := func(ids ...string) []byte {
		b := make([]byte, 40*sectorSize)
		for i, id := range ids {
			copy(b[(16+i)*sectorSize+1:], id)
		}
		return b
	}
	for name, tt := range map[string]struct {
		b    []byte
		want fs.Kind
	}{
		"nothing": {set(), fs.Unknown}, "short": {set()[:17*sectorSize-1], fs.Unknown}, "empty": {nil, fs.Unknown},
		"ISO": {set("CD001"), fs.ISO9660}, "bridge": {set("CD001", "CD001", "BEA01", "NSR02", "TEA01"), fs.ISO9660},
		"UDF": {set("BEA01", "NSR03", "TEA01"), fs.UDF}, "no NSR": {set("BEA01", "TEA01"), fs.Unknown},
	} {
		dev := blocktest.NewMem(tt.b, 512)
		if got, err := Detect(dev); got != tt.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, tt.want)
		}
		_, err := Open(dev)
		var udf *UDFError
		if tt.want == fs.UDF != errors.As(err, &udf) || err == nil || tt.want != fs.UDF && !errors.Is(err, fs.ErrDamaged) || tt.want == fs.UDF && !errors.Is(err, fs.ErrUnsupported) {
			t.Errorf("%s: Open: %v", name, err)
		}
	}
	bad := blocktest.NewBad(blocktest.NewMem(set("CD001"), 512))
	bad.Unreadable = []block.Range{{Off: 16 * sectorSize, Len: 512}}
	if _, err := Detect(bad); !errors.Is(err, blocktest.ErrIO) {
		t.Error(err)
	}
	m := newImage(Primary)
	copy(m.sector(atEnd)[1:], "NSR02")
	if _, err := m.open(t).Stat(`\none`); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "UDF") {
		t.Errorf("bridge disc: %v", err)
	}
}

package part

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/google/go-cmp/cmp"
)

type mem struct {
	data   []byte
	sector int
}

func (m mem) Size() int64                             { return int64(len(m.data)) }
func (m mem) SectorSize() int                         { return m.sector }
func (m mem) Flush() error                            { return nil }
func (m mem) WriteAt([]byte, int64) (int, error)      { return 0, block.ErrReadOnly }
func (m mem) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(m.data).ReadAt(p, off) }
func (m mem) entry(lba, slot int, flag, typ byte, start, size uint32) {
	e := m.data[lba*m.sector+offEntries+16*slot:]
	e[0], e[4] = flag, typ
	binary.LittleEndian.PutUint32(e[8:], start)
	binary.LittleEndian.PutUint32(e[12:], size)
	m.data[lba*m.sector+0x1FE], m.data[lba*m.sector+0x1FF] = 0x55, 0xAA
}

func newMem(sectors int) mem { return mem{make([]byte, sectors*512), 512} }

type row struct {
	Number, NT      int
	Type            byte
	Start, Size     int64 // sectors
	Active, InChain bool
}

func rows(t *Table) (all []row) {
	for _, p := range t.Partitions {
		all = append(all, row{p.Number, p.NTNumber, p.Type, p.Range.Off / 512, p.Range.Len / 512, p.Active, p.Logical})
	}
	return all
}

// TestNumbering: Windows counts primaries in slot order (not disk order) and
// then logical drives in chain order, containers not at all; 85 is plain.
func TestNumbering(t *testing.T) {
	m := newMem(4096)
	binary.LittleEndian.PutUint32(m.data[0x1B8:], 0xCAFE1234)
	m.entry(0, 0, 0, 0x07, 3000, 100)
	m.entry(0, 1, 0, 0x0F, 1000, 1000)
	m.entry(0, 2, 0x80, 0x27, 64, 100)
	m.entry(0, 3, 0, 0x85, 2100, 10)
	m.entry(1000, 0, 0, 0x07, 63, 100)
	m.entry(1000, 1, 0, 0x05, 200, 300)
	m.entry(1200, 0, 0, 0x0B, 63, 50)
	got, err := Read(m)
	if err != nil {
		t.Fatal(err)
	}
	want := []row{
		{1, 1, 0x07, 3000, 100, false, false},
		{3, 2, 0x27, 64, 100, true, false},
		{4, 3, 0x85, 2100, 10, false, false},
		{5, 4, 0x07, 1063, 100, false, true},
		{6, 5, 0x0B, 1263, 50, false, true},
	}
	if diff := cmp.Diff(want, rows(got)); diff != "" {
		t.Error(diff)
	}
	if got.Signature != 0xCAFE1234 || len(got.Damage) != 0 {
		t.Errorf("signature %#x, damage %v", got.Signature, got.Damage)
	}
}

func TestDamageIsListed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		damage func(mem)
		want   string
	}{
		{"no signature", func(m mem) { m.data[0x1FE] = 0 }, "boot signature of the MBR"},
		{"past the end", func(m mem) { m.entry(0, 0, 0, 7, 64, 1<<20) }, "end of partition 1"},
		{"odd boot flag", func(m mem) { m.entry(0, 0, 0x13, 7, 64, 100) }, "MBR partition table"},
		{"chain loops", func(m mem) { m.entry(0, 1, 0, 5, 1000, 1000); m.entry(1000, 1, 0, 5, 0, 100) }, "a loop"},
		{"chain leaves the disk", func(m mem) { m.entry(0, 1, 0, 5, 1000, 1000); m.entry(1000, 1, 0, 5, 1<<24, 100) }, "readable sector"},
		{"chain record blank", func(m mem) { m.entry(0, 1, 0, 5, 1000, 1000) }, "signature of an extended boot record"},
		{"logical outside", func(m mem) { m.entry(0, 1, 0, 5, 1000, 1000); m.entry(1000, 0, 0, 7, 63, 2000) }, "logical drive 5"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMem(4096)
			m.entry(0, 0, 0, 7, 64, 100)
			tt.damage(m)
			got, err := Read(m)
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, d := range got.Damage {
				all = append(all, d.String())
			}
			if !strings.Contains(strings.Join(all, "\n"), tt.want) {
				t.Errorf("damage %q, want %q", all, tt.want)
			}
		})
	}
}

func TestVolumeWithoutTable(t *testing.T) {
	m := newMem(100)
	copy(m.data, "\xEB\x52\x90NTFS    ")
	m.data[0x1FE], m.data[0x1FF] = 0x55, 0xAA
	got, err := Read(m)
	if err != nil || got.Scheme != None || len(got.Partitions) != 1 || got.Partitions[0].Range.Len != m.Size() {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestShortDisk(t *testing.T) {
	if _, err := Read(mem{make([]byte, 100), 512}); err == nil {
		t.Error("a disk of 100 bytes was read")
	}
}

func TestGPTCountsAreChecked(t *testing.T) {
	m := newMem(4096)
	m.entry(0, 0, 0, TypeProtective, 1, 4095)
	copy(m.data[512:], gptHeaderMagic)
	binary.LittleEndian.PutUint32(m.data[512+offEntryCount:], 1<<31)
	binary.LittleEndian.PutUint32(m.data[512+offEntrySize:], 128)
	got, err := Read(m)
	if err != nil || got.Scheme != GPT || len(got.Damage) == 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

func FuzzRead(f *testing.F) {
	m := newMem(40)
	m.entry(0, 0, 0x80, 7, 4, 10)
	m.entry(0, 1, 0, 5, 20, 20)
	m.entry(20, 0, 0, 7, 1, 10)
	f.Add(m.data)
	g := newMem(40)
	g.entry(0, 0, 0, TypeProtective, 1, 39)
	copy(g.data[512:], "EFI PART\x00\x00\x01\x00\x5c\x00\x00\x00")
	f.Add(g.data)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, sector := range []int{512, 4096} {
			table, err := Read(mem{data, sector})
			if err != nil {
				continue
			}
			if len(table.Partitions) > maxEntries+maxLogical {
				t.Fatalf("%d partitions", len(table.Partitions))
			}
			for _, p := range table.Partitions {
				if p.Range.Off < 0 || p.Range.Len < 0 || p.Range.End() < 0 {
					t.Fatalf("partition %+v", p)
				}
			}
		}
	})
}

package fat

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/fs"
)

// TestUnknownBytesAreKept: a change of one file leaves everything else as it
// is, byte by byte, also what has no meaning here.
func TestUnknownBytesAreKept(t *testing.T) {
	v := newImage(t, fs.FAT32)
	v.fill()
	for n := uint32(2); n < 190; n++ { // reserved bits of all entries
		for i := range 2 {
			v.set(i, n, le.Uint32(v.table(i)[4*n:])|0xa0000000)
		}
	}
	root := v.root()
	copy(root[4*32:], bytes.Repeat([]byte{0x77}, 12*32))
	root[4*32] = slotDeleted // one that was deleted, then the end, then garbage
	root[5*32] = slotEnd
	file := root[32:64]
	file[0x0b] |= 0xc0           // reserved attributes
	file[0x0c] = 0xe7            // reserved bits beside those of case
	copy(file[0x0d:], "CREATED") // time of creation, last access, EA index
	before := bytes.Clone(v.b)
	o, err := Open(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := put8(o, "file.txt", 400); err != nil {
		t.Fatal(err)
	}
	after := root[32:64]
	was := before[v.data*512+32:][:32]
	if !bytes.Equal(after[:0x12], was[:0x12]) {
		t.Errorf("entry\n% x, was\n% x", after, was)
	}
	if n := le.Uint16(after[0x1a:]); n == 3 || le.Uint32(after[0x1c:]) != 400 {
		t.Errorf("cluster %d, size %d", n, le.Uint32(after[0x1c:]))
	}
	if !bytes.Equal(root[64:], before[v.data*512+64:][:512-64]) {
		t.Error("other entries changed")
	}
	fat := v.table(0)
	for n := uint32(2); n < 190; n++ {
		if le.Uint32(fat[4*n:])>>28 != 0xa {
			t.Fatalf("reserved bits of entry %d: %#x", n, le.Uint32(fat[4*n:]))
		}
	}
	if !bytes.Equal(fat, v.table(1)) {
		t.Error("FATs differ")
	}
	if !bytes.Equal(v.b[:8*512], before[:8*512]) {
		t.Error("reserved sectors changed")
	}
	// A new entry takes the deleted slot; one more must not make the garbage
	// behind the end visible.
	for _, name := range []string{"A", "B"} {
		if err := put8(o, name, 0); err != nil {
			t.Fatal(err)
		}
	}
	list, err := o.ReadDir(`\`)
	if len(list) != 5 || err != nil || root[6*32] != slotEnd || !bytes.Equal(root[6*32+1:7*32], bytes.Repeat([]byte{0x77}, 31)) {
		t.Errorf("%v, %v", list, err)
	}
}

func TestFSInfo(t *testing.T) {
	v := newImage(t, fs.FAT32)
	v.fill()
	le.PutUint16(v.b[0x30:], 1)
	info := v.b[512:1024]
	le.PutUint32(info[fsInfoLead:], 0x41615252)
	le.PutUint32(info[fsInfoSig:], 0x61417272)
	le.PutUint32(info[fsInfoTail:], 0xaa550000)
	le.PutUint32(info[fsInfoFree:], 7) // wrong
	le.PutUint32(info[fsInfoNext:], 100)
	o, err := Open(v)
	if err != nil {
		t.Fatal(err)
	}
	clusters := sectors - v.data
	if free, err := o.Free(); free != int64(clusters-5)*512 || err != nil {
		t.Errorf("%d bytes free, %v", free, err)
	}
	if err := put8(o, "x", 1000); err != nil {
		t.Fatal(err)
	}
	if free, next := le.Uint32(info[fsInfoFree:]), le.Uint32(info[fsInfoNext:]); free != uint32(clusters-7) || next != 101 {
		t.Errorf("free %d, next %d", free, next)
	}
	if i, err := o.Open("x"); err != nil || i.(*File).extents[0].Vol.Off != int64(v.data+98)*512 {
		t.Errorf("%v", err)
	}
	info[0] = 0 // no longer valid: left alone
	before := bytes.Clone(info)
	if err := o.Remove("x"); err != nil || !bytes.Equal(info, before) {
		t.Errorf("%v, or FSInfo changed", err)
	}
}

// TestActiveFAT: where mirroring is off, the others are left alone.
func TestActiveFAT(t *testing.T) {
	for name, operation := range operations {
		v := newImage(t, fs.FAT32)
		v.fill()
		le.PutUint16(v.b[0x28:], 0x81)
		clear(v.table(0))
		o, err := Open(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := operation(o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(v.table(0), make([]byte, 1024)) {
			t.Errorf("%s: FAT 0 was written", name)
		}
	}
}

func TestRootFull(t *testing.T) {
	v, o := writable(t, fs.FAT12) // 32 entries, 4 in use
	for i := range 28 {
		if err := put8(o, fmt.Sprintf("F%d", i), 0); err != nil {
			t.Fatal(i, err)
		}
	}
	before := bytes.Clone(v.b)
	if err := put8(o, "ONE", 1); !errors.Is(err, fs.ErrNoSpace) || !bytes.Equal(v.b, before) {
		t.Errorf("%v, or something was written", err)
	}
	if err := o.Rename("F7", "F8X"); err != nil {
		t.Errorf("rename in a full directory: %v", err)
	}
	if err := o.Rename("F9", "Long name"); !errors.Is(err, fs.ErrNoSpace) {
		t.Errorf("longer name in a full directory: %v", err)
	}
	if _, err := o.Stat("F9"); err != nil {
		t.Error(err)
	}
}

// TestLargestDirectory fills the slots of a directory up to 65,536.
func TestLargestDirectory(t *testing.T) {
	d := &directory{path: `\x`, first: 2, b: make([]byte, maxDirectory)}
	for i := range d.slots() - 3 {
		copy(d.slot(i), "FILE       ")
	}
	o := &op{}
	if at, err := o.makeRoom(d, 3); at != 65533 || err != nil {
		t.Errorf("%d, %v", at, err)
	}
	if _, err := o.makeRoom(d, 4); !errors.Is(err, fs.ErrNoSpace) {
		t.Errorf("%v", err)
	}
}

// TestStaleFile: an open file that was replaced is not read or written at its
// old place; other changes do not disturb it.
func TestStaleFile(t *testing.T) {
	v, o := writable(t, fs.FAT32)
	f, err := o.Open("file.txt")
	if err != nil {
		t.Fatal(err)
	}
	w := f.(fs.Overwriter)
	if err := put8(o, "other", 100); err != nil {
		t.Fatal(err)
	}
	if n, err := w.WriteAt([]byte("four"), 510); n != 4 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if got := string(v.cluster(3)[508:]) + string(v.cluster(7)[:4]); got != "33four"[:4]+"ur77" {
		t.Errorf("%q", got)
	}
	for _, off := range []int64{-1, 997, 1 << 40} {
		if _, err := w.WriteAt([]byte("four"), off); !errors.Is(err, fs.ErrUnsupported) {
			t.Errorf("at %d: %v", off, err)
		}
	}
	if err := put8(o, "file.txt", 1000); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteAt([]byte("x"), 0); !errors.Is(err, fs.ErrUnsupported) {
		t.Errorf("after replacement: %v", err)
	}
	if _, err := f.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrUnsupported) {
		t.Errorf("after replacement: %v", err)
	}
	if !strings.HasPrefix(string(v.cluster(3)), "333") {
		t.Error("the old cluster was written")
	}
}

// lazy opens a file of the volume when it is first read.
type lazy struct {
	o *Volume
	f fs.File
	r *io.SectionReader
}

func (l *lazy) Read(p []byte) (int, error) {
	if l.f == nil {
		var err error
		if l.f, err = l.o.Open("file.txt"); err != nil {
			return 0, err
		}
		l.r = io.NewSectionReader(l.f, 0, 1000)
	}
	return l.r.Read(p)
}

// TestCopyOnVolume writes a file from one of the same volume.
func TestCopyOnVolume(t *testing.T) {
	v, o := writable(t, fs.FAT32)
	f, err := o.Open("file.txt")
	if err != nil {
		t.Fatal(err)
	}
	if err := put8(o, "x", 10); err != nil { // f has to look again
		t.Fatal(err)
	}
	if err := errors.Join(o.WriteFile("copy 1", io.NewSectionReader(f, 0, 1000), 1000), o.WriteFile("copy 2", &lazy{o: o}, 1000),
		o.WriteFile("file.txt", &lazy{o: o}, 1000)); err != nil {
		t.Fatal(err)
	}
	want := append(bytes.Clone(v.cluster(3)), v.cluster(7)[:488]...)
	for _, name := range []string{"copy 1", "copy 2", "file.txt"} {
		f, err := o.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(io.NewSectionReader(f, 0, 1000)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestAllowDirty: changes leave the flags as they are.
func TestAllowDirty(t *testing.T) {
	v := newImage(t, fs.FAT32)
	v.fill()
	v.b[0x41] = 3
	v.link(1, 0x03ffffff)
	o, err := Open(v)
	if err != nil {
		t.Fatal(err)
	}
	if s := o.State(); !s.Dirty || !s.HadError {
		t.Errorf("%+v", s)
	}
	f, err := o.Open("file.txt")
	if err != nil {
		t.Fatal(err)
	}
	if n, err := f.(fs.Overwriter).WriteAt([]byte("x"), 0); n != 0 || !errors.Is(err, ErrDirty) {
		t.Errorf("%d, %v", n, err)
	}
	o.AllowDirty(true)
	if n, err := f.(fs.Overwriter).WriteAt([]byte("x"), 0); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if err := put8(o, "x", 10); err != nil {
		t.Fatal(err)
	}
	if v.b[0x41] != 3 || le.Uint32(v.table(0)[4:]) != 0x03ffffff {
		t.Error("flags changed")
	}
}

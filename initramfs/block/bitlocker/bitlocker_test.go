//go:build !nt5

package bitlocker

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"math/rand"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
)

// mem is a disk in memory.
type mem []byte

func (m mem) ReadAt(p []byte, off int64) (int, error) {
	if off >= int64(len(m)) {
		return 0, io.EOF
	}
	n := copy(p, m[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (m mem) WriteAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > int64(len(m)) {
		return 0, block.ErrBounds
	}
	return copy(m[off:], p), nil
}
func (m mem) Size() int64     { return int64(len(m)) }
func (m mem) SectorSize() int { return 512 }
func (m mem) Flush() error    { return nil }

func TestParseKey(t *testing.T) {
	const good = "235818-357951-253979-013365-241120-245575-342914-591910"
	for _, text := range []string{good, strings.ReplaceAll(good, "-", ""), "64311DEA:" + good, " " + strings.ReplaceAll(good, "-", " ") + "\n",
		"{64311dea-4587-4029-924a-ba299647998e}:" + good} {
		k, err := ParseKey(text)
		if err != nil || len(k.digits) != 16 || int(binary.LittleEndian.Uint16(k.digits))*11 != 235818 {
			t.Errorf("%q: %x, %v", text, k.digits, err)
		}
	}
	for _, text := range []string{"", "123", good + "0", strings.Replace(good, "235818", "235819", 1), strings.Replace(good, "235818", "999999", 1),
		strings.Replace(good, "235818", "23581a", 1)} {
		if _, err := ParseKey(text); !errors.Is(err, ErrNotKey) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ParseKey(strings.Replace(good, "013365", "013366", 1)); err == nil || !strings.Contains(err.Error(), "group 4") {
		t.Errorf("a wrong digit: %v; want the group named", err)
	}
}

// TestXTS: IEEE 1619-2007, vectors 1 and 4 (its first block), data units of 32 and 512 bytes.
func TestXTS(t *testing.T) {
	c, err := newCipher(XTS128, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 32)
	c.encrypt(b, 0)
	if got := hex.EncodeToString(b); got != "917cf69ebd68b2ec9b9fe9a3eadda692cd43d2f59598ed858c02c2652fbf922e" {
		t.Error(got)
	}
	c.decrypt(b, 0)
	if !bytes.Equal(b, make([]byte, 32)) {
		t.Errorf("%x", b)
	}
	key, _ := hex.DecodeString("27182818284590452353602874713526" + "31415926535897932384626433832795")
	if c, err = newCipher(XTS128, key); err != nil {
		t.Fatal(err)
	}
	b = make([]byte, 512)
	for i := range b {
		b[i] = byte(i)
	}
	c.encrypt(b, 0)
	if got := hex.EncodeToString(b[:16]); got != "27a7479befa1d476489f308cd4cfa6e2" {
		t.Error(got)
	}
}

// TestCiphers: what is encrypted is decrypted, differs from place to place, and keys of
// wrong length are refused.
func TestCiphers(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	for m, n := range map[Method]int{CBC128: 16, CBC256: 32, XTS128: 32, XTS256: 64, CBC128Diffuser: 64, CBC256Diffuser: 64} {
		key := make([]byte, n)
		rnd.Read(key)
		c, err := newCipher(m, key)
		if err != nil {
			t.Fatal(m, err)
		}
		for _, size := range []int{512, 4096} {
			plain := make([]byte, size)
			rnd.Read(plain)
			a, b := bytes.Clone(plain), bytes.Clone(plain)
			c.encrypt(a, int64(size)*7)
			c.encrypt(b, int64(size)*8)
			if bytes.Equal(a, b) || bytes.Equal(a, plain) {
				t.Errorf("%s: two places are encrypted alike", m)
			}
			if c.decrypt(a, int64(size)*7); !bytes.Equal(a, plain) {
				t.Errorf("%s: not decrypted", m)
			}
		}
		if _, err := newCipher(m, key[1:]); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s with a short key: %v", m, err)
		}
	}
	if _, err := newCipher(0x8006, make([]byte, 32)); !errors.Is(err, ErrUnsupported) {
		t.Errorf("an unknown method: %v", err)
	}
}

// unlocked is a volume of 1 MiB whose metadata is not on it.
func unlocked(t *testing.T) (*Device, mem) {
	t.Helper()
	c, err := newCipher(XTS128, []byte("0123456789abcdef0123456789ABCDEF"))
	if err != nil {
		t.Fatal(err)
	}
	disk := make(mem, 1<<20)
	v := &Volume{dev: disk, sector: 512, size: 1<<20 - 512, header: block.Range{Off: 0x90000, Len: 8192},
		hidden: [3]block.Range{{Off: 0x20000, Len: regionSize}, {Off: 0x40000, Len: regionSize}, {Off: 0x60000, Len: regionSize}}}
	return v.Device(disk, &Secret{cipher: c}), disk
}

// TestDevice: a model in memory against reads and writes of any place and length.
func TestDevice(t *testing.T) {
	d, disk := unlocked(t)
	model := make([]byte, d.Size())
	if _, err := d.ReadAt(model, 0); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewSource(2))
	refused := 0
	for range 4000 {
		p := make([]byte, 1+rnd.Intn(3000))
		rnd.Read(p)
		off := rnd.Int63n(d.Size() - int64(len(p)) + 1)
		before := bytes.Clone(disk)
		if n, err := d.WriteAt(p, off); errors.Is(err, ErrReserved) {
			refused++
			if n != 0 || !bytes.Equal(before, disk) {
				t.Fatal("a refused write changed something")
			}
		} else if err != nil {
			t.Fatal(err)
		} else {
			copy(model[off:], p)
		}
		off = rnd.Int63n(d.Size() - int64(len(p)) + 1)
		if n, err := d.ReadAt(p, off); err != nil || n != len(p) || !bytes.Equal(p, model[off:off+int64(n)]) {
			t.Fatalf("read at %#x: %v", off, err)
		}
	}
	if refused == 0 {
		t.Error("no write met a place of BitLocker's own")
	}
	if n, err := d.ReadAt(make([]byte, 10), d.Size()-4); n != 4 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if _, err := d.WriteAt(make([]byte, 10), d.Size()-4); !errors.Is(err, block.ErrBounds) {
		t.Errorf("over the end: %v", err)
	}
	for _, r := range d.volume.hidden {
		if !bytes.Equal(disk[r.Off:r.End()], make([]byte, r.Len)) {
			t.Error("the metadata was written to")
		}
	}
	if !bytes.Equal(disk[:8192], make([]byte, 8192)) {
		t.Error("BitLocker's own boot sector was written to")
	}
}

// TestDisk: around an unlocked volume the disk is as it is.
func TestDisk(t *testing.T) {
	d, inner := unlocked(t)
	disk := make(mem, 3<<20)
	rand.New(rand.NewSource(3)).Read(disk)
	copy(disk[1<<20:], inner)
	whole, err := NewDisk(disk, []Unlocked{{Range: block.Range{Off: 1 << 20, Len: 1 << 20}, Volume: d.volume, Secret: d.secret}})
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Clone(disk)
	if _, err := d.ReadAt(want[1<<20:][:d.Size()], 0); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if _, err := whole.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("the disk reads otherwise: %v", err)
	}
	p := bytes.Repeat([]byte("text"), 1024)
	for _, off := range []int64{1<<20 - 100, 2<<20 - 2000, 5} {
		if _, err := whole.WriteAt(p, off); err != nil {
			t.Fatal(err)
		}
		copy(want[off:], p)
	}
	if _, err := whole.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) {
		t.Errorf("after writing the disk reads otherwise: %v", err)
	}
	if bytes.Count(disk, []byte("texttexttext")) > 700 {
		t.Error("clear text reached the volume")
	}
	if _, err := whole.ReadAt(make([]byte, 10), int64(len(disk))-4); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// FuzzOpen: metadata that is anything, under a sum that is right.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("entries"), uint32(100), uint16(XTS128))
	f.Add(append([]byte{60, 0, 2, 0, 8, 0, 1, 0}, make([]byte, 52)...), uint32(120), uint16(CBC128))
	f.Fuzz(func(t *testing.T, list []byte, size uint32, method uint16) {
		if len(list) > 30000 {
			return
		}
		disk := make(mem, 1<<20)
		copy(disk, "\xeb\x58\x90"+signature)
		le.PutUint16(disk[offSectorSize:], 512)
		copy(disk[offGUID:], guidNormal)
		for i := range int64(3) {
			le.PutUint64(disk[offGUID+16+8*i:], uint64(0x20000*(i+1)))
		}
		m := disk[0x20000:]
		copy(m, signature)
		end := (blockHead + entriesHead + len(list) + 15) / 16 * 16
		le.PutUint16(m[8:], uint16(end/16))
		le.PutUint16(m[10:], versionSeven)
		le.PutUint16(m[12:], stateEncrypted)
		le.PutUint16(m[14:], stateEncrypted)
		le.PutUint64(m[16:], 1<<20)
		le.PutUint32(m[28:], 16)
		for i := range int64(3) {
			le.PutUint64(m[32+8*i:], uint64(0x20000*(i+1)))
		}
		le.PutUint64(m[56:], 0x90000)
		le.PutUint32(m[blockHead:], size)
		le.PutUint16(m[blockHead+36:], method)
		copy(m[blockHead+entriesHead:], list)
		le.PutUint32(m[end+4:], crc32.ChecksumIEEE(m[:end]))
		v, err := Open(disk)
		if err != nil {
			return
		}
		if _, err := v.Unlock(Key{file: make([]byte, keySize)}); err == nil {
			t.Skip("a key of zeros fits")
		}
		for _, p := range v.Protectors {
			_, _ = p.Kind.String(), p.ShortID()
		}
	})
}

// FuzzKeyFile: anything as a key file.
func FuzzKeyFile(f *testing.F) {
	f.Add(make([]byte, 200))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ReadKeyFile(bytes.NewReader(b))
		if err == nil && len(k.file) != keySize {
			t.Errorf("a key of %d bytes", len(k.file))
		}
	})
}

func TestRedact(t *testing.T) {
	const key = "000011-000022-000033-000044-000055-000066-000077-000088"
	for text, want := range map[string]string{
		"":                          "",
		"mode=" + key + ", ignored": "mode=(recovery key), ignored",
		"1A2B:" + strings.ReplaceAll(key, "-", ""): "1A2B:(recovery key)",
		strings.ReplaceAll(key, "-", " "):          "(recovery key)",
		"000011-000022":                            "000011-000022",
	} {
		if got := Redact(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

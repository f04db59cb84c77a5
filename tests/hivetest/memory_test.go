package hivetest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// memoryLimit is what reading and editing may take, whatever the hive.
const memoryLimit = 64 << 20

// peak runs fn and returns the most bytes on the heap that were seen meanwhile,
// beyond those from before, and how long it took.
func peak(fn func()) (most uint64, took time.Duration) {
	defer debug.SetGCPercent(debug.SetGCPercent(5)) // of the hive, which may be in memory
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before := m.HeapAlloc
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	start := time.Now()
	fn()
	took = time.Since(start)
	close(stop)
	<-done
	return most - min(most, before), took
}

// TestEditorMemory edits a hive of the size of a large SOFTWARE: what is held
// is what changes, and never is there much more.
func TestEditorMemory(t *testing.T) {
	f := fileOf(t, bigHive(t))
	st, err := f.Stat()
	ok(t, err)
	var r regf.Result
	var held uint64
	most, took := peak(func() {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		before := m.HeapAlloc
		h, err := regf.Open(f, st.Size())
		ok(t, err)
		e, err := regf.NewEditor(h, regf.EditorOptions{Now: time.Unix(1_700_000_000, 0)})
		ok(t, err)
		for i := range 20 {
			key := fmt.Sprintf(`K %d\new`, 97*i)
			ok(t, e.CreateKey(key))
			ok(t, e.SetValue(key, "v", regf.RegSZ, regftest.SZ("", "some text").Data))
		}
		runtime.GC()
		runtime.ReadMemStats(&m)
		held = m.HeapAlloc - before
		r, err = e.Finish()
		ok(t, err)
	})
	patched := 0
	for _, p := range r.Patches {
		patched += len(p.New)
	}
	t.Logf("hive of %d MiB: %d KiB held before Finish, at most %d KiB, %d KiB written in %d patches, %v",
		st.Size()>>20, held>>10, most>>10, patched>>10, len(r.Patches), took)
	// Two page caches are 2 MiB, what is known of blocks 16 bytes for 4096.
	if held > 5<<20 || most > 20<<20 || patched > 200<<10 {
		t.Errorf("%d bytes held, at most %d, %d written for 20 keys", held, most, patched)
	}
}

// bigHive makes a hive of about 46 MiB, all in one bin.
func bigHive(t testing.TB) string {
	t.Helper()
	root := regftest.Key{Name: "root"}
	text := regftest.SZ("a value of some length", strings.Repeat("text ", 20))
	for i := range 2000 {
		k := regftest.Key{Name: fmt.Sprintf("K %d", i)}
		for j := range 60 {
			k.Keys = append(k.Keys, regftest.Key{Name: fmt.Sprintf("S %d", j), Values: []regftest.Value{text, regftest.DWORD("n", uint32(j))}})
		}
		root.Keys = append(root.Keys, k)
	}
	b := regftest.Build(root, regftest.Options{PerLeaf: 500})
	path := filepath.Join(t.TempDir(), "big")
	ok(t, os.WriteFile(path, b, 0o600))
	return path
}

// TestHostileMemory reads and edits hives of 60 MiB that were made to cost as
// much as they can: every error is typed, and the limit holds.
func TestHostileMemory(t *testing.T) {
	for name, build := range map[string]func() []byte{
		"values without end": hostileValues,
		"cells of 8 bytes":   hostileCells,
		"keys in one list":   hostileKeys,
		"data without end":   hostileData,
	} {
		t.Run(name, func(t *testing.T) {
			b := build()
			var errs []error
			most, took := peak(func() {
				h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
				ok(t, err)
				_, err = h.Check()
				errs = append(errs, err)
				e, err := regf.NewEditor(h, regf.EditorOptions{Now: time.Unix(1_700_000_000, 0)})
				ok(t, err)
				errs = append(errs, e.SetValue("", "new", regf.RegBinary, make([]byte, 5000)), e.CreateKey(`new\key`), e.SetValue("", "v", regf.RegDWORD, nil),
					e.DeleteKey(`a`, true))
				_, err = e.Finish()
				errs = append(errs, err)
			})
			for i, err := range errs {
				for _, class := range []error{nil, regf.ErrDamaged, regf.ErrNotExist, regf.ErrLimit, regf.ErrRefused} {
					if errors.Is(err, class) {
						errs[i] = nil
					}
				}
			}
			t.Logf("at most %d MiB, %v", most>>20, took.Round(time.Millisecond))
			if err := errors.Join(errs...); err != nil || most > memoryLimit {
				t.Errorf("%d bytes, %v", most, err)
			}
		})
	}
}

// hostile is a hive of 60 MiB in one bin, whose free cell starts at an offset.
type hostile struct {
	b   []byte
	end uint32
}

func newHostile() *hostile {
	b := make([]byte, 60<<20)
	copy(b, emptyOf(5)[:4096])
	binary.LittleEndian.PutUint32(b[0x28:], uint32(len(b)-4096))
	copy(b[4096:], "hbin")
	binary.LittleEndian.PutUint32(b[4096+8:], uint32(len(b)-4096))
	return &hostile{b, 32}
}

func (h *hostile) cell(content []byte) uint32 {
	off, size := h.end, uint32(len(content)+4+7)&^7
	binary.LittleEndian.PutUint32(h.b[4096+off:], -size)
	copy(h.b[4096+4+off:], content)
	h.end += size
	return off
}

// key is the node of a key with lists.
func (h *hostile) key(name string, subkeys, list, values, valueList uint32) uint32 {
	c := make([]byte, 76, 76+len(name))
	copy(c, "nk\x20\x00")
	for field, n := range map[int]uint32{20: subkeys, 28: list, 36: values, 40: valueList, 44: 0xffffffff, 48: 0xffffffff} {
		binary.LittleEndian.PutUint32(c[field:], n)
	}
	binary.LittleEndian.PutUint16(c[72:], uint16(len(name)))
	return h.cell(append(c, name...))
}

func (h *hostile) finish(root uint32) []byte {
	le := binary.LittleEndian
	if rest := uint32(len(h.b)) - 4096 - h.end; rest > 0 {
		le.PutUint32(h.b[4096+h.end:], rest)
	}
	le.PutUint32(h.b[0x24:], root)
	regftest.Seal(h.b)
	return h.b
}

func offsets(n int, off func(i int) uint32) []byte {
	b := make([]byte, 4*n)
	for i := range n {
		binary.LittleEndian.PutUint32(b[4*i:], off(i))
	}
	return b
}

// hostileValues: as many values as a key may have, all of them the same one,
// whose data has 16 MiB.
func hostileValues() []byte {
	h := newHostile()
	h.b[0x18] = 3
	vk := make([]byte, 20)
	copy(vk, "vk")
	big := h.cell(make([]byte, 16<<20))
	binary.LittleEndian.PutUint32(vk[4:], 16<<20)
	binary.LittleEndian.PutUint32(vk[8:], big)
	v := h.cell(vk)
	list := h.cell(offsets(1<<18, func(int) uint32 { return v }))
	return h.finish(h.key("root", 0, 0xffffffff, 1<<18, list))
}

// hostileCells: nothing but cells of 8 bytes, every other one free.
func hostileCells() []byte {
	h := newHostile()
	root := h.key("root", 0, 0xffffffff, 0, 0xffffffff)
	for h.end < uint32(len(h.b))-4096 {
		off := h.cell(nil)
		if off/8%2 == 0 {
			binary.LittleEndian.PutUint32(h.b[4096+off:], 8)
		}
	}
	return h.finish(root)
}

// hostileKeys: as many keys as fit, each with the same list of all of them and
// the same values.
func hostileKeys() []byte {
	h := newHostile()
	const n = 200_000
	vk := make([]byte, 20)
	copy(vk, "vk")
	binary.LittleEndian.PutUint32(vk[4:], 1<<31)
	v := h.cell(vk)
	values := h.cell(offsets(1<<17, func(int) uint32 { return v }))
	ri := h.cell(make([]byte, 4+4*200))
	var keys []uint32
	for i := range n {
		keys = append(keys, h.key(fmt.Sprintf("%06d", i), n, ri, 1<<17, values))
	}
	var leaves []uint32
	for i := range 200 {
		leaf := append([]byte("li"), byte(1000&0xff), byte(1000>>8))
		leaves = append(leaves, h.cell(append(leaf, offsets(1000, func(j int) uint32 { return keys[1000*i+j] })...)))
	}
	copy(h.b[4096+4+ri:], append([]byte{'r', 'i', 200, 0}, offsets(200, func(i int) uint32 { return leaves[i] })...))
	return h.finish(h.key("root", n, ri, 1<<17, values))
}

// hostileData: half a million values in keys of their own, all with the same
// data of 16 MiB.
func hostileData() []byte {
	h := newHostile()
	h.b[0x18] = 3
	big := h.cell(make([]byte, 16<<20))
	var leaves []uint32
	const per, n = 1000, 150
	for range n {
		leaf := []byte{'l', 'i', byte(per & 0xff), byte(per >> 8)}
		for i := range per {
			vk := make([]byte, 20)
			copy(vk, "vk")
			binary.LittleEndian.PutUint32(vk[4:], 16<<20)
			binary.LittleEndian.PutUint32(vk[8:], big)
			v := h.cell(vk)
			list := h.cell(offsets(1, func(int) uint32 { return v }))
			leaf = binary.LittleEndian.AppendUint32(leaf, h.key(fmt.Sprintf("%03d%03d", len(leaves), i), 0, 0xffffffff, 1, list))
		}
		leaves = append(leaves, h.cell(leaf))
	}
	ri := h.cell(append([]byte{'r', 'i', n, 0}, offsets(n, func(i int) uint32 { return leaves[i] })...))
	return h.finish(h.key("root", per*n, ri, 0, 0xffffffff))
}

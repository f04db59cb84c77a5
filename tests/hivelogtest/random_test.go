package hivelogtest

import (
	"bytes"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/regf/regfcheck"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
)

// TestRandomDamage overwrites parts of hives at random. What Repair calls whole
// other readers must read.
func TestRandomDamage(t *testing.T) {
	const seed = 9
	rounds := 150
	if campaign() {
		rounds = 3000 // 3 minutes
	}
	rnd := rand.New(rand.NewSource(seed))
	hives := smallHives()
	hives = append(hives, real(t, "hives/amcache-win10.hve.xz"), real(t, "hives/qthivex-rigorous.xz"), yarpSet(t)["ManySubkeysHive"])
	whole, part, refused, read := 0, 0, 0, 0
	rest := map[regfcheck.Kind]int{} // what could not be mended
	for i := range rounds {
		hive := bytes.Clone(hives[i%len(hives)])
		for range 1 + rnd.Intn(4) {
			scratch(rnd, hive)
		}
		left, out := repairs(t, hive)
		switch {
		case left < 0:
			refused++
		case left > 0:
			part++
			for kind, n := range check(t, out).Counts {
				rest[kind] += n
			}
			delete(rest, regfcheck.Orphan)
		default:
			whole++
			if whole%20 == 0 || campaign() {
				read++
				judge(t, repaired{b: out, rest: check(t, out)})
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d, round %d", seed, i)
		}
	}
	t.Logf("seed %d: %d whole again (%d read by other tools), %d in part %v, %d refused", seed, whole, read, part, rest, refused)
}

// scratch damages a hive in one place.
func scratch(rnd *rand.Rand, b []byte) {
	at := rnd.Intn(len(b))
	switch rnd.Intn(5) {
	case 0: // a bit
		b[at] ^= 1 << rnd.Intn(8)
	case 1: // a number
		at = min(at&^3, len(b)-4)
		le.PutUint32(b[at:], rnd.Uint32()>>rnd.Intn(32))
	case 2: // a sector of zeros
		at &^= 511
		clear(b[at:min(at+512, len(b))])
	case 3: // a page of something else
		at &^= 4095
		copy(b[at:min(at+4096, len(b))], b[rnd.Intn(len(b)):])
	case 4: // a few bytes
		rnd.Read(b[at:min(at+rnd.Intn(40), len(b))])
	}
}

// peak runs fn and returns how much the heap grew at most.
func peak(fn func()) uint64 {
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var highest atomic.Uint64
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			highest.Store(max(highest.Load(), m.HeapAlloc))
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	fn()
	close(stop)
	<-done
	return highest.Load() - min(before.HeapAlloc, highest.Load())
}

// large writes a hive of about 16 MB to a file; with BOOTMEND_CAMPAIGN=1 of 66
// MB: 300,000 keys, 600,000 values.
func large(t *testing.T) string {
	root := regftest.Key{Name: "root"}
	n := 150
	if campaign() {
		n = 600
	}
	for i := range n {
		k := regftest.Key{Name: fmt.Sprintf("key %04d", i)}
		for j := range 500 {
			k.Keys = append(k.Keys, regftest.Key{Name: fmt.Sprintf("below %04d", j), Values: []regftest.Value{
				regftest.DWORD("number", uint32(j)), regftest.SZ("text", "some text of a length")}})
		}
		root.Keys = append(root.Keys, k)
	}
	path := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(path, regftest.Build(root, regftest.Options{PerLeaf: 400}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMemory(t *testing.T) {
	path := large(t)
	for _, damaged := range []bool{false, true} {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		st, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if damaged {
			rnd := rand.New(rand.NewSource(1))
			for range 10_000 {
				if _, err := f.WriteAt([]byte{byte(rnd.Uint32())}, 8192+rnd.Int63n(st.Size()-8192)); err != nil {
					t.Fatal(err)
				}
			}
		}
		var rep *regfcheck.Report
		n := peak(func() {
			if rep, err = regfcheck.Check(f, st.Size()); err != nil {
				t.Fatal(err)
			}
		})
		m := peak(func() {
			if _, err := regfcheck.Repair(rep, f); err != nil {
				t.Error(err)
			}
		})
		k := peak(func() {
			if _, err := hivelog.Open(f, st.Size(), nil); err != nil {
				t.Error(err)
			}
		})
		if !damaged && rep.Damaged != 0 {
			t.Error(rep.Damage())
		}
		t.Logf("hive of %d MB, %d keys, %d damaged: check %d MB, repair %d MB, open %d MB", st.Size()>>20, rep.Keys, rep.Damaged, n>>20, m>>20, k>>20)
		if n > 64<<20 || m > 64<<20 || k > 64<<20 {
			t.Error("more than 64 MB")
		}
	}
}

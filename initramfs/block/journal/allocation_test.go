package journal_test

import (
	"bytes"
	"encoding/binary"
	"math/rand"
	"testing"
)

// tables are where the test disks say what is in use, and how many bytes an entry has;
// 0: a bit.
var tables = map[int]int{bitmapAt: 0, fat16At: 2, fat32At: 4}

// free lists the entries of a table that are in use in want and free in now.
func free(now, want []byte, width int) (list []int) {
	for i := range want {
		switch width {
		case 0:
			if want[i]&^now[i] != 0 {
				list = append(list, i)
			}
		case 2:
			if i%2 == 0 && binary.LittleEndian.Uint16(want[i:]) != 0 && binary.LittleEndian.Uint16(now[i:]) == 0 {
				list = append(list, i)
			}
		case 4:
			if i%4 == 0 && binary.LittleEndian.Uint32(want[i:])<<4 != 0 && binary.LittleEndian.Uint32(now[i:])<<4 == 0 {
				list = append(list, i)
			}
		}
	}
	return list
}

// looksFree says what a cut left that records may refer to and that looks free; "" for
// nothing. A record that is not as before may refer to all that is in use after, one that
// is not as after to all that was.
func (p *patient) looksFree(t *testing.T, content [][]byte) {
	t.Helper()
	for disk, base := range p.base {
		side := func(of [][]byte, from, n int) []byte { return of[disk][base+int64(from) : base+int64(from+n)] }
		records := side(content, recordsAt, dataAt-recordsAt)
		for at, width := range tables {
			now := side(content, at, cluster)
			for name, image := range map[string][2][][]byte{"after": {p.before, p.after}, "before": {p.after, p.before}} {
				if bytes.Equal(records, side(image[0], recordsAt, dataAt-recordsAt)) {
					continue
				}
				if list := free(now, side(image[1], at, cluster), width); len(list) > 0 {
					t.Fatalf("disk %d, table at %#x: in use %s, records refer to it, and it looks free: entries at %d", disk, at, name, list)
				}
			}
		}
	}
}

// TestNothingLooksFree cuts everywhere: nothing that a record refers to looks free to a
// system that does not know the journal. TestCutWhileReverting asks the same of the way
// back.
func TestNothingLooksFree(t *testing.T) {
	const seed = 20261127
	perEpoch, total := 40, 0
	if campaign() {
		perEpoch = 2000
	}
	for _, v := range variants() {
		t.Run(v.name, func(t *testing.T) {
			rnd := rand.New(rand.NewSource(seed))
			p := newPatient(t, v)
			log := p.record(t)
			for _, end := range epochs(log) {
				for range perEpoch {
					content := log.Cut(end).After(subset(rnd))
					p.looksFree(t, content)
					if total%5 == 0 {
						p.looksFree(t, p.cutRecovery(t, rnd, content, 1))
					}
					total++
				}
			}
		})
	}
	t.Logf("seed %d: %d cuts tried", seed, total)
}

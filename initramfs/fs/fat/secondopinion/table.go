package secondopinion

// maxFAT bounds the FAT that is read: 4 M clusters, 128 GB in clusters of
// 32 KiB, which is what Windows 98 could make of the largest disks it knew;
// later ones format 32 GB at most. Opening takes four times as much memory.
const maxFAT = 16 << 20

// table is a copy of one FAT with entries of 12, 16 or 32 bits.
type table struct {
	bits int // 12, 16 or 32
	b    []byte
}

func (t table) get(n uint32) uint32 {
	switch t.bits {
	case 12:
		w := uint32(le.Uint16(t.b[n*3/2:]))
		if n%2 == 1 {
			return w >> 4
		}
		return w & 0xfff
	case 16:
		return uint32(le.Uint16(t.b[n*2:]))
	}
	return le.Uint32(t.b[n*4:]) & 0x0fffffff // the upper 4 bits are reserved
}

func (t table) set(n, v uint32) {
	switch t.bits {
	case 12:
		w := le.Uint16(t.b[n*3/2:])
		if n%2 == 1 {
			w = w&0x000f | uint16(v<<4)
		} else {
			w = w&0xf000 | uint16(v)
		}
		le.PutUint16(t.b[n*3/2:], w)
	case 16:
		le.PutUint16(t.b[n*2:], uint16(v))
	default:
		le.PutUint32(t.b[n*4:], v)
	}
}

// entries is the number of whole entries in the table; that of FAT12 leaves
// out a last one that is cut.
func (t table) entries() uint32 {
	switch t.bits {
	case 12:
		return uint32((len(t.b) - 1) * 2 / 3)
	case 16:
		return uint32(len(t.b) / 2)
	}
	return uint32(len(t.b) / 4)
}

// isEnd reports whether v ends a chain.
func (t table) isEnd(v uint32) bool {
	switch t.bits {
	case 12:
		return v >= 0xff8
	case 16:
		return v >= 0xfff8
	}
	return v >= 0x0ffffff8
}

// cutLoops makes every chain of the copy end: a link out of the volume (to a
// cluster above last), to a free or bad cluster, or back into its own chain
// becomes 0, which the library reports as an invalid chain. Without it the
// library would follow a loop until memory is full.
func (t table) cutLoops(last uint32) {
	for n := last + 1; n < t.entries(); n++ {
		t.set(n, 0)
	}
	const unseen, onPath, done = 0, 1, 2
	state := make([]byte, last+1)
	for start := uint32(2); start <= last; start++ {
		if state[start] != unseen {
			continue
		}
		for n := start; ; {
			state[n] = onPath
			next := t.get(n)
			if next == 0 || t.isEnd(next) {
				break
			}
			if next < 2 || next > last || state[next] == onPath {
				t.set(n, 0)
				break
			}
			if t.bits == 32 {
				t.set(n, next) // without the reserved bits, which the library does not mask
			}
			if state[next] == done {
				break
			}
			n = next
		}
		for n := start; n >= 2 && n <= last && state[n] == onPath; n = t.get(n) {
			state[n] = done
		}
	}
}

// chainLength counts the clusters of the chain at n after cutLoops.
func (t table) chainLength(n, last uint32) (length int64) {
	for ; n >= 2 && n <= last; n = t.get(n) {
		length++
	}
	return length
}

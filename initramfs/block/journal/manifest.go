package journal

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// maxManifest bounds the manifest: a target of eight sectors takes 52 bytes,
// and an overlay holds 64 MiB at most, in the worst case one sector per block.
const maxManifest = 16 << 20

const manifestMagic = "BMMANIFS"

// manifest is the start of the payload: what is to be written where. The
// images follow it in the order of the targets, for each the block after and
// the block before.
type manifest struct {
	targets []target
	flags   []held     // dirty flags
	streams [][32]byte // hashes, in the order of body.streams
}

// target is one block of a disk in which something changes: BlockSize bytes,
// aligned, less only where the disk ends.
type target struct {
	disk  int
	off   int64
	n     int
	class []Class  // per sector; 0: this one does not change
	sum   [32]byte // SHA-256 of the images after and before
	image int64    // where they are in the payload; not recorded
}

func (t target) Range() block.Range { return block.Range{Off: t.off, Len: int64(t.n)} }

// imagesStart is where the images begin in the payload.
func imagesStart(manifestLen int64) int64 {
	return (manifestLen + BlockSize - 1) / BlockSize * BlockSize
}

// place gives every target its place in the payload and returns the length of
// the payload.
func (m *manifest) place(manifestLen int64) int64 {
	at := imagesStart(manifestLen)
	for i := range m.targets {
		m.targets[i].image = at
		at += 2 * BlockSize
	}
	return at
}

func (m manifest) encode() []byte {
	w := &writer{}
	w.raw([]byte(manifestMagic))
	w.u32(Version)
	w.u32(uint32(len(m.targets)))
	for _, t := range m.targets {
		w.u16(uint16(t.disk))
		w.i64(t.off)
		w.u16(uint16(t.n))
		w.u8(uint8(len(t.class)))
		for _, c := range t.class {
			w.u8(uint8(c))
		}
		w.raw(t.sum[:])
	}
	w.helds(m.flags)
	w.u32(uint32(len(m.streams)))
	for _, s := range m.streams {
		w.raw(s[:])
	}
	return w.p
}

// decodeManifest reads a manifest that belongs to b.
func decodeManifest(p []byte, b body) (manifest, error) {
	r := &reader{p: p}
	if string(r.raw(8)) != manifestMagic {
		return manifest{}, fmt.Errorf("manifest without its magic: %w", ErrDamaged)
	}
	if v := r.u32(); v != Version {
		return manifest{}, fmt.Errorf("manifest of version %d, want %d: %w", v, Version, ErrVersion)
	}
	var m manifest
	for range r.count(46) {
		t := target{disk: int(r.u16()), off: r.i64(), n: int(r.u16())}
		for range r.u8() {
			t.class = append(t.class, Class(r.u8()))
		}
		t.sum = r.sum()
		if r.err == nil {
			r.err = t.check(b.disks)
		}
		m.targets = append(m.targets, t)
	}
	m.flags = r.helds()
	for range r.count(32) {
		m.streams = append(m.streams, r.sum())
	}
	if err := r.end(); err != nil {
		return manifest{}, err
	}
	if len(m.streams) != len(b.streams) {
		return manifest{}, fmt.Errorf("%d streams in the manifest, %d in the record: %w", len(m.streams), len(b.streams), ErrDamaged)
	}
	return m, checkHeld(m.flags, b.disks)
}

func (t target) check(disks []diskID) error {
	bad := func(what string) error {
		return fmt.Errorf("target at %#x of disk %d: %s: %w", t.off, t.disk, what, ErrDamaged)
	}
	if t.disk >= len(disks) {
		return bad("no such disk")
	}
	d := disks[t.disk]
	if t.off < 0 || t.off%BlockSize != 0 || t.off >= d.size || int64(t.n) != min(BlockSize, d.size-t.off) {
		return bad(fmt.Sprintf("block of %d bytes", t.n))
	}
	if len(t.class) != (t.n+d.sector-1)/d.sector {
		return bad(fmt.Sprintf("%d sectors", len(t.class)))
	}
	for _, c := range t.class {
		if c != 0 && !c.valid() {
			return bad(fmt.Sprintf("class %d", c))
		}
	}
	return nil
}

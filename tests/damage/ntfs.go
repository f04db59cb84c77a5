package damage

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
)

// ntfs is as much of an NTFS volume as damaging it needs, read straight from
// the bytes: where the MFT starts, and that its first records lie together
// (mkntfs sees to that).
type ntfs struct {
	f       *os.File
	base    int64 // of the partition on the disk
	cluster int64 // bytes
	mft     int64 // byte offset on the disk
	mirror  int64
	record  int64 // bytes
}

// openNTFS reads the BPB: bytes per sector at 0b, sectors per cluster at 0d,
// MFT and mirror LCN at 30 and 38, clusters (or -log2 bytes) per record at 40.
func openNTFS(t target) (*ntfs, error) {
	f, err := os.OpenFile(t.image, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 512)
	if _, err := f.ReadAt(b, t.part.Start); err != nil {
		f.Close()
		return nil, err
	}
	if string(b[3:7]) != "NTFS" || int8(b[0x40]) >= 0 {
		f.Close()
		return nil, fmt.Errorf("partition %d: no NTFS of mkntfs", t.part.Number)
	}
	le := binary.LittleEndian
	n := &ntfs{f: f, base: t.part.Start}
	n.cluster = int64(le.Uint16(b[0x0B:])) * int64(b[0x0D])
	n.mft = n.base + n.cluster*int64(le.Uint64(b[0x30:]))
	n.mirror = n.base + n.cluster*int64(le.Uint64(b[0x38:]))
	n.record = 1 << -int8(b[0x40])
	return n, nil
}

// attribute returns the offset on the disk of the first attribute of that
// type in MFT record no.
func (n *ntfs) attribute(no int64, kind uint32) (int64, error) {
	rec := make([]byte, n.record)
	at := n.mft + no*n.record
	if _, err := n.f.ReadAt(rec, at); err != nil {
		return 0, err
	}
	le := binary.LittleEndian
	for p := int(le.Uint16(rec[0x14:])); p+8 < len(rec); {
		k, size := le.Uint32(rec[p:]), int(le.Uint32(rec[p+4:]))
		if k == kind {
			return at + int64(p), nil
		}
		if k == 0xFFFFFFFF || size < 16 {
			break
		}
		p += size
	}
	return 0, fmt.Errorf("MFT record %d: no attribute %#x", no, kind)
}

// firstRun is where the unnamed data of MFT record no begins on the disk.
func (n *ntfs) firstRun(no int64) (int64, error) {
	at, err := n.attribute(no, 0x80)
	if err != nil {
		return 0, err
	}
	a := make([]byte, 0x60)
	if _, err := n.f.ReadAt(a, at); err != nil {
		return 0, err
	}
	if a[8] == 0 {
		return 0, fmt.Errorf("MFT record %d: data is resident", no)
	}
	p := int(binary.LittleEndian.Uint16(a[0x20:]))
	lengthBytes, lcnBytes := int(a[p]&15), int(a[p]>>4)
	var lcn int64
	for i := range lcnBytes {
		lcn |= int64(a[p+1+lengthBytes+i]) << (8 * i)
	}
	return n.base + lcn*n.cluster, nil
}

// volumeFlags sets the flags of $VOLUME_INFORMATION (record 3, attribute 70;
// value at 18, flags at 0a in it). Source: layout.h of ntfs-3g.
func volumeFlags(flags uint16) func(target) error {
	return func(t target) error {
		n, err := openNTFS(t)
		if err != nil {
			return err
		}
		defer n.f.Close()
		at, err := n.attribute(3, 0x70)
		if err != nil {
			return err
		}
		b := binary.LittleEndian.AppendUint16(nil, flags)
		if _, err := n.f.WriteAt(b, at+0x18+0x0A); err != nil {
			return err
		}
		_, err = n.f.WriteAt(b, at+0x18+0x0A-n.mft+n.mirror)
		return err
	}
}

// How records are destroyed.
func zeroed(rec []byte) { clear(rec) }

func garbage(rec []byte) {
	r := rand.New(rand.NewPCG(7, uint64(len(rec))))
	for i := range rec {
		rec[i] = byte(r.Uint32())
	}
}

// tornFixup makes the last two bytes of the first sector differ from the
// update sequence number: a record of which only a part was written.
func tornFixup(rec []byte) { rec[510] ^= 0xFF }

// mft destroys count records from first on, in the MFT and in its mirror.
func mft(first, count int64, how func([]byte)) func(target) error {
	return func(t target) error {
		n, err := openNTFS(t)
		if err != nil {
			return err
		}
		defer n.f.Close()
		for no := first; no < first+count; no++ {
			places := []int64{n.mft + no*n.record}
			if no < 4 {
				places = append(places, n.mirror+no*n.record)
			}
			rec := make([]byte, n.record)
			for _, at := range places {
				if _, err := n.f.ReadAt(rec, at); err != nil {
					return err
				}
				how(rec)
				if _, err := n.f.WriteAt(rec, at); err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// ZeroBitmap clears the first 4 KiB of $Bitmap: every cluster in use is marked
// free. No finding is demanded of the engine for it; the oracles must see it.
func ZeroBitmap(volume string) error {
	n, err := openNTFS(target{image: volume})
	if err != nil {
		return err
	}
	defer n.f.Close()
	at, err := n.firstRun(6)
	if err != nil {
		return err
	}
	_, err = n.f.WriteAt(make([]byte, 4096), at)
	return err
}

// bitlocker makes the boot sector that of an encrypted volume (Windows 7 and
// later: jump EB 58 90, "-FVE-FS-", GUID at a0. Source: libyal/libbde) and
// fills the volume behind it with noise where NTFS had its first records.
func bitlocker(t target) error {
	n, err := openNTFS(t)
	if err != nil {
		return err
	}
	defer n.f.Close()
	b := make([]byte, 512)
	copy(b, "\xEB\x58\x90-FVE-FS-")
	copy(b[0x0B:], "\x00\x02\x08")
	copy(b[0xA0:], "\x3B\xD6\x67\x49\x29\x2E\xD8\x4A\x83\x99\xF6\xA3\x39\xE3\xD0\x01")
	copy(b[510:], "\x55\xAA")
	noise := make([]byte, 256<<10)
	garbage(noise)
	if _, err := n.f.WriteAt(noise, n.mft); err != nil {
		return err
	}
	last := t.part.Start + t.part.Size - 512 // the backup boot sector
	for _, at := range []int64{t.part.Start, last} {
		if _, err := n.f.WriteAt(b, at); err != nil {
			return err
		}
	}
	return nil
}

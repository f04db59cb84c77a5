package ntfs

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/block"
)

// Witnesses are the places of the volume that every mount by Windows changes:
// both restart pages of $LogFile, and the MFT record of $Volume. Whoever wants
// to know later whether somebody else used the volume compares them. Ranges
// are bytes of the volume.
func (v *Volume) Witnesses() (log, record []block.Range, err error) {
	s, err := v.metaStream(recordLogFile, "$LogFile")
	if err != nil {
		return nil, nil, err
	}
	page := int64(restartPageSize(s))
	if log, err = places(s, 0, min(2*page, s.size)); err != nil {
		return nil, nil, fmt.Errorf("$LogFile: %w", err)
	}
	size := int64(v.boot.RecordSize)
	record, err = places(v.mft, recordVolume*size, size)
	return log, record, err
}

// restartPageSize is what the first restart page says; a log that was never
// used, or is damaged, has pages of 4 KiB as all that Windows makes.
func restartPageSize(s *stream) uint32 {
	const usual = 4096
	b := make([]byte, rstrSystemPage+4)
	if n, _ := s.ReadAt(b, 0); n < len(b) {
		return usual
	}
	size := le.Uint32(b[rstrSystemPage:])
	if size < fixupStride || size > 64<<10 || size&(size-1) != 0 {
		return usual
	}
	return size
}

// DirtyFlags are the bytes of the volume whose lowest bit is VolumeDirty: in
// $MFT and in the copy of the record in $MFTMirr, which ntfs-3g wants equal. They
// can be set and cleared in place, without a new update sequence number,
// because they lie in no word that fix-ups protect.
func (v *Volume) DirtyFlags() ([]int64, error) {
	n, err := v.openRef(recordVolume)
	if err != nil {
		return nil, err
	}
	a, ok, err := n.find(attrVolumeInformation, nil)
	if err != nil {
		return nil, err
	}
	if !ok || a.nonResident() || len(a.value()) < 12 || n.list != nil {
		return nil, damaged("$Volume", 0, "no resident $VOLUME_INFORMATION in the base record")
	}
	const offFlags = 10
	off := int64(a.off) + int64(le.Uint16(a.b[0x14:])) + offFlags
	if off%fixupStride >= fixupStride-2 {
		return nil, damaged("$Volume", off, "the flags lie where fix-ups are")
	}
	off += recordVolume * int64(v.boot.RecordSize)
	mirror, err := v.metaStream(recordMirror, "$MFTMirr")
	if err != nil {
		return nil, err
	}
	var flags []int64
	for _, s := range []*stream{v.mft, mirror} {
		at, err := places(s, off, 1)
		if err != nil {
			return nil, err
		}
		flags = append(flags, at[0].Off)
	}
	return flags, nil
}

// places gives where n bytes of a stream lie on the volume. A hole is damage.
func places(s *stream, off, n int64) ([]block.Range, error) {
	var list []block.Range
	err := s.pieces(off, n, func(p piece) error {
		if p.vol < 0 {
			return damaged(s.what, 0, "a hole at %d", p.off)
		}
		list = append(list, block.Range{Off: p.vol, Len: p.n})
		return nil
	})
	return list, err
}

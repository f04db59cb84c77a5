package fat

import "github.com/bootmend/bootmend/initramfs/block"

// Allocation are the FATs, which say what is in use and what follows it. Bytes of the
// volume.
func (v *Volume) Allocation() []block.Range {
	var all []block.Range
	for k := range v.boot.FATs {
		all = append(all, block.Range{Off: v.boot.fatOffset(k), Len: v.boot.fatBytes()})
	}
	return all
}

package ntfs

import "github.com/bootmend/bootmend/initramfs/block"

// Allocation are the bitmaps that say what is in use: $Bitmap of the clusters, and that
// of the records of $MFT where it has clusters of its own. One bit is one cluster or
// record, 1 means in use. Ranges are bytes of the volume.
func (v *Volume) Allocation() ([]block.Range, error) {
	clusters, err := v.metaStream(recordBitmap, "$Bitmap")
	if err != nil {
		return nil, err
	}
	all, err := places(clusters, 0, clusters.size)
	if err != nil {
		return nil, err
	}
	n, err := v.openRef(ref(recordMFT))
	if err != nil {
		return nil, err
	}
	a, ok, err := n.find(attrBitmap, nil)
	if err != nil || !ok || !a.nonResident() {
		return all, err
	}
	records, err := n.stream("$BITMAP of $MFT", a)
	if err != nil {
		return nil, err
	}
	more, err := places(records, 0, records.size)
	return append(all, more...), err
}

package damage

import "os"

// NTFS keeps its boot sector and its first four records twice. These damages
// destroy one of the two, so that the other says what belongs there.

// bootSector writes over the boot sector of the partition.
func bootSector(content string) func(target) error {
	return func(t target) error { return overwrite(t.image, t.part.Start, content) }
}

// backupBootSector writes over the copy in the last sector of the partition.
func backupBootSector(content string) func(target) error {
	return func(t target) error { return overwrite(t.image, t.part.Start+t.part.Size-512, content) }
}

// mirrorRecord changes a byte of record no in $MFTMirr only.
func mirrorRecord(no int64) func(target) error {
	return func(t target) error {
		n, err := openNTFS(t)
		if err != nil {
			return err
		}
		n.f.Close()
		return overwrite(t.image, n.mirror+no*n.record+0x40, "\x55")
	}
}

// firstRecord destroys record 0 of $MFT and leaves its mirror.
func firstRecord(t target) error {
	n, err := openNTFS(t)
	if err != nil {
		return err
	}
	n.f.Close()
	return overwrite(t.image, n.mft, string(make([]byte, n.record)))
}

// freeInBitmap marks the clusters of the SYSTEM hive as free.
func freeInBitmap(t target) error {
	n, err := openNTFS(t)
	if err != nil {
		return err
	}
	defer n.f.Close()
	at, err := n.firstRun(6)
	if err != nil {
		return err
	}
	mft := (n.mft - n.base) / n.cluster / 8 // the byte that has the bits of $MFT
	_, err = n.f.WriteAt([]byte{0}, at+mft)
	return err
}

func overwrite(image string, off int64, content string) error {
	f, err := os.OpenFile(image, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteAt([]byte(content), off)
	return err
}

package iso

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/diskfs/go-diskfs/partition/gpt"

	"github.com/bootmend/bootmend/initramfs/media"
)

const (
	typeProtective = 0xEE

	// systemArea is the number of sectors that ISO 9660 leaves to others at its start
	// (ECMA-119, 6.2.1): MBR, header and 128 entries of the GPT lie in the first 34.
	systemArea = 16 * isoSectorSize / sectorSize

	// backupSpace is behind the data; the backup GPT has the last 33 sectors of it.
	backupSpace = cylinderSize
)

// AppendGPT adds a partition behind the hybrid image at name and makes GPT its partition
// table. label is the name of the partition. Entries of the GPT:
//
//	1  the data, "Microsoft basic data". It is the first because of a stick that says to be
//	   removable Windows before 10 version 1703 shows only the first that it can read.
//	2  the image up to the ESP, "Linux filesystem", which Windows neither shows nor wants
//	   to format: what nobody claims, partition tools give to the next who asks
//	3  the ESP
//	4  the image behind the ESP, as 2
//
// Entries of the MBR:
//
//	1  protective (0xEE), from LBA 1 to the end. Windows takes a disk for GPT only when
//	   this is the first entry and all others are of type 0 (its kernel's
//	   FstubDetectPartitionStyle; ReactOS has the same), UEFI firmware made of EDK II when
//	   it starts at LBA 1 and, in older ones, is not active
//	2  active, of type 0, LBA 0 alone: what xorriso calls --mbr-force-bootable, for BIOSes
//	   that start nothing without an active entry. ISOLINUX's code asks for none. Tools that
//	   move the backup GPT to the end of a larger stick clear it
//
// The rescue knows its medium by entry 2 of the GPT (media.IsRescue).
//
// A BIOS may refuse to start from what looks like GPT (Lenovo X220, T420, T520: when
// 0xEE is in the first entry; FreeBSD r285679), and 32-bit Windows XP does not read it:
// AppendMBR is for these.
func AppendGPT(name, label string, data Data) error {
	s, err := openStick(name, data)
	if err != nil {
		return err
	}
	defer s.Close()
	size := s.imageSize + data.Size + backupSpace
	if err := s.putData(size); err != nil {
		return err
	}
	if err := s.putGPT(label, size); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	putEntry(s.slot(1), 0x80, 0, 0, 1)
	putEntry(s.slot(0), 0, typeProtective, 1, uint32(size/sectorSize)-1)
	if _, err := s.WriteAt(s.mbr, 0); err != nil {
		return err
	}
	return s.Close()
}

// putGPT writes both copies of the GPT. Its GUIDs are made of the content: the same image
// has the same ones, another image others.
func (s *stick) putGPT(label string, size int64) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(s, 0, size)); err != nil {
		return err
	}
	seed := sum.Sum(nil)
	esp := s.slot(1)
	first := uint64(binary.LittleEndian.Uint32(esp[8:]))
	behind := first + uint64(binary.LittleEndian.Uint32(esp[12:]))
	end := uint64(s.imageSize / sectorSize)
	table := gpt.Table{LogicalSectorSize: sectorSize, PhysicalSectorSize: sectorSize, GUID: guid(seed, 0)}
	for _, p := range []struct {
		kind          gpt.Type
		name          string
		first, behind uint64
	}{
		{gpt.MicrosoftBasicData, label, end, end + uint64(s.data.Size/sectorSize)},
		{gpt.LinuxFilesystem, media.ImagePartition, systemArea, first},
		{gpt.EFISystemPartition, "rescue ESP", first, behind},
		{gpt.LinuxFilesystem, "rescue image, rest", behind, end},
	} {
		if p.first >= p.behind {
			return fmt.Errorf("partition %q from sector %d to before %d: the hybrid image is not as Write makes it", p.name, p.first, p.behind)
		}
		n := len(table.Partitions) + 1
		table.Partitions = append(table.Partitions, &gpt.Partition{Index: n, Type: p.kind, Name: p.name, GUID: guid(seed, n),
			Start: p.first, End: p.behind - 1, Size: (p.behind - p.first) * sectorSize})
	}
	return table.Write(s.File, size)
}

// guid is number n of those made of seed: of version 8, whose bits mean what its maker
// wants (RFC 9562, 5.8).
func guid(seed []byte, n int) string {
	sum := sha256.Sum256(append(seed[:len(seed):len(seed)], byte(n)))
	sum[6], sum[8] = sum[6]&0x0F|0x80, sum[8]&0x3F|0x80
	return fmt.Sprintf("%X-%X-%X-%X-%X", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

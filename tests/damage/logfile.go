package damage

import "encoding/binary"

// client_in_use_list of a restart area.
const (
	inUse    = 0
	notInUse = 0xFFFF
)

// logFile writes both restart pages of $LogFile as Windows leaves them: in
// use, major version 1 (2 since Windows 8 while mounted), flag 2 = the volume
// is clean. The rest of the log stays as mkntfs left it, all FF.
//
// Source of the layout: logfile.h of ntfs-3g. Page: "RSTR", USA at 1e with 9
// entries, system and log page size at 10 and 14, restart area at 18 (30),
// minor and major version at 1a and 1c. Area: LSN 0, clients 8, free list 0a,
// in use list 0c, flags 0e, sequence number bits 10, length 14, client array
// 16, file size 18, record header 24, page data offset 26. Client: oldest and
// restart LSN, previous and next, sequence, name length 1c, name.
func logFile(major, inUseList, flags uint16) func(target) error {
	return func(t target) error {
		n, err := openNTFS(t)
		if err != nil {
			return err
		}
		defer n.f.Close()
		attr, err := n.attribute(2, 0x80)
		if err != nil {
			return err
		}
		sizes := make([]byte, 8)
		if _, err := n.f.ReadAt(sizes, attr+0x30); err != nil {
			return err
		}
		at, err := n.firstRun(2)
		if err != nil {
			return err
		}
		page := restartPage(major, inUseList, flags, binary.LittleEndian.Uint64(sizes))
		for i := range int64(2) {
			if _, err := n.f.WriteAt(page, at+4096*i); err != nil {
				return err
			}
		}
		return nil
	}
}

func restartPage(major, inUseList, flags uint16, size uint64) []byte {
	le := binary.LittleEndian
	p := make([]byte, 4096)
	copy(p, "RSTR")
	le.PutUint16(p[0x04:], 0x1E)
	le.PutUint16(p[0x06:], 9)
	le.PutUint32(p[0x10:], 4096)
	le.PutUint32(p[0x14:], 4096)
	le.PutUint16(p[0x18:], 0x30)
	le.PutUint16(p[0x1A:], map[uint16]uint16{1: 1, 2: 0}[major])
	le.PutUint16(p[0x1C:], major)

	// The sequence number takes what the file size leaves of the 64 bits of an
	// LSN: the position is counted in 8 bytes.
	bits := uint32(67)
	for s := size; s > 0; s >>= 1 {
		bits--
	}
	a := p[0x30:]
	le.PutUint64(a[0x00:], 0x100000)
	le.PutUint16(a[0x08:], 1)
	free := uint16(0xFFFF)
	if inUseList == notInUse {
		free = 0
	}
	le.PutUint16(a[0x0A:], free)
	le.PutUint16(a[0x0C:], inUseList)
	le.PutUint16(a[0x0E:], flags)
	le.PutUint32(a[0x10:], bits)
	le.PutUint16(a[0x14:], 0xE0)
	le.PutUint16(a[0x16:], 0x40)
	le.PutUint64(a[0x18:], size)
	le.PutUint16(a[0x24:], 0x30)
	le.PutUint16(a[0x26:], 0x40)

	c := a[0x40:]
	le.PutUint64(c[0x00:], 0x100000)
	le.PutUint64(c[0x08:], 0x100000)
	le.PutUint16(c[0x10:], 0xFFFF)
	le.PutUint16(c[0x12:], 0xFFFF)
	le.PutUint32(c[0x1C:], 8)
	copy(c[0x20:], "N\x00T\x00F\x00S\x00")

	const number = 7 // update sequence number: ends every sector of the page
	le.PutUint16(p[0x1E:], number)
	for i := range 8 {
		end := 512*i + 510
		copy(p[0x20+2*i:], p[end:end+2])
		le.PutUint16(p[end:], number)
	}
	return p
}

package iso

import (
	"encoding/binary"
	"io"

	"github.com/bootmend/bootmend/initramfs/pid1"
)

// The chooser is what a BIOS starts from the CD, in front of ISOLINUX. Emulated
// drives close their trays at a restart, disc and all, so that ejecting the CD does
// not keep such a machine from starting the rescue again after a repair. Process 1
// leaves a mark in memory, which most machines keep over a restart; where the chooser
// finds it, it wipes it and starts the first disk, otherwise ISOLINUX, as ever. It lies
// in the last sector of the system area of the ISO, which a GPT leaves alone. A stick's
// MBR starts ISOLINUX itself: there the rescue is the first disk.
const (
	chooserSector = 15   // of 2,048 bytes
	chooserLBA    = 0x84 // uint64 in the packet: where ISOLINUX begins
)

// chooser returns its code, for ISOLINUX at that sector.
func chooser(isolinux uint32) []byte {
	code := []byte("" +
		"\xFA\x31\xC0\x8E\xD0\xBC\x00\x7C\x8E\xD8\x8E\xC0\xFB\xFC" + // interrupts off; SS:SP 0:7C00, DS and ES 0; on again
		"\xBE\x00\x7C\xBF\x00\x06\xB9\x00\x01\xF3\xA5\xEA\x1E\x06\x00\x00" + // copy itself from 7C00 to 0600 and go on there
		"\xBE\xE0\x05\xBF\x8C\x06\xB9\x08\x00\xF3\xA7\x75\x2A" + // compare the mark with that at 05E0; another: to 55
		"\x31\xC0\xBF\xE0\x05\xB1\x08\xF3\xAB" + // wipe it: it counts once
		"\x52\xB8\x01\x02\xBB\x00\x7C\xB9\x01\x00\xBA\x80\x00\xCD\x13\x72\x0F" + // sector 0 of disk 80 to 7C00 (INT 13 AH=02); error: to 54
		"\x81\x3E\xFE\x7D\x55\xAA\x75\x07" + // without 55 AA at its end: to 54
		"\xB2\x80\xEA\x00\x7C\x00\x00" + // start it, DL = 80
		"\x5A\x52\xBE\x7C\x06\xB4\x42\xCD\x13\x5A\x72\x05" + // 54, 55: what the packet at 7C says (INT 13 AH=42); error: to 65
		"\xEA\x00\x7C\x00\x00" + // start it, DL as it was
		"\xBE\x9C\x06\xAC\x08\xC0\x74\x09\xB4\x0E\xBB\x07\x00\xCD\x10\xEB\xF2" + // 65: write the message at 9C (INT 10 AH=0E)
		"\xCD\x18\xF4\xEB\xFD\x90" + // the next device (INT 18), or stop
		"\x10\x00\x01\x00\x00\x7C\x00\x00" + // 7C: packet: one sector of 2,048 bytes to 0:7C00
		"\x00\x00\x00\x00\x00\x00\x00\x00" + // 84: from this one (chooserLBA)
		pid1.DiskFirstMark + // 8C
		"bootmend: the boot loader on the CD cannot be read\r\n\x00") // 9C
	binary.LittleEndian.PutUint64(code[chooserLBA:], uint64(isolinux))
	return code
}

// putChooser makes the boot catalog name the chooser instead of ISOLINUX.
func putChooser(disk io.WriterAt, catalog int64, isolinux uint32) error {
	if _, err := disk.WriteAt(chooser(isolinux), chooserSector*isoSectorSize); err != nil {
		return err
	}
	lba := binary.LittleEndian.AppendUint32(nil, chooserSector)
	_, err := disk.WriteAt(lba, catalog+catalogBIOS+catalogLBA)
	return err
}

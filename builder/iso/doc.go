// Package iso writes a hybrid boot medium: one file that boots as a CD and as a
// USB stick, on BIOS and on UEFI.
//
//	CD, BIOS     El Torito → chooser (or the first disk, see there) → isolinux.bin
//	CD, UEFI     El Torito platform 0xEF → ESP image → shim → GRUB
//	stick, BIOS  MBR code (isohdpfx.bin) → isolinux.bin
//	stick, UEFI  partition of type 0xEF (MBR) or "EFI system" (GPT) = the ESP image → shim → GRUB
//
// File systems are go-diskfs's. What it has no setting for is put right
// afterwards so that the same input gives the same bytes: times and owners in
// the ISO 9660 directories, and dates of the volume descriptor (normalize.go).
//
// The partition table of the ISO is an MBR: it starts wherever it is copied to, and
// firmware accepts an ESP in it. AppendGPT gives the image of a stick a GPT instead, which
// firmware that wants one looks for; AppendMBR leaves it at MBR.
//
// Sources: ECMA-119; El Torito 1.0; RRIP 1.12; UEFI 2.10 chapters 5.2, 5.3 and 13.3;
// isohybrid.c of syslinux for the layout of its MBR.
//
// A medium with two systems leaves the choice to the boot loaders: ISOLINUX asks the
// processor, GRUB takes its own bits, which are the firmware's.
//
// Not supported: Macs' HFS boot, APM.
package iso

// Package vm boots the rescue image in QEMU: BIOS and UEFI, CD and USB stick,
// on the controllers that people's machines have, with the disks of guests.
//
// A Config says what the machine is; Start runs it and returns a Handle, which
// must be waited for: a machine ends by itself (the rescue image powers off)
// or at its timeout, and only its own process is ever ended. Everything that
// the image says on its first serial port is collected.
//
// KVM is used where the processor offers it, else emulation. Tests that need
// no particular speed run in both.
package vm

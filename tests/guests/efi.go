package guests

import "encoding/binary"

// EFIGreeting is what a loader of EFILoader writes to port E9.
const EFIGreeting = "EFI loader runs\n"

// EFILoader is a stand-in for a loader of Windows that a UEFI firmware for x64 can
// start: the file of StandIn, as EFI application, with code behind the resource that
// writes EFIGreeting to port E9, the debug console of QEMU, and stops. It needs no
// address of its own, so that there are no relocations.
func EFILoader(version string) ([]byte, error) {
	const at, rva = 0xC00, 0x1800 // file offset, address
	f, err := peFile("x64", version)
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	opt := f[0x98:]
	le.PutUint32(opt[0x10:], rva) // entry point
	le.PutUint16(opt[0x44:], 10)  // subsystem EFI application
	section := opt[0xF0:]
	le.PutUint32(section[8:], 0xC00)
	le.PutUint32(section[16:], 0xC00)
	le.PutUint32(section[36:], 0x60000060)   // code and data, executable, readable
	code := "\x48\x8D\x35\x0E\x00\x00\x00" + // lea rsi, [text]
		"\xFC" + // cld
		"\xAC\x84\xC0\x74\x04" + // lodsb; test al, al; jz stop
		"\xE6\xE9\xEB\xF7" + // out E9, al; jmp lodsb
		"\xFA\xF4\xEB\xFD" // stop: cli; hlt; jmp hlt
	copy(f[at:], code+EFIGreeting+"\x00")
	return f, nil
}

package efi

import "github.com/bootmend/bootmend/initramfs/win/bcd"

// WindowsDescription is what Windows calls its entry.
const WindowsDescription = "Windows Boot Manager"

// WindowsEntry is the boot entry of Windows as it makes it itself: the boot
// manager at file on a partition.
func WindowsEntry(on HardDrive, file string) LoadOption {
	return LoadOption{Attributes: Active, Description: WindowsDescription, Path: Path{on.Node(), FileNode(file)}, Data: windowsData()}
}

// windowsData tells the boot manager which object of its store describes it. From
// the real stores: "WINDOWS" with NUL, u32 1, u32 length of all of it, u32 offset of the
// device path at the end, then the text "BCDOBJECT={GUID}" in UTF-16LE with NUL, filled up
// to a multiple of 4; the path is u32 1, u32 length, u32 4, and an end node.
func windowsData() []byte {
	object := wide("BCDOBJECT=" + bcd.BootManager.String())
	for len(object)%4 != 0 {
		object = append(object, 0)
	}
	const head, path = 20, 16
	b := append([]byte("WINDOWS\x00"), le.AppendUint32(nil, 1)...)
	b = le.AppendUint32(b, uint32(head+len(object)+path))
	b = le.AppendUint32(b, uint32(head+len(object)))
	b = append(b, object...)
	b = le.AppendUint32(b, 1)
	b = le.AppendUint32(b, path)
	b = le.AppendUint32(b, 4)
	return append(b, Path{}.Encode()...)
}

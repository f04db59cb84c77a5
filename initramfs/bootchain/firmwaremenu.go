package bootchain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/pe"
	"github.com/bootmend/bootmend/initramfs/efi"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
	"github.com/bootmend/bootmend/initramfs/part"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
)

// FirmwareMenu is what UEFI firmware knows to start.
type FirmwareMenu struct {
	Order   []uint16 // BootOrder
	Entries []FirmwareEntry
}

// FirmwareEntry is a boot entry of the firmware.
type FirmwareEntry struct {
	Number uint16
	Value  efi.Variable
	Option efi.LoadOption
	Err    error // it is none that can be read
}

// ReadFirmwareMenu reads the boot entries of the machine, by number. Nil where they are
// not known. The error says that the order cannot be read.
func ReadFirmwareMenu(m *machine.Machine) (*FirmwareMenu, error) {
	if m == nil || m.Variables == nil {
		return nil, nil
	}
	menu := &FirmwareMenu{}
	for name, value := range m.Variables.Values {
		n, ok := efi.EntryNumber(name)
		if !ok {
			continue
		}
		e := FirmwareEntry{Number: n, Value: value}
		e.Option, e.Err = efi.ParseLoadOption(value.Data)
		menu.Entries = append(menu.Entries, e)
	}
	slices.SortFunc(menu.Entries, func(a, b FirmwareEntry) int { return int(a.Number) - int(b.Number) })
	if order := m.Variable(efi.BootOrder); order != nil {
		var err error
		if menu.Order, err = efi.ParseOrder(order.Data); err != nil {
			return nil, err
		}
	}
	return menu, nil
}

// Starts reports whether the firmware tries the entry by itself.
func (m *FirmwareMenu) Starts(e FirmwareEntry) bool {
	return e.Err == nil && e.Option.IsActive() && !e.Option.IsProgram() && slices.Contains(m.Order, e.Number)
}

// Free is the lowest number that no entry has.
func (m *FirmwareMenu) Free() (uint16, error) {
	for n := range 0xFFFF {
		if !slices.ContainsFunc(m.Entries, func(e FirmwareEntry) bool { return int(e.Number) == n }) && !slices.Contains(m.Order, uint16(n)) {
			return uint16(n), nil
		}
	}
	return 0, fmt.Errorf("the firmware has an entry of every number")
}

// FirmwareDrive is how an entry names the partition of a volume on a GPT disk.
func FirmwareDrive(v *inspect.Volume) (efi.HardDrive, error) {
	if v.Disk.Table == nil || v.Disk.Table.Scheme != part.GPT {
		return efi.HardDrive{}, fmt.Errorf("%s is not on a GPT disk", v.ID())
	}
	id, err := bcd.ParseGUID(v.Partition.GUID)
	if err != nil {
		return efi.HardDrive{}, fmt.Errorf("%s: %w", v.ID(), err)
	}
	ss := int64(v.Disk.Dev.SectorSize())
	return efi.HardDrive{Number: uint32(v.Partition.Number), Start: uint64(v.Partition.Range.Off / ss), Sectors: uint64(v.Partition.Range.Len / ss),
		ID: id, Format: efi.FormatGPT, IDType: 2}, nil
}

// Names reports whether the entry names the partition of a drive, and whether its
// number is the right one, too, without which some firmware does not find it.
func (e FirmwareEntry) Names(d efi.HardDrive) (is, number bool) {
	h, ok := e.Option.Path.Drive()
	if e.Err != nil || !ok || h.ID != d.ID || h.Format != d.Format || h.IDType != d.IDType {
		return false, false
	}
	return true, h.Number == d.Number
}

// IsFile reports whether the entry starts that file, in any case of letters.
func (e FirmwareEntry) IsFile(path string) bool {
	return e.Err == nil && strings.EqualFold(fs.JoinPath(e.Option.Path.File()), fs.JoinPath(path))
}

// Target is the volume and the file that the entry names, nil where no disk of the
// patient has them.
func (e FirmwareEntry) Target(p *inspect.Patient) *inspect.Volume {
	h, ok := e.Option.Path.Drive()
	if e.Err != nil || !ok {
		return nil
	}
	for _, v := range p.Volumes() {
		d, err := FirmwareDrive(v)
		if err != nil || d.ID != h.ID || v.FS == nil || !HasFile(v.FS, e.Option.Path.File()) {
			continue
		}
		return v
	}
	return nil
}

// IsWindowsManager reports whether a program is the boot manager of Windows, by what
// it says of itself or because it is the same file as the one in its own place.
func IsWindowsManager(v *inspect.Volume, path string) bool {
	if path == "" || LoaderFileFault(v, path) != nil {
		return false
	}
	const own, most = `\EFI\Microsoft\Boot\bootmgfw.efi`, 16 << 20
	data, err := ReadSmall(v.FS, path, most)
	if err != nil {
		return false
	}
	if original, err := ReadSmall(v.FS, own, most); err == nil && string(original) == string(data) {
		return true
	}
	f, err := pe.Open(strings.NewReader(string(data)), int64(len(data)))
	if err != nil {
		return false
	}
	tables, err := f.Strings()
	if err != nil {
		return false
	}
	for _, t := range tables {
		switch strings.ToLower(t.Values["OriginalFilename"]) {
		case "bootmgr.exe", "bootmgfw.efi":
			return true
		}
	}
	return false
}

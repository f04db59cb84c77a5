package pid1

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/efi"
	"github.com/bootmend/bootmend/initramfs/efi/efivarfs"
)

// bootNext is the variable by which UEFI firmware starts an entry once, in front of
// the boot order (UEFI specification 2.10, 3.1.2).
const bootNext = "BootNext-" + efi.Global

// setBootNext makes UEFI firmware start the disk at the next start and not the medium
// that bootmend came from. It returns the entry's number and description, "" where
// there is none to choose: then the firmware goes by its order.
func setBootNext(dir string) (string, error) {
	vars, err := efivarfs.Read(dir)
	if err != nil {
		return "", err
	}
	number, option, ok := nextEntry(vars)
	if !ok {
		return "", nil
	}
	v := &efi.Variable{Attributes: efi.Kept, Data: efi.EncodeOrder([]uint16{number})}
	if err := efivarfs.Set(dir, bootNext, v); err != nil {
		return "", err
	}
	return fmt.Sprintf("Boot%04X %q", number, option.Description), nil
}

// nextEntry is the entry of the Windows boot manager that comes first in the order;
// without one the first entry that is neither the one that started us, nor a program
// of the firmware, nor the network.
func nextEntry(vars efi.Variables) (number uint16, option efi.LoadOption, ok bool) {
	order, err := orderOf(vars, efi.BootOrder)
	if err != nil {
		return 0, option, false
	}
	current, _ := orderOf(vars, efi.BootCurrent)
	for _, n := range order {
		v := vars.Get(efi.EntryName(n))
		if v == nil || slices.Contains(current, n) {
			continue
		}
		o, err := efi.ParseLoadOption(v.Data)
		if err != nil || !o.IsActive() || o.Path.InFirmware() || overNetwork(o.Path) {
			continue
		}
		if strings.HasSuffix(strings.ToLower(o.Path.File()), `\bootmgfw.efi`) {
			return n, o, true
		}
		if !ok {
			number, option, ok = n, o, true
		}
	}
	return number, option, ok
}

func orderOf(vars efi.Variables, name string) ([]uint16, error) {
	v := vars.Get(name)
	if v == nil {
		return nil, fmt.Errorf("there is no %s", name)
	}
	return efi.ParseOrder(v.Data)
}

// overNetwork: a messaging node of a network card, an address or an URL (UEFI
// specification 2.10, 10.3.4).
func overNetwork(p efi.Path) bool {
	const messaging, mac, ipv4, ipv6, uri = 3, 11, 12, 13, 24
	return slices.ContainsFunc(p, func(n efi.Node) bool {
		return n.Type == messaging && (n.Subtype == mac || n.Subtype == ipv4 || n.Subtype == ipv6 || n.Subtype == uri)
	})
}

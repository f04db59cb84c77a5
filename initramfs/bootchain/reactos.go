package bootchain

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/machine"
)

// uniata is the one driver for disks that ReactOS brings along: for IDE and SATA
// controllers of every maker. It looks for its controllers by itself, so that
// nothing in the registry has to bind them. Source: hives that ReactOS 0.4.15's
// set-up wrote.
const uniata = "UniATA"

// bindReactOS is bind for ReactOS: what the registry binds, else UniATA for what
// it drives.
func (l *StorageLink) bindReactOS(w *inspect.Installation) error {
	switch l.Controller.SubClass() {
	case machine.ClassIDE, machine.ClassAHCI, machine.ClassRAID:
		l.Services, l.Bound, l.met = []string{uniata}, true, true
		l.Origin = []inspect.Evidence{{Volume: "catalog", Offset: -1,
			Actual: fmt.Sprintf("%s is driven by %s (hives of ReactOS 0.4.15)", l.Controller.ID(), uniata)}}
		return nil
	}
	if l.Controller.Bus == machine.PCI && l.Controller.Class == 0 {
		return fmt.Errorf("the class of %s is not known: give it as pci:VVVV:DDDD:CCSSPP (lspci -n tells): %w", l.Controller, ErrNoController)
	}
	service, origin, met, err := registryBinding(w, l.Controller)
	if err != nil || service == "" {
		return err
	}
	l.Services, l.Bound, l.met, l.Origin = []string{service}, true, met, []inspect.Evidence{origin}
	return nil
}

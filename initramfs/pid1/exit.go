package pid1

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// Exit is how the hypervisor is told how it ended, beside switching off or
// restarting: the value of bootmend.exit.
type Exit struct {
	Device string // "", "isa-debug" or "pvpanic"
	Port   int64  // I/O port
}

// Devices of QEMU. isa-debug-exit ends the emulator with the status 2n+1 for the
// byte n; pvpanic reports event 1, a panic, to whoever manages the machine.
const (
	exitISADebug  = "isa-debug"
	exitPVPanic   = "pvpanic"
	isaDebugPort  = 0xF4 // as everybody sets it: -device isa-debug-exit,iobase=0xf4
	pvpanicPort   = 0x505
	pvpanicAlarm  = 1 << 0 // PVPANIC_PANICKED
	pvpanicAbsent = 0xFF   // what a port gives that nobody answers at
)

func parseExit(value string) (Exit, error) {
	device, port, hasPort := strings.Cut(value, ":")
	e := Exit{Device: device}
	switch device {
	case exitISADebug:
		e.Port = isaDebugPort
	case exitPVPanic:
		e.Port = pvpanicPort
	default:
		return Exit{}, errors.New("want isa-debug or pvpanic, with :PORT where it is another")
	}
	if hasPort {
		n, err := strconv.ParseUint(port, 0, 16)
		if err != nil || n == 0 {
			return Exit{}, fmt.Errorf("%q is no I/O port", port)
		}
		e.Port = int64(n)
	}
	return e, nil
}

// tellHypervisor is the last thing before the machine goes: with isa-debug it may
// not return.
func (s *system) tellHypervisor(e Exit) {
	if e.Device == "" {
		return
	}
	if !onQEMU(os.DirFS("/sys")) {
		s.sayf("bootmend.exit: this machine does not say to be QEMU's; nothing is written to port %#x", e.Port)
		s.out.drain()
		return
	}
	if err := e.tell("/dev/port", s.exitCode); err != nil {
		s.sayf("the hypervisor was not told: %v", err)
		s.out.drain()
	}
}

// onQEMU reports whether the machine is one of QEMU: it says so in the tables of its
// firmware, which whoever sets it up may change, or the kernel found QEMU's
// configuration device by its signature. On any other the ports may be anything.
func onQEMU(sys fs.FS) bool {
	for _, name := range []string{"sys_vendor", "chassis_vendor"} {
		if readText(sys, path.Join("class/dmi/id", name)) == "QEMU" {
			return true
		}
	}
	return readText(sys, "firmware/qemu_fw_cfg/rev") != ""
}

func (e Exit) tell(ports string, code int) error {
	if e.Device == exitPVPanic && code == 0 {
		return nil
	}
	f, err := os.OpenFile(ports, os.O_RDWR, 0) // closed under Secure Boot (lockdown)
	if err != nil {
		return err
	}
	defer f.Close()
	value := []byte{byte(code)}
	if e.Device == exitPVPanic {
		offers := []byte{0}
		if _, err := f.ReadAt(offers, e.Port); err != nil {
			return err
		}
		if offers[0] == pvpanicAbsent || offers[0]&pvpanicAlarm == 0 {
			return errors.New("there is no pvpanic device")
		}
		value[0] = pvpanicAlarm
	}
	_, err = f.WriteAt(value, e.Port)
	return err
}

package vm

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Firmware of the machine.
type Firmware string

// SeaBIOS and OVMF. SecureUEFI is OVMF with Microsoft's keys enrolled and
// Secure Boot on; it needs machine "q35".
const (
	BIOS       Firmware = "bios"
	UEFI       Firmware = "uefi"
	SecureUEFI Firmware = "uefi-secure"
)

// Bus is how a disk is attached.
type Bus string

// Controllers. IDE is PIIX3 on machine "pc" and AHCI on "q35".
const (
	IDE        Bus = "ide"
	USB        Bus = "usb"
	NVMe       Bus = "nvme"
	VirtioBlk  Bus = "virtio-blk"
	VirtioSCSI Bus = "virtio-scsi"
	LSI        Bus = "lsi53c895a"
	MegaSAS    Bus = "megasas"
	MPTSAS     Bus = "mptsas1068"
	PVSCSI     Bus = "pvscsi"
)

// Disk is a raw image, or one in QEMU's format that is called .qcow2, and where it hangs.
type Disk struct {
	Path string
	Bus  Bus
}

func (d Disk) format() string {
	if filepath.Ext(d.Path) == ".qcow2" {
		return "qcow2"
	}
	return "raw"
}

// Config is a machine.
type Config struct {
	Machine  string // "pc" or "q35"
	Firmware Firmware
	Memory   int    // MiB; 0 means 512
	CD       string // ISO in the CD drive, started first
	Drivers  string // ISO in a second CD drive, not started from
	Stick    string // image on a USB stick, started first
	Floppy   string // image in the floppy drive
	// TFTP is a directory that the network card starts BootFile from, first.
	TFTP, BootFile string
	Disks          []Disk
	// Unlisted: the disks are not in the firmware's boot order. OVMF does not look at
	// such a disk; on others it mends a GPT of which one copy is damaged.
	Unlisted bool
	// Variables is the file that OVMF keeps its variables in, "" for fresh ones at
	// each start; one that does not exist is made.
	Variables string
	Timeout   time.Duration // 0 means 5 minutes
	Emulate   bool          // never KVM
	Typed     bool          // the serial port takes keys, at Handle.SerialTerminal
	Debug     string        // file for what is written to port E9, the debug console
	Serial    string        // chardev of the first serial port instead of a log file
	Restarts  bool          // a restart is one; otherwise the machine ends instead
	More      []string      // arguments of qemu
	// Kernel, Initrd and Append start a kernel without firmware and medium.
	Kernel, Initrd, Append string
}

// serialPort is what qemu calls the serial port.
const serialPort = "serial"

// CanKVM reports whether the processor and the system offer virtualisation.
func CanKVM() bool {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil || !strings.Contains(string(info), " vmx") && !strings.Contains(string(info), " svm") {
		return false
	}
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// args is the command line of qemu; dir is for its sockets and variables.
func (c Config) args(dir string) ([]string, error) {
	accel := "tcg"
	if !c.Emulate && CanKVM() {
		accel = "kvm"
	}
	memory := c.Memory
	if memory == 0 {
		memory = 512
	}
	a := []string{"-nodefaults", "-no-user-config", "-display", "none", "-vga", "std", "-nic", "none",
		"-machine", c.Machine + ",accel=" + accel, "-m", strconv.Itoa(memory),
		"-qmp", "unix:" + filepath.Join(dir, "qmp") + ",server=on,wait=off"}
	a = append(a, c.serialArgs(dir)...)
	if !c.Restarts {
		a = append(a, "-no-reboot")
	}
	a = append(a, c.More...)
	if c.Firmware != BIOS {
		flash, err := uefiArgs(dir, c.Firmware, c.Variables)
		if err != nil {
			return nil, err
		}
		a = append(a, flash...)
	}
	if c.Debug != "" {
		a = append(a, "-debugcon", "file:"+c.Debug, "-global", "isa-debugcon.iobase=0xe9")
	}
	if c.Kernel != "" {
		a = append(a, "-kernel", c.Kernel, "-initrd", c.Initrd, "-append", c.Append)
	}
	if c.CD != "" {
		port := "ide.1" // secondary channel, or second SATA port
		a = append(a, "-drive", "if=none,id=cd,media=cdrom,readonly=on,format=raw,file="+c.CD,
			"-device", "ide-cd,drive=cd,bus="+port+",bootindex=0")
	}
	if c.Drivers != "" {
		port := "ide.1,unit=1"
		if c.Machine == "q35" {
			port = "ide.4"
		}
		a = append(a, "-drive", "if=none,id=drivers,media=cdrom,readonly=on,format=raw,file="+c.Drivers,
			"-device", "ide-cd,drive=drivers,bus="+port)
	}
	if c.Floppy != "" {
		a = append(a, "-drive", "if=floppy,index=0,format=raw,readonly=on,file="+c.Floppy)
	}
	if c.TFTP != "" {
		card := "virtio-net-pci,netdev=boot,bootindex=0"
		if c.Firmware != BIOS {
			// UEFI loads by itself. The iPXE of 2019 in QEMU's card does not say how much it
			// has read, and shim then takes its whole buffer for the file.
			card += ",romfile="
		}
		a = append(a, "-netdev", "user,id=boot,tftp="+c.TFTP+",bootfile="+c.BootFile, "-device", card)
	}
	if c.Stick != "" || c.Typed || c.uses(USB) { // people attach sticks
		a = append(a, "-device", "qemu-xhci,id=xhci")
	}
	if c.Stick != "" {
		a = append(a, "-drive", "if=none,id=stick,format=raw,file="+c.Stick,
			"-device", "usb-storage,id=stick-port,bus=xhci.0,drive=stick,removable=on,bootindex=0")
	}
	for i, d := range c.Disks {
		a = append(a, "-drive", fmt.Sprintf("if=none,id=disk%d,format=%s,cache=writeback,file=%s", i, d.format(), d.Path))
		a = append(a, c.attach(d, i)...)
	}
	return a, nil
}

// serialArgs are those of the first serial port.
func (c Config) serialArgs(dir string) []string {
	if c.Serial != "" {
		return []string{"-serial", c.Serial}
	}
	serial := "file,id=" + serialPort + ",path=" + filepath.Join(dir, "serial.log")
	if c.Typed {
		serial = "pty,id=" + serialPort + ",logfile=" + filepath.Join(dir, "serial.log")
	}
	return []string{"-chardev", serial, "-serial", "chardev:" + serialPort}
}

func (c Config) uses(bus Bus) bool {
	for _, d := range c.Disks {
		if d.Bus == bus {
			return true
		}
	}
	return false
}

// attach attaches disk number i. Where the machine has two IDE channels the CD is
// on the second, where it has six ports it is on port 1.
func (c Config) attach(d Disk, i int) []string {
	drive := fmt.Sprintf("drive=disk%d", i)
	if !c.Unlisted {
		drive += fmt.Sprintf(",bootindex=%d", i+1)
	}
	switch d.Bus {
	case IDE:
		port := []string{"ide.0", "ide.2", "ide.3"}[i]
		if c.Machine == "pc" {
			port = fmt.Sprintf("ide.0,unit=%d", i)
		}
		return []string{"-device", "ide-hd,bus=" + port + "," + drive}
	case USB:
		return []string{"-device", "usb-storage,bus=xhci.0," + drive}
	case NVMe:
		return []string{"-device", fmt.Sprintf("nvme,serial=BOOTMEND%d,%s", i, drive)}
	case VirtioBlk:
		return []string{"-device", "virtio-blk-pci," + drive}
	}
	adapter := map[Bus]string{VirtioSCSI: "virtio-scsi-pci", LSI: "lsi53c895a", MegaSAS: "megasas", MPTSAS: "mptsas1068", PVSCSI: "pvscsi"}[d.Bus]
	if d.Bus == MPTSAS { // disks without a SAS address are invisible to Linux there
		drive += fmt.Sprintf(",wwn=0x5000c500b007e%03x", i+1)
	}
	return []string{"-device", fmt.Sprintf("%s,id=scsi%d", adapter, i),
		"-device", fmt.Sprintf("scsi-hd,bus=scsi%d.0,%s", i, drive)}
}

// firmwares are the places of OVMF in Debian, Ubuntu and Fedora: code, then
// the variables that go with it.
func firmwares(f Firmware) [][2]string {
	if f == SecureUEFI {
		return [][2]string{
			{"/usr/share/OVMF/OVMF_CODE_4M.ms.fd", "/usr/share/OVMF/OVMF_VARS_4M.ms.fd"},
			{"/usr/share/OVMF/OVMF_CODE.ms.fd", "/usr/share/OVMF/OVMF_VARS.ms.fd"},
		}
	}
	return [][2]string{
		{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
		{"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
		{"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
	}
}

func uefiArgs(dir string, firmware Firmware, own string) ([]string, error) {
	for _, f := range firmwares(firmware) {
		vars, err := os.ReadFile(f[1])
		if err != nil {
			continue
		}
		if own == "" {
			own = filepath.Join(dir, "vars.fd")
		}
		if _, err := os.Stat(own); err != nil {
			if err := os.WriteFile(own, vars, 0o600); err != nil {
				return nil, err
			}
		}
		args := []string{"-drive", "if=pflash,format=raw,readonly=on,file=" + f[0], "-drive", "if=pflash,format=raw,file=" + own}
		if firmware == SecureUEFI {
			// System management mode is what keeps the variables safe.
			args = append(args, "-machine", "smm=on", "-global", "driver=cfi.pflash01,property=secure,value=on")
		}
		return args, nil
	}
	return nil, fmt.Errorf("no OVMF firmware found (Debian: apt install ovmf)")
}

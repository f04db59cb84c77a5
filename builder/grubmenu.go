package builder

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// starterModules are what GRUB has from its start: its menu, and what the drivers of
// starterDrivers and the rescue's own configuration need.
const starterModules = "biosdisk memdisk tar ata pci usb cs5536 boot scsi usbms keylayouts part_msdos part_gpt fat iso9660 linux chain search search_fs_file normal configfile serial terminal echo ls minicmd sleep reboot halt test"

// starterDrivers are what GRUB needs to see disks by itself, without the BIOS: ATA, AHCI,
// sticks behind three kinds of USB controllers, and keyboards there. From the first on the
// BIOS is not asked for disks any more, nor for the floppy, and does not see its disks and
// USB keyboards; so they are loaded when somebody wants the rescue, from memory.
const starterDrivers = "pata ahci ehci uhci ohci usb_keyboard"

// starterConfig is what GRUB reads line by line, without conditions; what fails, for
// instance where there is no serial port, is passed over. The menu is in memory.
const starterConfig = `serial --unit=0 --speed=115200
terminal_input --append serial
terminal_output --append serial
set prefix=(memdisk)
normal (memdisk)/menu.cfg
`

const starterMenu = `set timeout=5
menuentry "Start bootmend from its CD, disk or USB stick" {
  configfile (memdisk)/look.cfg
}
menuentry "Start the first hard disk" {
  chainloader (hd0)+1
}
menuentry "Restart" {
  reboot
}
menuentry "Switch off" {
  halt
}
`

// starterLook looks for the rescue and goes on with its own menu. Other systems have a
// /.disk/info, too; the manifest is bootmend's. The hard disk is not offered any more.
func starterLook() string {
	return `echo "bootmend: looking for its CD, disk or stick; this may take a minute ..."
insmod ` + strings.ReplaceAll(starterDrivers, " ", "\ninsmod ") + `
search --no-floppy --file /.disk/manifest.json --set=found
if [ -n "$found" ]; then
  echo "bootmend: found on $found"
  set root=$found
  set prefix=($root)/boot/grub
  configfile ($root)/boot/grub/grub.cfg
  set prefix=(memdisk)
else
  echo "bootmend: found on no disk that can be read here. Attach it; this looks again."
  set timeout=30
  sleep --interruptible 5
fi
menuentry "Look again" {
  configfile (memdisk)/look.cfg
}
menuentry "Restart (for the hard disk take out the floppy)" {
  reboot
}
menuentry "Switch off" {
  halt
}
`
}

// starterMemory is the archive that GRUB has as a disk in memory: the menus, and drivers
// of the directory dir at the place where GRUB's insmod looks.
func starterMemory(dir string, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	put := func(name string, content []byte) error {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: at, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return fmt.Errorf("%s in GRUB's memory: %w", name, err)
		}
		_, err := w.Write(content)
		return err
	}
	if err := put("menu.cfg", []byte(starterMenu)); err != nil {
		return nil, err
	}
	if err := put("look.cfg", []byte(starterLook())); err != nil {
		return nil, err
	}
	for _, name := range strings.Fields(starterDrivers) {
		content, err := os.ReadFile(filepath.Join(dir, name+".mod"))
		if err != nil {
			return nil, err
		}
		if err := put("i386-pc/"+name+".mod", content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

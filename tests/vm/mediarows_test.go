package vm

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/tool"
)

// mediumRow is a way to start the rescue: a medium, and a machine that starts it.
type mediumRow struct {
	medium, machine string // for people
	guest, driver   string
	config          Config
	attach          func(t *testing.T, c *Config)
	ordinary        bool // runs in "make test"
}

// mkrescue runs the builder.
func mkrescue(t *testing.T, args ...string) {
	t.Helper()
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", append([]string{"run", "./cmds/mkrescue"}, args...)...)
	cmd.Dir = root
	if b, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
}

// medium makes one of the rescue image of all tests and returns its path.
func medium(t *testing.T, kind, name string, more ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), name)
	mkrescue(t, append([]string{kind, "--from", rescueImage(t), "--append", Unattended, "-o", out}, more...)...)
	return out
}

// universal is the image with both systems. BOOTMEND_UNIVERSAL names one that is built
// already, whose kernel arguments do not matter.
func universal(t *testing.T) string { return forArch(t, "universal", "BOOTMEND_UNIVERSAL") }

// i386 is the image for processors of 32 bits. BOOTMEND_I386 names one that is built
// already, as above.
func i386(t *testing.T) string { return forArch(t, "i386", "BOOTMEND_I386") }

func forArch(t *testing.T, arch, variable string) string {
	t.Helper()
	from := os.Getenv(variable)
	if from == "" {
		from = filepath.Join(t.TempDir(), arch+".iso")
		mkrescue(t, "iso", "--arch", arch, "-o", from)
	}
	out := filepath.Join(t.TempDir(), "unattended.iso")
	mkrescue(t, "iso", "--from", from, "--append", Unattended, "-o", out)
	return out
}

func fromCD(image func(t *testing.T) string) func(*testing.T, *Config) {
	return func(t *testing.T, c *Config) { c.CD = image(t) }
}

func fromStick(image func(t *testing.T) string) func(*testing.T, *Config) {
	return func(t *testing.T, c *Config) { c.Stick = image(t) }
}

func usbImage(t *testing.T) string { return medium(t, "usb", "stick.img") }

// mbrImage is the one for machines that do not start from GPT.
func mbrImage(t *testing.T) string { return medium(t, "usb", "stick.img", "--table", "mbr") }

// qcow2Image is the one for clouds, on a disk as large as theirs are: the backup GPT is
// not at its end, as on a stick that is larger than the image.
func qcow2Image(t *testing.T) string {
	tool.Need(t, "qemu-img")
	image := medium(t, "usb", "stick.qcow2", "--format", "qcow2")
	tool.Must(t, "qemu-img", "resize", image, "10G")
	return image
}

// asDisk makes the image the first disk of the machine, as clouds do; the patient
// becomes the second.
func asDisk(bus Bus, image func(t *testing.T) string) func(*testing.T, *Config) {
	return func(t *testing.T, c *Config) { c.Disks = append(c.Disks, Disk{image(t), bus}) }
}

// fromNet is a server with a netboot directory whose DHCP names the boot file.
func fromNet(bootFile string) func(*testing.T, *Config) {
	return func(t *testing.T, c *Config) { c.TFTP, c.BootFile = medium(t, "pxe", "netboot"), bootFile }
}

// fromUniversalNet is the same of the image with both systems, PXELINUX choosing by the
// processor.
func fromUniversalNet(t *testing.T, c *Config) {
	c.TFTP, c.BootFile = filepath.Join(t.TempDir(), "netboot"), "pxelinux.0"
	mkrescue(t, "pxe", "--from", universal(t), "--append", Unattended, "-o", c.TFTP)
}

// directly starts kernel and initramfs of the netboot directory as hypervisors do.
func directly(t *testing.T, c *Config) {
	net := medium(t, "pxe", "netboot")
	c.Kernel, c.Initrd = filepath.Join(net, "vmlinuz"), filepath.Join(net, "initrd.img")
	c.Append = "console=ttyS0 " + Unattended
}

// mediaRows are all of them, in the order of README.md's table.
func mediaRows() []mediumRow {
	pc, q35, secure := Config{Machine: "pc", Firmware: BIOS}, Config{Machine: "q35", Firmware: UEFI}, Config{Machine: "q35", Firmware: SecureUEFI}
	old := pc
	old.More = []string{"-cpu", "pentium3"}
	xp := func(medium, machine string, c Config, attach func(*testing.T, *Config)) mediumRow {
		return mediumRow{medium, machine, "winxp-x86", "IntelIde", c, attach, false}
	}
	ten := func(medium, machine string, c Config, attach func(*testing.T, *Config)) mediumRow {
		return mediumRow{medium, machine, "win10-x64", "storahci", c, attach, false}
	}
	ordinary := func(r mediumRow) mediumRow { r.ordinary = true; return r }
	return []mediumRow{
		xp("ISO on CD", "BIOS", pc, fromCD(rescueImage)), // TestRescue does it in "make test"
		ten("ISO on CD", "UEFI", q35, fromCD(rescueImage)),
		ten("ISO on CD", "UEFI Secure Boot", secure, fromCD(rescueImage)),
		xp("ISO on a stick", "BIOS", pc, fromStick(rescueImage)),
		ten("ISO on a stick", "UEFI", q35, fromStick(rescueImage)),
		ten("ISO on a stick", "UEFI Secure Boot", secure, fromStick(rescueImage)),
		xp("USB image", "BIOS", pc, fromStick(usbImage)),
		ten("USB image", "UEFI", q35, fromStick(usbImage)),
		ten("USB image", "UEFI Secure Boot", secure, fromStick(usbImage)),
		xp("USB image with MBR", "BIOS", pc, fromStick(mbrImage)),
		ten("USB image with MBR", "UEFI", q35, fromStick(mbrImage)),
		ten("USB image with MBR", "UEFI Secure Boot", secure, fromStick(mbrImage)),
		xp("USB image as virtio disk", "BIOS", pc, asDisk(VirtioBlk, usbImage)),
		ten("USB image as virtio disk", "UEFI", q35, asDisk(VirtioBlk, usbImage)),
		ten("USB image as virtio disk, qcow2", "UEFI Secure Boot", secure, asDisk(VirtioBlk, qcow2Image)),
		xp("USB image as virtio SCSI disk, qcow2", "BIOS", pc, asDisk(VirtioSCSI, qcow2Image)),
		ten("USB image as virtio SCSI disk", "UEFI", q35, asDisk(VirtioSCSI, usbImage)),
		xp("USB image as IDE disk", "BIOS", pc, asDisk(IDE, usbImage)),
		ten("USB image as SATA disk", "UEFI", q35, asDisk(IDE, usbImage)),
		ordinary(xp("netboot, PXELINUX", "BIOS", pc, fromNet("pxelinux.0"))),
		xp("netboot, iPXE script", "BIOS", pc, fromNet("bootmend.ipxe")),
		ten("netboot, shim and GRUB", "UEFI", q35, fromNet("bootx64.efi")),
		ten("netboot, shim and GRUB", "UEFI Secure Boot", secure, fromNet("bootx64.efi")),
		ten("ISO by HTTP boot", "UEFI", q35, fromHTTP),
		ten("ISO by HTTP boot", "UEFI Secure Boot", secure, fromHTTP),
		xp("kernel and initramfs", "direct", pc, directly),
		xp("ISO for i386 on CD", "BIOS, Pentium III", old, fromCD(i386)),
		xp("universal ISO on CD", "BIOS, Pentium III", old, fromCD(universal)),
		xp("universal ISO on CD", "BIOS, 64 bits", pc, fromCD(universal)),
		ten("universal ISO on CD", "UEFI", q35, fromCD(universal)),
		ten("universal ISO on CD", "UEFI Secure Boot", secure, fromCD(universal)),
		xp("netboot of the universal image, PXELINUX", "BIOS, Pentium III", old, fromUniversalNet),
		xp("netboot of the universal image, PXELINUX", "BIOS, 64 bits", pc, fromUniversalNet),
	}
}

// TestMedia (its names have no commas, which QEMU would take for its own): the rescue starts from each medium and repairs; a second start finds the
// disk healthy and leaves it alone.
func TestMedia(t *testing.T) {
	needQEMU(t)
	for _, r := range mediaRows() {
		t.Run(strings.ReplaceAll(r.medium+" "+r.machine, ",", ""), func(t *testing.T) {
			if !r.ordinary {
				campaign(t)
			}
			defer noteMedium(t, r)
			c := r.config
			c.Memory = 1024 // OVMF keeps what it loaded
			c.Timeout = 20 * time.Minute
			r.attach(t, &c)
			medium := c.Disks // of the disks
			var before []string
			for _, d := range medium {
				before = append(before, hash(t, d.Path))
			}
			patient := Disk{Path: guests.MustLoad(t, r.guest).Build(t), Bus: IDE}
			c.Disks = append(c.Disks, patient)
			says(t, run(t, c), "FINDING storage-driver-disabled", r.driver, "RESULT repaired and verified")
			repaired := hash(t, patient.Path)
			says(t, run(t, c), "RESULT healthy, nothing was written")
			if hash(t, patient.Path) != repaired {
				t.Error("the second start wrote to the healthy disk")
			}
			for i, d := range medium {
				if hash(t, d.Path) != before[i] {
					t.Errorf("%s was written to, which is the rescue's own disk", d.Path)
				}
			}
		})
	}
}

package builder

import (
	"errors"
	"fmt"
	"os"

	"github.com/bootmend/bootmend/builder/floppyboot"
	ownkernel "github.com/bootmend/bootmend/builder/kernel"
	"github.com/bootmend/bootmend/builder/lean"
	"github.com/bootmend/bootmend/initramfs/media"
)

// floppyArgs start the floppy's kernel: everything is shown on the first serial port and
// on the screen.
const floppyArgs = "console=ttyS0,115200 console=tty0 quiet"

// BootFloppy is what became of a floppy.
type BootFloppy struct {
	Sizes
	Room     int64 // for files, in bytes
	Packages []lean.PackageSize
}

// SelfContainedFloppy makes the floppy of 2,880 KiB that starts by itself: boot loader,
// kernel of ours, and the program in the edition that knows NT 4 to Server 2003.
func SelfContainedFloppy(o Options) (*BootFloppy, error) {
	defer o.done()
	if o.Arch == "" {
		o.Arch = I386
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Arch == Universal {
		return nil, errors.New("a floppy has room for one kernel: --arch i386 starts on processors of 64 bits, too")
	}
	if o.Answers != "" || len(o.Drivers)+len(o.SSHKeys)+len(o.BitLockerKeys)+len(o.Extra) > 0 || o.From != "" || o.Kernel != "" {
		return nil, errors.New("this floppy takes --append only; copy an answer file (bootmend.yaml) or a driver onto the finished image with mcopy or Windows, where there is room, or onto a second floppy (mkrescue driver-floppy)")
	}
	if err := o.preflight("go", "xz", "as", "ld"); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.tempDir(), 0o755); err != nil {
		return nil, err
	}
	b := newBuild(o)
	image, release, from, err := b.ownKernel(o.Arch, ownkernel.Floppy)
	if err != nil {
		return nil, err
	}
	b.Logf("compiling the program for %s", o.Arch)
	program, err := lean.Build(lean.Options{Source: o.Source, TempDir: b.leanDir(), Arch: o.Arch.goarch(), Tags: []string{"nt5"}})
	if err != nil {
		return nil, err
	}
	initrd, err := leanInitramfs(program.Content, release, nil, o.Epoch)
	if err != nil {
		return nil, err
	}
	loader, err := floppyboot.Assemble(o.tempDir())
	if err != nil {
		return nil, err
	}
	f := &BootFloppy{Room: floppyboot.Room(floppyboot.Size2880), Packages: program.Packages,
		Sizes: Sizes{Kernel: int64(len(image)), Initramfs: int64(len(initrd)), Commands: int64(len(program.Content))}}
	args := floppyArgs
	if o.Append != "" {
		args += " " + o.Append
	}
	out, err := floppyboot.Build(floppyboot.Content{Size: floppyboot.Size2880, Label: media.Label, Kernel: image, Initrd: initrd,
		Append: args, Epoch: o.Epoch}, loader)
	if err != nil {
		return f, fmt.Errorf("kernel of %d and initramfs of %d bytes: %w", len(image), len(initrd), err)
	}
	f.Image = int64(len(out))
	modules, err := b.leanPackages(o.Arch, "nt5")
	if err != nil {
		return f, err
	}
	b.made.Add("(boot loader)", loader, own())
	b.made.Add(floppyboot.KernelFile, image, from)
	b.made.Add(floppyboot.InitrdFile+":bbin/bootmend", program.Content, append(modules, own())...)
	return f, b.publishFloppy(out)
}

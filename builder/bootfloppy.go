package builder

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/builder/floppyboot"
	ownkernel "github.com/bootmend/bootmend/builder/kernel"
	"github.com/bootmend/bootmend/builder/lean"
	"github.com/bootmend/bootmend/initramfs/media"
)

// floppyArgs start the floppy's kernel: everything is shown on the first serial port and
// on the screen.
const floppyArgs = "console=ttyS0,115200 console=tty0 quiet"

// floppyProgram is what the program on a floppy is compiled for, with a kernel of 64 bits,
// too, which runs it: for 64 bits it would be larger by 120 KB that there is no room for.
const floppyProgram = I386

// BootFloppy is what became of a floppy.
type BootFloppy struct {
	Sizes
	Room     int64 // for files, in bytes
	Packages []lean.PackageSize
}

// SelfContainedFloppy makes the floppy of 2,880 KiB that starts by itself: boot loader,
// kernel of ours, and the program in the edition that knows NT 4 to Server 2003.
func SelfContainedFloppy(o Options) (*BootFloppy, error) { return bootFloppy(o, false) }

// FloppySet makes two floppies of 1,440 KiB with the same on them, for drives that
// know no others; FloppySetNames are their files.
func FloppySet(o Options) (*BootFloppy, error) { return bootFloppy(o, true) }

// FloppySetNames are the files of a set that is called out.
func FloppySetNames(out string) [2]string {
	ext := filepath.Ext(out)
	base := strings.TrimSuffix(out, ext)
	return [2]string{base + setEnd(0) + ext, base + setEnd(1) + ext}
}

// checkFloppy refuses what is no architecture of a floppy.
func (a Arch) checkFloppy() error {
	if a == Universal {
		return errors.New("a floppy has room for one kernel: --arch i386, the default, starts on processors of 64 bits, too")
	}
	return a.check()
}

// wantsMore says whether something is asked for besides an architecture and arguments.
func (o Options) wantsMore() bool {
	lists := len(o.Drivers) + len(o.SSHKeys) + len(o.BitLockerKeys) + len(o.Extra) + len(o.MoreModules) + len(o.LeaveOut)
	return lists > 0 || o.DriversInMemory || o.Answers != "" || o.From != "" || o.Kernel != "" || o.Modules != ""
}

func bootFloppy(o Options, set bool) (*BootFloppy, error) {
	defer o.done()
	if o.Arch == "" {
		o.Arch = I386
	}
	if set {
		o.makes = ImageSet
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if err := o.Arch.checkFloppy(); err != nil {
		return nil, err
	}
	if o.wantsMore() {
		return nil, errors.New("this floppy takes --append only; copy an answer file (bootmend.yaml) or a driver onto the finished image with mcopy or Windows, where there is room, or onto a second floppy (mkrescue driver-floppy)")
	}
	if err := errors.Join(checkLength(o.Append, floppyboot.MaxAppend-len(floppyArgs)), checkSmall(o.Append, true)); err != nil {
		return nil, err
	}
	if err := o.preflight("go", "xz", "as", "ld"); err != nil {
		return nil, err
	}
	if err := o.begin(); err != nil {
		return nil, err
	}
	b := newBuild(o)
	image, release, from, err := b.ownKernel(o.Arch, ownkernel.Floppy)
	if err != nil {
		return nil, err
	}
	b.Logf("compiling the program")
	program, err := lean.Build(lean.Options{Source: o.Source, TempDir: b.work, Offline: o.Offline, Arch: floppyProgram.goarch(), Tags: []string{"nt5"}, SSE2: o.Arch == AMD64})
	if err != nil {
		return nil, err
	}
	initrd, err := leanInitramfs(program.Content, release, nil, o.Epoch)
	if err != nil {
		return nil, err
	}
	f := &BootFloppy{Room: floppyboot.Room(floppyboot.Size2880), Packages: program.Packages,
		Sizes: Sizes{Kernel: int64(len(image)), Initramfs: int64(len(initrd)), Commands: int64(len(program.Content))}}
	content := floppyboot.Content{Size: floppyboot.Size2880, Label: media.Label, Kernel: image, Initrd: initrd, Append: floppyArgs, Epoch: o.Epoch}
	if o.Append != "" {
		content.Append += " " + o.Append
	}
	build, archive := b.oneFloppy, floppyboot.InitrdFile
	if set {
		f.Room, content.Size = floppyboot.RoomOfSet(floppyboot.Size1440), floppyboot.Size1440
		build, archive = b.twoFloppies, floppyboot.FirstPart+"+"+floppyboot.SecondPart
	}
	images, err := build(content)
	if err != nil {
		return f, fmt.Errorf("kernel of %d and initramfs of %d bytes: %w", len(image), len(initrd), err)
	}
	for _, i := range images {
		f.Image += int64(len(i))
	}
	modules, err := b.leanPackages(floppyProgram, "nt5")
	if err != nil {
		return f, err
	}
	b.made.Add(floppyboot.KernelFile, image, from...)
	b.made.Add(archive+":bbin/bootmend", program.Content, append(modules, own())...)
	return f, b.publishFloppies(images)
}

// oneFloppy returns the image that starts by itself.
func (b *build) oneFloppy(c floppyboot.Content) ([][]byte, error) {
	loader, err := floppyboot.Assemble(b.work)
	if err != nil {
		return nil, err
	}
	b.made.Add("(boot loader)", loader, own())
	image, err := floppyboot.Build(c, loader)
	return [][]byte{image}, err
}

// twoFloppies returns the images of a set.
func (b *build) twoFloppies(c floppyboot.Content) ([][]byte, error) {
	loader, err := floppyboot.Assemble(b.work)
	if err != nil {
		return nil, err
	}
	second, err := floppyboot.AssembleSecond(b.work)
	if err != nil {
		return nil, err
	}
	b.made.Add("(boot loader)", loader, own())
	b.made.Add("(boot sector of the second floppy)", second, own())
	one, two, err := floppyboot.BuildSet(c, floppyboot.Loaders{First: loader, Second: second})
	return [][]byte{one, two}, err
}

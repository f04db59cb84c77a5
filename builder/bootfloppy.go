package builder

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/bootmend/bootmend/builder/floppyboot"
	ownkernel "github.com/bootmend/bootmend/builder/kernel"
	"github.com/bootmend/bootmend/builder/lean"
	"github.com/bootmend/bootmend/builder/manifest"
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
	Room     int64 // for kernel and initramfs, in bytes
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
	f := &BootFloppy{Packages: program.Packages,
		Sizes: Sizes{Kernel: int64(len(image)), Initramfs: int64(len(initrd)), Commands: int64(len(program.Content))}}
	images, room, err := b.floppies(floppyParts{kernel: image, from: from, program: program.Content, initrd: initrd}, set)
	f.Room = room
	if err != nil {
		return f, fmt.Errorf("kernel of %d and initramfs of %d bytes: %w", len(image), len(initrd), err)
	}
	for _, i := range images {
		f.Image += int64(len(i))
	}
	return f, b.publishFloppies(images)
}

// floppyParts are what a floppy that starts by itself is made of.
type floppyParts struct {
	kernel          []byte
	from            []manifest.Package // what the kernel is made of
	program, initrd []byte             // the second has the first
}

// floppies returns the image that starts by itself, or those of a set, with the list of what
// is on them; room is what there is for kernel and initramfs.
func (b *build) floppies(p floppyParts, set bool) (images [][]byte, room int64, err error) {
	c := floppyboot.Content{Size: floppyboot.Size2880, Label: media.Label, Kernel: p.kernel, Initrd: p.initrd, Append: strings.TrimRight(floppyArgs+" "+b.Append, " "), Epoch: b.Epoch}
	room = floppyboot.Room(c.Size)
	if set {
		c.Size = floppyboot.Size1440
		room = floppyboot.RoomOfSet(c.Size)
	}
	loaders, err := b.floppyLoaders(set)
	if err != nil {
		return nil, room, err
	}
	if err := b.listFloppies(c, p, set); err != nil {
		return nil, room, err
	}
	list, err := b.made.JSON(b.Epoch)
	if err != nil {
		return nil, room, err
	}
	c.More = map[string][]byte{FloppyManifestName: list}
	images, err = buildFloppies(c, loaders, set)
	if errors.Is(err, floppyboot.ErrFull) {
		c.More = nil
		without, bare := buildFloppies(c, loaders, set)
		if bare == nil {
			b.Logf("WARNING: no room for the list of what is on the floppy (%v): it is only beside the image", err)
		}
		return without, room, bare
	}
	return images, room - floppyboot.SizeOf(list), err
}

// listFloppies notes what is on them in the manifest.
func (b *build) listFloppies(c floppyboot.Content, p floppyParts, set bool) error {
	files, archive := map[string][]byte{floppyboot.InitrdFile: p.initrd}, floppyboot.InitrdFile
	if set {
		first, second, err := c.Parts()
		if err != nil {
			return err
		}
		files, archive = map[string][]byte{floppyboot.FirstPart: first, floppyboot.SecondPart: second}, floppyboot.FirstPart+"+"+floppyboot.SecondPart
	}
	modules, err := b.leanPackages(floppyProgram, "nt5")
	if err != nil {
		return err
	}
	b.made.Add(floppyboot.KernelFile, p.kernel, p.from...)
	b.made.Add(archive+":bbin/bootmend", p.program, append(modules, own())...)
	for name, content := range files {
		b.made.Add(name, content, own()) // its files' origins are listed with them
	}
	return nil
}

// floppyLoaders are what stands in front of the file systems; the second is a set's.
func (b *build) floppyLoaders(set bool) (l floppyboot.Loaders, err error) {
	if l.First, err = floppyboot.Assemble(b.work); err != nil {
		return l, err
	}
	b.made.Add("(boot loader)", l.First, own())
	if !set {
		return l, nil
	}
	if l.Second, err = floppyboot.AssembleSecond(b.work); err == nil {
		b.made.Add("(boot sector of the second floppy)", l.Second, own())
	}
	return l, err
}

func buildFloppies(c floppyboot.Content, l floppyboot.Loaders, set bool) ([][]byte, error) {
	if set {
		one, two, err := floppyboot.BuildSet(c, l)
		return [][]byte{one, two}, err
	}
	image, err := floppyboot.Build(c, l.First)
	return [][]byte{image}, err
}

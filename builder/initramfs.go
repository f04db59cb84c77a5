package builder

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/bootmend/bootmend/builder/busybox"
	"github.com/bootmend/bootmend/builder/modules"
	"github.com/bootmend/bootmend/builder/ramfs"
	"github.com/bootmend/bootmend/initramfs/pid1"
)

// ownCommands are our own commands of the image, by import path.
func ownCommands() []string {
	const cmds = "github.com/bootmend/bootmend/cmds/"
	return []string{cmds + "init", cmds + "bootmend", cmds + "sh", cmds + "sshd", cmds + "dhcp", cmds + "copy-out"}
}

// commandPackages are the commands of the image, by import path.
func (b *build) commandPackages() []string {
	all := ownCommands()
	for _, c := range busybox.Commands() {
		if !b.leavesOut(path.Base(c)) {
			all = append(all, c)
		}
	}
	return all
}

// commands returns the busybox binary and the names it answers to.
func (b *build) commands(arch Arch) (binary []byte, names []string, err error) {
	work, err := os.MkdirTemp(b.work, "commands-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(work)
	out := filepath.Join(work, "bb")
	names, err = busybox.Build(out, busybox.Options{Dir: b.Source, GOARCH: arch.goarch(), TempDir: work, Offline: b.Offline,
		Packages: b.commandPackages()})
	if err != nil {
		return nil, nil, err
	}
	binary, err = os.ReadFile(out)
	return binary, names, err
}

// moduleList is the default with what a person wants of it changed.
func (b *build) moduleList() (modules.List, error) {
	list, err := modules.Default()
	if err == nil && len(b.MoreModules) > 0 {
		list, err = list.With(b.MoreModules...)
	}
	return list, err
}

// chooseModules returns the image's modules out of the kernel's trees.
func (b *build) chooseModules(arch Arch, k kernel) (*modules.Set, error) {
	list, err := b.moduleList()
	if err != nil {
		return nil, err
	}
	list = list.Optional(arch.mayMiss()...)
	trees := make([]fs.FS, len(k.trees))
	for i, tree := range k.trees {
		trees[i] = os.DirFS(tree)
	}
	return modules.Choose(trees, list)
}

// Windows of the image's Zstandard streams as powers of two: the kernel accepts at most
// 8 MiB for an initramfs (ZSTD_WINDOWSIZE_MAX in lib/decompress_unzstd.c), and a bundle
// of modules is unpacked where memory is short.
const (
	initramfsWindow = 23
	bundleWindow    = 20
)

// pack returns the compressed initramfs.
func (b *build) pack(entries []ramfs.Entry) ([]byte, error) {
	b.Logf("packing the initramfs, which takes a minute")
	var plain bytes.Buffer
	if err := ramfs.Write(&plain, entries, b.Epoch); err != nil {
		return nil, err
	}
	e := b.encoder()
	e.Progress = b.Progress
	return e.Compress(plain.Bytes(), initramfsWindow)
}

// busyboxName is the file of all commands in the image.
const busyboxName = "bbin/bb"

// rootEntries returns the files of the image. The manifest comes first and the
// commands next: when the machine has too little memory it is the end of the
// archive that is lost, and then these must be there to say so.
func rootEntries(binary []byte, names []string, set *modules.Set, more []ramfs.Entry, release string) []ramfs.Entry {
	files := []ramfs.Entry{{Name: busyboxName, Perm: 0o755, Content: binary}}
	for _, name := range names {
		files = append(files, ramfs.Entry{Name: "bbin/" + name, Kind: ramfs.Link, Perm: 0o777, Target: "bb"})
	}
	files = append(files,
		ramfs.Entry{Name: "init", Kind: ramfs.Link, Perm: 0o777, Target: "bbin/init"},
		ramfs.Entry{Name: "bin/sh", Kind: ramfs.Link, Perm: 0o777, Target: "../bbin/sh"},
		// The kernel calls it for what it finds it needs (CONFIG_MODPROBE_PATH).
		ramfs.Entry{Name: "sbin/modprobe", Kind: ramfs.Link, Perm: 0o777, Target: "../bbin/init"},
		ramfs.Entry{Name: "bbin/modprobe", Kind: ramfs.Link, Perm: 0o777, Target: "init"},
		ramfs.Entry{Name: "etc/passwd", Perm: 0o644, Content: []byte("root:x:0:0:root:/root:/bin/sh\n")},
		ramfs.Entry{Name: "etc/group", Perm: 0o644, Content: []byte("root:x:0:\n")},
	)
	tree := "lib/modules/" + release
	texts := set.Texts()
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		files = append(files, ramfs.Entry{Name: path.Join(tree, name), Perm: 0o644, Content: []byte(texts[name])})
	}
	for _, name := range slices.Sorted(maps.Keys(set.Files)) {
		files = append(files, ramfs.Entry{Name: path.Join(tree, name), Perm: 0o644, Content: set.Files[name]})
	}
	files = append(files, shellFiles()...)
	files = append(files, more...)
	head := []ramfs.Entry{
		{Name: "dev/console", Kind: ramfs.Device, Perm: 0o600, Major: 5, Minor: 1},
		{Name: "dev/null", Kind: ramfs.Device, Perm: 0o666, Major: 1, Minor: 3},
		{Name: "dev/kmsg", Kind: ramfs.Device, Perm: 0o644, Major: 1, Minor: 11},
		{Name: pid1.ManifestPath, Perm: 0o444, Content: []byte(ramfs.Manifest(files))},
	}
	for _, dir := range []string{"proc", "sys", "run", "tmp", "root", "mnt"} {
		head = append(head, ramfs.Entry{Name: dir, Kind: ramfs.Dir, Perm: 0o755})
	}
	return ramfs.Parents(slices.Concat(head, files))
}

package builder

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/bootmend/bootmend/builder/ramfs"
	"github.com/bootmend/bootmend/initramfs/pid1"
	"github.com/bootmend/bootmend/initramfs/pid1/core"
)

// leanRoot are the files of the lean program's initramfs: the program, its names,
// and an empty list of modules, because everything is in the kernel.
func leanRoot(program []byte, release string, more []ramfs.Entry) []ramfs.Entry {
	files := []ramfs.Entry{{Name: "bbin/bootmend", Perm: 0o755, Content: program}}
	names := []string{"busy", "sh"}
	for _, c := range core.All() {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	for _, name := range names {
		files = append(files, ramfs.Entry{Name: "bbin/" + name, Kind: ramfs.Link, Perm: 0o777, Target: "bootmend"})
	}
	files = append(files,
		ramfs.Entry{Name: "init", Kind: ramfs.Link, Perm: 0o777, Target: "bbin/bootmend"},
		ramfs.Entry{Name: "lib/modules/" + release + "/modules.dep", Perm: 0o644},
		// What the kernel writes to before anything is mounted.
		ramfs.Entry{Name: "dev/console", Kind: ramfs.Device, Perm: 0o600, Major: 5, Minor: 1})
	files = append(files, more...)
	for _, dir := range []string{"proc", "sys", "dev", "run", "tmp", "root", "mnt"} {
		files = append(files, ramfs.Entry{Name: dir, Kind: ramfs.Dir, Perm: 0o755})
	}
	manifest := ramfs.Entry{Name: pid1.ManifestPath, Perm: 0o644, Content: []byte(ramfs.Manifest(files))}
	return ramfs.Parents(append([]ramfs.Entry{manifest}, files...))
}

// leanInitramfs is the initramfs as the kernel unpacks it.
func leanInitramfs(program []byte, release string, more []ramfs.Entry, epoch time.Time) ([]byte, error) {
	var archive bytes.Buffer
	if err := ramfs.Write(&archive, leanRoot(program, release, more), epoch); err != nil {
		return nil, err
	}
	return xz(archive.Bytes())
}

// xz compresses as far as it goes: with each of several settings, of which the best one is
// another after every change of the program; the differences are up to 5 KiB.
func xz(b []byte) ([]byte, error) {
	var settings []string
	for _, finder := range []string{"bt3", "bt4"} {
		for _, nice := range []int{64, 96, 112, 128} {
			settings = append(settings, fmt.Sprintf("mf=%s,nice=%d", finder, nice))
		}
	}
	outs := make([][]byte, len(settings))
	var all errgroup.Group
	all.SetLimit(runtime.NumCPU())
	for i, setting := range settings {
		all.Go(func() (err error) {
			outs[i], err = xzBy(setting, b)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	return slices.MinFunc(outs, func(a, b []byte) int { return len(a) - len(b) }), nil
}

// xzBy compresses with that setting of LZMA2. The kernel knows CRC32 only, and the x86 filter
// saves 5 %; no Go package has it. The dictionary takes memory in the machine that
// is started: 4 MiB cost 1 % more than 16.
func xzBy(setting string, b []byte) ([]byte, error) {
	cmd := exec.Command("xz", "--format=xz", "--check=crc32", "--x86", "--lzma2=preset=9e,lc=4,dict=4MiB,"+setting, "--stdout", "--threads=1")
	cmd.Stdin = bytes.NewReader(b)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("xz: %w: %s", err, bytes.TrimSpace(complaint.Bytes()))
	}
	return out.Bytes(), nil
}

// kernelRelease is the first word of a kernel image's version.
func kernelRelease(image string) (string, error) {
	b, err := os.ReadFile(image)
	if err != nil {
		return "", err
	}
	release, _, _ := strings.Cut(setupText(b), " ")
	if release == "" {
		return "", fmt.Errorf("%s is no Linux kernel", image)
	}
	return release, nil
}

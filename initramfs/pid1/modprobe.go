package pid1

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// Modprobe loads modules by name or alias for the kernel, which calls
// /sbin/modprobe with "-q -- ALIAS" (a file system to mount, a code page), and
// for a person at the shell, who may name a file by a path with a slash. With "-r"
// it removes modules.
func Modprobe(args []string) error {
	if len(args) > 0 && args[0] == "-r" {
		var all error
		for _, name := range args[1:] {
			if err := unix.DeleteModule(string(kmod.NameOf(name)), unix.O_NONBLOCK); err != nil {
				all = errors.Join(all, fmt.Errorf("module %s: %w", name, err))
			}
		}
		return all
	}
	loader, err := newLoader()
	if err != nil {
		return err
	}
	var all error
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			continue
		}
		if strings.Contains(arg, "/") {
			all = errors.Join(all, insertFile(arg))
			continue
		}
		names := loader.Index.Resolve(arg)
		if len(names) == 0 {
			all = errors.Join(all, fmt.Errorf("module %s: not in this image", arg))
		}
		for _, name := range names {
			all = errors.Join(all, loader.Load(name))
		}
	}
	return all
}

// insertFile loads a module that a person brought.
func insertFile(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// newLoader loads modules of the image with the parameters of the kernel command line.
func newLoader() (*kmod.Loader, error) {
	tree, err := moduleTree()
	if err != nil {
		return nil, err
	}
	index, err := kmod.ReadIndex(os.DirFS(tree))
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return nil, err
	}
	return &kmod.Loader{Index: index, Insert: kmod.Insert(tree, ParseCmdline(string(text)).Modules)}, nil
}

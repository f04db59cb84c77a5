package pid1

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// Modprobe loads modules by name or alias for the kernel, which calls
// /sbin/modprobe with "-q -- ALIAS" (a file system to mount, a code page), and
// for a person at the shell.
func Modprobe(args []string) error {
	loader, err := newLoader()
	if err != nil {
		return err
	}
	var all error
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
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

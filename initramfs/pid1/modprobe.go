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
	tree, err := moduleTree()
	if err != nil {
		return err
	}
	index, err := kmod.ReadIndex(os.DirFS(tree))
	if err != nil {
		return err
	}
	text, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return err
	}
	loader := &kmod.Loader{Index: index, Insert: kmod.Insert(tree, ParseCmdline(string(text)).Modules)}
	var all error
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			continue
		}
		names := index.Resolve(arg)
		if len(names) == 0 {
			all = errors.Join(all, fmt.Errorf("module %s: not in this image", arg))
		}
		for _, name := range names {
			all = errors.Join(all, loader.Load(name))
		}
	}
	return all
}

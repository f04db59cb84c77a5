package kmod

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Insert returns a function for Loader.Insert that loads from the module tree
// at root, with these parameters ("a=1 b=2"). It uses finit_module, which works
// under Secure Boot's lockdown because the kernel sees the file with its
// signature.
func Insert(root string, params map[Name]string) func(file string) error {
	return func(file string) error {
		f, err := os.Open(filepath.Join(root, file))
		if err != nil {
			return err
		}
		defer f.Close()
		return unix.FinitModule(int(f.Fd()), params[NameOf(file)], 0)
	}
}

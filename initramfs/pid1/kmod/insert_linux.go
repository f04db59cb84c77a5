package kmod

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Insert returns a function for Loader.Insert that loads from the module tree
// at root, with these parameters ("a=1 b=2"). It uses finit_module, which works
// under Secure Boot's lockdown because the kernel sees the file with its
// signature. A module that lies in a bundle is given from memory, signature and all.
func Insert(root string, params map[Name]string) func(file string) error {
	return func(file string) error {
		f, err := os.Open(filepath.Join(root, file))
		if errors.Is(err, fs.ErrNotExist) {
			return insertBundled(root, file, params[NameOf(file)])
		}
		if err != nil {
			return err
		}
		defer f.Close()
		return unix.FinitModule(int(f.Fd()), params[NameOf(file)], 0)
	}
}

func insertBundled(root, file, params string) error {
	ko, err := unbundle(root, file)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return unix.InitModule(ko, params)
}

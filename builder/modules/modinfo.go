package modules

import (
	"bytes"
	"debug/elf"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// addModinfo adds to x what the .modinfo section of a module says: NUL-ended
// strings KEY=VALUE, of which depends, alias and softdep matter here.
func addModinfo(x *kmod.Index, name kmod.Name, file string, ko []byte) error {
	f, err := elf.NewFile(bytes.NewReader(ko))
	if err != nil {
		return fmt.Errorf("module %s: %w", file, err)
	}
	section := f.Section(".modinfo")
	if section == nil {
		return fmt.Errorf("module %s: no .modinfo section", file)
	}
	info, err := section.Data()
	if err != nil {
		return fmt.Errorf("module %s: %w", file, err)
	}
	x.Files[name] = file
	for _, entry := range strings.Split(string(info), "\x00") {
		key, value, _ := strings.Cut(entry, "=")
		switch key {
		case "depends":
			for _, dep := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' }) {
				x.Deps[name] = append(x.Deps[name], kmod.NameOf(dep))
			}
		case "alias":
			x.AddAlias(value, name)
		case "softdep":
			if err := x.AddSoftdep(name, value); err != nil {
				return fmt.Errorf("module %s: %w", file, err)
			}
		}
	}
	return nil
}

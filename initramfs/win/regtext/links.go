package regtext

import (
	"errors"
	"fmt"
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// links remembers which subkeys of a key are symbolic links, by folded path and
// name: hardly ever any. Each key's list is read once, so that a thousand new
// keys in one cost what one does; nothing here makes links.
type links map[string]map[string]bool

// NoLinks refuses a path that leads through a symbolic link, or ends in one:
// where it leads is known in a running Windows only. Errors wrap ErrLink, or
// come from reading.
func (m *Mount) NoLinks(path string) error {
	parent := ""
	for name := range strings.SplitSeq(path, `\`) {
		in, known := m.links[parent]
		if !known {
			var whole bool
			var err error
			if in, whole, err = m.linksIn(parent, name); err != nil {
				return err
			}
			if whole {
				m.links[parent] = in
			}
		}
		if in[fold(name)] {
			return fmt.Errorf("%s: %w at %s, whose target only a running Windows knows; write to the target instead", path, ErrLink, name)
		}
		if parent != "" {
			parent += `\`
		}
		parent += fold(name)
	}
	return nil
}

// linksIn lists the links in a key. Where its list is damaged it looks at the one
// that is asked for only, and says that this is not the whole.
func (m *Mount) linksIn(parent, name string) (in map[string]bool, whole bool, err error) {
	k, err := m.hive.Key(parent)
	if errors.Is(err, regf.ErrNotExist) {
		return nil, true, nil // what is made here later is no link
	}
	if err != nil {
		return nil, false, err
	}
	keys, err := k.Subkeys()
	if whole = err == nil; errors.Is(err, regf.ErrDamaged) {
		var one *regf.Key
		if one, err = k.Subkey(name); errors.Is(err, regf.ErrNotExist) {
			return nil, false, nil
		}
		keys = []*regf.Key{one}
	}
	if err != nil {
		return nil, false, err
	}
	for _, sub := range keys {
		if registry.IsLink(sub) {
			if in == nil {
				in = map[string]bool{}
			}
			in[fold(sub.Name())] = true
		}
	}
	return in, whole, nil
}

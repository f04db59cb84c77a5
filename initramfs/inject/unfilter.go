package inject

import (
	"strings"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// unfilter takes a name out of the filter lists of classes and devices.
func (p *plan) unfilter(set *registry.ControlSet, service string) error {
	classes, err := set.ClassFilters()
	if err != nil {
		return err
	}
	for _, c := range classes {
		if err := p.unlist(c.KeyPath, service); err != nil {
			return err
		}
	}
	enum, err := p.system.h.Key(set.Path + `\Enum`)
	if err != nil {
		return absent(err)
	}
	return p.eachInstance(enum, set.Path+`\Enum`, 3, func(key string) error { return p.unlist(key, service) })
}

// eachInstance visits the keys of device instances: bus, device, instance.
func (p *plan) eachInstance(k *regf.Key, path string, depth int, visit func(key string) error) error {
	keys, err := k.Subkeys()
	if err != nil {
		return err
	}
	for _, sub := range keys {
		below := path + `\` + sub.Name()
		if depth > 1 {
			err = p.eachInstance(sub, below, depth-1, visit)
		} else {
			err = visit(below)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unlist removes a name from both lists of a key, and a list that gets empty.
func (p *plan) unlist(key, service string) error {
	for _, name := range []string{"UpperFilters", "LowerFilters"} {
		d, err := p.system.get(key, name)
		if err != nil {
			return err
		}
		if d == nil || d.Type != regf.RegMultiSZ && d.Type != regf.RegSZ {
			continue
		}
		var keep []string
		found := false
		for s := range strings.SplitSeq(registry.Text(d.Bytes), "\x00") {
			switch {
			case s == "":
			case regf.EqualFold(s, service):
				found = true
			default:
				keep = append(keep, s)
			}
		}
		if !found {
			continue
		}
		if len(keep) == 0 {
			err = p.system.put(key, name, nil)
		} else {
			err = p.system.put(key, name, listData(keep...))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

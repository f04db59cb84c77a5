package pid1

import (
	"io/fs"

	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// coldplug loads the modules that the devices in sysfs ask for.
type coldplug struct {
	sys    fs.FS
	loader *kmod.Loader
	seen   map[string]bool      // modaliases dealt with
	wanted func(kmod.Name) bool // nil: all
	report func(modalias string, err error)
}

// round loads modules for all devices that are new since the last round and
// returns how many it loaded. Loading finds new devices: call it until it
// returns 0, and again later for buses that take their time.
func (c *coldplug) round() int {
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	before := c.loader.Count()
	for _, alias := range Modaliases(c.sys) {
		if c.seen[alias] {
			continue
		}
		c.seen[alias] = true
		for _, name := range c.loader.Index.Match(alias) {
			if c.wanted != nil && !c.wanted(name) {
				continue
			}
			if err := c.loader.Load(name); err != nil {
				c.report(alias, err)
			}
		}
	}
	return c.loader.Count() - before
}

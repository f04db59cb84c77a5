package pid1

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bootmend/bootmend/initramfs/pid1/deliver"
	"github.com/bootmend/bootmend/initramfs/pid1/kmod"
)

// netModules is where drivers of network cards lie in a module tree. They are
// loaded when the network is asked for: a rescue that needs none has none.
const netModules = "kernel/drivers/net/"

func isNetwork(index *kmod.Index, name kmod.Name) bool {
	return strings.HasPrefix(index.Files[name], netModules)
}

func notNetwork(index *kmod.Index) func(kmod.Name) bool {
	return func(name kmod.Name) bool { return !isNetwork(index, name) }
}

// wantsNetwork: somebody asked for it, or for what needs it.
func (c Config) wantsNetwork() bool {
	return c.DHCP || deliver.IsURL(c.Answers) || slices.ContainsFunc(c.Reports, deliver.IsURL)
}

// dhcpSeconds is how long a server has to give an address.
const dhcpSeconds = 60

// startNetwork loads the drivers of network cards and asks for an address. A
// network that does not come is told and nothing else: the repair needs none.
func (s *system) startNetwork() {
	s.loadNetwork()
	cards, _ := filepath.Glob("/sys/class/net/*/device")
	if len(cards) == 0 {
		s.sayf("network: there is no network card that this image has a driver for")
		return
	}
	s.sayf("network: %d cards; asking for an address [t=%.2f]", len(cards), s.uptime())
	code, err := s.runFor([]string{"/bbin/dhclient", "-ipv6=false", "-timeout", "10", "-retry", "3"}, s.after(dhcpSeconds*time.Second))
	switch {
	case err != nil:
		s.sayf("network: %v", err)
	case code != 0:
		s.sayf("network: no address came; reports over the network cannot be sent")
	default:
		s.sayf("network: there is an address [t=%.2f]", s.uptime())
	}
}

// loadNetwork loads what the network cards in sysfs ask for.
func (s *system) loadNetwork() {
	plug := &coldplug{sys: os.DirFS("/sys"), loader: s.loader, report: s.noModule}
	for range 5 {
		if plug.round() == 0 {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	for _, name := range s.loader.Index.Resolve("af_packet") {
		_ = s.loader.Load(name)
	}
}

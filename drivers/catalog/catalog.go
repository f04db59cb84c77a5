package catalog

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

//go:embed inbox.txt
var inboxText string

// NT is a version of Windows as major*100 + minor: 5.1 is 501, 10.0 is 1000.
type NT int

// NTVersion makes an NT from the two numbers.
func NTVersion(major, minor uint32) NT { return NT(major*100 + minor) }

// Device identifies a storage controller for a look-up.
type Device struct {
	Vendor, Device uint16 // PCI; zero for others
	SubClass       uint16 // PCI base class and sub class, e.g. 0x0106
	VMBus          string // interface GUID, lower case; "" for PCI
}

// Entry is one line of the catalog.
type Entry struct {
	Controller string // as in the first column
	From, To   NT     // inclusive
	Services   []string
	Source     string
}

// Exact reports whether the entry names the device and not only its class.
func (e Entry) Exact() bool { return !strings.HasPrefix(e.Controller, "pci-class:") }

// Catalog is the parsed data.
type Catalog struct {
	entries []Entry
}

// Load parses the embedded data. An error is a mistake in the program.
func Load() (*Catalog, error) { return parse(inboxText) }

func parse(text string) (*Catalog, error) {
	c := &Catalog{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		e, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("catalog line %d: %w", i+1, err)
		}
		c.entries = append(c.entries, e)
	}
	return c, nil
}

func parseLine(line string) (Entry, error) {
	f := strings.Fields(line)
	if len(f) < 4 {
		return Entry{}, fmt.Errorf("%q: want controller, windows, services, source", line)
	}
	from, to, ok := strings.Cut(f[1], "-")
	if !ok {
		return Entry{}, fmt.Errorf("version range %q: want from-to", f[1])
	}
	e := Entry{Controller: strings.ToLower(f[0]), To: 1 << 30, Services: strings.Split(f[2], ","), Source: strings.Join(f[3:], " ")}
	var err error
	if e.From, err = parseNT(from); err != nil {
		return Entry{}, err
	}
	if to != "" {
		e.To, err = parseNT(to)
	}
	return e, err
}

func parseNT(s string) (NT, error) {
	major, minor, _ := strings.Cut(s, ".")
	a, err1 := strconv.ParseUint(major, 10, 8)
	b, err2 := strconv.ParseUint(minor, 10, 8)
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("version %q: want major.minor", s)
	}
	return NTVersion(uint32(a), uint32(b)), nil
}

// Find returns the entry for a controller in a Windows: one that names the
// device before one that names its class. ok is false when that Windows has no
// inbox driver for it, as far as the catalog knows.
func (c *Catalog) Find(d Device, nt NT) (e Entry, ok bool) {
	for _, key := range d.keys() {
		for _, e := range c.entries {
			if e.Controller == key && e.From <= nt && nt <= e.To {
				return e, true
			}
		}
	}
	return Entry{}, false
}

func (d Device) keys() []string {
	if d.VMBus != "" {
		return []string{"vmbus:" + strings.ToLower(d.VMBus)}
	}
	return []string{fmt.Sprintf("pci:%04x:%04x", d.Vendor, d.Device), fmt.Sprintf("pci-class:%04x", d.SubClass)}
}

// Companions are the services that must run beside one that the registry binds
// to a controller: an IDE controller's channels are devices of their own,
// driven by atapi. The result includes service itself, first.
func (c *Catalog) Companions(service string) []string {
	for _, e := range c.entries {
		for _, s := range e.Services {
			if strings.EqualFold(s, service) && strings.EqualFold(e.Services[0], service) {
				return e.Services
			}
		}
	}
	return []string{service}
}

package registry

import (
	"errors"
	"fmt"

	"github.com/bootmend/bootmend/initramfs/win/regf"
)

// When a service starts.
const (
	StartBoot     = 0 // loaded by the boot loader
	StartSystem   = 1 // by the kernel, from a disk it can read already
	StartAuto     = 2
	StartDemand   = 3
	StartDisabled = 4
)

// Service types of drivers; other bits are services in user mode.
const (
	TypeKernelDriver     = 1
	TypeFileSystemDriver = 2
	TypeAdapter          = 4
	TypeRecognizer       = 8
)

// NamedDWORD is a DWORD value and its name.
type NamedDWORD struct {
	Name  string
	Value uint32
}

// Service is a key below Services. Numbers that the key lacks are 0, so look at
// HasStart and HasTag.
type Service struct {
	Name    string // as stored, e.g. "IntelIde"
	KeyPath string // from the root of the hive

	Start        uint32
	HasStart     bool // a key without Start is no service: Setup leaves such
	Type         uint32
	ErrorControl uint32
	Tag          uint32
	HasTag       bool
	ImagePath    string // unexpanded, "" when absent
	Group        string

	// StartOverride holds the values of the subkey of that name, which from
	// Windows 8 on take the place of Start: the value "0", or the id of a
	// hardware configuration.
	StartOverride []NamedDWORD
}

// BootStart reports whether the boot loader loads the driver: Start is 0 and no
// StartOverride says otherwise. Before Windows 8 nothing reads StartOverride,
// and no hive of those was seen to have one.
func (s *Service) BootStart() bool {
	if !s.HasStart || s.Start != StartBoot {
		return false
	}
	for _, o := range s.StartOverride {
		if o.Value != StartBoot {
			return false
		}
	}
	return true
}

// Service reads a service by name, ignoring case. Errors wrap regf.ErrNotExist
// when the key is missing, regf.ErrType when a value has not the type Windows
// gives it.
func (c *ControlSet) Service(name string) (*Service, error) {
	services, err := c.key("Services")
	if err != nil {
		return nil, err
	}
	k, err := services.Subkey(name)
	if err != nil {
		return nil, err
	}
	return c.service(k)
}

// Services reads all services, in the order of their names. With an error come
// those that could be read; the error joins the reasons for the others, at most
// ten.
func (c *ControlSet) Services() ([]*Service, error) {
	services, err := c.key("Services")
	if err != nil {
		return nil, err
	}
	keys, err := services.Subkeys()
	errs := []error{err}
	list := make([]*Service, 0, len(keys))
	for _, k := range keys {
		s, err := c.service(k)
		if err == nil {
			list = append(list, s)
		} else if len(errs) < 10 {
			errs = append(errs, err)
		}
	}
	return list, errors.Join(errs...)
}

func (c *ControlSet) service(k *regf.Key) (*Service, error) {
	s := &Service{Name: k.Name(), KeyPath: c.Path + `\Services\` + k.Name()}
	var start, typ, errorControl, tag Number
	for _, n := range []struct {
		name string
		to   *Number
	}{{"Start", &start}, {"Type", &typ}, {"ErrorControl", &errorControl}, {"Tag", &tag}} {
		var err error
		if *n.to, err = number(k, n.name); err != nil {
			return nil, fmt.Errorf("service: %w", err)
		}
	}
	s.Start, s.HasStart = start.N, start.Present
	s.Type, s.ErrorControl = typ.N, errorControl.N
	s.Tag, s.HasTag = tag.N, tag.Present
	var err error
	if s.ImagePath, err = optionalText(k, "ImagePath"); err != nil {
		return nil, fmt.Errorf("service: %w", err)
	}
	if s.Group, err = optionalText(k, "Group"); err != nil {
		return nil, fmt.Errorf("service: %w", err)
	}
	s.StartOverride, err = startOverride(k)
	return s, err
}

func startOverride(service *regf.Key) ([]NamedDWORD, error) {
	k, err := service.Subkey("StartOverride")
	if errors.Is(err, regf.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	values, err := k.Values()
	if err != nil {
		return nil, err
	}
	var list []NamedDWORD
	for _, v := range values {
		n, err := v.DWORD()
		if err != nil {
			return nil, fmt.Errorf("service %q, StartOverride: %w", service.Name(), err)
		}
		list = append(list, NamedDWORD{v.Name(), n})
	}
	return list, nil
}

package inf

import (
	"fmt"
	"strings"
)

// Flags of AddService that matter here.
const (
	TagToFront = 1 // its tag comes first in the group
	Associated = 2 // the service of the device
)

// Service is a service that is added. One without Name says that the device has
// none.
type Service struct {
	Name  string
	Flags uint32
	// Type, Start and ErrorControl as in the registry: 1 is a kernel driver, 0
	// starts with the loader.
	Type, Start, ErrorControl uint32
	Binary                    Place
	DisplayName, Description  string
	Group                     string
	Dependencies              []string
	Security                  string
	// Registry: HKR is the service's key. EventLog: HKR is EventName's key below
	// Services\EventLog\LogName.
	Registry, EventLog []Registry
	LogName, EventName string
	// Section of the file that says all this.
	Section string
}

// services reads name.Services.
func (in *installer) services(s *section) error {
	for _, l := range s.lines {
		switch strings.ToLower(l.key) {
		case "delservice":
			in.do.DeletedServices = append(in.do.DeletedServices, in.d.text(l.value(0)))
		case "addservice":
			if err := in.count(s, l); err != nil {
				return err
			}
			v, err := in.addService(s, l)
			if err != nil {
				return err
			}
			in.do.Services = append(in.do.Services, v)
		}
	}
	return nil
}

// addService reads name,[flags],section[,event log section[,[log][,event]]].
func (in *installer) addService(s *section, l line) (Service, error) {
	v := Service{Name: in.d.text(l.value(0)), Flags: in.flags(s, l, 1)}
	name := in.d.text(l.value(2))
	if v.Name == "" || name == "" {
		return v, nil
	}
	body, err := in.named(name, s, l)
	if err != nil {
		return v, err
	}
	v.Section = body.name
	if err := in.serviceBody(&v, body); err != nil {
		return v, err
	}
	events := in.d.text(l.value(3))
	if events == "" {
		return v, nil
	}
	e := in.f.section(events)
	if e == nil {
		in.note(s, l, "there is no [%s]", events)
	} else {
		v.LogName, v.EventName = in.d.text(l.value(4)), in.d.text(l.value(5))
		if v.LogName == "" {
			v.LogName = "System"
		}
		if v.EventName == "" {
			v.EventName = v.Name
		}
		v.EventLog, err = in.registry(e)
	}
	return v, err
}

func (in *installer) serviceBody(v *Service, s *section) error {
	have := map[string]bool{}
	numbers := map[string]*uint32{"servicetype": &v.Type, "starttype": &v.Start, "errorcontrol": &v.ErrorControl}
	texts := map[string]*string{"displayname": &v.DisplayName, "description": &v.Description, "loadordergroup": &v.Group, "security": &v.Security}
	for _, l := range s.lines {
		if err := in.count(s, l); err != nil {
			return err
		}
		key := strings.ToLower(l.key)
		value := in.d.text(l.value(0))
		if to := numbers[key]; to != nil {
			n, err := number(value)
			if err != nil || value == "" {
				return &Error{l.no, s.name, fmt.Sprintf("%s is %q, not a number", l.key, value)}
			}
			*to, have[key] = n, true
		} else if to := texts[key]; to != nil {
			*to = value
		} else if key == "servicebinary" {
			v.Binary, have[key] = parsePlace(value), true
		} else if key == "dependencies" {
			v.Dependencies = in.d.names(l)
		}
	}
	for _, key := range []string{"servicetype", "starttype", "errorcontrol", "servicebinary"} {
		if !have[key] {
			return &Error{s.line(), s.name, "the service has no " + key}
		}
	}
	var err error
	v.Registry, err = in.registry(s)
	return err
}

// line is a number to name the section by.
func (s *section) line() int {
	if len(s.lines) == 0 {
		return 0
	}
	return s.lines[0].no
}

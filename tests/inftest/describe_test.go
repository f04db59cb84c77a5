package inftest

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/bootmend/bootmend/drivers/inf"
)

// describe writes an installation in the form of the golden texts.
func describe(do *inf.Install) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	catalog := do.Catalog
	if catalog == "" {
		catalog = "none"
	}
	line("[%s] %s %s catalog %s", do.Section, do.DriverVer.Date, do.DriverVer.Version, catalog)
	for _, c := range do.Files {
		source := c.Source
		if c.Dir != "" {
			source = c.Dir + `\` + source
		}
		if !c.Listed {
			source += " (not listed)"
		}
		line("copy %s to %v, flags %d", source, c.Dest, c.Flags)
	}
	changes(line, "driver", do.Registry)
	changes(line, "device", do.Hardware)
	for _, s := range do.Services {
		line("service %q flags %d type %d start %d error %d %v group %q", s.Name, s.Flags, s.Type, s.Start, s.ErrorControl, s.Binary, s.Group)
		if s.DisplayName != "" {
			line("display %q", s.DisplayName)
		}
		changes(line, "service", s.Registry)
		changes(line, fmt.Sprintf("event %s\\%s", s.LogName, s.EventName), s.EventLog)
	}
	for name, list := range map[string][]string{"inf": do.CopyINF} {
		for _, s := range list {
			line("%s %s", name, s)
		}
	}
	if len(do.Include)+len(do.Needs) > 0 {
		line("include %s needs %s", strings.Join(do.Include, ","), strings.Join(do.Needs, ","))
	}
	return b.String()
}

func changes(line func(string, ...any), where string, all []inf.Registry) {
	for _, r := range all {
		name := r.Root + "|" + r.Key + "|" + r.Name
		switch {
		case r.Delete:
			line("%s delete %s", where, name)
		case r.KeyOnly:
			line("%s key %s", where, name)
		default:
			line("%s %s = %s", where, name, value(r))
		}
	}
}

func value(r inf.Registry) string {
	switch r.Type {
	case inf.Dword:
		return fmt.Sprintf("dword %#x", binary.LittleEndian.Uint32(r.Data))
	case inf.String, inf.Expand:
		u := make([]uint16, len(r.Data)/2-1)
		for i := range u {
			u[i] = binary.LittleEndian.Uint16(r.Data[2*i:])
		}
		kind := "sz"
		if r.Type == inf.Expand {
			kind = "expand"
		}
		return fmt.Sprintf("%s %s", kind, string(utf16.Decode(u)))
	}
	return fmt.Sprintf("type %d % x", r.Type, r.Data)
}

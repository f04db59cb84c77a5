package inject

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/bootmend/bootmend/drivers/inf"
	"github.com/bootmend/bootmend/drivers/source"
	"github.com/bootmend/bootmend/drivers/txtsetup"
)

// nameOf is what a name is for, and with it what may be in it.
type nameOf string

const (
	fileName    nameOf = "file"
	serviceName nameOf = "service"
	sectionName nameOf = "install section"
	keyName     nameOf = "registry key"
	valueName   nameOf = "registry value"
	deviceName  nameOf = "device id"
)

// longest is the number of UTF-16 units of a name: what NTFS and the registry allow
// for one; a device id is shorter (MAX_DEVICE_ID_LEN of the WDK is 200).
const (
	longest         = 255
	longestDeviceID = 200
)

// wrong says what is wrong with a name that a package gives, "" when it can be
// written as it is. Everything that a package names goes through here before
// anything is opened or planned: what it is joined to must be where it stays.
func (of nameOf) wrong(name string) string {
	parts := []string{name}
	switch of {
	case fileName, keyName, deviceName:
		parts = strings.Split(name, `\`)
	case serviceName, sectionName:
		if strings.ContainsAny(name, `\/`) {
			return "has a slash or backslash in it"
		}
	}
	for _, r := range name {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return "has a control character in it"
		}
	}
	limit := longest
	if of == deviceName {
		limit = longestDeviceID
		if len(utf16.Encode([]rune(name))) > limit {
			return fmt.Sprintf("is longer than %d characters", limit)
		}
	}
	for _, part := range parts {
		if why := of.wrongPart(part, limit); why != "" {
			return why
		}
	}
	return ""
}

func (of nameOf) wrongPart(part string, limit int) string {
	switch {
	case part == "" && of != valueName: // the value without name is one
		return "is empty, or has an empty part"
	case part == "." || part == "..":
		return "leads out of its place (" + part + ")"
	case len(utf16.Encode([]rune(part))) > limit:
		return fmt.Sprintf("is longer than %d characters", limit)
	case of == fileName && strings.ContainsAny(part, `/:*?"<>|`):
		return `has one of / : * ? " < > | in it`
	case of == fileName && strings.HasSuffix(strings.TrimRight(part, " "), "."), of == fileName && strings.HasSuffix(part, " "):
		return "ends in a dot or a space"
	case (of == serviceName || of == keyName) && strings.ContainsAny(part, "*?"):
		return "has one of * ? in it"
	}
	return ""
}

// shortened keeps a sentence one that can be read.
func shortened(name string) string {
	if r := []rune(name); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return name
}

// quoted shows what cannot be printed, and backslashes as they are.
func quoted(name string) string {
	return strings.ReplaceAll(strconv.Quote(shortened(name)), `\\`, `\`)
}

// naming checks the names of one package.
type naming struct {
	refuse refuser
	err    error // the first that is wrong, a *Refusal
}

func (n *naming) check(of nameOf, what, name string) {
	if why := of.wrong(name); why != "" && n.err == nil {
		n.err = n.refuse(BadName, "%s %s %s. Provide the manufacturer's own package", what, quoted(name), why)
	}
}

// optional is a name that may be missing.
func (n *naming) optional(of nameOf, what, name string) {
	if name != "" {
		n.check(of, what, name)
	}
}

// installNames checks what an INF names before a file is opened for it.
func installNames(p *source.Package, do *inf.Install, refuse refuser) error {
	n := naming{refuse: refuse}
	n.packageName(p)
	n.optional(fileName, "its catalog", do.Catalog)
	below := func(name string) string { return strings.Trim(name, `\`) } // "\Mraid35x.sys" is one beside the INF
	for _, c := range do.Files {
		n.check(fileName, "its file", below(c.Name))
		n.check(fileName, "its file", below(c.Source))
		n.optional(fileName, "its folder", below(c.Dir))
		n.optional(fileName, "its cabinet", below(c.Cabinet))
		if isDriverFile(c.Name) && n.err == nil {
			_, n.err = placeOf(c.Dest, c.Name, refuse)
		}
	}
	n.check(sectionName, "its install section", do.Section)
	return n.err
}

func isDriverFile(name string) bool { return strings.EqualFold(extension(name), "sys") }

// packageName is that of the INF, whose stem names the package's folder.
func (n *naming) packageName(p *source.Package) {
	n.check(fileName, "its INF", p.Name())
	if n.err == nil && strings.HasPrefix(p.Name(), ".") {
		n.err = n.refuse(BadName, "its INF %s has no name before the dot. Provide the manufacturer's own package", quoted(p.Name()))
	}
}

// optionNames is installNames for an option of a txtsetup.oem.
func optionNames(o *txtsetup.Option, refuse refuser) error {
	n := naming{refuse: refuse}
	for _, f := range o.Files {
		n.check(fileName, "its file", source.Base(f.Name))
		n.optional(fileName, "its folder", strings.Trim(f.Path(), `\`))
	}
	return n.err
}

// driverNames checks what a driver would be called in the registry and on the
// volume.
func driverNames(d *Driver, refuse refuser) error {
	n := naming{refuse: refuse}
	n.check(serviceName, "its service", d.Service.Name)
	n.check(fileName, "its driver", d.Service.file())
	n.values(d.Service.Values)
	n.values(d.Service.EventLog)
	n.values(d.Device)
	for _, id := range d.IDs {
		n.check(deviceName, "its device id", id.ID)
	}
	for _, f := range d.Files {
		n.check(fileName, "its driver", f.Path)
	}
	if d.Package != nil {
		for _, f := range d.Package.Files {
			n.check(fileName, "its file", f.Path)
		}
	}
	if _, err := guidBytes(d.ClassGUID); d.ClassGUID != "" && err != nil && n.err == nil {
		n.err = refuse(NotUnderstood, "its device class %q is not a GUID. Provide the manufacturer's own package", shortened(d.ClassGUID))
	}
	return n.err
}

func (n *naming) values(all []Value) {
	for _, v := range all {
		n.optional(keyName, "its registry key", v.Key)
		n.check(valueName, "its registry value", v.Name)
	}
}

// placeOf is where a driver lies below the system root: among the drivers, in
// system32 or in inf. What would run from the package's own folder (directory 13)
// is put to the other drivers. Anything else is not what a disk driver does.
func placeOf(p inf.Place, name string, refuse refuser) (string, error) {
	path := ""
	switch p.Dir {
	case inf.DirPackage:
		path = `system32\drivers\` + source.Base(name)
	case inf.DirAbsolute: // as the registry writes it
		path = withoutRoot(p.Path)
	case inf.DirWindows, inf.DirSystem, inf.DirDrivers, inf.DirINF:
		windows, _ := p.Windows()
		path = withoutRoot(windows)
	}
	if path != "" {
		n := naming{refuse: refuse}
		if n.check(fileName, "the place of its driver,", path); n.err != nil {
			return "", n.err
		}
	}
	parts := strings.Split(strings.ToLower(path), `\`)
	switch {
	case len(parts) > 2 && parts[0] == "system32" && parts[1] == "drivers":
	case len(parts) == 2 && (parts[0] == "system32" || parts[0] == "inf"):
	default:
		return "", refuse(NotUnderstood, `it would put the driver %s to %s, where no disk driver belongs: that is done in system32\drivers, system32, inf or the package's own folder only. Provide another version of the package`,
			shortened(source.Base(name)), shortened(p.String()))
	}
	return path, nil
}

// withoutRoot is a path below the system root, "" for one that is elsewhere.
func withoutRoot(path string) string {
	for _, root := range []string{`%SystemRoot%\`, `\SystemRoot\`, `system32\`} {
		if len(path) > len(root) && strings.EqualFold(path[:len(root)], root) {
			if root == `system32\` {
				return path
			}
			return path[len(root):]
		}
	}
	return ""
}

package bcd

import (
	"fmt"
	"strings"
)

// ObjectType is the Type of an object: the kind in the highest digit (1
// application, 2 settings that others inherit, 3 device), then the kind of
// image, then the application.
type ObjectType uint32

// The types that bcdedit creates.
const (
	TypeFirmwareManager ObjectType = 0x10100001
	TypeBootManager     ObjectType = 0x10100002
	TypeLoader          ObjectType = 0x10200003
	TypeResume          ObjectType = 0x10200004
	TypeMemoryTester    ObjectType = 0x10200005
	TypeBootApplication ObjectType = 0x1020000a
	TypeLegacyLoader    ObjectType = 0x10300006
	TypeBootSector      ObjectType = 0x10400008
	TypeStartup         ObjectType = 0x10400009
	TypeFirmwareEntry   ObjectType = 0x101fffff // an entry of the firmware's menu

	TypeInherit       ObjectType = 0x20100000
	TypeInheritLoader ObjectType = 0x20200003
	TypeInheritResume ObjectType = 0x20200004
	TypeInheritDevice ObjectType = 0x20300000

	TypeDevice ObjectType = 0x30000000
)

// application is the number that says which elements of class application an
// object may have.
type application uint32

const (
	appFirmwareManager application = 1
	appBootManager     application = 2
	appLoader          application = 3
	appResume          application = 4
	appMemoryTester    application = 5
	appLegacyLoader    application = 6
	appSetupLoader     application = 7
	appBootSector      application = 8
	appStartup         application = 9
	appBootApplication application = 10
)

func (t ObjectType) kind() uint32             { return uint32(t) >> 28 }
func (t ObjectType) application() application { return application(t & 0xfffff) }

// IsDevice reports objects whose elements are those of devices.
func (t ObjectType) IsDevice() bool {
	return t.kind() == 3 || t.kind() == 2 && t>>20&0xf == 3
}

// Well-known objects. DefaultEntry and CurrentEntry are names that bcdedit resolves; no
// store has them as keys.
// Source: Geoff Chappell, BCD Objects; {resumeloadersettings} as in the real stores.
var (
	BootManager        = known(0x9dea862c, 0x5cdd, 0x4e70, 0xacc1f32b344d4795)
	FirmwareManager    = known(0xa5a30fa2, 0x3d06, 0x4e9f, 0xb5f4a01df9d1fcba)
	MemoryTester       = known(0xb2721d73, 0x1db4, 0x4c62, 0xbf78c548a880142d)
	LegacyLoader       = known(0x466f5a88, 0x0af2, 0x4f76, 0x9038095b170dc21c)
	GlobalSettings     = known(0x7ea2e1ac, 0x2e61, 0x4728, 0xaaa3896d9d0a9f0e)
	DebuggerSettings   = known(0x4636856e, 0x540f, 0x4170, 0xa130a84776f4c654)
	EMSSettings        = known(0x0ce4991b, 0xe6b3, 0x4b16, 0xb23c5e0d9250e5d9)
	BadMemory          = known(0x5189b25c, 0x5558, 0x4bf2, 0xbca4289b11bd29e2)
	LoaderSettings     = known(0x6efb52bf, 0x1766, 0x41db, 0xa6b30ee5eff72bd7)
	HypervisorSettings = known(0x7ff607e0, 0x4395, 0x11db, 0xb0de0800200c9a66)
	KernelDebugger     = known(0x313e8eed, 0x7098, 0x4586, 0xa9bf309c61f8d449)
	ResumeSettings     = known(0x1afa9c49, 0x16ab, 0x4a5c, 0x901b212802da9460)
	RamdiskOptions     = known(0xae5534e0, 0xa924, 0x466c, 0xb836758539a3ee3a)
	DefaultEntry       = known(0x1cae1eb7, 0xa0df, 0x4d4d, 0x98514860e34ef535)
	CurrentEntry       = known(0xfa926493, 0x6f1c, 0x4193, 0xa41458f0b2456d1e)

	setupPCAT    = known(0xcbd971bf, 0xb7b8, 0x4885, 0x951afa03044f5d71)
	setupEFI     = known(0x7254a080, 0x1510, 0x4e85, 0xac0fe7fb3d444736)
	templatePCAT = known(0xa1943bbc, 0xea85, 0x487c, 0x97c7c9ede908a38a)
	templateEFI  = known(0xb012b84d, 0xc47c, 0x4ed5, 0xb722c0c42163e569)
)

// wellKnown are the objects that have a name, and what bcdedit calls them in the
// heading, where that differs from the heading of their type.
var wellKnown = []struct {
	id          GUID
	alias, head string
}{
	{BootManager, "{bootmgr}", ""},
	{FirmwareManager, "{fwbootmgr}", ""},
	{MemoryTester, "{memdiag}", ""},
	{LegacyLoader, "{ntldr}", ""},
	{GlobalSettings, "{globalsettings}", "Global Settings"},
	{DebuggerSettings, "{dbgsettings}", "Debugger Settings"},
	{EMSSettings, "{emssettings}", "EMS Settings"},
	{BadMemory, "{badmemory}", "RAM Defects"},
	{LoaderSettings, "{bootloadersettings}", "Boot Loader Settings"},
	{HypervisorSettings, "{hypervisorsettings}", "Hypervisor Settings"},
	{KernelDebugger, "{kerneldbgsettings}", "Kernel Debugger Settings"},
	{ResumeSettings, "{resumeloadersettings}", "Resume Loader Settings"},
	{RamdiskOptions, "{ramdiskoptions}", "Setup Ramdisk Options"},
	{DefaultEntry, "{default}", ""},
	{CurrentEntry, "{current}", ""},
	{setupPCAT, "", "Windows Setup"},
	{setupEFI, "", "Windows Setup"},
	{templatePCAT, "", "OS Target Template"},
	{templateEFI, "", "OS Target Template"},
}

// Alias is the name that bcdedit has for an object, "{bootmgr}", or the GUID in braces.
func (g GUID) Alias() string {
	for _, w := range wellKnown {
		if w.id == g && w.alias != "" {
			return w.alias
		}
	}
	return g.String()
}

// ParseObject reads a GUID or a name of bcdedit, with or without braces.
func ParseObject(s string) (GUID, error) {
	name := strings.Trim(s, "{}")
	for _, w := range wellKnown {
		if w.alias != "" && strings.EqualFold(w.alias, "{"+name+"}") {
			return w.id, nil
		}
	}
	switch strings.ToLower(name) {
	case "legacy":
		return LegacyLoader, nil
	case "eventsettings":
		return DebuggerSettings, nil
	}
	g, err := ParseGUID(s)
	if err != nil {
		return g, fmt.Errorf("%q is neither a GUID nor a name of an object such as {bootmgr} or {default}", s)
	}
	return g, nil
}

// title is the heading that bcdedit prints over an object.
func (o *Object) title() string {
	for _, w := range wellKnown {
		if w.id == o.ID && w.head != "" {
			return w.head
		}
	}
	return o.Type.String()
}

// String is the heading that bcdedit prints over objects of the type.
func (t ObjectType) String() string {
	switch t {
	case TypeFirmwareManager:
		return "Firmware Boot Manager"
	case TypeBootManager:
		return "Windows Boot Manager"
	case TypeLoader:
		return "Windows Boot Loader"
	case TypeResume:
		return "Resume from Hibernate"
	case TypeMemoryTester:
		return "Windows Memory Tester"
	case TypeLegacyLoader:
		return "Windows Legacy OS Loader"
	case TypeBootSector:
		return "Real-mode Boot Sector"
	case TypeStartup:
		return "Real-mode Application"
	case TypeDevice:
		return "Device options"
	}
	switch {
	case t.kind() == 1 && t>>20&0xf == 1:
		return fmt.Sprintf("Firmware Application (%x)", uint32(t)&0x0fffffff|0x10000000)
	case t.kind() == 1:
		return fmt.Sprintf("Windows Boot Application (%x)", uint32(t))
	case t.kind() == 2:
		return fmt.Sprintf("Inherited Settings (%x)", uint32(t))
	case t.kind() == 3:
		return "Device options"
	}
	return fmt.Sprintf("Unknown (%x)", uint32(t))
}

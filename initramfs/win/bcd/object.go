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
	BootManager        = mustGUID("9dea862c-5cdd-4e70-acc1-f32b344d4795")
	FirmwareManager    = mustGUID("a5a30fa2-3d06-4e9f-b5f4-a01df9d1fcba")
	MemoryTester       = mustGUID("b2721d73-1db4-4c62-bf78-c548a880142d")
	LegacyLoader       = mustGUID("466f5a88-0af2-4f76-9038-095b170dc21c")
	GlobalSettings     = mustGUID("7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e")
	DebuggerSettings   = mustGUID("4636856e-540f-4170-a130-a84776f4c654")
	EMSSettings        = mustGUID("0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9")
	BadMemory          = mustGUID("5189b25c-5558-4bf2-bca4-289b11bd29e2")
	LoaderSettings     = mustGUID("6efb52bf-1766-41db-a6b3-0ee5eff72bd7")
	HypervisorSettings = mustGUID("7ff607e0-4395-11db-b0de-0800200c9a66")
	KernelDebugger     = mustGUID("313e8eed-7098-4586-a9bf-309c61f8d449")
	ResumeSettings     = mustGUID("1afa9c49-16ab-4a5c-901b-212802da9460")
	RamdiskOptions     = mustGUID("ae5534e0-a924-466c-b836-758539a3ee3a")
	DefaultEntry       = mustGUID("1cae1eb7-a0df-4d4d-9851-4860e34ef535")
	CurrentEntry       = mustGUID("fa926493-6f1c-4193-a414-58f0b2456d1e")

	setupPCAT    = mustGUID("cbd971bf-b7b8-4885-951a-fa03044f5d71")
	setupEFI     = mustGUID("7254a080-1510-4e85-ac0f-e7fb3d444736")
	templatePCAT = mustGUID("a1943bbc-ea85-487c-97c7-c9ede908a38a")
	templateEFI  = mustGUID("b012b84d-c47c-4ed5-b722-c0c42163e569")
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

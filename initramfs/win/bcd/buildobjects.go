package bcd

import (
	"slices"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
)

// What Setup calls things, whatever the language.
const (
	nameBootManager = "Windows Boot Manager"
	nameMemoryTest  = "Windows Memory Diagnostic"
	nameResume      = "Windows Resume Application"
	nameRecovery    = "Windows Recovery Environment"
)

// build makes the whole store.
func (b *builder) build() {
	b.key(keyDescription)
	b.value(keyDescription, valueKeyName, regf.RegSZ, registry.SZ("BCD00000000"))
	b.value(keyDescription, valueSystem, regf.RegDWORD, registry.DWORD(1))
	if b.opt.Firmware == UEFI {
		// The firmware does not know the entry yet: Windows writes it when it starts.
		b.value(keyDescription, valueFirmware, regf.RegDWORD, registry.DWORD(1))
	}
	b.loader, b.resume = b.newGUID(b.opt.Loader), b.newGUID(b.opt.Resume)
	b.settings()
	b.manager()
	b.memoryTester()
	recovery := b.recovery()
	b.osLoader(recovery)
	b.resumer(recovery)
	if l := b.opt.Legacy; l != nil {
		name := l.Description
		if name == "" {
			name = "Earlier Version of Windows"
		}
		b.object(LegacyLoader, TypeLegacyLoader, element{ElementDevice, b.system()}, element{ElementPath, String(`\ntldr`)},
			element{ElementDescription, String(name)})
	}
}

// modern reports Windows 8 and later, whose menu is graphical.
func (b *builder) modern() bool { return b.opt.Version.AtLeast(6, 2) }

// local: Windows 10 debugs locally by default, from 1607 on; the template of 1511
// does not yet.
func (b *builder) local() bool { return b.opt.Version.AtLeastBuild(10, 0, 14393) }

// hypervisor: Hyper-V came with Vista SP1 and Server 2008.
func (b *builder) hypervisor() bool { return b.opt.Version.AtLeastBuild(6, 0, 6001) }

func (b *builder) system() Value { return DeviceValue(PartitionDevice(b.opt.System)) }
func (b *builder) os() Value     { return DeviceValue(PartitionDevice(b.opt.OS)) }

// program is the path of a loader.
func (b *builder) program(name string) Value {
	ext := ".exe"
	if b.opt.Firmware == UEFI {
		ext = ".efi"
	}
	return String(b.opt.SystemRoot + `\system32\` + name + ext)
}

// settings makes the objects that others inherit.
func (b *builder) settings() {
	debug := []element{{ElementDebugType, Integer(0)}, {ElementDebugPort, Integer(1)}, {ElementBaudRate, Integer(115200)}}
	if b.local() {
		debug = []element{{ElementDebugType, Integer(4)}}
	}
	b.object(DebuggerSettings, TypeInherit, debug...)
	b.object(EMSSettings, TypeInherit, element{ElementBootEMS, Boolean(!b.modern())})
	b.object(BadMemory, TypeInherit)
	b.object(GlobalSettings, TypeInherit, element{ElementInherit, ObjectList(DebuggerSettings, EMSSettings, BadMemory)})
	inherit := ObjectList(GlobalSettings)
	if b.hypervisor() {
		inherit = ObjectList(GlobalSettings, HypervisorSettings)
		b.object(HypervisorSettings, TypeInheritLoader, element{ElementHypervisorDebug, Integer(0)},
			element{ElementHypervisorPort, Integer(1)}, element{ElementHypervisorBaudRate, Integer(115200)})
	}
	b.object(LoaderSettings, TypeInheritLoader, element{ElementInherit, inherit})
	b.object(ResumeSettings, TypeInheritResume, element{ElementInherit, ObjectList(GlobalSettings)})
}

func (b *builder) manager() {
	order := []GUID{b.loader}
	if b.opt.Legacy != nil {
		order = []GUID{LegacyLoader, b.loader}
	}
	e := []element{
		{ElementDevice, b.system()},
		{ElementDescription, String(nameBootManager)},
		{ElementLocale, String(b.opt.Locale)},
		{ElementInherit, ObjectList(GlobalSettings)},
		{ElementDefault, ObjectValue(b.loader)},
		{ElementMgrResume, ObjectValue(b.resume)},
		{ElementDisplayOrder, ObjectList(order...)},
		{ElementToolsOrder, ObjectList(MemoryTester)},
		{ElementTimeout, Integer(b.opt.Timeout)},
	}
	if b.opt.Firmware == UEFI {
		e = slices.Insert(e, 1, element{ElementPath, String(`\EFI\Microsoft\Boot\bootmgfw.efi`)})
	}
	b.object(BootManager, TypeBootManager, e...)
}

func (b *builder) memoryTester() {
	path := `\boot\memtest.exe`
	if b.opt.Firmware == UEFI {
		path = `\EFI\Microsoft\Boot\memtest.efi`
	}
	b.object(MemoryTester, TypeMemoryTester,
		element{ElementDevice, b.system()},
		element{ElementPath, String(path)},
		element{ElementDescription, String(nameMemoryTest)},
		element{ElementLocale, String(b.opt.Locale)},
		element{ElementInherit, ObjectList(GlobalSettings)},
		element{ElementBadMemoryAccess, Boolean(true)})
}

// common is what loaders and resume objects have alike.
func (b *builder) common(program, description string, inherit GUID) []element {
	e := []element{
		{ElementDevice, b.os()},
		{ElementPath, b.program(program)},
		{ElementDescription, String(description)},
		{ElementLocale, String(b.opt.Locale)},
		{ElementInherit, ObjectList(inherit)},
	}
	if b.modern() {
		if b.opt.Firmware == UEFI {
			e = append(e, element{ElementIsolatedContext, Boolean(true)})
		}
		e = append(e, element{ElementInMemorySettings, IntegerList(0x15000075)})
	}
	return e
}

// recoveryElements make Windows RE start when Windows does not.
func recoveryElements(recovery *GUID) []element {
	if recovery == nil {
		return nil
	}
	return []element{{ElementRecoverySequence, ObjectList(*recovery)}, {ElementRecoveryEnabled, Boolean(true)}}
}

func (b *builder) osLoader(recovery *GUID) {
	e := append(b.common("winload", b.opt.Description, LoaderSettings), recoveryElements(recovery)...)
	e = append(e, element{ElementOSDevice, b.os()}, element{ElementSystemRoot, String(b.opt.SystemRoot)},
		element{ElementResumeObject, ObjectValue(b.resume)}, element{ElementNX, Integer(b.nx())})
	if b.modern() {
		e = append(e, element{ElementBootMenuPolicy, Integer(1)})
	}
	if !b.opt.Version.AtLeast(6, 1) {
		e = append(e, element{ElementDetectHAL, Boolean(true)}) // Windows 7 always does
	}
	b.object(b.loader, TypeLoader, e...)
}

// nx: clients protect what asks for it, servers everything but what opts out.
func (b *builder) nx() uint64 {
	if b.opt.Version.Server() {
		return 1
	}
	return 0
}

func (b *builder) resumer(recovery *GUID) {
	e := b.common("winresume", nameResume, ResumeSettings)
	if b.modern() {
		e = append(e, recoveryElements(recovery)...)
	}
	e = append(e, element{ElementHiberDevice, b.os()}, element{ElementHiberPath, String(`\hiberfil.sys`)},
		element{ElementResumeDebug, Boolean(false)})
	if b.modern() {
		e = append(e, element{ElementResumeMenuPolicy, Integer(1)})
	}
	b.object(b.resume, TypeResume, e...)
}

// recovery makes the loader of Windows RE and the settings of its ramdisk, and
// returns the loader.
func (b *builder) recovery() *GUID {
	r := b.opt.Recovery
	if r == nil {
		return nil
	}
	loader, options := b.newGUID(r.ID), b.newGUID(GUID{})
	image := DeviceValue(RamdiskDevice(partitionDescriptor(r.Partition), r.Image, options))
	path := `\windows\system32\winload.exe`
	if b.opt.Firmware == UEFI {
		path = `\windows\system32\winload.efi`
	}
	e := []element{
		{ElementDevice, image},
		{ElementPath, String(path)},
		{ElementDescription, String(nameRecovery)},
		{ElementInherit, ObjectList(LoaderSettings)},
		{ElementOSDevice, image},
		{ElementSystemRoot, String(`\windows`)},
		{ElementNX, Integer(0)},
		{ElementWinPE, Boolean(true)},
		{ElementRecoveryOS, Boolean(true)},
	}
	name := "Ramdisk Options"
	if b.modern() {
		name = "Windows Recovery"
		e = append(e, element{ElementLocale, String(b.opt.Locale)}, element{ElementDisplayMessage, Integer(3)},
			element{ElementBootMenuPolicy, Integer(1)})
	}
	b.object(loader, TypeLoader, e...)
	b.object(options, TypeDevice, element{ElementDescription, String(name)},
		element{ElementSDIDevice, DeviceValue(PartitionDevice(r.Partition))}, element{ElementSDIPath, String(r.SDI)})
	return &loader
}

package bcd

// named is an element that bcdedit has a name for.
type named struct {
	t    ElementType
	name string
}

// The names, in the order of the numbers' last digits. Source: Geoff Chappell, BCD Elements (Windows
// Vista to 10), and the listings of bcdedit.
var (
	// of every object
	libraryNames = []named{
		{0x11000001, "device"}, {0x12000002, "path"}, {0x12000004, "description"}, {0x12000005, "locale"}, {0x14000006, "inherit"},
		{0x15000007, "truncatememory"}, {0x14000008, "recoverysequence"}, {0x16000009, "recoveryenabled"}, {0x1700000a, "badmemorylist"},
		{0x1600000b, "badmemoryaccess"}, {0x1500000c, "firstmegabytepolicy"}, {0x1500000d, "relocatephysical"}, {0x1500000e, "avoidlowmemory"},
		{0x1600000f, "traditionalkseg"}, {0x16000010, "bootdebug"}, {0x15000011, "debugtype"}, {0x15000012, "debugaddress"}, {0x15000013, "debugport"},
		{0x15000014, "baudrate"}, {0x15000015, "channel"}, {0x12000016, "targetname"}, {0x16000017, "noumex"}, {0x15000018, "debugstart"},
		{0x12000019, "busparams"}, {0x1500001a, "hostip"}, {0x1500001b, "port"}, {0x1600001c, "dhcp"}, {0x1200001d, "key"}, {0x1600001e, "vm"},
		{0x1200001f, "hostipv6"}, {0x16000020, "bootems"}, {0x15000022, "emsport"}, {0x15000023, "emsbaudrate"}, {0x12000030, "loadoptions"},
		{0x16000040, "advancedoptions"}, {0x16000041, "optionsedit"}, {0x15000042, "keyringaddress"}, {0x11000043, "bootstatdevice"},
		{0x12000044, "bootstatfilepath"}, {0x16000045, "preservebootstat"}, {0x16000046, "graphicsmodedisabled"}, {0x15000047, "configaccesspolicy"},
		{0x16000048, "nointegritychecks"}, {0x16000049, "testsigning"}, {0x1200004a, "fontpath"}, {0x1500004b, "integrityservices"},
		{0x1500004c, "volumebandid"}, {0x16000050, "extendedinput"}, {0x15000051, "initialconsoleinput"}, {0x15000052, "graphicsresolution"},
		{0x16000053, "restartonfailure"}, {0x16000054, "highestmode"}, {0x16000060, "isolatedcontext"}, {0x15000065, "displaymessage"},
		{0x15000066, "displaymessageoverride"}, {0x16000068, "nobootuxtext"}, {0x16000069, "nobootuxprogress"}, {0x1600006a, "nobootuxfade"},
		{0x1600006c, "bootuxdisabled"}, {0x16000072, "nokeyboard"}, {0x16000074, "bootshutdowndisabled"}, {0x17000077, "allowedinmemorysettings"},
		{0x15000079, "bootuxtransitiontime"}, {0x1600007a, "mobilegraphics"}, {0x1600007b, "forcefipscrypto"}, {0x1500007d, "booterrorux"},
		{0x1600007e, "flightsigning"}, {0x1500007f, "measuredbootlogformat"}, {0x15000080, "displayrotation"}, {0x15000081, "logcontrol"},
		{0x16000082, "nofirmwaresync"}, {0x11000084, "windowssyspart"}, {0x16000087, "numlock"}, {0x12000088, "additionalcipolicy"},
		{0x15000088, "linearaddress57"},
	}
	// of every application
	everyNames = []named{
		{0x26000202, "skipffumode"}, {0x26000203, "forceffumode"}, {0x25000510, "chargethreshold"}, {0x26000512, "offmodecharging"},
		{0x25000aaa, "bootflow"},
	}
	// of the boot managers
	managerNames = []named{
		{0x24000001, "displayorder"}, {0x24000002, "bootsequence"}, {0x23000003, "default"}, {0x25000004, "timeout"}, {0x26000005, "resume"},
		{0x23000006, "resumeobject"}, {0x24000007, "startupsequence"}, {0x24000010, "toolsdisplayorder"}, {0x26000020, "displaybootmenu"},
		{0x26000021, "noerrordisplay"}, {0x21000022, "bcddevice"}, {0x22000023, "bcdfilepath"}, {0x26000025, "hiberboot"},
		{0x26000028, "processcustomactionsfirst"}, {0x27000030, "customactions"}, {0x26000031, "persistbootsequence"}, {0x26000032, "skipstartupsequence"},
		{0x22000040, "fverecoveryurl"}, {0x22000041, "fverecoverymessage"}, {0x26000042, "flightedbootmgr"},
	}
	// of loaders
	loaderNames = []named{
		{0x21000001, "osdevice"}, {0x22000002, "systemroot"}, {0x23000003, "resumeobject"}, {0x26000004, "stampdisks"}, {0x26000010, "detecthal"},
		{0x22000011, "kernel"}, {0x22000012, "hal"}, {0x22000013, "dbgtransport"}, {0x25000020, "nx"}, {0x25000021, "pae"}, {0x26000022, "winpe"},
		{0x26000024, "nocrashautoreboot"}, {0x26000025, "lastknowngood"}, {0x26000026, "oslnointegritychecks"}, {0x26000027, "osltestsigning"},
		{0x26000030, "nolowmem"}, {0x25000031, "removememory"}, {0x25000032, "increaseuserva"}, {0x25000033, "perfmem"}, {0x26000040, "vga"},
		{0x26000041, "quietboot"}, {0x26000042, "novesa"}, {0x26000043, "novga"}, {0x25000050, "clustermodeaddressing"},
		{0x26000051, "usephysicaldestination"}, {0x25000052, "restrictapiccluster"}, {0x22000053, "evstore"}, {0x26000054, "uselegacyapicmode"},
		{0x25000055, "x2apicpolicy"}, {0x26000060, "onecpu"}, {0x25000061, "numproc"}, {0x26000062, "maxproc"}, {0x25000063, "configflags"},
		{0x26000064, "maxgroup"}, {0x26000065, "groupaware"}, {0x25000066, "groupsize"}, {0x26000070, "usefirmwarepcisettings"}, {0x25000071, "msi"},
		{0x25000072, "pciexpress"}, {0x25000080, "safeboot"}, {0x26000081, "safebootalternateshell"}, {0x26000090, "bootlog"}, {0x26000091, "sos"},
		{0x260000a0, "debug"}, {0x260000a1, "halbreakpoint"}, {0x260000a2, "useplatformclock"}, {0x260000a3, "forcelegacyplatform"},
		{0x260000a4, "useplatformtick"}, {0x260000a5, "disabledynamictick"}, {0x250000a6, "tscsyncpolicy"}, {0x260000b0, "ems"},
		{0x250000c1, "driverloadfailurepolicy"}, {0x250000c2, "bootmenupolicy"}, {0x260000c3, "onetimeadvancedoptions"},
		{0x260000c4, "onetimeoptionsedit"}, {0x250000e0, "bootstatuspolicy"}, {0x260000e1, "disableelamdrivers"}, {0x250000f0, "hypervisorlaunchtype"},
		{0x220000f1, "hypervisorpath"}, {0x260000f2, "hypervisordebug"}, {0x250000f3, "hypervisordebugtype"}, {0x250000f4, "hypervisordebugport"},
		{0x250000f5, "hypervisorbaudrate"}, {0x250000f6, "hypervisorchannel"}, {0x250000f7, "bootux"}, {0x260000f8, "hypervisordisableslat"},
		{0x220000f9, "hypervisorbusparams"}, {0x250000fa, "hypervisornumproc"}, {0x250000fb, "hypervisorrootprocpernode"},
		{0x260000fc, "hypervisoruselargevtlb"}, {0x250000fd, "hypervisorhostip"}, {0x250000fe, "hypervisorhostport"}, {0x250000ff, "hypervisordebugpages"},
		{0x25000100, "tpmbootentropy"}, {0x22000110, "hypervisorusekey"}, {0x25000113, "hypervisorrootproc"}, {0x26000114, "hypervisordhcp"},
		{0x25000115, "hypervisoriommupolicy"}, {0x26000116, "hypervisorusevapic"}, {0x22000117, "hypervisorloadoptions"},
		{0x25000118, "hypervisormsrfilterpolicy"}, {0x25000119, "hypervisormmionxpolicy"}, {0x2500011a, "hypervisorschedulertype"},
		{0x2200011b, "hypervisorrootprocnumanodes"}, {0x2500011c, "hypervisorperfmon"}, {0x2500011d, "hypervisorrootprocpercore"},
		{0x2200011e, "hypervisorrootprocnumanodelps"}, {0x25000120, "xsavepolicy"}, {0x25000121, "xsaveaddfeature0"}, {0x25000122, "xsaveaddfeature1"},
		{0x25000123, "xsaveaddfeature2"}, {0x25000124, "xsaveaddfeature3"}, {0x25000125, "xsaveaddfeature4"}, {0x25000126, "xsaveaddfeature5"},
		{0x25000127, "xsaveaddfeature6"}, {0x25000128, "xsaveaddfeature7"}, {0x25000129, "xsaveremovefeature"}, {0x2500012a, "xsaveprocessorsmask"},
		{0x2500012b, "xsavedisable"}, {0x2500012c, "kerneldebugtype"}, {0x2200012d, "kernelbusparams"}, {0x2500012e, "kerneldebugaddress"},
		{0x2500012f, "kerneldebugport"}, {0x25000130, "claimedtpmcounter"}, {0x25000131, "kernelchannel"}, {0x22000132, "kerneltargetname"},
		{0x25000133, "kernelhostip"}, {0x25000134, "kernelport"}, {0x26000135, "kerneldhcp"}, {0x22000136, "kernelkey"}, {0x22000137, "imchivename"},
		{0x21000138, "imcdevice"}, {0x25000139, "kernelbaudrate"}, {0x22000140, "mfgmode"}, {0x26000141, "event"}, {0x25000142, "vsmlaunchtype"},
		{0x25000144, "hypervisorenforcedcodeintegrity"}, {0x26000145, "dtrace"}, {0x21000150, "systemdatadevice"}, {0x21000151, "osarcdevice"},
		{0x21000153, "osdatadevice"}, {0x21000154, "bspdevice"}, {0x21000155, "bspfilepath"}, {0x22000156, "kernelhostipv6"},
		{0x22000161, "hypervisorhostipv6"},
	}
	// of resume objects
	resumeNames = []named{
		{0x21000001, "filedevice"}, {0x22000002, "filepath"}, {0x26000003, "customsettings"}, {0x26000004, "pae"}, {0x21000005, "associatedosdevice"},
		{0x26000006, "debugoptionenabled"}, {0x25000007, "bootux"}, {0x25000008, "bootmenupolicy"},
	}
	// of the memory tester
	memoryNames = []named{
		{0x25000001, "passcount"}, {0x25000002, "testmix"}, {0x25000003, "failurecount"}, {0x26000003, "cacheenable"}, {0x25000004, "testtofail"},
		{0x26000004, "failuresenabled"}, {0x26000005, "cacheenable"}, {0x25000005, "stridefailcount"}, {0x25000006, "invcfailcount"},
		{0x25000007, "matsfailcount"}, {0x25000008, "randfailcount"}, {0x25000009, "chckrfailcount"},
	}
	// of ntldr and setupldr
	legacyNames = []named{
		{0x22000001, "bpbstring"},
	}
	// of real-mode applications
	startupNames = []named{
		{0x26000001, "pxesoftreboot"}, {0x22000002, "applicationname"},
	}
	// of boot applications
	bootAppNames = []named{
		{0x26000145, "enablebootdebugpolicy"}, {0x26000146, "enablebootorderclean"}, {0x26000147, "enabledeviceid"}, {0x26000148, "enableffuloader"},
		{0x26000149, "enableiuloader"}, {0x2600014a, "enablemassstorage"}, {0x2600014b, "enablerpmbprovisioning"}, {0x2600014c, "enablesecurebootpolicy"},
		{0x2600014d, "enablestartcharge"}, {0x2600014e, "enableresettpm"},
	}
	// of devices
	deviceNames = []named{
		{0x35000001, "ramdiskimageoffset"}, {0x35000002, "ramdisktftpclientport"}, {0x31000003, "ramdisksdidevice"}, {0x32000004, "ramdisksdipath"},
		{0x35000005, "ramdiskimagelength"}, {0x36000006, "exportascd"}, {0x35000007, "ramdisktftpblocksize"}, {0x35000008, "ramdisktftpwindowsize"},
		{0x36000009, "ramdiskmcenabled"}, {0x3600000a, "ramdiskmctftpfallback"}, {0x3600000b, "ramdisktftpvarwindow"}, {0x3600000c, "vhdramdiskboot"},
	}
	// of templates
	templateNames = []named{
		{0x47000006, "elementstomigrate"},
	}
)

// names are the names of elements that an object of the type may have.
func (t ObjectType) names() [][]named {
	all := [][]named{libraryNames, templateNames}
	if t.IsDevice() {
		return append(all, deviceNames)
	}
	switch t.application() {
	case appFirmwareManager, appBootManager:
		all = append(all, managerNames)
	case appLoader:
		all = append(all, loaderNames)
	case appResume:
		all = append(all, resumeNames)
	case appMemoryTester:
		all = append(all, memoryNames)
	case appLegacyLoader, appSetupLoader:
		all = append(all, legacyNames)
	case appStartup:
		all = append(all, startupNames)
	case appBootApplication:
		all = append(all, bootAppNames)
	}
	return append(all, everyNames)
}

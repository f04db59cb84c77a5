package inftest

const intel = "dp/Intel/FORCED/"

// goldenPhysical are packages of controllers of real machines.
var goldenPhysical = []golden{
	// Lines that go on behind a backslash, lists without files, a section that
	// only x86 has.
	{"dp/Marvell/Allx86/sata/mvsata.inf", []string{"5.0 x86", "5.1 x86", "6.1 x86"}, `PCI\VEN_11ab&DEV_7042&SUBSYS_11ab11ab`, "Marvell Serial ATA Gen 2 PCI Express Adapter", `
[mvSata_Inst.ntx86] 08/27/2010 1.0.2010.827 catalog mvsata.cat
copy mvsata.sys to %12%\mvsata.sys, flags 0
service "mvSata" flags 2 type 1 start 0 error 1 %12%\mvsata.sys group "SCSI Miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
event System\mvSata HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll
event System\mvSata HKR||TypesSupported = dword 0x7
`},
	{"dp/Marvell/Allx86/sata/mvsata.inf", []string{"5.2 amd64"}, `PCI\VEN_11ab&DEV_7042&SUBSYS_11ab11ab`, "", ""},
	// For all but XP the devices are there and do nothing.
	{"dp/LSI/FORCED/5x86/MegaSAS_5.1.102.32/megasas.inf", []string{"5.0 x86", "5.2 x86", "6.0 x86"}, `PCI\VEN_1000&DEV_0411&SUBSYS_10021000`, "LSI Logic MegaRAID SAS 8480E RAID Controller", `
[NO_DRV] 04/26/2011 5.1.102.32 catalog megasas.cat
`},
	{"dp/LSI/FORCED/6x86/SAS_1.34.03/lsi_sas.inf", []string{"5.2 x86", "6.0 x86"}, `PCI\VEN_1000&DEV_0054`, "LSI Adapter, SAS 3000 series, 8-port with 1068 -StorPort", `
[LSI_SAS_Inst] 06/13/2011 1.34.03.00 catalog svlhx86.cat
copy lsi_sas.sys to %12%\lsi_sas.sys, flags 1
copy wdcfg.exe to %11%\wdcfg.exe, flags 2
copy DriverConfigParam.def to %24%\ProgramData\LSI\Wdcfg\DriverConfigParam.def, flags 2
driver HKLM|SYSTEM\CurrentControlSet\Services\Lsi_sas\Parameters\Device|DriverParameter = sz PlaceHolder=0;
driver HKLM|SYSTEM\CurrentControlSet\Control\Wdcfg|TargetDriver = sz LSI_SAS
device HKR|ScsiPort|NeedsSystemShutdownNotification = dword 0x1
device delete HKR|Scsiport|BusNumber
device delete HKR|Scsiport|LegacyInterfaceType
device delete HKR|Scsiport|SlotNumber
service "LSI_SAS" flags 2 type 1 start 0 error 1 %12%\lsi_sas.sys group "SCSI Miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters|BusType = dword 0xa
event System\LSI_SAS HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll
event System\LSI_SAS HKR||TypesSupported = dword 0x7
inf lsinodrv.inf
include machine.inf needs PciIoSpaceNotRequired
`},
	{"dp/LSI/FORCED/6x86/SAS_1.34.03/lsi_sas.inf", []string{"6.0 x86"}, `PCI\VEN_1000&DEV_0054&SUBSYS_1F041028`, "Dell SAS 5/E Adapter Controller", `
[LSI_SAS_Dell_Inst] 06/13/2011 1.34.03.00 catalog svlhx86.cat
copy lsi_sas.sys to %12%\lsi_sas.sys, flags 1
copy wdcfg.exe to %11%\wdcfg.exe, flags 2
copy DriverConfigParam.def to %24%\ProgramData\LSI\Wdcfg\DriverConfigParam.def, flags 2
driver HKLM|SYSTEM\CurrentControlSet\Services\Lsi_sas\Parameters\Device|DriverParameter = sz PlaceHolder=0;
driver HKLM|SYSTEM\CurrentControlSet\Services\Disk|TimeOutValue = dword 0xa0
driver HKLM|SYSTEM\CurrentControlSet\Services\Lsi_sas\Parameters\Device|MaximumSGList = dword 0xff
driver HKLM|SYSTEM\CurrentControlSet\Services\Lsi_sas\Parameters\Device|NumberOfRequests = dword 0xff
driver HKLM|SYSTEM\CurrentControlSet\Control\Wdcfg|TargetDriver = sz LSI_SAS
device HKR|ScsiPort|NeedsSystemShutdownNotification = dword 0x1
device delete HKR|Scsiport|BusNumber
device delete HKR|Scsiport|LegacyInterfaceType
device delete HKR|Scsiport|SlotNumber
service "LSI_SAS" flags 2 type 1 start 0 error 1 %12%\lsi_sas.sys group "SCSI Miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters|BusType = dword 0xa
event System\LSI_SAS HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll
event System\LSI_SAS HKR||TypesSupported = dword 0x7
include machine.inf needs PciIoSpaceNotRequired
`},
	{"dp/LSI/FORCED/6x86/SAS_1.34.03/lsi_sas.inf", []string{"6.0 amd64"}, `PCI\VEN_1000&DEV_0054`, "", ""},
	{"dp/LSI/FORCED/5x86/LSImpt_6.7.0/symmpi.inf", []string{"5.0 x86", "5.1 x86"}, `PCI\VEN_1000&DEV_0030`, "LSI Adapter, Ultra320 SCSI 2000 series, w/1020/1030", `
[SYMMPI_Inst] 06/13/2011 1.34.03.00 catalog mpixp32.cat
copy symmpi.sys to %12%\symmpi.sys, flags 1
driver HKLM|SYSTEM\CurrentControlSet\Services\Symmpi\Parameters\Device|DriverParameter = sz EnablePseudoDevice=1;
driver HKLM|SYSTEM\CurrentControlSet\Services\Symmpi\Parameters\Device|MaximumSGList = dword 0xff
driver HKLM|SYSTEM\CurrentControlSet\Services\Symmpi\Parameters\Device|NumberOfRequests = dword 0xff
device HKR|ScsiPort|NeedsSystemShutdownNotification = dword 0x1
device delete HKR|Scsiport|BusNumber
device delete HKR|Scsiport|LegacyInterfaceType
device delete HKR|Scsiport|SlotNumber
service "SYMMPI" flags 2 type 1 start 0 error 1 %12%\symmpi.sys group "SCSI Miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters|BusType = dword 0x1
event System\SYMMPI HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll
event System\SYMMPI HKR||TypesSupported = dword 0x7
inf lsipseud.inf
`},
	// Percent signs that are not doubled: SystemRoot is no token of the file.
	{intel + "Allx86/11.2.0.1006_rst/iaStor.inf", []string{"5.1 x86", "6.1 x86"}, `PCI\VEN_8086&DEV_2822&CC_0104`, "Intel(R) Desktop/Workstation/Server Express Chipset SATA RAID Controller", `
[iaStor_Install] 05/30/2012 11.2.0.1006 catalog iaStor.cat
copy iaStor.sys to %12%\iaStor.sys, flags 0
device HKR||Security = sz D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;;;;BU)
service "iaStor" flags 2 type 1 start 0 error 1 %12%\iaStor.sys group "SCSI Miniport"
display "Intel RAID Controller"
service HKR||Tag = dword 0x19
service HKR|Parameters|BusType = dword 0x8
event System\iaStor HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll;%SystemRoot%\System32\drivers\iaStor.sys
event System\iaStor HKR||TypesSupported = dword 0x7
`},
	// [INTEL_HDC] is empty so that Windows 2000 finds nothing.
	{intel + "Allx86/11.2.0.1006_rst/iaStor.inf", []string{"5.0 x86", "6.1 amd64"}, `PCI\VEN_8086&DEV_2822&CC_0104`, "", ""},
	// An entry that was meant to make keys has its flags where the name goes.
	{intel + "8x64/iaStorA.inf", []string{"5.2 amd64", "6.2 amd64"}, `PCI\VEN_8086&DEV_2826&CC_0104`, "Intel(R) C600/C220 series chipset SATA RAID Controller", iaStorA("NTamd64")},
	{intel + "8x64/iaStorA.inf", []string{"5.2 x86", "6.2 x86"}, `PCI\VEN_8086&DEV_2826&CC_0104`, "Intel(R) C600/C220 series chipset SATA RAID Controller", iaStorA("ntx86")},
	{intel + "8x64/iaStorA.inf", []string{"5.0 x86", "5.1 x86"}, `PCI\VEN_8086&DEV_2826&CC_0104`, "", ""},
	{"dp/OCZ/Allx64/ocz12xx.inf", []string{"5.2 amd64", "6.1 amd64"}, `PCI\VEN_1B85&DEV_1240`, "OCZ 12xx SCSI Controller", `
[ocz12xx_Inst.ntamd64] 09/14/2011 1.0.0.10360 catalog ocz12xx.cat
copy ocz12xx.sys to %12%\ocz12xx.sys, flags 0
driver HKLM|SYSTEM\CurrentControlSet\Services\Disk|TimeOutValue = dword 0x3c
service "ocz12xx" flags 2 type 1 start 0 error 1 %12%\ocz12xx.sys group "SCSI Miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters\Device|NumberOfRequests = dword 0xff
service HKR|Parameters\Device|MaximumSGList = dword 0xff
service HKR|Parameters|BusType = dword 0x1
event System\ocz12xx HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll;%SystemRoot%\System32\Drivers\ocz12xx.sys
event System\ocz12xx HKR||TypesSupported = dword 0x7
inf ocznodrv.inf
`},
	{"dp/SIS/5x86/SS/SISRaid2.INF", []string{"5.0 x86", "5.1 x86"}, `PCI\VEN_1039&DEV_1182`, "SiS 0182/1182 RAID Controller", `
[SIS182PCI.NT] 01/11/2007 5.1.1039.2110 catalog sisraid.cat
copy SiSRaid2.sys to %12%\SiSRaid2.sys, flags 0
copy property.dll to %11%\property.dll, flags 0
driver HKR||EnumPropPages32 = sz property.dll,SISIdePropPageProvider
service "SiSRaid2" flags 2 type 1 start 0 error 1 %12%\SiSRaid2.sys group "SCSI Miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
event System\SiSRaid2 HKR||TypesSupported = dword 0x7
`},
	// A $CHICAGO$ file; tokens with backslashes; a directory by its number.
	{"dp/VIA/FORCED/5x86/VIAMRAID.INF", []string{"5.0 x86", "5.1 x86"}, `PCI\VEN_1106&DEV_6287&CC_0106`, "VIA AHCI Controller - 6287", `
[VIAMRAID.NT] 11/26/2010 5.1.7600.601 catalog viamraid.cat
copy viamraid.sys to %12%\viamraid.sys, flags 0
service "viamraid" flags 2 type 1 start 0 error 1 %12%\viamraid.sys group "SCSI Miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters\Device|CreateInitiatorLU = dword 0x1
service HKR|Parameters|BusType = dword 0x8
service HKR||Feature = dword 0x0
event System\viamraid HKR||EventMessageFile = expand %11%\IoLogMsg.dll
event System\viamraid HKR||TypesSupported = dword 0x7
`},
	{"dp/JMicron/Allx86/jraid_f.inf", []string{"5.1 x86", "6.1 x86"}, `PCI\VEN_197B&DEV_2363`, "JMicron JMB36X Controller", `
[JM] 09/17/2012 1.17.65.11 catalog jraid.cat
copy jraid.sys to %12%\jraid.sys, flags 0
service "JRAID" flags 2 type 1 start 0 error 1 %12%\jraid.sys group "System Bus Extender"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters\Device|CreateInitiatorLU = dword 0x1
service HKR|Parameters|BusType = dword 0x8
service HKR|Private|UseBigUnCache = dword 0x1
event System\JRAID HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll;%SystemRoot%\System32\drivers\jraid.sys
event System\JRAID HKR||TypesSupported = dword 0x7
`},
}

func iaStorA(suffix string) string {
	return `
[iaStorA_inst.` + suffix + `] 11/02/2012 3.6.0.1090 catalog iaStorA.cat
copy iaStorA.sys to %12%\iaStorA.sys, flags 0
device HKR|Interrupt Management|0x00000010 = sz ` + `
device HKR|Interrupt Management\MessageSignaledInterruptProperties|0x00000010 = sz ` + `
device HKR|Interrupt Management\MessageSignaledInterruptProperties|MSISupported = dword 0x1
device HKR|Interrupt Management\MessageSignaledInterruptProperties|MessageNumberLimit = dword 0x1
device HKR|StorPort|EnableIdlePowerManagement = dword 0x0
device HKLM|System\CurrentControlSet\Services\iaStorA\Parameters\Device|LED_Supported = dword 0x1
service "iaStorA" flags 2 type 1 start 0 error 1 %12%\iaStorA.sys group "SCSI miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters|BusType = dword 0x8
service HKR|Parameters\Device|EnableQueryAccessAlignment = dword 0x1
event System\iaStorA HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll;%SystemRoot%\System32\drivers\iaStorA.sys
event System\iaStorA HKR||TypesSupported = dword 0x7
`
}

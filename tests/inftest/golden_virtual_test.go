package inftest

// goldenVirtual are the packages of virtual machines.
var goldenVirtual = []golden{
	{"virtio/viostor/w10/amd64/viostor.inf", []string{"6.3 amd64", "10.0 amd64"}, `PCI\VEN_1AF4&DEV_1001`, "Red Hat VirtIO SCSI controller", `
[scsi_inst] 07/21/2023 100.93.104.24000 catalog viostor.cat
copy viostor.sys to %12%\viostor.sys, flags 2
device key HKR|Interrupt Management|
device key HKR|Interrupt Management\MessageSignaledInterruptProperties|
device HKR|Interrupt Management\MessageSignaledInterruptProperties|MSISupported = dword 0x1
device HKR|Interrupt Management\MessageSignaledInterruptProperties|MessageNumberLimit = dword 0x101
device key HKR|Interrupt Management\Affinity Policy|
device HKR|Interrupt Management\Affinity Policy|DevicePolicy = dword 0x5
device HKR|Interrupt Management\Affinity Policy|GroupPolicy = dword 0x1
service "viostor" flags 2 type 1 start 0 error 1 %12%\viostor.sys group "SCSI miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters|BusType = dword 0x1
event System\viostor HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll
event System\viostor HKR||TypesSupported = dword 0x7
`},
	{"virtio/viostor/w10/amd64/viostor.inf", []string{"6.1 amd64", "6.2 amd64", "10.0 x86", "10.0 arm64"}, `PCI\VEN_1AF4&DEV_1001`, "", ""},
	{"virtio/viostor/w7/amd64/viostor.inf", []string{"6.1 amd64"}, `PCI\VEN_1AF4&DEV_1042&SUBSYS_11001AF4&REV_01`, "Red Hat VirtIO SCSI controller", `
[scsi_inst] 06/07/2019 61.77.104.17200 catalog viostor.cat
copy viostor.sys to %12%\viostor.sys, flags 2
device key HKR|Interrupt Management|
device key HKR|Interrupt Management\MessageSignaledInterruptProperties|
device HKR|Interrupt Management\MessageSignaledInterruptProperties|MSISupported = dword 0x1
device HKR|Interrupt Management\MessageSignaledInterruptProperties|MessageNumberLimit = dword 0x100
device key HKR|Interrupt Management\Affinity Policy|
device HKR|Interrupt Management\Affinity Policy|DevicePolicy = dword 0x5
service "viostor" flags 2 type 1 start 0 error 1 %12%\viostor.sys group "SCSI miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters|BusType = dword 0x1
event System\viostor HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll
event System\viostor HKR||TypesSupported = dword 0x7
`},
	{"virtio/viostor/w7/amd64/viostor.inf", []string{"6.0 amd64", "6.1 x86"}, `PCI\VEN_1AF4&DEV_1001`, "", ""},
	{"virtio/viostor/xp/x86/viostor.inf", []string{"5.1 x86", "5.2 x86"}, `PCI\VEN_1AF4&DEV_1001&SUBSYS_00021AF4`, "Red Hat VirtIO SCSI controller", `
[rhelscsi_inst] 11/27/2012 51.64.104.4800 catalog viostor.cat
copy viostor.sys to %12%\viostor.sys, flags 2
service "viostor" flags 2 type 1 start 0 error 1 %12%\viostor.sys group "SCSI miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters|BusType = dword 0x1
event System\viostor HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll
event System\viostor HKR||TypesSupported = dword 0x7
`},
	// Windows 2000 looks for [RHEL], which is not there.
	{"virtio/viostor/xp/x86/viostor.inf", []string{"5.0 x86", "5.2 amd64"}, `PCI\VEN_1AF4&DEV_1001&SUBSYS_00021AF4`, "", ""},
	{"virtio/vioscsi/w10/ARM64/vioscsi.inf", []string{"10.0 arm64"}, `PCI\VEN_1AF4&DEV_1048`, "Red Hat VirtIO SCSI pass-through controller", `
[scsi_inst] 07/21/2023 100.93.104.24000 catalog vioscsi.cat
copy vioscsi.sys to %12%\vioscsi.sys, flags 2
device key HKR|Interrupt Management|
device key HKR|Interrupt Management\MessageSignaledInterruptProperties|
device HKR|Interrupt Management\MessageSignaledInterruptProperties|MSISupported = dword 0x1
device HKR|Interrupt Management\MessageSignaledInterruptProperties|MessageNumberLimit = dword 0x102
device key HKR|Interrupt Management\Affinity Policy|
device HKR|Interrupt Management\Affinity Policy|DevicePolicy = dword 0x5
device HKR|Interrupt Management\Affinity Policy|DevicePriority = dword 0x3
device HKR|Interrupt Management\Affinity Policy|GroupPolicy = dword 0x1
service "vioscsi" flags 2 type 1 start 0 error 1 %12%\vioscsi.sys group "SCSI miniport"
display "Red Hat VirtIO SCSI pass-through Service"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters|BusType = dword 0xa
event System\vioscsi HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll
event System\vioscsi HKR||TypesSupported = dword 0x7
`},
	{"virtio/vioscsi/w10/ARM64/vioscsi.inf", []string{"10.0 amd64", "10.0 x86"}, `PCI\VEN_1AF4&DEV_1048`, "", ""},
	{"virtio/vioscsi/2k8/x86/vioscsi.inf", []string{"6.0 x86", "6.1 x86"}, `PCI\VEN_1AF4&DEV_1004&SUBSYS_00081AF4&REV_00`, "Red Hat VirtIO SCSI pass-through controller", `
[rhelscsi_inst] 08/03/2018 60.76.104.16000 catalog vioscsi.cat
copy vioscsi.sys to %12%\vioscsi.sys, flags 2
device key HKR|Interrupt Management|
device key HKR|Interrupt Management\MessageSignaledInterruptProperties|
device HKR|Interrupt Management\MessageSignaledInterruptProperties|MSISupported = dword 0x1
device HKR|Interrupt Management\MessageSignaledInterruptProperties|MessageNumberLimit = dword 0x100
device key HKR|Interrupt Management\Affinity Policy|
device HKR|Interrupt Management\Affinity Policy|DevicePolicy = dword 0x5
device HKR|Interrupt Management\Affinity Policy|DevicePriority = dword 0x3
service "vioscsi" flags 2 type 1 start 0 error 1 %12%\vioscsi.sys group "SCSI miniport"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters|BusType = dword 0xa
event System\vioscsi HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll
event System\vioscsi HKR||TypesSupported = dword 0x7
`},
	{"virtio/vioscsi/2k8/x86/vioscsi.inf", []string{"5.2 x86", "6.0 amd64"}, `PCI\VEN_1AF4&DEV_1004&SUBSYS_00081AF4&REV_00`, "", ""},
	{"vmware/VMware/NTx86/vmscsi.inf", []string{"5.0 x86", "5.1 x86", "6.1 x86"}, `PCI\VEN_104B&DEV_1040`, "VMware VMSCSI Controller", `
[DDInstall.x86.NT] 05/14/2012 2.0.3.0 catalog vmscsi.cat
copy vmscsi.sys to %12%\vmscsi.sys, flags 2
service "vmscsi" flags 2 type 1 start 0 error 1 %12%\vmscsi.sys group "SCSI Miniport"
display "VMware Storage Controller Driver"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service delete HKR||ObjectName
service HKR|Parameters\Device|NumberOfRequests = dword 0x80
event System\vmscsi HKR||EventMessageFile = expand %SystemRoot%\System32\IoLogMsg.dll
event System\vmscsi HKR||TypesSupported = dword 0x7
`},
	{"vmware/VMware/NTx86/vmscsi.inf", []string{"5.2 amd64", "6.1 amd64"}, `PCI\VEN_104B&DEV_1040`, "", ""},
	{"genahci/genahci.inf", []string{"5.0 x86", "5.1 x86", "5.2 amd64", "6.1 amd64"}, `PCI\CC_010601`, "Standard SATA AHCI Controller", `
[genahci] 07/30/2023 6.3.0.1 catalog genahci.cat
copy genahci.sys to %12%\genahci.sys, flags 0
service "genahci" flags 2 type 1 start 0 error 1 %12%\genahci.sys group "SCSI Miniport"
display "Standard SATA AHCI Driver"
service HKR|Parameters\PnpInterface|5 = dword 0x1
service HKR|Parameters|BusType = dword 0xb
`},
	{"genahci/genahci.inf", []string{"5.2 ia64", "10.0 arm64"}, `PCI\CC_010601`, "", ""},
}

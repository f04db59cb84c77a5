// Package answers reads answer files: the options of the kernel command line
// (package pid1) as a small YAML file, for people who cannot change the command
// line.
//
//	mode: auto
//	after: poweroff
//	only: [storage-driver-missing, bootini-wrong-partition]
//	report: [disk, serial, "https://example.org/reports"]
//	net: dhcp
//	bitlocker-key: ["1A2B3C4D:000011-000022-..."]
//
// An option has the name that it has there without "bootmend.", and one value or
// a list of values. The file is strict where it would otherwise be guessed what is
// meant: an option with a value of another shape, or given twice, is left out with
// a warning that names the line. What an option may be is decided by package pid1,
// the same for both. A file names no other answer file: answers is no option of one.
//
// The file is found, in this order and the first one only,
//
//	where bootmend.answers= says: http://, https:// or a path
//	as bootmend.yaml on a CD, floppy or USB stick with the label BOOTMEND
//	as opt/bootmend/answers in QEMU's fw_cfg (-fw_cfg name=opt/bootmend/answers,file=...)
//
// The user data of OpenStack and of Amazon's first metadata service have an URL,
// http://169.254.169.254/latest/user-data. Left out: VMware's guestinfo, which is
// behind an I/O port that answers assembly code only, metadata services that want a
// token first, and config drives.
//
// YAML is read by go.yaml.in/yaml/v3, in which the YAML organisation carries on the
// archived gopkg.in/yaml.v3: its nodes have line numbers and keep every text as it is
// written.
package answers

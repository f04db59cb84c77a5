package inject

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// Kind says what speaks against a driver.
type Kind string

// The reasons for which a driver is not put into a Windows.
const (
	WrongArch      Kind = "wrong-architecture" // the file is for another processor
	WrongWindows   Kind = "wrong-windows"      // the package does not name this Windows
	MissingFile    Kind = "missing-file"       // the package lacks a file that it installs
	NoDriver       Kind = "not-a-driver"       // the file cannot be loaded
	MissingImport  Kind = "missing-import"     // Windows lacks the port driver, or a function of it
	Unsigned       Kind = "unsigned"           // and this Windows loads signed boot drivers only
	FileConflict   Kind = "file-conflict"      // another vendor's file is in its place
	NotBootDriver  Kind = "not-a-boot-driver"  // the package installs no service for the device
	NotUnderstood  Kind = "not-understood"     // the package does something that cannot be done offline
	Unusable       Kind = "unusable"           // reading it, or planning with it, failed
	TooLarge       Kind = "too-large"          // more than any driver package of a disk controller has
	BadName        Kind = "bad-name"           // a name in it leads elsewhere, or cannot exist
	BrokenRegistry Kind = "registry-incomplete"
)

// Refusal says why a driver cannot be put in, and what to provide instead. It
// is data: nothing was written.
type Refusal struct {
	Kind   Kind
	Driver string // name of the driver or package
	File   string // what it is about, "" for none
	Inbox  bool   // it is a driver of Windows itself
	// Sentence for people, without a full stop.
	Sentence string
	Evidence []inspect.Evidence
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s", r.Driver, r.Sentence) }

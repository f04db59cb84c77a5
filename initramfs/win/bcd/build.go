package bcd

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/winver"
)

// ErrBuild: what was asked for gives no store that starts.
var ErrBuild = errors.New("no store can be built")

// Firmware is what starts the boot manager.
type Firmware string

// The firmwares.
const (
	BIOS Firmware = "bios"
	UEFI Firmware = "uefi"
)

// BuildOptions says what a new store is for.
type BuildOptions struct {
	Firmware   Firmware
	Version    winver.Version // 6.0 or later
	System     Identity       // the partition with the boot manager: the active one, or the ESP
	OS         Identity       // the partition with Windows
	SystemRoot string         // of Windows on it; "" means \Windows

	Locale      string // "" means en-US
	Description string // in the boot menu; "" means the name of the Windows
	Timeout     uint64 // of the menu, seconds; 0 means 30
	Recovery    *RecoveryOptions
	Legacy      *LegacyOptions

	// Loader and Resume are the objects' GUIDs, of the store before where they
	// are known; zero: new ones.
	Loader, Resume GUID

	Now    time.Time // time stamp of keys; zero: none
	Rand   io.Reader // for the GUIDs of new objects; nil: crypto/rand
	MinSeq uint32    // the hive's sequence number exceeds it: the highest in any log of the store before
}

// RecoveryOptions says where Windows RE lies.
type RecoveryOptions struct {
	// ID of its loader; zero: a new one. Windows knows Windows RE by it: ReAgent.xml
	// names it, and with Windows 7 so does the folder of the image.
	ID        GUID
	Partition Identity
	Image     string // \Recovery\WindowsRE\Winre.wim
	SDI       string // \Recovery\WindowsRE\boot.sdi
}

// LegacyOptions adds an entry for \ntldr on the system partition, for Windows of the NT 5
// line; BIOS only.
type LegacyOptions struct {
	Description string // "" means "Earlier Version of Windows"
}

// Built is a new store.
type Built struct {
	Hive   []byte // the content of the file
	Loader GUID   // the object that starts Windows; the default
	Resume GUID
}

// security is the descriptor of all keys, as in the stores of Windows 8.1 and 10: owner
// Administrators, group SYSTEM; Administrators may read and change the descriptor, SYSTEM may
// do everything. bcdedit writes with SYSTEM's backup privileges.
var security = []byte("\x01\x00\x04\x80\x48\x00\x00\x00\x58\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00" + // offsets
	"\x02\x00\x34\x00\x02\x00\x00\x00" + // the list: 0x34 bytes, 2 entries
	"\x00\x00\x18\x00\x19\x00\x06\x00\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00" + // S-1-5-32-544: 0x60019
	"\x00\x00\x14\x00\x3f\x00\x0f\x00\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00" + // S-1-5-18: 0xf003f
	"\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00" + // owner
	"\x01\x01\x00\x00\x00\x00\x00\x05\x12\x00\x00\x00") // group

// Build makes a new store with the objects that bcdboot would put there: the boot manager, the
// loader, the resume object, the memory tester and the settings that they inherit; with Windows RE if it is
// named. Sources: the real stores of Windows 7, 8.1 and 10 and listings by
// bcdedit. Errors wrap ErrBuild.
func Build(opt BuildOptions) (Built, error) {
	if err := opt.complete(); err != nil {
		return Built{}, err
	}
	empty, err := regf.New(regf.NewOptions{Minor: 3, RootName: "NewStoreRoot", Security: security, Now: opt.Now, FileName: opt.fileName()})
	if err != nil {
		return Built{}, err
	}
	h, err := regf.Open(bytes.NewReader(empty), int64(len(empty)))
	if err != nil {
		return Built{}, err
	}
	hive, err := regf.NewEditor(h, regf.EditorOptions{Now: opt.Now, MinSeq: opt.MinSeq})
	if err != nil {
		return Built{}, err
	}
	b := &builder{opt: opt, hive: hive}
	b.build()
	if b.err != nil {
		return Built{}, b.err
	}
	r, err := hive.Finish()
	if err != nil {
		return Built{}, err
	}
	file := make([]byte, r.Size)
	copy(file, empty)
	for _, p := range r.Patches {
		copy(file[p.Off:], p.New)
	}
	return Built{file, b.loader, b.resume}, nil
}

// complete fills in what may be left out, and refuses what does not go together.
func (o *BuildOptions) complete() error {
	switch {
	case o.Firmware != BIOS && o.Firmware != UEFI:
		return fmt.Errorf("%w: the firmware is %q, want %s or %s", ErrBuild, o.Firmware, BIOS, UEFI)
	case !o.Version.AtLeast(6, 0):
		return fmt.Errorf("%w: Windows %s does not start from a BCD store but by boot.ini", ErrBuild, o.Version.NT())
	case !o.System.Valid():
		return fmt.Errorf("%w: the system partition has no identity (%s)", ErrBuild, o.System)
	case !o.OS.Valid():
		return fmt.Errorf("%w: the partition of Windows has no identity (%s)", ErrBuild, o.OS)
	case o.Recovery != nil && !o.Recovery.Partition.Valid():
		return fmt.Errorf("%w: the partition of Windows RE has no identity (%s)", ErrBuild, o.Recovery.Partition)
	case o.clash():
		return fmt.Errorf("%w: two objects would have the same GUID", ErrBuild)
	case o.Legacy != nil && o.Firmware != BIOS:
		return fmt.Errorf("%w: ntldr does not start from %s", ErrBuild, o.Firmware)
	}
	if o.SystemRoot == "" {
		o.SystemRoot = `\Windows`
	}
	if o.SystemRoot[0] != '\\' || len(o.SystemRoot) == 1 {
		return fmt.Errorf("%w: %q is no folder such as \\Windows", ErrBuild, o.SystemRoot)
	}
	if o.Locale == "" {
		o.Locale = "en-US"
	}
	if o.Description == "" {
		o.Description = describe(o.Version)
	}
	if o.Timeout == 0 {
		o.Timeout = 30
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return nil
}

// clash reports GUIDs that were given and are those of other objects.
func (o *BuildOptions) clash() bool {
	ids := []GUID{o.Loader, o.Resume}
	if o.Recovery != nil {
		ids = append(ids, o.Recovery.ID)
	}
	seen := map[GUID]bool{}
	for _, w := range wellKnown {
		seen[w.id] = true
	}
	for _, id := range ids {
		if !id.IsZero() && seen[id] {
			return true
		}
		seen[id] = true
	}
	return false
}

// fileName is the end of the path that Windows will load the store from.
func (o *BuildOptions) fileName() string {
	if o.Firmware == UEFI {
		return `\EFI\Microsoft\Boot\BCD`
	}
	return `\Boot\BCD`
}

// describe is the name that Setup gives an entry of the boot menu.
func describe(v winver.Version) string {
	if v.Server() && v.ProductName != "" {
		return v.ProductName
	}
	switch {
	case v.Windows11():
		return "Windows 11"
	case v.Major >= 10:
		return "Windows 10"
	case v.AtLeast(6, 3):
		return "Windows 8.1"
	case v.AtLeast(6, 2):
		return "Windows 8"
	case v.AtLeast(6, 1):
		return "Windows 7"
	}
	return "Microsoft Windows Vista"
}

// newGUID makes a random GUID (version 4) where there is none yet.
func (b *builder) newGUID(have GUID) GUID {
	if !have.IsZero() {
		return have
	}
	var g GUID
	if b.err == nil {
		_, b.err = io.ReadFull(b.opt.Rand, g[:])
	}
	g[7], g[8] = g[7]&0x0f|0x40, g[8]&0x3f|0x80
	return g
}

// builder writes keys directly: an Editor would read the store again for each
// element.
type builder struct {
	opt            BuildOptions
	hive           *regf.Editor
	loader, resume GUID
	err            error
}

// element is an element to be.
type element struct {
	t ElementType
	v Value
}

func (b *builder) key(path string) {
	if b.err == nil {
		b.err = b.hive.CreateKey(path)
	}
}

func (b *builder) value(path, name string, typ regf.Type, data []byte) {
	if b.err == nil {
		b.err = b.hive.SetValue(path, name, typ, data)
	}
}

// object makes an object with its elements.
func (b *builder) object(id GUID, t ObjectType, elements ...element) {
	path := keyObjects + `\` + id.String()
	b.key(path + `\` + keyDescription)
	b.key(path + `\` + keyElements)
	b.value(path+`\`+keyDescription, valueType, regf.RegDWORD, registry.DWORD(uint32(t)))
	for _, e := range elements {
		key := elementPath(id.String(), e.t.Key())
		b.key(key)
		b.value(key, valueElement, e.v.Reg, e.v.Data)
	}
}

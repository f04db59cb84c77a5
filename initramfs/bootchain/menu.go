package bootchain

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bootini"
)

// maxMenu bounds what is read of a boot.ini, which is some hundred bytes.
const maxMenu = 1 << 20

// Menu is the configuration of NTLDR (boot.ini) or of FreeLoader (freeldr.ini).
type Menu struct {
	Path string // on the system volume
	Data []byte
	// Missing: there is none, or it is empty. Err: it cannot be read.
	Missing bool
	Err     error
	// One of the two is set where the file could be read.
	Ini     *bootini.File
	FreeLdr *bootini.FreeLdr
	Entries []MenuEntry
	Default int // index of the entry that starts by itself, -1 when there is none
	// DefaultARC is where default= leads when no entry has it; DefaultTarget is
	// nil otherwise.
	DefaultPath   string
	DefaultTarget *Target
	// defaultFile: DefaultPath is a file of the system volume, or a drive whose boot
	// sector was saved on it.
	defaultFile bool
}

// MenuEntry is an entry of the menu that starts a Windows of this generation.
// Entries that start boot sectors, set-up or a RAM disk are nobody's business
// and are left out.
type MenuEntry struct {
	Name  string // FreeLoader: of its section; else the left side
	Title string // as the menu shows it
	Index int    // among all lines of the menu
	// ARC has the folder and nothing else that counts where Target.Unparsed.
	ARC    bootini.ARC
	Target Target
	Kernel string // file named by /KERNEL=, "" for none
	HAL    string // file named by /HAL=
	PAE    bool
}

// readMenu reads the configuration of a loader.
func readMenu(system *inspect.Volume, freeloader bool) Menu {
	m := Menu{Path: `\boot.ini`, Default: -1}
	if freeloader {
		m.Path = `\freeldr.ini`
	}
	data, err := ReadSmall(system.FS, m.Path, maxMenu)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		m.Missing = true
	case err != nil:
		m.Err = err
	case len(strings.Trim(string(data), "\x00 \t\r\n\x1a")) == 0:
		m.Missing, m.Data = true, data
	default:
		m.Data = data
	}
	if m.Missing || m.Err != nil {
		return m
	}
	ini := bootini.Parse(data) // what is no text is none for FreeLoader either
	switch {
	case ini.UTF16():
		m.Err = ErrMenuUTF16
	case ini.NotText():
		m.Err = ErrMenuZeros
	case freeloader:
		m.FreeLdr = bootini.ParseFreeLdr(data)
	default:
		m.Ini = ini
		path, _ := ini.Default()
		m.defaultFile = startsFile(system, path)
	}
	return m
}

// Menus that the loader takes otherwise than they were meant. They are not edited.
var (
	ErrMenuUTF16 = errors.New("it is UTF-16, and the loader reads one byte for each character")
	ErrMenuZeros = errors.New("it holds zeros, so that it is no text, or one in UTF-16")
)

// ReadSmall reads a whole file of at most so many bytes.
func ReadSmall(volume fs.FS, path string, most int64) ([]byte, error) {
	f, err := volume.Open(path)
	if err != nil {
		return nil, err
	}
	if f.Info().Size > most {
		return nil, fmt.Errorf("%s has %d bytes, more than the %d that one may have: %w", path, f.Info().Size, most, fs.ErrUnsupported)
	}
	data := make([]byte, f.Info().Size)
	if n, err := f.ReadAt(data, 0); n < len(data) && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", path, err)
	} else if n < len(data) {
		return nil, fmt.Errorf("%s: %w", path, io.ErrUnexpectedEOF)
	}
	return data, nil
}

// resolve fills the entries.
func (m *Menu) resolve(p *inspect.Patient, disks []*inspect.Disk) {
	switch {
	case m.Ini != nil:
		m.resolveIni(p, disks)
	case m.FreeLdr != nil:
		m.resolveFreeLdr(p, disks)
	}
}

func (m *Menu) resolveIni(p *inspect.Patient, disks []*inspect.Disk) {
	var has bool
	m.DefaultPath, has = m.Ini.Default()
	chosen, unique := m.Ini.DefaultEntry(), m.Ini.Entries()
	if has = has && m.DefaultPath != ""; !has && len(unique) > 0 {
		chosen = unique[0] // NTLDR takes the first
	}
	for i, e := range unique {
		if bootini.NamesOther(e.Path()) {
			continue
		}
		entry := MenuEntry{Name: e.Path(), Title: e.Title(), Index: i}
		entry.ARC, entry.Target = leads(p, disks, e.Path())
		if s, ok := e.Switch("/KERNEL"); ok {
			entry.Kernel = s.Value
		}
		if s, ok := e.Switch("/HAL"); ok {
			entry.HAL = s.Value
		}
		_, entry.PAE = e.Switch("/PAE")
		if m.Default < 0 && chosen != nil && chosen.Path() == e.Path() && chosen.Title() == e.Title() {
			m.Default = len(m.Entries)
		}
		m.Entries = append(m.Entries, entry)
	}
	if has && chosen == nil {
		if a, err := bootini.ParseARC(m.DefaultPath); err == nil {
			t := follow(p, disks, a)
			m.DefaultTarget = &t
		}
	}
}

func (m *Menu) resolveFreeLdr(p *inspect.Patient, disks []*inspect.Disk) {
	m.DefaultPath, _ = m.FreeLdr.Default()
	all := m.FreeLdr.Systems()
	// FreeLoader takes the first where DefaultOS names none.
	chosen := max(0, slices.IndexFunc(all, func(s bootini.System) bool { return strings.EqualFold(s.Name, m.DefaultPath) }))
	for i, s := range all {
		// A path without parentheses is one of the volume that FreeLoader is on.
		if !strings.HasPrefix(strings.ToLower(s.BootType), "windows") || !strings.Contains(s.SystemPath, "(") || bootini.NamesOther(s.SystemPath) {
			continue
		}
		entry := MenuEntry{Name: s.Name, Title: s.Title, Index: i}
		entry.ARC, entry.Target = leads(p, disks, strings.ReplaceAll(s.SystemPath, "/", `\`)) // it reads both
		for _, o := range strings.Fields(s.Options) {
			name, value, _ := strings.Cut(o, "=")
			switch strings.ToUpper(name) {
			case "/KERNEL":
				entry.Kernel = value
			case "/HAL":
				entry.HAL = value
			}
		}
		if i == chosen {
			m.Default = len(m.Entries)
		}
		m.Entries = append(m.Entries, entry)
	}
}

// StartsOther reports whether what starts by itself is none of the entries and
// yet something: a boot sector, set-up, another system.
func (m *Menu) StartsOther() bool {
	if m.Default >= 0 {
		return false
	}
	if m.FreeLdr != nil {
		return len(m.FreeLdr.Systems()) > 0
	}
	if m.Ini == nil {
		return false
	}
	if e := m.Ini.DefaultEntry(); e != nil {
		return bootini.NamesOther(e.Path())
	}
	if m.DefaultPath == "" { // the first entry starts
		return len(m.Ini.Entries()) > 0
	}
	return m.defaultFile
}

func samePath(a, b string) bool {
	return strings.EqualFold(fs.JoinPath(a), fs.JoinPath(b))
}

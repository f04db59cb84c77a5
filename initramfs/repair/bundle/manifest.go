package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// Version is that of the manifest.
const Version = 1

// ManifestName is the file of the manifest in its folder.
const ManifestName = "manifest.json"

// Root is the folder of all bundles on a volume.
const Root = `\bootmend\undo`

// Manifest describes one repair.
type Manifest struct {
	Version     int       `json:"version"`
	ID          string    `json:"id"`          // name of the folder
	Transaction string    `json:"transaction"` // ID of the transaction, hexadecimal
	Time        time.Time `json:"time"`
	Windows     string    `json:"windows,omitempty"` // for people
	Why         []string  `json:"why"`               // conditions and actions, one sentence each
	Disks       []Disk    `json:"disks"`
	Items       []Item    `json:"items"`           // in the order in which they were done
	Final       []string  `json:"final,omitempty"` // what cannot be taken back, in sentences
}

// Disk is a disk that was changed. Size is in bytes.
type Disk struct {
	Name      string `json:"name"` // last part of its path, for people
	Size      int64  `json:"size"`
	Signature uint32 `json:"signature,omitempty"` // of the MBR, before
	GUID      string `json:"guid,omitempty"`      // of the GPT, before
}

// Action says what an item did. The values are stable.
type Action string

// The actions.
const (
	SetValue      Action = "set-registry-value"
	MakeKey       Action = "make-registry-key"
	RemoveKey     Action = "remove-registry-key"
	WriteFile     Action = "write-file"
	Remove        Action = "remove"
	Mkdir         Action = "make-directory"
	Rename        Action = "rename"
	SetAttributes Action = "set-attributes"
	WriteSectors  Action = "write-sectors"
	SetVariable   Action = "set-efi-variable"
)

// Item is one change, with what was there before and what is there after.
type Item struct {
	Action Action  `json:"action"`
	Disk   int     `json:"disk"`             // index into Manifest.Disks
	Volume *Volume `json:"volume,omitempty"` // nil outside of volumes
	Path   string  `json:"path,omitempty"`   // on the volume; the old one of a Rename
	To     string  `json:"to,omitempty"`     // Rename
	Key    string  `json:"key,omitempty"`    // of a hive; SetVariable: name with vendor
	Value  string  `json:"value,omitempty"`  // SetValue; WriteSectors: what it is
	Offset int64   `json:"offset,omitempty"` // WriteSectors: bytes from the start of the disk
	Old    *State  `json:"old"`              // nil: it was not there
	New    *State  `json:"new"`              // nil: it is not there any more
}

// Volume says which volume of the disk. Offset is in bytes from its start.
type Volume struct {
	Partition int    `json:"partition"`
	Offset    int64  `json:"offset"`
	Serial    uint64 `json:"serial"`
}

// State is one side of an item; which fields count depends on the action.
type State struct {
	Type       uint32 `json:"type,omitempty"`   // of a value; attributes of a variable
	Data       []byte `json:"data,omitempty"`   // of a value, or of sectors
	Size       int64  `json:"size,omitempty"`   // of a file, bytes
	SHA256     string `json:"sha256,omitempty"` // of a file, hexadecimal
	Stored     string `json:"stored,omitempty"` // file of the bundle that holds the content
	Attributes uint32 `json:"attributes,omitempty"`
	Class      string `json:"class,omitempty"`    // of a key
	Security   []byte `json:"security,omitempty"` // of a key: its descriptor
	Directory  bool   `json:"directory,omitempty"`
}

// ErrVersion: another bootmend made the bundle.
var ErrVersion = errors.New("the undo bundle has a version that this bootmend does not know; use the bootmend that made it")

// maxManifest bounds what is read. A repair of some hundred values has 100 KB.
const maxManifest = 64 << 20

// Encode gives the manifest as it is stored.
func (m *Manifest) Encode() ([]byte, error) {
	b, err := json.MarshalIndent(m, "", " ")
	return append(b, '\n'), err
}

// Decode reads a manifest and checks that it makes sense.
func Decode(r io.Reader) (*Manifest, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxManifest {
		return nil, fmt.Errorf("%s is longer than %d bytes", ManifestName, maxManifest)
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", ManifestName, err)
	}
	if m.Version != Version {
		return nil, fmt.Errorf("%s: version %d: %w", ManifestName, m.Version, ErrVersion)
	}
	for i, item := range m.Items {
		if item.Disk < 0 || item.Disk >= len(m.Disks) {
			return nil, fmt.Errorf("%s: item %d is on disk %d of %d", ManifestName, i, item.Disk, len(m.Disks))
		}
		if err := item.check(); err != nil {
			return nil, fmt.Errorf("%s: item %d: %w", ManifestName, i, err)
		}
	}
	return &m, nil
}

// check refuses what would make the undo guess.
func (i Item) check() error {
	both := i.Old != nil && i.New != nil
	switch i.Action {
	case SetValue, MakeKey, RemoveKey, WriteFile, Remove, Mkdir, Rename:
		if i.Volume == nil {
			return fmt.Errorf("%s without a volume", i.Action)
		}
	case SetVariable:
		if i.Key == "" || i.Volume != nil {
			return fmt.Errorf("%s without a name, or on a volume", i.Action)
		}
	case SetAttributes:
		if i.Volume == nil || !both {
			return fmt.Errorf("%s without a volume or without both sides", i.Action)
		}
	case WriteSectors:
		if !both || len(i.Old.Data) != len(i.New.Data) || i.Offset < 0 {
			return fmt.Errorf("%s: the two sides do not fit", i.Action)
		}
	default:
		return fmt.Errorf("unknown action %q", i.Action)
	}
	return nil
}

package step

import (
	"fmt"

	"github.com/bootmend/bootmend/initramfs/inspect"
)

// MakeKey creates a key of a hive, which must not be there; the key above it
// must.
type MakeKey struct {
	Volume *inspect.Volume
	File   string // path of the hive on the volume
	Key    string // from the root of the hive
	Class  string // name of its class, mostly none
	// Security is its descriptor; nil: that of the nearest key above that has
	// one.
	Security []byte
	Why      string
}

// Place implements Step.
func (s MakeKey) Place() (*inspect.Disk, *inspect.Volume) { return s.Volume.Disk, s.Volume }

// Describe implements Step.
func (s MakeKey) Describe() Description {
	return Description{Action: "make-registry-key", Volume: s.Volume.ID(), File: s.File, Key: s.Key, Why: s.Why, Text: "create key " + s.Key}
}

// RemoveKey deletes a key of a hive that has neither values nor keys below it
// any more. Class and Security are what it has, for whoever takes it back.
type RemoveKey struct {
	Volume   *inspect.Volume
	File     string
	Key      string
	Class    string
	Security []byte
	Why      string
}

// Place implements Step.
func (s RemoveKey) Place() (*inspect.Disk, *inspect.Volume) { return s.Volume.Disk, s.Volume }

// Describe implements Step.
func (s RemoveKey) Describe() Description {
	return Description{Action: "remove-registry-key", Volume: s.Volume.ID(), File: s.File, Key: s.Key, Why: s.Why,
		Text: fmt.Sprintf("delete key %s", s.Key)}
}

// HiveOf is the path of the hive that the step changes, "" for other steps.
func HiveOf(s Step) string {
	switch s := s.(type) {
	case SetValue:
		return s.File
	case MakeKey:
		return s.File
	case RemoveKey:
		return s.File
	}
	return ""
}

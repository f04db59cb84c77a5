package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/bootmend/bootmend/initramfs/bootchain"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/win/bcd"
	"github.com/bootmend/bootmend/initramfs/win/hivefile"
)

// storePlace completes an argument that names no file: w1: is the store that
// starts the Windows, DISK:PARTITION: the store of that partition.
func (b *bcdTool) storePlace(arg string) (string, error) {
	if _, err := os.Stat(arg); err == nil {
		return arg, nil
	}
	at, err := parsePlace(arg)
	if err != nil || at.path != "" {
		return arg, nil // what is wrong about it is said when it is opened
	}
	m, err := mount(b.ctx, arg, b.disks)
	if err != nil {
		return "", err
	}
	defer m.close()
	if at.windows == "" {
		for _, path := range bootchain.StorePaths() {
			if isFile(m.volume, path) {
				return arg + path, nil
			}
		}
		return "", fmt.Errorf("%s: there is neither %s", arg, strings.Join(bootchain.StorePaths(), " nor "))
	}
	found, err := findStore(m.patient, m.patient.FindWindows(at.windows))
	if err != nil {
		return "", fmt.Errorf("%s: %w", arg, err)
	}
	return found.String(), nil
}

// foundStore is a store on a disk.
type foundStore struct {
	volume *inspect.Volume
	path   string
}

func (s foundStore) String() string {
	return fmt.Sprintf("%s:%d:%s", s.volume.Disk.Path, s.volume.Partition.Number, s.path)
}

// findStore finds the store that starts a Windows: the one that refers to its
// partition, else the only one on its disk.
func findStore(p *inspect.Patient, w *inspect.Installation) (foundStore, error) {
	var mine, near, all []foundStore
	for _, d := range p.Disks {
		for _, v := range d.Volumes {
			if v.FS == nil {
				continue
			}
			for _, path := range bootchain.StorePaths() {
				if !isFile(v, path) {
					continue
				}
				s := foundStore{v, path}
				all = append(all, s)
				if refersTo(s, w.Volume) {
					mine = append(mine, s)
				}
				if v.Disk == w.Volume.Disk {
					near = append(near, s)
				}
			}
		}
	}
	for _, list := range [][]foundStore{mine, near, all} {
		if len(list) == 1 {
			return list[0], nil
		}
		if len(list) > 1 {
			var names []string
			for _, s := range list {
				names = append(names, s.String())
			}
			return foundStore{}, fmt.Errorf("several stores may start it; name one of them: %s", strings.Join(names, ", "))
		}
	}
	return foundStore{}, errors.New("no store was found on any disk; bootmend bcd rebuild makes one")
}

func isFile(v *inspect.Volume, path string) bool {
	i, err := v.FS.Stat(path)
	return err == nil && !i.IsDir()
}

// refersTo reports that a store names the partition of a volume. One that cannot be
// read does not.
func refersTo(s foundStore, v *inspect.Volume) bool {
	id, err := bootchain.StoreIdentity(v)
	if err != nil {
		return false
	}
	store, err := bootchain.OpenStore(s.volume, s.path)
	if err != nil {
		return false
	}
	refs, _ := store.References()
	for _, r := range refs {
		if r.Identity == id {
			return true
		}
	}
	return false
}

// openStore opens a store and calls do with it.
func (b *bcdTool) openStore(arg string, do func(at hivePlace, f *hivefile.File, s *bcd.Store) error) error {
	place, err := b.storePlace(arg)
	if err != nil {
		return err
	}
	return b.open(place, func(at hivePlace, f *hivefile.File) error {
		s, err := bcd.Open(f.Hive)
		if err != nil {
			return fmt.Errorf("%s: %w", place, err)
		}
		b.at = place
		for _, d := range s.Damage {
			if !b.json {
				fmt.Fprintln(b.errOut, "bootmend: WARNING", place+":", d)
			}
		}
		return do(at, f, s)
	})
}

// object finds an object by GUID or name.
func object(s *bcd.Store, arg string) (*bcd.Object, error) {
	id, err := bcd.ParseObject(arg)
	if err != nil {
		return nil, usageError{err}
	}
	o := s.Object(id)
	if o == nil {
		return nil, fmt.Errorf("%s: %w; bootmend bcd ls lists the objects", id.Alias(), bcd.ErrNotExist)
	}
	return o, nil
}

package session

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/edition"
	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
	"github.com/bootmend/bootmend/initramfs/inspect"
	"github.com/bootmend/bootmend/initramfs/repair"
)

// unlock opens what the keys open. Volumes whose protection is suspended need none.
// A key that opens nothing is an error: the person would wonder.
func (s *Session) unlock() error {
	var keys []bitlocker.Key
	for _, text := range slices.Concat(s.place.Keys, s.place.SpareKeys) {
		k, err := readKey(text)
		if err != nil {
			return usageError{fmt.Errorf("--bitlocker-key: %w", err)}
		}
		keys = append(keys, k)
	}
	used := 0
	for i, src := range s.Sources {
		t, ok := src.Dev.(repair.Target)
		if !ok {
			continue // it cannot be read
		}
		list := inspect.Unlock(t, keys)
		for _, u := range list {
			if u.Secret.By.Kind != bitlocker.ClearKey {
				used++
			}
		}
		shown, err := repair.WithUnlocked(t, list)
		if err != nil {
			return fmt.Errorf("%s: %w", src.Path, err)
		}
		s.Sources[i].Dev, s.Sources[i].Unlocked = shown, list
	}
	if len(s.place.Keys) > 0 && used == 0 {
		return usageError{fmt.Errorf("--bitlocker-key: %w on the disks; bootmend scan shows the ID of the key that is wanted", bitlocker.ErrKey)}
	}
	return nil
}

// readKey takes what has 48 digits for a recovery password, everything else for the
// path of a key file.
func readKey(text string) (bitlocker.Key, error) {
	if !edition.BitLocker {
		return bitlocker.Key{}, bitlocker.ErrUnsupported
	}
	k, err := bitlocker.ParseKey(text)
	if err == nil {
		return k, nil
	}
	f, ferr := os.Open(text)
	if ferr != nil && !strings.HasSuffix(strings.ToLower(text), ".bek") {
		return k, err
	}
	if ferr != nil {
		return k, ferr
	}
	defer f.Close()
	return bitlocker.ReadKeyFile(f)
}

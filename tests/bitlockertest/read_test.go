package bitlockertest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/block/bitlocker"
)

// TestRealVolumes: every volume opens, names its protectors as cryptsetup's list does, and
// holds with its recovery key, its key file, what the list says.
func TestRealVolumes(t *testing.T) {
	sums, files := 0, 0
	for _, i := range Images(t) {
		t.Run(i.Name, func(t *testing.T) {
			dev, err := block.OpenReadOnly(i.Path)
			if err != nil {
				t.Fatal(err)
			}
			defer dev.Close()
			v, err := bitlocker.Open(dev)
			if strings.HasSuffix(i.Name, "-eow") || strings.Contains(i.Name, "clearkey") {
				if !errors.Is(err, bitlocker.ErrUnsupported) {
					t.Errorf("%v; want a refusal", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s, %s, %d protectors, %q", v.GUID, v.Method, len(v.Protectors), v.Description)
			checkProtectors(t, i, v)
			s := unlock(t, i, v)
			if want := i.Says["SHA256SUM"]; want != "" {
				if got := sumOf(t, v.Device(dev, s)); got != want {
					t.Errorf("content %s; want %s", got, want)
				}
				sums++
			}
			if id := i.Says["SK_VMK_GUID"]; id != "" {
				files++
				if _, err := v.Unlock(keyFile(t, i, id)); err != nil {
					t.Errorf("with the key file: %v", err)
				}
			}
			if _, err := v.Unlock(wrongKey(t)); !errors.Is(err, bitlocker.ErrKey) {
				t.Errorf("with another key: %v", err)
			}
		})
	}
	t.Logf("%d contents by their sums, %d key files", sums, files)
}

func checkProtectors(t *testing.T, i Image, v *bitlocker.Volume) {
	t.Helper()
	for key, kind := range map[string]bitlocker.Kind{"RP_VMK_GUID": bitlocker.RecoveryPassword, "PW_VMK_GUID": bitlocker.Password, "SK_VMK_GUID": bitlocker.StartupKey} {
		want := i.Says[key]
		if want == "" {
			continue
		}
		found := false
		for _, p := range v.Protectors {
			found = found || p.Kind == kind && p.ID.Bare() == want
		}
		if !found {
			t.Errorf("no %s of the ID %s: %+v", kind, want, v.Protectors)
		}
	}
	if v.GUID.Bare() != i.Says["GUID"] {
		t.Errorf("GUID %s; want %s", v.GUID, i.Says["GUID"])
	}
}

func unlock(t *testing.T, i Image, v *bitlocker.Volume) *bitlocker.Secret {
	t.Helper()
	id := i.Says["RP_VMK_GUID"]
	if k, err := bitlocker.ParseKey("00000000:" + i.Says["RP"]); err != nil {
		t.Error(err)
	} else if _, err := v.Unlock(k); err == nil {
		t.Error("a key for another ID unlocks")
	}
	k, err := bitlocker.ParseKey(id[:8] + ":" + i.Says["RP"])
	if err != nil {
		t.Fatal(err)
	}
	s, err := v.Unlock(k)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func keyFile(t *testing.T, i Image, id string) bitlocker.Key {
	t.Helper()
	f, err := os.Open(filepath.Join(filepath.Dir(i.Path), strings.ToUpper(id)+".BEK"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	k, err := bitlocker.ReadKeyFile(f)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func wrongKey(t *testing.T) bitlocker.Key {
	t.Helper()
	k, err := bitlocker.ParseKey("000011-000022-000033-000044-000055-000066-000077-000088")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sumOf is the SHA-256 of a device, in hexadecimal.
func sumOf(t *testing.T, dev block.Device) string {
	t.Helper()
	h := sha256.New()
	if n, err := io.Copy(h, io.NewSectionReader(dev, 0, dev.Size())); err != nil || n != dev.Size() {
		t.Fatalf("%d of %d bytes: %v", n, dev.Size(), err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

package bitlockertest

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/oracle"
)

// TestDamagedCopies: of the three copies of the metadata one is enough, and the person is
// told of the others. The key comes by the environment, and is in nothing that is said.
func TestDamagedCopies(t *testing.T) {
	image, g := encrypted(t)
	f, err := os.OpenFile(image, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	const places = 0xA0 + 16 // in the boot sector, behind the GUID that marks the volume
	start := g.Partition(windowsPartition).Start
	boot := make([]byte, 512)
	if _, err := f.ReadAt(boot, start); err != nil {
		t.Fatal(err)
	}
	for i, off := range []int64{0, 100} { // the signature of one, the entries of another
		at := int64(binary.LittleEndian.Uint64(boot[places+8*i:]))
		if _, err := f.WriteAt([]byte("damaged"), start+at+off); err != nil {
			t.Fatal(err)
		}
	}
	f.Close() // what is open for writing is not repaired
	machine := []string{"--machine", g.Broken[0].Machine, image, "--json"}
	r := bootmend.Run(t, append([]string{"scan"}, machine...)...)
	if r.Code != command.ExitPerson || !strings.Contains(r.Stdout, "has no signature") || !strings.Contains(r.Stdout, "has a wrong checksum") || !strings.Contains(r.Stdout, strings.ToUpper(PasswordID[:8])) {
		t.Errorf("without the key: %v", r)
	}
	t.Setenv("BOOTMEND_BITLOCKER_KEY", PasswordID[:8]+":"+Password)
	r = bootmend.Run(t, append([]string{"repair", "--yes"}, machine...)...)
	if r.Code != command.ExitOK || !strings.Contains(r.Stdout, "bitlocker-unlocked") || !strings.Contains(r.Stdout, "three copies of the metadata that are alike") {
		t.Errorf("with the key: %v", r)
	}
	if group := Password[:20]; strings.Contains(r.Stdout+r.Stderr, group) {
		t.Errorf("the key is shown: %v", r)
	}
	if f, err = os.OpenFile(image, os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, off := range []int64{0, 100} { // Windows mends them
		b := make([]byte, 7)
		if _, err := f.ReadAt(b, start+int64(binary.LittleEndian.Uint64(boot[places+8*i:]))+off); err != nil || string(b) != "damaged" {
			t.Errorf("copy %d was written: %q, %v", i, b, err)
		}
	}
	binary.LittleEndian.PutUint64(boot[places:], binary.LittleEndian.Uint64(boot[places+16:]))
	if _, err := f.WriteAt(boot, start); err != nil { // dislocker gives up at the first
		t.Fatal(err)
	}
	if err := oracle.NTFSStructure(decrypted(t, image, g)); err != nil {
		t.Error(err)
	}
}

package fstest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/tests/volume"
)

// aclName is the extended attribute by which ntfs-3g shows the security
// descriptor of a file.
const aclName = "system.ntfs_acl"

func descriptor(t *testing.T, path string) []byte {
	t.Helper()
	b := make([]byte, 64<<10)
	n, err := unix.Getxattr(path, aclName, b)
	if err != nil {
		t.Fatalf("%s: security descriptor: %v", path, err)
	}
	return b[:n]
}

// ownDescriptor is a self-relative security descriptor: owner and group are
// the administrators, and one entry of the access list gives the given rights
// to everybody. extra entries make it longer.
func ownDescriptor(rights byte, extra int) []byte {
	admins := []byte{1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0}
	entry := append([]byte{0, 0, 20, 0, rights, 0, 0x12, 0}, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)
	list := []byte{2, 0, 0, 0, byte(extra + 1), 0, 0, 0}
	for range extra + 1 {
		list = append(list, entry...)
	}
	list[2], list[3] = byte(len(list)), byte(len(list)>>8)
	b := make([]byte, 20)
	b[0], b[2], b[3] = 1, 4, 0x80
	b[16] = 20
	b = append(b, list...)
	b[4] = byte(len(b))
	b[5] = byte(len(b) >> 8)
	b = append(b, admins...)
	b[8] = byte(len(b))
	b[9] = byte(len(b) >> 8)
	return append(b, admins...)
}

// TestNTFSCopySecurity gives files and directories the security of others and
// lets ntfs-3g say what they have. On NTFS 1.2 each file has a descriptor of
// its own; long ones are not resident.
func TestNTFSCopySecurity(t *testing.T) {
	for _, c := range []struct {
		name    string
		version []byte
		extra   int
	}{{"3.1", []byte{3, 1}, 1}, {"1.2", []byte{1, 2}, 1}, {"1.2 long", []byte{1, 2}, 60}} {
		t.Run(c.name, func(t *testing.T) {
			w := newWritten(t, geometry{32 << 20, 4096, 512}, 61)
			w.patchVersion(t, c.version)
			want := map[string][]byte{"config": ownDescriptor(0x9f, c.extra), "model.sys": ownDescriptor(0xa9, 0), "old": ownDescriptor(0x80, c.extra)}
			volume.Fill(t, w.image, func(dir string) {
				mustDo(t, os.Mkdir(filepath.Join(dir, "config"), 0o777))
				mustDo(t, os.WriteFile(filepath.Join(dir, "model.sys"), []byte("model"), 0o666))
				mustDo(t, os.WriteFile(filepath.Join(dir, "old"), []byte("old"), 0o666))
				mustDo(t, os.WriteFile(filepath.Join(dir, "linked"), nil, 0o666))
				mustDo(t, os.Link(filepath.Join(dir, "linked"), filepath.Join(dir, "config", "linked")))
				for name, d := range want {
					mustDo(t, unix.Setxattr(filepath.Join(dir, name), aclName, d, 0))
				}
			})
			w.v = openNTFS(t, w.dev)
			w.c.dirs["config"], w.c.files["model.sys"], w.c.files["old"] = true, []byte("model"), []byte("old")
			w.c.files["linked"], w.c.files["config/linked"] = nil, nil
			w.mkdir(t, "bootmend")
			w.mkdir(t, "bootmend/undo")
			w.put(t, "bootmend/new driver.sys", 100_000)
			copies := map[string]string{"bootmend": "config", "bootmend/undo": "config", "bootmend/new driver.sys": "model.sys", "old": "model.sys"}
			for to, from := range copies {
				if err := w.v.CopySecurity(from, to); err != nil {
					t.Fatalf("CopySecurity %s to %s: %v", from, to, err)
				}
			}
			if err := w.v.CopySecurity("config", "linked"); !errors.Is(err, fs.ErrUnsupported) {
				t.Errorf("a file with two names: %v", err)
			}
			if err := w.v.CopySecurity("not there", "old"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("from what is not there: %v", err)
			}
			if err := w.v.CopySecurity("old", "not there"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("to what is not there: %v", err)
			}
			volume.Fill(t, w.image, func(dir string) {
				for to, from := range copies {
					if got := descriptor(t, filepath.Join(dir, to)); !bytes.Equal(got, want[from]) {
						t.Errorf("%s:\n% x, that of %s is\n% x", to, got, from, want[from])
					}
				}
			})
			w.check(t)
		})
	}
}

// TestNTFSCopySecurityOfRoot: the root directory of mkntfs has a descriptor of
// its own on NTFS 3.1, too; what gets it may have an entry of $Secure before, and
// may get one again.
func TestNTFSCopySecurityOfRoot(t *testing.T) {
	w := newWritten(t, geometry{32 << 20, 4096, 512}, 62)
	volume.Fill(t, w.image, func(dir string) {
		for _, name := range []string{"a", "b"} {
			mustDo(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o666))
		}
		mustDo(t, unix.Setxattr(filepath.Join(dir, "b"), aclName, ownDescriptor(0xa9, 1), 0))
	})
	w.v = openNTFS(t, w.dev)
	w.c.files["a"], w.c.files["b"] = []byte("a"), []byte("b")
	var root []byte
	volume.Fill(t, w.image, func(dir string) { root = descriptor(t, dir) })
	for _, from := range []string{`\`, "b", `\`, "b"} {
		mustDo(t, w.v.CopySecurity(from, "a"))
		w.check(t)
		volume.Fill(t, w.image, func(dir string) {
			got, want := descriptor(t, filepath.Join(dir, "a")), ownDescriptor(0xa9, 1)
			if from == `\` {
				want = root
			}
			if g, w := entriesOfDACL(t, got), entriesOfDACL(t, want); !bytes.Equal(g, w) {
				t.Errorf("a has\n% x, %s\n% x", g, from, w)
			}
		})
	}
}

// entriesOfDACL are the entries of the access list of a descriptor, without
// the unused room behind them.
func entriesOfDACL(t *testing.T, d []byte) []byte {
	t.Helper()
	at := int(binary.LittleEndian.Uint32(d[16:]))
	end := at + 8
	for range binary.LittleEndian.Uint16(d[at+4:]) {
		end += int(binary.LittleEndian.Uint16(d[end+2:]))
	}
	if end == at+8 {
		t.Fatal("no entries")
	}
	return d[at+4 : end]
}

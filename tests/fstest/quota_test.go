package fstest

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/bootmend/bootmend/tests/volume"
)

// quotaData finds, on the image, the data of the entry of an owner in the
// resident root of $Quota:$Q: key and data of mkntfs's entries follow each
// other, and the version of the data is 2.
func quotaData(t *testing.T, w *written, owner uint32) int64 {
	t.Helper()
	b := make([]byte, 64<<10) // $MFT as mkntfs makes it
	at := int64(w.v.Boot().MFT) * w.v.Boot().ClusterSize()
	_, err := w.dev.ReadAt(b, at)
	mustDo(t, err)
	le := binary.LittleEndian
	const header = 0x10
	for off := 0; off+0x40 < len(b); off += 4 {
		data, n, key := int(le.Uint16(b[off:])), int(le.Uint16(b[off+2:])), int(le.Uint16(b[off+0xa:]))
		if key == 4 && data == header+4 && n >= 0x30 && le.Uint32(b[off+header:]) == owner && le.Uint32(b[off+data:]) == 2 {
			return at + int64(off+data)
		}
	}
	t.Fatalf("no entry of $Q for owner %#x", owner)
	return 0
}

func (w *written) u32(t *testing.T, at int64) uint32 {
	t.Helper()
	var b [4]byte
	_, err := w.dev.ReadAt(b[:], at)
	mustDo(t, err)
	return binary.LittleEndian.Uint32(b[:])
}

func (w *written) putU32(t *testing.T, at int64, v uint32) {
	t.Helper()
	_, err := w.dev.WriteAt(binary.LittleEndian.AppendUint32(nil, v), at)
	mustDo(t, err)
}

// TestNTFSQuota: on a volume that counts quotas Windows is told to count anew
// when something was written, and only there; a file that is deleted is taken
// off its owner's account.
func TestNTFSQuota(t *testing.T) {
	const admins, defaults, tracked, outOfDate = 0x100, 1, 0x10, 0x200
	for _, c := range []struct {
		name string
		do   func(w *written) error
		want uint32 // added to the flags
	}{
		{"write", func(w *written) error { return w.v.WriteFile("new", bytes.NewReader(make([]byte, 5000)), 5000) }, outOfDate},
		{"replace", func(w *written) error { return w.v.WriteFile("owned", bytes.NewReader(make([]byte, 9)), 9) }, outOfDate},
		{"mkdir", func(w *written) error { return w.v.Mkdir("new") }, outOfDate},
		{"resize", func(w *written) error { return w.v.Resize("owned", 9000) }, outOfDate},
		{"rename", func(w *written) error { return w.v.Rename("owned", "other") }, 0},
		{"delete", func(w *written) error { return w.v.Remove("owned") }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWritten(t, geometry{16 << 20, 4096, 512}, 71)
			volume.Fill(t, w.image, func(dir string) {
				mustDo(t, os.WriteFile(filepath.Join(dir, "owned"), make([]byte, 6000), 0o666))
				// An entry in $Secure makes $STANDARD_INFORMATION long.
				mustDo(t, unix.Setxattr(filepath.Join(dir, "owned"), aclName, ownDescriptor(0xa9, 0), 0))
			})
			w.v = openNTFS(t, w.dev)
			flags, used := quotaData(t, w, defaults)+4, quotaData(t, w, admins)+8
			charge(t, w, "owned", admins, 8192)
			w.putU32(t, used, 10_000)
			before := w.u32(t, flags)
			mustDo(t, w.v.Mkdir("untracked"))
			if got := w.u32(t, flags); got != before {
				t.Fatalf("a volume that counts nothing: flags %#x, were %#x", got, before)
			}
			w.putU32(t, flags, before|tracked)
			w.v = openNTFS(t, w.dev)
			mustDo(t, c.do(w))
			if got, want := w.u32(t, flags), before|tracked|c.want; got != want {
				t.Errorf("flags %#x, want %#x", got, want)
			}
			wantUsed := uint32(10_000)
			if c.name == "delete" {
				wantUsed -= 8192
			}
			if got := w.u32(t, used); got != wantUsed {
				t.Errorf("%d bytes used, want %d", got, wantUsed)
			}
			w.sound(t, "after it")
			if p := problems(t, w.dev); len(p) > 0 {
				t.Error(p)
			}
		})
	}
}

// charge writes owner and charge into the $STANDARD_INFORMATION of a file of
// 72 bytes, whose record ntfs-3g finds.
func charge(t *testing.T, w *written, name string, owner, bytesCharged uint32) {
	t.Helper()
	var st unix.Stat_t
	volume.Fill(t, w.image, func(dir string) { mustDo(t, unix.Stat(filepath.Join(dir, name), &st)) })
	boot := w.v.Boot()
	f, err := w.v.Open(`\$MFT`)
	mustDo(t, err)
	rec := make([]byte, boot.RecordSize)
	if _, err := f.ReadAt(rec, int64(st.Ino)*int64(boot.RecordSize)); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	si := int64(binary.LittleEndian.Uint16(rec[0x14:]))
	if binary.LittleEndian.Uint32(rec[si:]) != 0x10 || binary.LittleEndian.Uint32(rec[si+0x10:]) != 72 {
		t.Fatalf("record %d does not begin with $STANDARD_INFORMATION of 72 bytes", st.Ino)
	}
	ext, err := f.Extents()
	mustDo(t, err)
	at := ext[0].Vol.Off + int64(st.Ino)*int64(boot.RecordSize) + si + 0x18
	w.putU32(t, at+0x30, owner)
	w.putU32(t, at+0x38, bytesCharged)
}

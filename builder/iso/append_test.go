package iso

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/media"
)

// dataOf is a partition's content, and where it was put.
func dataOf(hidden *uint32) Data {
	content := bytes.Repeat([]byte{0xda}, 2<<20)
	return Data{Size: int64(len(content)), Content: func(h uint32) ([]byte, error) { *hidden = h; return content, nil }}
}

// appended writes the medium and appends to it, and returns the file with what it was
// before.
func appended(t *testing.T, add func(name string, d Data) error, hidden *uint32) (name string, before []byte) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "x.img")
	if err := Write(name, medium(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(name)
	if err == nil {
		err = add(name, dataOf(hidden))
	}
	if err != nil {
		t.Fatal(err)
	}
	return name, before
}

func appendGPT(name string, d Data) error { return AppendGPT(name, media.Label, d) }

type partition struct {
	Start, Size      uint32
	Type, UUID, Name string
}

// tableOf is the table as sfdisk reads it.
func tableOf(t *testing.T, name string) (label string, all []partition) {
	t.Helper()
	if _, err := exec.LookPath("sfdisk"); err != nil {
		t.Skip("SKIP-TOOL sfdisk: not installed")
	}
	b, err := exec.Command("sfdisk", "--json", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Partitiontable struct {
			Label      string
			Partitions []partition
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Partitiontable.Label, doc.Partitiontable.Partitions
}

// TestAppendMBR: sfdisk sees the partition behind the image before the ESP, and what was
// there is as before.
func TestAppendMBR(t *testing.T) {
	var hidden uint32
	name, before := appended(t, AppendMBR, &hidden)
	label, p := tableOf(t, name)
	if label != "dos" || len(p) < 2 {
		t.Fatalf("%s, %+v", label, p)
	}
	p = p[len(p)-2:] // some versions list the entry of type 0
	if p[0].Start != hidden || p[0].Size != 4096 || p[0].Type != "c" || p[1].Type != "ef" {
		t.Errorf("sfdisk sees %+v, hidden sectors %d", p, hidden)
	}
	after, _ := os.ReadFile(name)
	if !bytes.Equal(after[mbrEntries+2*mbrEntrySize:][:mbrEntrySize], before[mbrEntries+mbrEntrySize:][:mbrEntrySize]) {
		t.Error("the ESP's entry is another")
	}
	unchanged(t, before, after, hidden, mbrEntries+mbrEntrySize, mbrSignature)
	if len(after) != int(hidden)*512+2<<20 {
		t.Errorf("%d bytes", len(after))
	}
}

// unchanged: the image but for its first sector's bytes from..to, and sectors that belong
// to nobody, is as before, and the data is where it says.
func unchanged(t *testing.T, before, after []byte, hidden uint32, from, to int) {
	t.Helper()
	copy(after[from:to], before[from:to])
	if !bytes.Equal(after[:len(before)], before) {
		t.Error("the image is another")
	}
	data := after[int(hidden)*512:][:2<<20]
	if len(bytes.Trim(data, "\xda")) > 0 {
		t.Error("the content is another")
	}
}

// TestAppendGPT: sfdisk and sgdisk see the partitions and find nothing wrong, the MBR has
// what firmware, Windows and BIOSes look for, and the files of the image are as before.
func TestAppendGPT(t *testing.T) {
	var hidden uint32
	name, before := appended(t, appendGPT, &hidden)
	label, p := tableOf(t, name)
	const basic, linux, system = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
	if label != "gpt" || len(p) != 4 || p[0].Type != basic || p[1].Type != linux || p[2].Type != system || p[3].Type != linux {
		t.Fatalf("%s, %+v", label, p)
	}
	if p[0].Start != hidden || p[0].Size != 4096 || p[0].Name != media.Label || p[1].Start != 64 ||
		p[2].Start != p[1].Start+p[1].Size || p[3].Start != p[2].Start+p[2].Size || p[3].Start+p[3].Size != hidden {
		t.Errorf("%+v, hidden sectors %d", p, hidden)
	}
	after, _ := os.ReadFile(name)
	if !media.IsRescue(bytes.NewReader(after)) {
		t.Error("the rescue does not know it")
	}
	size := uint32(len(after) / 512)
	want := make([]byte, 64)
	putEntry(want, 0, 0xEE, 1, size-1)
	copy(want[16:], "\x80\x00\x01\x00\x00\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00") // 0/0/1 to 0/0/1, one sector
	if !bytes.Equal(after[mbrEntries:mbrSignature], want) {
		t.Errorf("MBR % x; want % x", after[mbrEntries:mbrSignature], want)
	}
	esp := before[mbrEntries+mbrEntrySize:]
	if first, n := binary.LittleEndian.Uint32(esp[8:]), binary.LittleEndian.Uint32(esp[12:]); p[2].Start != first || p[2].Size != n {
		t.Errorf("the ESP of the GPT is %+v; want %d sectors from %d", p[2], n, first)
	}
	if len(bytes.Trim(before[512:34*512], "\x00")) > 0 {
		t.Error("the GPT is where the image had something")
	}
	clear(after[512 : 34*512])
	unchanged(t, before, after, hidden, mbrEntries, mbrSignature)
	if _, err := exec.LookPath("sgdisk"); err != nil {
		t.Skip("SKIP-TOOL sgdisk: not installed")
	}
	out, err := exec.Command("sgdisk", "-v", name).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "No problems found") || strings.Contains(string(out), "aution") {
		t.Errorf("sgdisk -v: %v %s", err, out)
	}
}

// TestAppendGPTAgain: the same image gives the same bytes, another one other GUIDs.
func TestAppendGPTAgain(t *testing.T) {
	var sums [3][32]byte
	var guids [3]string
	for i, b := range []byte{1, 1, 2} {
		content := bytes.Repeat([]byte{b}, 1<<20)
		name, _ := appended(t, func(name string, _ Data) error {
			return appendGPT(name, Data{Size: 1 << 20, Content: func(uint32) ([]byte, error) { return content, nil }})
		}, nil)
		image, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sums[i] = sha256.Sum256(image)
		guids[i] = string(image[512+56 : 512+72])
	}
	if sums[0] != sums[1] || guids[0] != guids[1] {
		t.Error("two images of the same content differ")
	}
	if guids[0] == guids[2] {
		t.Error("another image has the same GUID")
	}
}

// TestAppendRefuses: a second partition in the same place, what is no image, and what
// cannot be made.
func TestAppendRefuses(t *testing.T) {
	broken := errors.New("broken")
	for table, add := range map[string]func(name string, d Data) error{"MBR": AppendMBR, "GPT": appendGPT} {
		var hidden uint32
		name, _ := appended(t, add, &hidden)
		for other, again := range map[string]func(name string, d Data) error{"MBR": AppendMBR, "GPT": appendGPT} {
			if err := again(name, dataOf(&hidden)); err == nil {
				t.Errorf("%s behind %s", other, table)
			}
		}
		fresh := filepath.Join(t.TempDir(), "y.img")
		if err := Write(fresh, medium(), t.TempDir()); err != nil {
			t.Fatal(err)
		}
		for what, d := range map[string]Data{
			"too large":     {Size: 2 << 40, Content: dataOf(&hidden).Content},
			"other content": {Size: 1 << 20, Content: dataOf(&hidden).Content},
		} {
			if err := add(fresh, d); err == nil {
				t.Errorf("%s: %s", table, what)
			}
		}
		if err := add(fresh, Data{Size: 1 << 20, Content: func(uint32) ([]byte, error) { return nil, broken }}); !errors.Is(err, broken) {
			t.Errorf("%s: %v", table, err)
		}
		if err := os.WriteFile(fresh, make([]byte, 4096), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := add(fresh, dataOf(&hidden)); err == nil {
			t.Errorf("%s behind zeros", table)
		}
	}
}

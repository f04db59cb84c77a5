package iso

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestMBROffsets asserts every field of the hybrid MBR at its place.
func TestMBROffsets(t *testing.T) {
	code := bytes.Repeat([]byte{0x90}, mbrCodeMax)
	h := hybrid{code: code, loader: 0x0102030405, diskID: 0xDEADBEEF, size: 47104, espStart: 116, espSize: 13312}
	b, err := h.mbr()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b[:432], code) {
		t.Error("code is not at 0")
	}
	want := map[int][]byte{
		432: {0x05, 0x04, 0x03, 0x02, 0x01, 0, 0, 0}, // isolinux.bin, in 512-byte sectors
		440: {0xEF, 0xBE, 0xAD, 0xDE},                // disk signature
		444: {0, 0},
		// Entry 1: active, 0/0/1, type 0, end 22/63/32, LBA 0, 47,104 sectors.
		446: {0x80, 0, 1, 0, 0x00, 63, 32, 22, 0, 0, 0, 0, 0x00, 0xB8, 0, 0},
		// Entry 2: the ESP, 116 = 0/3/21, type EF, end 13,427 = 6/35/20.
		462: {0x00, 3, 21, 0, 0xEF, 35, 20, 6, 116, 0, 0, 0, 0x00, 0x34, 0, 0},
		478: make([]byte, 32),
		510: {0x55, 0xAA},
	}
	for off, bytesWant := range want {
		if diff := cmp.Diff(bytesWant, b[off:off+len(bytesWant)]); diff != "" {
			t.Errorf("MBR at %d: %s", off, diff)
		}
	}
	for _, n := range []int{0, 433} {
		h.code = make([]byte, n)
		if _, err := h.mbr(); err == nil {
			t.Errorf("MBR code of %d bytes was accepted", n)
		}
	}
}

func TestPutCHS(t *testing.T) {
	for lba, want := range map[uint32][3]byte{
		0: {0, 1, 0}, 31: {0, 32, 0}, 32: {1, 1, 0}, 2048: {0, 1, 1},
		300 * 2048:    {0, 1 | 1<<6, 44},    // cylinder 300 = 0x12C
		1024*2048 - 1: {63, 32 | 3<<6, 255}, // the last one
		1024 * 2048:   {63, 32 | 3<<6, 255}, // beyond
	} {
		var got [3]byte
		putCHS(got[:], lba)
		if got != want {
			t.Errorf("CHS of %d = % x; want % x", lba, got, want)
		}
	}
}

func bootFiles() map[string][]byte {
	s := SystemNames(0)
	s.Kernel, s.Initrd = bytes.Repeat([]byte("kernel"), 3000), bytes.Repeat([]byte("initrd"), 9000)
	files := BootFiles([]System{s}, "bootmend.mode=ask")
	files[ManifestFile] = []byte("{}")
	return files
}

// medium is a small one: the boot loaders are only bytes here.
func medium() Medium {
	m := Medium{Files: bootFiles(),
		ESP: map[string][]byte{"/EFI/BOOT/BOOTX64.EFI": bytes.Repeat([]byte("shim"), 5000), "/EFI/BOOT/GRUBX64.EFI": []byte("grub"),
			"/EFI/BOOT/MMX64.EFI": []byte("mok")},
		MBRCode: bytes.Repeat([]byte{0x90}, 432), Epoch: time.Date(2023, 11, 14, 22, 13, 20, 0, time.UTC)}
	m.Files["isolinux/isolinux.bin"] = bytes.Repeat([]byte{0xE9, 1, 2, 3}, 1000)
	m.Files["isolinux/ldlinux.c32"] = []byte("c32")
	return m
}

func write(t *testing.T, m Medium) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "x.iso")
	if err := Write(out, m, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestWriteLayout(t *testing.T) {
	b := write(t, medium())
	if len(b)%(1<<20) != 0 {
		t.Errorf("image of %d bytes is not a whole number of MiB", len(b))
	}
	starts, esp, espSectors, _, err := readCatalog(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	// The catalog starts the chooser, and that ISOLINUX.
	loader := uint32(binary.LittleEndian.Uint64(b[chooserSector*2048+chooserLBA:]))
	if starts != chooserSector || !bytes.Equal(b[chooserSector*2048:][:len(chooser(loader))], chooser(loader)) {
		t.Errorf("the catalog starts sector %d, not the chooser", starts)
	}
	// What the MBR, the catalog and the files say must be the same place.
	if got := binary.LittleEndian.Uint64(b[432:]); got != uint64(loader)*4 {
		t.Errorf("MBR says isolinux.bin is at %d, the catalog says %d", got, loader*4)
	}
	bin := b[int(loader)*2048:]
	if !bytes.HasPrefix(bin, []byte{0xE9, 1, 2, 3}) {
		t.Errorf("no isolinux.bin at sector %d", loader)
	}
	// Boot information table: PVD, file, length, checksum of the rest.
	var table [4]uint32
	for i := range table {
		table[i] = binary.LittleEndian.Uint32(bin[8+4*i:])
	}
	var sum uint32
	for i := 64; i < 4000; i += 4 {
		sum += binary.LittleEndian.Uint32(bin[i:])
	}
	if want := [4]uint32{16, loader, 4000, sum}; table != want {
		t.Errorf("boot information table %x; want %x", table, want)
	}
	if got := binary.LittleEndian.Uint32(b[462+8:]); got != esp*4 {
		t.Errorf("partition 2 begins at %d, the catalog's ESP at %d", got, esp*4)
	}
	if got := binary.LittleEndian.Uint32(b[462+12:]); got != uint32(espSectors) {
		t.Errorf("partition 2 has %d sectors, the catalog's ESP %d", got, espSectors)
	}
	vbr := b[int(esp)*2048:]
	if string(vbr[54:62]) != "FAT16   " || vbr[510] != 0x55 || vbr[511] != 0xAA {
		t.Errorf("no FAT16 boot sector at sector %d", esp)
	}
	if bytes.Contains(b[17*2048:40*2048], []byte("\x00\x00.disk")) {
		t.Error("the record of .disk still has an empty name")
	}
}

func TestWriteSameBytes(t *testing.T) {
	first := write(t, medium())
	// Another zone of the host and another time of the day must not show.
	local := time.Local
	t.Cleanup(func() { time.Local = local })
	time.Local = time.FixedZone("test", 9*3600)
	m := medium()
	m.Epoch = m.Epoch.In(time.Local)
	if !bytes.Equal(first, write(t, m)) {
		t.Error("two images of the same content differ")
	}
	m.Files[".disk/info"] = []byte("other content")
	if other := write(t, m); bytes.Equal(first[440:444], other[440:444]) {
		t.Error("other content has the same disk signature")
	}
}

// TestWriteOnAnotherFileSystem: the image need not be where the builder works, and
// what an interrupted build left beside it is in nobody's way.
func TestWriteOnAnotherFileSystem(t *testing.T) {
	const memory = "/dev/shm"
	work, err := os.MkdirTemp(memory, "iso-test-")
	if err != nil {
		t.Skipf("SKIP-TOOL %s: %v", memory, err)
	}
	t.Cleanup(func() { os.RemoveAll(work) })
	out := filepath.Join(t.TempDir(), "x.iso")
	if err := os.WriteFile(out+".new", make([]byte, 8<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(out, medium(), work); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(out); err != nil || !bytes.Equal(b, write(t, medium())) {
		t.Errorf("another image of %d bytes, %v", len(b), err)
	}
	if left, _ := filepath.Glob(filepath.Join(work, "*")); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
	if _, err := os.Stat(out + ".new"); err == nil {
		t.Error("the unfinished image is still there")
	}
}

func TestReadBack(t *testing.T) {
	m := medium()
	name := filepath.Join(t.TempDir(), "x.iso")
	if err := Write(name, m, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	got, err := Read(name)
	if err != nil {
		t.Fatal(err)
	}
	clear(m.Files[isolinuxBin][8:64]) // where the boot information table goes
	delete(got.Files, "isolinux/boot.cat")
	if diff := cmp.Diff(m.Files, got.Files); diff != "" {
		t.Error(diff)
	}
	if !got.Epoch.Equal(m.Epoch) {
		t.Errorf("Epoch = %s; want %s", got.Epoch, m.Epoch)
	}
	if !bytes.Equal(write(t, medium()), write(t, *got)) {
		t.Error("what was read and written again differs")
	}
	got.SetAppend("bootmend.mode=auto")
	again := write(t, *got)
	for _, want := range []string{"APPEND " + kernelArgs + " bootmend.mode=auto\n", "linux $kernel " + kernelArgs + " bootmend.mode=auto\n"} {
		if !bytes.Contains(again, []byte(want)) {
			t.Errorf("no %q in the image", want)
		}
	}
	if bytes.Contains(again, []byte("bootmend.mode=ask")) {
		t.Error("the old kernel arguments are still there")
	}
}

func TestReadOther(t *testing.T) {
	for name, content := range map[string][]byte{"empty": nil, "zeros": make([]byte, 1<<20), "text": []byte("hello")} {
		file := filepath.Join(t.TempDir(), "x.iso")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: Read = %v; want an error that names the file", name, err)
		}
	}
}

func TestNamePathTable(t *testing.T) {
	root := []byte{1, 0, 19, 0, 0, 0, 1, 0, 0, 0}
	boot := []byte{4, 0, 21, 0, 0, 0, 1, 0, 'B', 'O', 'O', 'T'}
	empty := []byte{0, 0, 20, 0, 0, 0, 1, 0}
	want := bytes.Join([][]byte{root, {1, 0, 20, 0, 0, 0, 1, 0, '0', 0}, boot}, nil)
	if diff := cmp.Diff(want, namePathTable(bytes.Join([][]byte{root, empty, boot}, nil))); diff != "" {
		t.Error(diff)
	}
}

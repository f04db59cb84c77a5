package bootsecttest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// partitionAt is where the partition of a test disk begins: so far behind the
// start that the number of heads matters for its first sector.
const partitionAt = 20000

// machine is a run of QEMU whose screen can be read.
type machine struct {
	in     io.WriteCloser
	screen string // file
	log    string // of the BIOS
	done   chan error
}

func start386(t *testing.T, disk string) *machine {
	t.Helper()
	dir := t.TempDir()
	m := &machine{screen: filepath.Join(dir, "screen"), log: filepath.Join(dir, "log"), done: make(chan error, 1)}
	cmd := exec.Command("qemu-system-x86_64", "-machine", "pc,accel=tcg", "-m", "32", "-display", "none", "-net", "none", "-monitor", "stdio",
		"-debugcon", "file:"+m.log, "-global", "isa-debugcon.iobase=0x402", "-drive", "file="+disk+",format=raw,if=ide,snapshot=on")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	m.in = in
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { m.done <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // ours, by its handle; it may have ended
		<-m.done
	})
	return m
}

// text is what the screen shows.
func (m *machine) text() string {
	_, _ = fmt.Fprintf(m.in, "pmemsave 0xb8000 4000 %q\n", m.screen)
	time.Sleep(300 * time.Millisecond)
	data, _ := os.ReadFile(m.screen) // not there yet: empty
	var s strings.Builder
	for i := 0; i+1 < len(data); i += 2 {
		s.WriteByte(data[i])
	}
	return s.String()
}

// waitFor returns the first of the texts that the screen shows.
func (m *machine) waitFor(t *testing.T, texts ...string) string {
	t.Helper()
	var last string
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
		last = m.text()
		for _, want := range texts {
			if strings.Contains(last, want) {
				return want
			}
		}
	}
	t.Fatalf("after two minutes the screen shows %q", strings.Join(strings.Fields(last), " "))
	return ""
}

// bootDisk makes a disk of a size with Debian's MBR code and an NTFS partition
// that has the code of donor; heads 0 leaves the BPB as mkntfs made it.
func bootDisk(t *testing.T, size int64, donor mem, heads uint16, active bool) string {
	t.Helper()
	code := debian(t, "syslinux-common", "usr/lib/syslinux/mbr/mbr.bin")
	volume := ntfs(t)
	all, err := read(t, volume).CopyCode(read(t, donor), bootsect.Consent{})
	if err != nil {
		t.Fatal(err)
	}
	volume = volume.apply(t, all)
	fields := map[bootsect.Field]uint64{bootsect.HiddenSectors: partitionAt, bootsect.SectorsPerTrack: 63}
	if heads != 0 {
		fields[bootsect.Heads] = uint64(heads)
	}
	for f, n := range fields {
		if all, err = read(t, volume).Set(f, n); err != nil {
			t.Fatal(err)
		}
		volume = volume.apply(t, all)
	}
	path := filepath.Join(t.TempDir(), "disk")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	need(t, "sfdisk")
	cmd := exec.Command("sfdisk", "-q", path)
	cmd.Stdin = strings.NewReader(fmt.Sprintf("label: dos\n%d,%d,7%s\n", partitionAt, len(volume)/512, map[bool]string{true: ",*"}[active]))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("sfdisk: %v: %s", err, out)
	}
	sector := make(mem, 512)
	if _, err := f.ReadAt(sector, 0); err != nil {
		t.Fatal(err)
	}
	if all, err = bootsect.ReplaceMBRCode(sector, code, bootsect.Consent{}); err != nil {
		t.Fatal(err)
	}
	sector = sector.apply(t, all)
	// As Windows writes it: beyond cylinder 1023. From other entries QEMU
	// guesses the geometry of a disk of Linux.
	copy(sector[0x1BF:], "\xFE\xFF\xFF\x07\xFE\xFF\xFF")
	for off, b := range map[int64][]byte{0: sector, partitionAt * 512: volume} {
		if _, err := f.WriteAt(b, off); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// TestBIOSRunsIt: a BIOS runs what was edited. There is no loader on the
// volume, so code that works says that it is missing; code that gets another
// geometry than the BIOS has cannot even read the directory.
func TestBIOSRunsIt(t *testing.T) {
	need(t, "qemu-system-x86_64")
	nt5, nt6 := nt5Start(t), windowsNTFS(t)
	right, _ := bootsect.StandardHeads(600 << 20)
	const (
		noLoader  = "NTLDR is missing"
		readError = "A disk read error occurred"
		noSystem  = "Missing operating system"
		noBootmgr = "An operating system wasn't found"
	)
	for _, tt := range []struct {
		name   string
		size   int64
		donor  mem
		heads  uint16
		active bool
		want   string
	}{
		{"right heads", 600 << 20, nt5, right, true, noLoader},
		{"wrong heads", 600 << 20, nt5, 0xFF, true, readError},
		{"BOOTMGR code ignores heads", 600 << 20, nt6, 0x99, true, noBootmgr},
		{"no active partition", 600 << 20, nt5, right, false, noSystem},
		{"small disk", 64 << 20, nt5, 16, true, noLoader},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := start386(t, bootDisk(t, tt.size, tt.donor, tt.heads, tt.active))
			if got := m.waitFor(t, noLoader, readError, noSystem, noBootmgr); got != tt.want {
				t.Errorf("the screen says %q, want %q", got, tt.want)
			}
		})
	}
}

// TestGeometryOfBIOS: the limits of StandardHeads, by the BIOS' own log.
func TestGeometryOfBIOS(t *testing.T) {
	need(t, "qemu-system-x86_64")
	sizes := []int64{528997888, 528998400, 1057996288, 1057996800, 2115993088, 2115993600, 4260888064, 4260888576, 20 << 30}
	lchs := regexp.MustCompile(`LCHS=\d+/(\d+)/63`)
	nt5 := nt5Start(t)
	for _, size := range sizes {
		t.Run(strconv.FormatInt(size, 10), func(t *testing.T) {
			m := start386(t, bootDisk(t, size, nt5, 0, false))
			m.waitFor(t, "Missing operating system")
			log, err := os.ReadFile(m.log)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := bootsect.StandardHeads(size)
			if got := lchs.FindSubmatch(log); got == nil || string(got[1]) != fmt.Sprint(want) {
				t.Errorf("heads of the BIOS %s, ours %d", got, want)
			}
		})
	}
}

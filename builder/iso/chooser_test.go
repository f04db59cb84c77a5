package iso

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestChooser: the places that the code names are where it expects them, and it is
// what it says, by a foreign disassembler.
func TestChooser(t *testing.T) {
	code := chooser(0x12345678)
	for at, want := range map[int]string{0x8C: "bootmend to disk", 0x9C: "bootmend: the boot loader", 0x7C: "\x10\x00\x01\x00"} {
		if got := string(code[at : at+len(want)]); got != want {
			t.Errorf("at %#x: %q; want %q", at, got, want)
		}
	}
	if got := binary.LittleEndian.Uint64(code[0x84:]); got != 0x12345678 {
		t.Errorf("ISOLINUX at %#x", got)
	}
	if len(code) > 512 || code[len(code)-1] != 0 {
		t.Errorf("%d bytes; it copies 512 of itself", len(code))
	}
	if _, err := exec.LookPath("objdump"); err != nil {
		t.Skip("SKIP-TOOL objdump: not installed")
	}
	path := filepath.Join(t.TempDir(), "chooser")
	if err := os.WriteFile(path, code[:0x7C], 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("objdump", "-D", "-b", "binary", "-m", "i8086", "-M", "intel", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	text := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{"rep movs WORD PTR es:[di],WORD PTR ds:[si]", "jmp 0x0:0x61e", "mov si,0x5e0", "mov di,0x68c", "repz cmps WORD PTR ds:[si],WORD PTR es:[di]",
		"jne 0x55", "mov dx,0x80", "cmp WORD PTR ds:0x7dfe,0xaa55", "mov si,0x67c", "mov si,0x69c", "jmp 0x0:0x7c00"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Contains(text, "(bad)") {
		t.Errorf("bad instructions in\n%s", out)
	}
}

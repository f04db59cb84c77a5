package vm

import (
	"bytes"
	"os"
	"testing"
	"time"
)

// TestSecureBootIsOn: the story under Secure Boot proves nothing unless that
// firmware refuses what is not signed. One byte is changed in the first sector
// of the kernel, which boot loaders do not run (the setup header, "HdrS" at
// 202, follows it): without Secure Boot it starts, with it it does not.
func TestSecureBootIsOn(t *testing.T) {
	needQEMU(t)
	campaign(t)
	medium := rescueImage(t)
	data, err := os.ReadFile(medium)
	if err != nil {
		t.Fatal(err)
	}
	at := kernelStart(data)
	if at < 0 {
		t.Fatal("no kernel with an EFI stub in the image")
	}
	data[at+0x20] ^= 0xFF
	if err := os.WriteFile(medium, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		firmware Firmware
		want     string
	}{{UEFI, "bootmend: init: started"}, {SecureUEFI, "bad shim signature"}} {
		h := start(t, Config{Machine: "q35", Firmware: tt.firmware, CD: medium, Timeout: 3 * time.Minute})
		if err := h.WaitFor(tt.want); err != nil {
			t.Errorf("%s: %v", tt.firmware, err)
		}
		h.Kill()
		if err := h.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// kernelStart is where the kernel lies in the image: "MZ" 0x202 before "HdrS".
func kernelStart(image []byte) int {
	for at := 0; ; {
		i := bytes.Index(image[at:], []byte("HdrS"))
		if i < 0 {
			return -1
		}
		if start := at + i - 0x202; start >= 0 && string(image[start:start+2]) == "MZ" {
			return start
		}
		at += i + 1
	}
}

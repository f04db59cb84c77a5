package bootsecttest

import (
	"bytes"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/part/bootsect"
	"github.com/bootmend/bootmend/initramfs/part/mbrcode"
)

// TestEmbeddedCodeIsDebians: what the engine writes is what Debian ships, and its
// licence comes with it.
func TestEmbeddedCodeIsDebians(t *testing.T) {
	code := mbrcode.Code()
	if len(code) != bootsect.MBRCodeSize || !strings.Contains(mbrcode.Licence(), "Permission is hereby granted") ||
		!strings.Contains(mbrcode.Licence(), "H. Peter Anvin") {
		t.Fatalf("%d bytes of code, licence %q", len(code), mbrcode.Licence())
	}
	if got, err := bootsect.RecognizeMBR(padded(code)); err != nil || got.Starts != bootsect.StartsActive {
		t.Errorf("%v starts %s, %v", got, got.Starts, err)
	}
	if !bytes.Equal(code, debian(t, "syslinux-common", "usr/lib/syslinux/mbr/mbr.bin")) {
		t.Error("the embedded code is not that of Debian's syslinux-common")
	}
}

package bootsecttest

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/part/bootsect"
)

// TestPublishedMBRs: loaders of which there is no specimen, by what others
// publish of them: first bytes, and texts at their places ("@" offset in hex).
// Sources: ms-sys, boot-info-script, thestarman.
func TestPublishedMBRs(t *testing.T) {
	messages := func(a, b, c string) string {
		return " @" + a + " Invalid partition table~ @" + b + " Error loading operating system~ @" + c + " Missing operating system~"
	}
	for _, tt := range []struct {
		bytes, texts string
		want         string
	}{
		{"FA33C08ED0BC007C", "", "microsoft, MS-DOS to Windows 95A, starts the active partition"},
		{"33C08ED0BC007CFB5007501FFC", " @3b #BE1007" + messages("10f", "127", "146"), "microsoft, Windows 95B to ME, starts the active partition"},
		{"33C08ED0BC007CFB5007501FFC", " @3b #BE1007", "microsoft, Windows 95B to ME, starts the active partition, without a message at 0x10f, without a message at 0x127, without a message at 0x146"},
		{"33C08ED0BC007CFB5007501FFC", " @3a #A0B507 @1b5 #2C4463" + messages("12c", "144", "163"), "microsoft, Windows 2000 to 2003, starts the active partition"},
		{"33C08ED0BC007C8EC08ED8BE007CBF00", " @f1 TCPA @1b5 #627A99" + messages("162", "17a", "199"), "microsoft, Windows Vista, starts the active partition"},
		{"33C08ED0BC007C8EC08ED8BE007CBF00", " @ef TCPA @1b5 #637B9A" + messages("163", "17b", "19a"), "microsoft, Windows 7, starts the active partition"},
		{"33C08ED0BC007C8EC08ED8BE007CBF00", " @1b5 #637B9A" + messages("163", "17b", "19a"), `microsoft, Windows Vista or later, starts the active partition, without "TCPA" at 0xef`},
		{"EB48", " @17f GRUB", "unknown, , starts unknown"}, // the text has a blank at its end
		{"EB4C", " @180 #4752554220", "foreign, , starts what it was set up for"},
		{"FAEB21014C494C4F", " @6 LILO", "foreign, , starts what it was set up for"},
		{"FA31C08ED8", "", "foreign, , starts unknown"},
		{"FA31ED", "", "foreign, , starts what it was set up for"},
		{"EB5E80", "", "foreign, , starts what it was set up for"},
		{"EB5E90", "", "foreign, , starts what it was set up for"},
		{"FAFC31C0", " @50 #6E6F2061637469766520706172746974696F6E", "reactos, , starts the active partition"},
		{"FC31C08ED031E48E", "", "foreign, , starts what it was set up for"},
		{"FC33", "", "foreign, , starts what it was set up for"},
		{"FCEB", "", "foreign, , starts what it was set up for"},
		{"EB31", "", "foreign, , starts what it was set up for"},
		{"0EBE", "", "foreign, , starts unknown"},
		{"31C08ED0BC007CFB", "", "foreign, , starts unknown"},
		{"33FF", "", "foreign, , starts unknown"},
		{"FC", " @100 AKEO", "foreign, , starts unknown"},
		{"EA1E", "", "encryption, , starts what it was set up for"},
		{"33C090", "", "encryption, , starts what it was set up for"},
		{"9090", "", "unknown, , starts unknown"},
	} {
		sector := make([]byte, 512)
		first, err := hex.DecodeString(tt.bytes)
		if err != nil {
			t.Fatal(err)
		}
		copy(sector, first)
		for _, part := range strings.Split(tt.texts, " @")[1:] {
			place, text, _ := strings.Cut(part, " ")
			off, err := hex.DecodeString(strings.Repeat("0", 4-len(place)) + place)
			if err != nil {
				t.Fatal(err)
			}
			content := []byte(strings.ReplaceAll(text, "~", "\x00"))
			if text[0] == '#' {
				if content, err = hex.DecodeString(text[1:]); err != nil {
					t.Fatal(err)
				}
			}
			copy(sector[int(off[0])<<8|int(off[1]):], content)
		}
		c, err := bootsect.RecognizeMBR(sector)
		if got := verdict(c); err != nil || got != tt.want || len(c.Features) == 0 {
			t.Errorf("%s%s: %s (%v), want %s", tt.bytes, tt.texts, got, c, tt.want)
		}
	}
}

// TestReactOSOnFAT32: the name of the loader is in sector 14.
func TestReactOSOnFAT32(t *testing.T) {
	m := fatVolume(t, "32")
	clear(m[0x5A:0x1FE])
	copy(m[0x5A:], "\x31\xC0\x8E\xD8\x8E\xC0\x8E\xD0")
	copy(m[0xC7:], "\x66\xB8\x0E\x00\x00\x00\x66\x03\x86\x1C\x00")
	copy(m[14*512:], "\x66\x8B\x86\x2C\x00")
	copy(m[0x1DA3:], "FREELDR SYS")
	v := read(t, m)
	if got := verdict(v.Code); got != "reactos, , loads FREELDR.SYS from fat32" || v.Code.Second != 14 || !v.Code.Whole() {
		t.Errorf("%s, goes on in %d: %v", got, v.Code.Second, v.Code)
	}
	before := fatVolume(t, "32")
	all, err := read(t, before).CopyCode(v, bootsect.Consent{})
	if err != nil {
		t.Fatal(err)
	}
	after := before.apply(t, all)
	if got := read(t, after); !got.Code.Whole() || got.Code.Owner != bootsect.ReactOS {
		t.Errorf("%v", got.Code)
	}
	must(t, "fsck.vfat", "-n", after.save(t))
}

// TestPublishedVBRs: the same for boot sectors of volumes.
func TestPublishedVBRs(t *testing.T) {
	for _, tt := range []struct {
		jump string
		off  int
		text string
		want string
	}{
		{"\xEB\x58\x90", 0x170, "NTLDR      ", "microsoft, Windows 2000 to 2003, loads NTLDR from fat32"},
		{"\xEB\x58\x90", 0x169, "BOOTMGR    \x00\x0D\x0ABOOTMGR is missing", "microsoft, Windows Vista, loads BOOTMGR from fat32"},
		{"\xEB\x58\x90", 0x16D, "BOOTMGR    ", "microsoft, Windows 7, loads BOOTMGR from fat32"},
		{"\xEB\x3C\x90", 0x1C0, "NTLDR      ", "microsoft, Windows 2000 to 2003, loads NTLDR from fat16"},
		{"\xEB\x3C\x90", 0x1E6, "IO      SYSMSDOS   SYS", "microsoft, MS-DOS to Windows 95A, loads IO.SYS from fat16"},
		{"\xEB\x3C\x90", 0x3E, "FREELDR SYS", "reactos, , loads FREELDR.SYS from fat16"},
		{"\xEB\x58\x90", 0xC7, "\x66\xB8\x0E\x00\x00\x00\x66\x03\x86\x1C\x00",
			"reactos, , loads FREELDR.SYS from fat32, without the name FREELDR.SYS at 0x1c00, without the second part of the code at 0x1c00"},
		{"\xEB\x3C\x90", 0x1F1, "KERNEL  SYS", "foreign, , loads KERNEL.SYS from fat16"},
		{"\xEB\x58\x90", 3, "SYSLINUX", "foreign, , starts what it was set up for"},
		{"\xEB\x58\x90", 0x1E0, "GRLDR", "foreign, , starts what it was set up for"},
		{"\xEB\x58\x90", 3, "MSDOS5.0", "none, , starts "},
		{"\xEB\x52\x90", 3, "NTFS    ", "none, , starts "},
		{"\x00\x00\x00", 3, "NTFS    ", "none, , starts "},
		{"\xEB\x58\x90", 3, "-FVE-FS-", "encryption, , loads BOOTMGR from "},
		{"\xEB\x58\x90", 0x1A8, "\x3B\xD6\x67\x49\x29\x2E\xD8\x4A\x83\x99\xF6\xA3\x39\xE3\xD0\x01", "encryption, , loads BOOTMGR from "},
	} {
		m := make([]byte, 8192)
		copy(m, tt.jump)
		copy(m[tt.off:], tt.text)
		c, err := bootsect.RecognizeVBR(m)
		if got := verdict(c); err != nil || got != tt.want || len(c.Features) == 0 {
			t.Errorf("%q: %s (%v), want %s", tt.text, got, c, tt.want)
		}
	}
}

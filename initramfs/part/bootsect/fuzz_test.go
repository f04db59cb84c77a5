package bootsect

import (
	"bytes"
	"errors"
	"testing"

	"github.com/bootmend/bootmend/initramfs/block"
	"github.com/bootmend/bootmend/initramfs/fs"
	"github.com/bootmend/bootmend/initramfs/part"
)

type mem []byte

func (m mem) Size() int64                             { return int64(len(m)) }
func (m mem) SectorSize() int                         { return 512 }
func (m mem) Flush() error                            { return nil }
func (m mem) WriteAt([]byte, int64) (int, error)      { return 0, block.ErrReadOnly }
func (m mem) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(m).ReadAt(p, off) }

// apply checks that patches fit and carries them out on a copy.
func apply(t *testing.T, m mem, all []part.Patch) mem {
	t.Helper()
	out := bytes.Clone(m)
	for _, p := range all {
		end := p.Off + int64(len(p.Old))
		if p.Off < 0 || end > int64(len(out)) || len(p.New) != len(p.Old) || !bytes.Equal(out[p.Off:end], p.Old) {
			t.Fatalf("%v does not fit", p)
		}
		copy(out[p.Off:], p.New)
	}
	return out
}

func seeds(f *testing.F) {
	for _, name := range []string{oemNTFS, "MSDOS5.0", "-FVE-FS-"} {
		b := make([]byte, 16<<10)
		copy(b, "\xEB\x52\x90"+name)
		b[0x0C], b[0x0D], b[0x0E], b[0x10], b[0x15], b[0x28], b[0x30] = 2, 8, 32, 2, 0xF8, 31, 1
		b[0x24], b[0x32], b[0x2C] = 1, 6, 2
		copy(b[codeNTFS:], startNTFS6)
		copy(b[0x170:], "NTLDR      ")
		b[offMagic], b[offMagic+1] = magicLow, magicHi
		copy(b[31*512:], b[:512])
		copy(b[6*512:], b[:512])
		f.Add(b)
	}
	f.Add(make([]byte, 8192))
	f.Add([]byte("short"))
}

// FuzzRead: whatever lies there, edits fit what was read, change nothing but
// the places that they are for, and leave the same verdict to a second look.
func FuzzRead(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Read(mem(data))
		if err != nil {
			return
		}
		_ = v.Code.String()
		if _, _, err := v.Restore(Consent{Foreign: true}); err != nil && !errors.Is(err, part.ErrRefused) {
			t.Fatal(err)
		}
		all, err := v.Set(HiddenSectors, 0x01020304)
		if err != nil {
			return
		}
		after, err := Read(apply(t, data, all))
		if err != nil {
			t.Fatal(err)
		}
		if after.Get(HiddenSectors) != 0x01020304 || after.Kind != v.Kind {
			t.Fatalf("hidden sectors %#x, %s was %s", after.Get(HiddenSectors), after.Kind, v.Kind)
		}
		if again, err := after.Set(HiddenSectors, 0x01020304); err != nil || len(again) > 0 {
			t.Fatalf("a second time: %v, %v", again, err)
		}
		if all, err = v.CopyCode(v, Consent{Foreign: true}); err == nil && v.Kind != fs.FAT32 && len(v.Copies) == 0 && len(all) > 0 {
			t.Fatalf("its own code is different: %v", all)
		}
	})
}

func FuzzMBR(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := RecognizeMBR(data)
		if err != nil {
			return
		}
		_ = c.String()
		code := bytes.Repeat([]byte{0xFA, 0x90}, MBRCodeSize/2)
		all, err := ReplaceMBRCode(data, code, Consent{Foreign: true})
		if err != nil {
			return
		}
		after := apply(t, data, all)
		if !bytes.Equal(after[MBRCodeSize:], data[MBRCodeSize:]) || !bytes.Equal(after[:MBRCodeSize], code) {
			t.Fatal("more or less than the code was replaced")
		}
	})
}

// FuzzInFile: whatever is in the file, what is found is a whole donor.
func FuzzInFile(f *testing.F) {
	code := make([]byte, bootSize)
	copy(code, "\xEB\x52\x90")
	copy(code[codeNTFS:], startNTFS6)
	copy(code[0x1F8:], "\x8C")
	copy(code[0x1FE:], "\x55\xAA")
	copy(code[offName:], nameBOOTMGR)
	copy(code[offName2:], nameNTLDR)
	f.Add(append([]byte("MZ library"), code...))
	f.Add([]byte(startNTFS5))
	like := &Volume{BPB: BPB{Kind: "ntfs"}, Start: make([]byte, bootSize)}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, v := range InFile(bytes.NewReader(data), int64(len(data)), like) {
			if !v.Code.Whole() || v.Code.Loads == "" || len(v.Start) != bootSize {
				t.Fatalf("%v", v.Code)
			}
		}
	})
}

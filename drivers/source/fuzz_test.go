package source

import (
	"encoding/binary"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
)

const packageINF = "[Version]\r\nSignature=\"$WINDOWS NT$\"\r\nClass=SCSIAdapter\r\nCatalogFile=a.cat\r\n[Manufacturer]\r\nx=m,NTamd64.6.1\r\n[m]\r\nx=i,PCI\\VEN_1&DEV_2\r\n[m.NTamd64.6.1]\r\nx=i,PCI\\VEN_1&DEV_2\r\n" +
	"[i]\r\nCopyFiles=@a.sys,@b.sys\r\n[SourceDisksNames]\r\n1=d,in.cab,,\\sub\r\n[SourceDisksFiles]\r\na.sys=1\r\nb.sys=1,dir\r\n[DestinationDirs]\r\nDefaultDestDir=12\r\n"

// stored is a cabinet of files as they are.
func stored(files ...string) []byte {
	le := binary.LittleEndian
	b := make([]byte, 36+8)
	copy(b, "MSCF")
	b[24], b[25], b[26], b[28] = 3, 1, 1, byte(len(files)/2)
	le.PutUint32(b[16:], uint32(len(b)))
	data := ""
	for i := 0; i < len(files); i += 2 {
		b = le.AppendUint32(b, uint32(len(files[i+1])))
		b = le.AppendUint32(b, uint32(len(data)))
		b = append(b, 0, 0, 0x21, 0x28, 0, 0, 0x20, 0)
		b = append(append(b, files[i]...), 0)
		data += files[i+1]
	}
	le.PutUint32(b[36:], uint32(len(b)))
	b[40] = 1
	b = append(b, 0, 0, 0, 0)
	b = le.AppendUint16(b, uint16(len(data)))
	b = le.AppendUint16(b, uint16(len(data)))
	b = append(b, data...)
	le.PutUint32(b[8:], uint32(len(b)))
	return b
}

func TestCabinetNames(t *testing.T) {
	c, err := Cabinet("x", Bytes(stored(`C:\a\b.sys`, "1", `..\..\up.sys`, "2", `A\B.SYS`, "3", `a\b.sys\below`, "4", "a", "5", "x/y.sys", "6")), nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	Walk(c, "", 9, func(path string, e Info) bool {
		if !e.Dir {
			b, err := ReadFile(c, path, 10)
			if err != nil || int64(len(b)) != e.Size {
				t.Errorf("%s: %v", path, err)
			}
			got[path] = string(b)
		}
		return true
	})
	want := map[string]string{`\a\b.sys`: "1", `\up.sys`: "2", `\x\y.sys`: "6"}
	if len(got) != len(want) {
		t.Errorf("%v, want %v", got, want)
	}
	for path, s := range want {
		if got[path] != s {
			t.Errorf("%s: %q, want %q", path, got[path], s)
		}
	}
}

// FuzzPackages searches whatever a file is for packages and takes them apart.
func FuzzPackages(f *testing.F) {
	f.Add(stored("a.inf", packageINF, `sub\a.sys`, "MZ"))
	f.Add(append([]byte("MZ\x00\x00"), stored("x.in_", string(stored("a.inf", packageINF)), "in.cab", string(stored("b.sys", "x")))...))
	f.Add(stored("txtsetup.oem", "[Disks]\nd=x,\\a,\\\n[scsi]\na=\"x\"\n[Files.scsi.a]\ndriver=d,a.sys,a\n[HardwareIds.scsi.a]\nid=\"PCI\\VEN_1&DEV_2\",\"a\"\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		tree, err := Contents("fuzz", Bytes(b), nil)
		if err != nil {
			return
		}
		target := inf.Target{Major: 6, Minor: 1, Build: 7601, Arch: inf.AMD64}
		list := Packages(tree, Options{Entries: 1000, Packages: 10})
		for _, p := range list.Packages {
			m, ok, err := p.Match([]string{`PCI\VEN_1&DEV_2`}, target)
			if err != nil || !ok || m.Model == nil {
				continue
			}
			do, err := m.Install()
			if err != nil {
				continue
			}
			set, err := p.Files(do, target)
			if (err != nil) != (len(set.Missing) > 0 && (len(set.Missing) > 1 || set.Missing[0].Name != do.Catalog)) {
				t.Errorf("%v with %d missing", err, len(set.Missing))
			}
			if s, err := p.Signed(set); err == nil {
				_ = s.Check(PolicyOf(target, false))
			}
		}
	})
}

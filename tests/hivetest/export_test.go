package hivetest

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/tool"
)

// export writes a hive exactly as "hivexregedit --export" does: keys and values
// sorted by name, DWORDs of four bytes as such and everything else in hex.
func export(h *regf.Hive) ([]byte, error) {
	root, err := h.Root()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	w := bufio.NewWriter(&out)
	fmt.Fprint(w, "Windows Registry Editor Version 5.00\n\n")
	if err := exportKey(w, root, `\`); err != nil {
		return nil, err
	}
	err = w.Flush()
	return out.Bytes(), err
}

func exportKey(w *bufio.Writer, k *regf.Key, path string) error {
	fmt.Fprintf(w, "[%s]\n", path)
	values, err := k.Values()
	if err != nil {
		return err
	}
	slices.SortStableFunc(values, func(a, b *regf.Value) int { return strings.Compare(a.Name(), b.Name()) })
	for _, v := range values {
		if err := exportValue(w, v); err != nil {
			return err
		}
	}
	fmt.Fprintln(w)
	keys, err := k.Subkeys()
	if err != nil {
		return err
	}
	slices.SortStableFunc(keys, func(a, b *regf.Key) int { return strings.Compare(a.Name(), b.Name()) })
	for _, sub := range keys {
		if err := exportKey(w, sub, strings.TrimSuffix(path, `\`)+`\`+sub.Name()); err != nil {
			return err
		}
	}
	return nil
}

func exportValue(w *bufio.Writer, v *regf.Value) error {
	data, err := v.Data()
	if err != nil {
		return err
	}
	exportData(w, v.Name(), v.Type(), data)
	return nil
}

func exportData(w *bufio.Writer, name string, typ regf.Type, data []byte) {
	if name == "" {
		fmt.Fprint(w, "@=")
	} else {
		fmt.Fprintf(w, `"%s"=`, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name))
	}
	if typ == regf.RegDWORD && len(data) == 4 {
		fmt.Fprintf(w, "dword:%08x\n", binary.LittleEndian.Uint32(data))
		return
	}
	fmt.Fprintf(w, "hex(%x):", uint32(typ))
	const digits = "0123456789abcdef"
	for i, c := range data {
		if i > 0 {
			w.WriteByte(',')
		}
		w.WriteByte(digits[c>>4])
		w.WriteByte(digits[c&15])
	}
	w.WriteByte('\n')
}

// compareExport wants our reading of a hive to be hivexregedit's, byte for byte.
func compareExport(t *testing.T, h hiveFile) {
	t.Helper()
	want, err := perl.Run("hivexregedit", "--export", h.path, `\`)
	if err != nil {
		t.Fatalf("oracle: %v", err)
	}
	got, err := export(h.Hive)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("line %d of %d and %d:\n  ours %.300q\nhivex's %.300q", i+1, len(g), len(w), g[i], w[i])
		}
	}
	t.Fatalf("%d lines, hivexregedit has %d", len(g), len(w))
}

// compareCounts wants the numbers of keys and values to be reglookup's.
func compareCounts(t *testing.T, h hiveFile) regf.Counts {
	t.Helper()
	n, err := h.Check()
	if err != nil {
		t.Fatal(err)
	}
	out, err := perl.Run("reglookup", h.path)
	if err != nil {
		t.Fatalf("oracle: %v", err)
	}
	var other regf.Counts
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n")[1:] {
		if f := strings.Split(line, ","); len(f) > 1 && f[1] == "KEY" {
			other.Keys++
		} else {
			other.Values++
		}
	}
	if n != other {
		t.Errorf("%+v, reglookup has %+v", n, other)
	}
	return n
}

// TestRealHives compares every readable real hive with two foreign readers.
func TestRealHives(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup")
	for _, k := range systemHives() {
		t.Run(k.name, func(t *testing.T) {
			h := realHive(t, k.name)
			if s := h.State(); s.Clean != k.clean {
				t.Errorf("state %+v, want clean %v", s, k.clean)
			}
			n := compareCounts(t, h)
			if n.Keys != k.keys || n.Values != k.values {
				t.Errorf("%+v, want %d keys and %d values", n, k.keys, k.values)
			}
			compareExport(t, h)
			t.Logf("%d keys and %d values agree in name, type and data", n.Keys, n.Values)
		})
	}
}

// TestBCDStores does the same for stores, which are hives of version 1.3.
func TestBCDStores(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup")
	for _, name := range []string{"win81preview-bios-mbr.BCD", "win7-bios-mbr-vm.BCD", "device-variety.BCD", "win10-uefi.BCD", "BCD-Template-win10",
		"win7-setup-media-bios.bcd", "win10-zhcn-uefi-surfacepro3.BCD", "win10-zhcn-bios-store-on-gpt-x470.BCD", "ntloader-bcdvhd", "ntloader-bcdwim", "ntloader-bcdwin"} {
		t.Run(name, func(t *testing.T) {
			h := realHive(t, "bcd/"+name+".xz")
			n := compareCounts(t, h)
			compareExport(t, h)
			if h.Header().Minor != 3 || !h.State().Clean {
				t.Errorf("version 1.%d, %+v", h.Header().Minor, h.State())
			}
			t.Logf("%d keys and %d values agree", n.Keys, n.Values)
		})
	}
}

// TestSmallHives goes through the hives that Windows made for yarp's tests,
// among them damaged ones and logs.
func TestSmallHives(t *testing.T) {
	tool.Need(t, "hivexregedit", "reglookup")
	type verdict struct{ open, state, check string } // parts of the messages
	odd := map[string]verdict{
		"BadListHive":       {check: "listed twice"},
		"GarbageHive":       {state: "checksum"},
		"TruncatedHive":     {state: "hbins end at", check: "outside the hbins"},
		"NewDirtyHive":      {state: "sequence numbers"},
		"OldDirtyHive":      {state: "sequence numbers"},
		"NewDirtyHive.LOG1": {open: "transaction log"},
		"NewDirtyHive.LOG2": {open: "transaction log"},
		"OldDirtyHive.LOG1": {open: "transaction log"},
		"OldDirtyHive.LOG2": {open: "too short"},
	}
	same, refused := 0, 0
	for _, file := range untar(t, realdata.File(t, "hives/yarp-hives-shared.tar.xz")) {
		name := file[strings.LastIndexByte(file, '/')+1:]
		want := odd[name]
		hive, err := tryOpen(t, file)
		if !says(err, want.open) {
			t.Errorf("%s: Open = %v, want %q", name, err, want.open)
		}
		if err != nil {
			refused++
			continue
		}
		if s := strings.Join(hive.State().Reasons, "; "); want.state == "" && s != "" || !strings.Contains(s, want.state) {
			t.Errorf("%s: state %q, want %q", name, s, want.state)
		}
		n, err := hive.Check()
		if !says(err, want.check) || err != nil && asFormatError(err) == nil {
			t.Errorf("%s: Check = %v, want %q", name, err, want.check)
		}
		if err != nil {
			refused++
			continue
		}
		t.Run(name, func(t *testing.T) {
			h := hiveFile{file, hive}
			if name == "GarbageHive" {
				return // no oracle reads it
			}
			compareCounts(t, h)
			compareExport(t, h)
		})
		same++
		t.Logf("%s: %+v", name, n)
	}
	t.Logf("%d hives agree with the oracles, %d files are refused or damaged", same, refused)
}

func says(err error, part string) bool {
	if part == "" {
		return err == nil
	}
	return err != nil && strings.Contains(err.Error(), part)
}

// TestDamagedHive: the header is perfect, the subkey lists are not.
func TestDamagedHive(t *testing.T) {
	h := realHive(t, "hives/xp-sp3-x86-corrupted.SYSTEM.xz")
	if !h.State().Clean {
		t.Errorf("state %+v: its header is sound", h.State())
	}
	n, err := h.Check()
	fe := asFormatError(err)
	if fe == nil || fe.Off < 4096 || fe.Off >= h.Size() || n.Keys < 1000 {
		t.Fatalf("Check = %+v, %v, want a *FormatError and a good part of the keys", n, err)
	}
	t.Logf("%d keys and %d values readable; first reason: %v", n.Keys, n.Values, fe)
	if _, err := regf.Diff(h.Hive, h.Hive); asFormatError(err) == nil {
		t.Errorf("Diff = %v", err)
	}
}

func TestNotAHive(t *testing.T) {
	_, err := tryOpen(t, realdata.File(t, "hives/not-regf-win98.SYSTEM.DAT.xz"))
	if !says(err, "Windows 95/98/Me") {
		t.Errorf("Open = %v", err)
	}
	for _, log := range []string{"win10-1709-x64-dirty.SYSTEM.LOG1.xz", "orphan-log-A/SYSTEM.LOG2.xz"} {
		if _, err := tryOpen(t, realdata.File(t, "hives/"+log)); !says(err, "transaction log") {
			t.Errorf("%s: Open = %v", log, err)
		}
	}
}

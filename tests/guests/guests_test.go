package guests

import (
	"bytes"
	"debug/pe"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bootmend/bootmend/tests/sparse"
)

// TestEveryGuestBuilds builds all descriptions and asks foreign tools what
// they made.
func TestEveryGuestBuilds(t *testing.T) {
	names := Names()
	if len(names) < 9 {
		t.Fatalf("only %d descriptions embedded: %v", len(names), names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			g := MustLoad(t, name)
			image := g.Build(t)
			for _, p := range g.Parts {
				if p.FS != "" {
					checkVolume(t, image, p)
				}
			}
		})
	}
}

// TestEveryEditionBuilds builds the synthetic guest of each row of the table.
func TestEveryEditionBuilds(t *testing.T) {
	all, err := Editions()
	if err != nil || len(all) < 25 {
		t.Fatalf("%d editions, %v", len(all), err)
	}
	for _, e := range all {
		t.Run(e.Name, func(t *testing.T) {
			g, err := e.Guest()
			if err != nil {
				t.Fatal(err)
			}
			image := g.Build(t)
			for _, p := range g.Parts {
				if p.FS != "" {
					checkVolume(t, image, p)
				}
			}
		})
	}
}

func checkVolume(t *testing.T, image string, p Partition) {
	t.Helper()
	volume := filepath.Join(t.TempDir(), "volume")
	if err := sparse.Extract(volume, image, p.Start, p.Size); err != nil {
		t.Fatal(err)
	}
	if p.FS == "vfat" || p.FS == "fat16" {
		if out, err := exec.Command("fsck.vfat", "-n", volume).CombinedOutput(); err != nil {
			t.Errorf("partition %d: fsck.vfat: %v: %s", p.Number, err, out)
		}
		return
	}
	if out, err := exec.Command("ntfsresize", "-i", "-f", volume).CombinedOutput(); err != nil {
		t.Errorf("partition %d: ntfsresize: %v: %s", p.Number, err, out)
	}
	out, err := exec.Command("ntfsinfo", "-m", volume).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "Volume Flags: 0x0000") {
		t.Errorf("partition %d: ntfsinfo: %v: %s", p.Number, err, out)
	}
}

func TestBuildIsPrivateAndRepeatable(t *testing.T) {
	g := MustLoad(t, "data-disk")
	a, b := g.Build(t), g.Build(t)
	ha, _ := sparse.Hash(a)
	hb, _ := sparse.Hash(b)
	if ha != hb || ha == "" {
		t.Fatalf("two builds differ: %s %s", ha, hb)
	}
	if a == b {
		t.Fatal("both builds are the same file")
	}
}

func TestEmptyHive(t *testing.T) {
	for _, minor := range []uint32{3, 5} {
		hive := filepath.Join(t.TempDir(), "hive")
		e := Entry{Kind: Hive, Path: `\h`, Arg: "-", Version: map[uint32]string{3: "1.3", 5: "1.5"}[minor], Prefix: "HKX",
			Reg: "[HKX\\Set00{1,2}\\K]\n\"v\"=dword:00000007\n\n[HKX\\Objects\\{12345678-1234-1234-1234-123456789abc}]\n\"s\"=\"text\""}
		if err := compileHive(hive, e); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("hivexregedit", "--export", "--unsafe-printable-strings", "--prefix", "HKX", hive, `\`).CombinedOutput()
		if err != nil {
			t.Fatalf("hivexregedit: %v: %s", err, out)
		}
		var lines []string
		for _, l := range strings.Split(string(out), "\n") {
			if l != "" && !strings.HasPrefix(l, "Windows") && !strings.HasPrefix(l, ";") {
				lines = append(lines, l)
			}
		}
		want := []string{`[HKX\]`, `[HKX\Objects]`, `[HKX\Objects\{12345678-1234-1234-1234-123456789abc}]`, `"s"=str(1):"text"`,
			`[HKX\Set001]`, `[HKX\Set001\K]`, `"v"=dword:00000007`, `[HKX\Set002]`, `[HKX\Set002\K]`, `"v"=dword:00000007`}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("minor %d (-want +got):\n%s", minor, diff)
		}
		if out, err := exec.Command("reglookup", hive).CombinedOutput(); err != nil || !strings.Contains(string(out), "/Set002/K/v,DWORD,0x00000007") {
			t.Errorf("minor %d: reglookup: %v: %s", minor, err, out)
		}
	}
}

func TestPEFile(t *testing.T) {
	for arch, machine := range machines {
		data, err := peFile(arch, "6.1.7601.17514")
		if err != nil {
			t.Fatal(err)
		}
		f, err := pe.NewFile(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", arch, err)
		}
		if f.Machine != machine || len(f.Sections) != 1 || f.Sections[0].Name != ".rsrc" {
			t.Errorf("%s: machine %#x, sections %v", arch, f.Machine, f.Sections)
		}
		res, err := f.Sections[0].Data()
		if err != nil || !bytes.Contains(res, wide("6.1.7601.17514")) {
			t.Errorf("%s: no version resource: %v", arch, err)
		}
	}
	if _, err := peFile("vax", "1.2.3.4"); err == nil {
		t.Error("an unknown architecture was accepted")
	}
}

func TestParseErrors(t *testing.T) {
	for name, text := range map[string]string{
		"no disk":          "",
		"unknown verb":     "disk size=1M\npartition 1 start=1 size=1s\nfrobnicate \\x",
		"outside the disk": "disk size=1M\npartition 1 start=1 size=1M",
		"stray content":    "disk size=1M\n| text",
		"too few words":    "disk size=1M\npartition 1 start=1 size=1s\npe \\x x86",
		"bad size":         "disk size=1Q",
		"broken of what":   "disk size=1M\nbroken machine=qemu-pc",
	} {
		if _, err := Parse("t", text); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestEdits(t *testing.T) {
	g := MustLoad(t, "win7-x86")
	h := g.Without(`\bootmgr`).WithReg(`\windows\system32\config\system`, "[HKEY_LOCAL_MACHINE\\SYSTEM\\X]").
		With(1, Entry{Kind: Zero, Path: `\hiberfil.sys`, Arg: "4096"})
	if _, e := g.Find(0, `\bootmgr`); e == nil {
		t.Error("Without changed its receiver")
	}
	if _, e := h.Find(0, `\bootmgr`); e != nil {
		t.Error("Without did not remove the file")
	}
	if n, e := h.Find(0, `\HIBERFIL.SYS`); e == nil || n != 1 {
		t.Error("With did not add the file")
	}
	kg, _ := g.key()
	kh, _ := h.key()
	if kg == kh {
		t.Error("an edited guest has the cache key of the original")
	}
}

func TestAroundKeepsTheHiveFile(t *testing.T) {
	hive := filepath.Join(t.TempDir(), "SYSTEM")
	e := Entry{Kind: Hive, Path: "x", Arg: "-", Version: "1.5", Prefix: "HKX", Reg: "[HKX\\Marker]"}
	if err := compileHive(hive, e); err != nil {
		t.Fatal(err)
	}
	g, err := Around("win7-x86", hive)
	if err != nil {
		t.Fatal(err)
	}
	image := g.Build(t)
	number, entry := g.SystemHive()
	p := g.Partition(number)
	volume := filepath.Join(t.TempDir(), "volume")
	if err := sparse.Extract(volume, image, p.Start, p.Size); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command("ntfscat", "-f", volume, strings.ReplaceAll(entry.Path, `\`, "/")).Output()
	if err != nil {
		t.Fatal(err)
	}
	want, _ := os.ReadFile(hive)
	if !bytes.Equal(want, got) {
		t.Error("the hive on the disk differs from the file")
	}
	moved := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(hive, moved); err != nil {
		t.Fatal(err)
	}
	g2, err := Around("win7-x86", moved)
	if err != nil {
		t.Fatal(err)
	}
	if g2.Write(filepath.Join(t.TempDir(), "image")) != nil {
		t.Fatal("a moved hive file cannot be used")
	}
}

package partcmd

import (
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/damage"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/realdata"
)

type document struct {
	Version  int
	Command  string
	ExitCode int `json:"exit_code"`
	Disks    []struct {
		Table, Signature, GUID string
		BootCode               string `json:"boot_code"`
		Owner                  string `json:"boot_code_owner"`
		Partitions             []struct {
			Number                  int
			NTNumber                int `json:"nt_number"`
			Start, Size             int64
			Type, FS, Loads         string
			Active, Hidden, Logical bool
			Loaders                 []string
			Fault                   string
		}
	}
	Findings []struct {
		ID      string
		Fixable bool
	}
}

// TestList: every guest, against its description.
func TestList(t *testing.T) {
	for _, name := range guests.Names() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := guests.MustLoad(t, name)
			image := g.Build(t)
			r := built.Run(t, "part", "ls", "--json", image)
			var doc document
			r.Decode(t, &doc)
			if r.Code != command.ExitOK || doc.Version != 1 || doc.Command != "part ls" || len(doc.Disks) != 1 {
				t.Fatalf("%v", r)
			}
			d := doc.Disks[0]
			if g.GPT != (d.Table == "gpt") || !strings.EqualFold(g.ID, d.Signature+d.GUID) {
				t.Errorf("table %s, %s%s; want %s", d.Table, d.Signature, d.GUID, g.ID)
			}
			i := 0
			for _, p := range g.Parts {
				if p.Extended() {
					continue
				}
				if i >= len(d.Partitions) {
					t.Fatalf("only %d partitions", i)
				}
				got := d.Partitions[i]
				i++
				if got.Number != p.Number || got.NTNumber != i || got.Start != p.Start || got.Size != p.Size || got.Active != p.Active ||
					got.Logical != (p.Number > 4) || !strings.EqualFold(strings.TrimPrefix(got.Type, "0x"), p.Type) {
					t.Errorf("%+v; want %d %s at %d, %d bytes", got, p.Number, p.Type, p.Start, p.Size)
				}
				for file, loader := range map[string]string{`\bootmgr`: "BOOTMGR", `\ntldr`: "NTLDR"} {
					_, e := g.Find(p.Number, file)
					if (e != nil) != strings.Contains(strings.Join(got.Loaders, " "), loader) {
						t.Errorf("partition %d has loaders %v", p.Number, got.Loaders)
					}
				}
				if len(got.Loaders) > 0 && !g.GPT && (got.Loads != got.Loaders[0] || got.Fault != "") {
					t.Errorf("partition %d loads %q, fault %q", p.Number, got.Loads, got.Fault)
				}
			}
			if out := run(t, command.ExitOK, "part", "ls", image); !strings.Contains(out, "table "+d.Table) {
				t.Errorf("text: %s", out)
			}
			run(t, command.ExitOK, "part", "check", image)
		})
	}
}

// TestCheck: findings, exit codes, and no write.
func TestCheck(t *testing.T) {
	for name, code := range map[string]int{"active-missing": command.ExitRepairable, "vbr-code-missing/no-source": command.ExitPerson,
		"gpt-primary-damaged/header": command.ExitRepairable, "partition-overlap": command.ExitPerson, "gpt-slot-gap": command.ExitOK,
		"protective-mbr-wrong/hybrid": command.ExitOK} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(name)
			if !ok {
				t.Fatal("no such damage")
			}
			image, _ := d.Build(t)
			was := hash(t, image)
			r := built.Run(t, "part", "check", "--json", image)
			var doc document
			r.Decode(t, &doc)
			if r.Code != code || doc.ExitCode != code || len(doc.Findings) != 1 || doc.Findings[0].ID != d.Finding {
				t.Errorf("want exit %d and %s: %v", code, d.Finding, r)
			}
			if out := run(t, code, "part", "check", image); !strings.Contains(out, d.Finding) {
				t.Errorf("text: %s", out)
			}
			if hash(t, image) != was {
				t.Error("the disk changed")
			}
		})
	}
}

// TestRealDisks: nothing is wrong with tables and boot code of disks that Windows
// and Linux made; dynamic ones are named.
func TestRealDisks(t *testing.T) {
	n := 0
	for _, name := range []string{"fat16", "fat32_small", "fat64", "fat_lfn_test", "gpt-512-3p", "linux-ntfs3", "win-mbr-7-logical-fat16-table",
		"win-ntfs-2K-clusters-index", "win-ntfs-8MiB-volume", "win10-gpt-3MiB-ntfs", "ldm-2003r2-simple-1", "ldm-2008r2-spanned-1"} {
		t.Run(name, func(t *testing.T) {
			code, end, says := command.ExitOK, ".raw.xz", "Nothing wrong"
			if strings.HasPrefix(name, "ldm") {
				code, end, says = command.ExitPerson, ".img.xz", "dynamic-disk"
			}
			image := realdata.File(t, "disks/"+name+end)
			was := hash(t, image)
			if out := run(t, code, "part", "check", "--machine", "qemu-pc", image); !strings.Contains(out, says) {
				t.Errorf("says %s", out)
			}
			run(t, command.ExitOK, "part", "ls", image)
			if hash(t, image) != was {
				t.Error("the disk changed")
			}
			n++
		})
	}
	t.Logf("%d disks", n)
}

// TestListNamesBootManagers: where the active partition has one, too.
func TestListNamesBootManagers(t *testing.T) {
	for name, want := range map[string]string{
		"mbr-code-missing/grub":         "boot manager: GRUB 2 in the MBR",
		"active-wrong/grub-in-extended": "boot manager: GRUB 2 in the active partition 2",
		"active-wrong/grub-in-linux":    "boot manager: GRUB 2 in the active partition 3",
		"active-wrong/unknown-in-linux": "boot manager: a boot manager of nobody known in the active partition 3",
		"active-wrong":                  "",
		"mbr-code-missing":              "",
		"mbr-code-missing/rest-of-grub": "boot manager: GRUB 2 in the MBR",
		"vbr-geometry/vista-or-later":   "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ok := damage.Find(name)
			if !ok {
				t.Fatal("no such damage")
			}
			image, _ := d.Build(t)
			out := run(t, command.ExitOK, "part", "ls", image)
			if !strings.Contains(out, want) || want == "" && strings.Contains(out, "boot manager") {
				t.Errorf("want %q:\n%s", want, out)
			}
		})
	}
}

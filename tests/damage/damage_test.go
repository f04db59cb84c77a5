package damage

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/sparse"
)

// seen is what a foreign tool must say of an image with the damage, so that
// no damage is only in our imagination. Damages that are files of the
// description need no witness: the guests' own tests have it.
var seen = map[string]func(t *testing.T, volume string){
	"ntldr-compressed": compressedByNTFS,
	"ntfs-dirty": func(t *testing.T, v string) {
		if err := oracle.NTFSStructure(v); err == nil {
			t.Error("ntfsresize and ntfsinfo accept the dirty volume")
		}
	},
	"ntfs-dirty/windows-8-flag": func(t *testing.T, v string) {
		if flags, err := oracle.NTFSFlags(v); err != nil || flags != 0x80 {
			t.Errorf("flags %#x, %v; want 0x80", flags, err)
		}
		if err := oracle.NTFSStructure(v); err != nil {
			t.Error(err)
		}
	},
	"ntfs-log-unclean":                           probe(false),
	"ntfs-log-unclean/version-2":                 probe(false),
	"ntfs-log-unclean/committed":                 recovered(true),
	"ntfs-log-unclean/committed-hive":            recovered(true),
	"ntfs-log-unclean/in-part":                   recovered(true),
	"ntfs-log-unclean/round-the-end":             recovered(true),
	"ntfs-log-unclean/uncommitted":               recovered(true),
	"ntfs-log-unclean/uncommitted-in-part":       recovered(true),
	"ntfs-log-unclean/unknown-operation":         recovered(false),
	"ntfs-log-unclean/unknown-operation-on-hive": recovered(false),
	"ntfs-log-unclean/flag-says-clean":           probe(true),
	"ntfs-log-unclean/no-client":                 probe(true),
	"hibernated":                                 probe(false),
	"hibernated/resumed":                         probe(true),
	"hibernated/zeroed":                          probe(true),
	"bitlocker-locked":                           probe(false),
	"volume-damaged/mft-zeroed":                  probe(false),
	"volume-damaged/mft-garbage":                 probe(false),
	"volume-damaged/root-directory":              probe(false),
	"volume-damaged/fixups":                      probe(false),
	"volume-damaged/user-files":                  notSound,
	"ntfs-damaged/boot-sector-zero":              notSound,
	"ntfs-damaged/boot-sector-bpb":               notSound,
	"ntfs-damaged/record-0":                      notSound,
	"ntfs-damaged/bitmap":                        notSound,
	"ntfs-damaged/mirror":                        notSound,
	"ntfs-damaged/backup-boot-sector": func(t *testing.T, v string) {
		// ntfs-3g does not look at it; the two have to be the same.
		b, err := os.ReadFile(v)
		if err != nil {
			t.Fatal(err)
		}
		if string(b[:512]) == string(b[len(b)-512:]) {
			t.Error("the copy is still one")
		}
	},
	// The journal itself is ours; that the repair stopped in the middle of the
	// volume is for everybody to see.
	"journal-open":                 notSound,
	"journal-overtaken":            notSound,
	"hive-damaged/not-regf":        hivexOpens(false),
	"hive-damaged/truncated":       hivexOpens(false),
	"hive-damaged/base-block-only": hivexOpens(false),
	"hive-too-large":               largeButWhole("/WINDOWS", 33<<20),
	"hive-too-large/2000":          largeButWhole("/WINNT", 11<<20),
	"crowdstrike-291":              hasChannelFile,
	"crowdstrike-291/corrected":    hasChannelFile,
	"hive-missing/empty-regback":   hivexOpens(false),
	"hive-damaged/regback":         hivexOpens(false),
	"hive-damaged/mendable":        hivexOpens(false),
	"hive-missing/empty":           hivexOpens(false),
	"hive-log-pending":             hivexOpens(true), // hivex does not look
}

// compressedByNTFS asks ntfsinfo, and ntfscat whether all of the file is there.
func compressedByNTFS(t *testing.T, v string) {
	out, err := exec.Command("ntfsinfo", "-F", "/ntldr", v).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "COMPRESSED") {
		t.Errorf("ntfsinfo: %v; want the file compressed: %s", err, out)
	}
	if data, err := oracle.NTFSFile(v, "/ntldr"); err != nil || len(data) < 200000 {
		t.Errorf("ntfscat: %d bytes, %v", len(data), err)
	}
}

func notSound(t *testing.T, v string) {
	if oracle.NTFSStructure(v) == nil {
		t.Error("ntfsresize accepts the volume")
	}
}

// probe asks ntfs-3g whether it would mount the volume for writing.
func probe(want bool) func(*testing.T, string) {
	return func(t *testing.T, v string) {
		out, err := exec.Command("ntfs-3g.probe", "--readwrite", v).CombinedOutput()
		if (err == nil) != want {
			t.Errorf("ntfs-3g.probe: %v %s; want success %v", err, out, want)
		}
	}
}

func hivexOpens(want bool) func(*testing.T, string) {
	return func(t *testing.T, v string) {
		data, err := oracle.NTFSFile(v, "/Windows/System32/config/SYSTEM")
		if err != nil {
			t.Fatal(err)
		}
		_, err = oracle.RegExport(oracle.HiveFile(t, data))
		if (err == nil) != want {
			t.Errorf("hivexregedit: %v; want success %v", err, want)
		}
	}
}

func TestForeignToolsSeeTheDamage(t *testing.T) {
	names := map[string]bool{}
	for _, d := range All() {
		if names[d.Name] {
			t.Errorf("two damages are called %s", d.Name)
		}
		names[d.Name] = true
		witness := seen[d.Name]
		t.Run(d.Name, func(t *testing.T) {
			t.Parallel()
			image, g := d.Build(t)
			if witness == nil {
				if d.image != nil && !strings.HasPrefix(d.Name, "partition-beyond-disk") {
					startWitness(t, d, image, g)
				}
				return
			}
			n, _ := g.SystemHive()
			witness(t, oracle.Volume(t, image, g.Partition(n)))
		})
	}
	for name := range seen {
		if !names[name] {
			t.Errorf("witness for %s, which is no damage", name)
		}
	}
	t.Logf("%d damages, %d with a witness", len(names), len(seen))
}

// TestBlameStaysSmall: what is not meant to change does not.
func TestBlameStaysSmall(t *testing.T) {
	for name, most := range map[string]int{"ntfs-dirty": 2, "volume-damaged/fixups": 1, "ntfs-log-unclean": 16} {
		d, ok := Find(name)
		if !ok {
			t.Fatalf("no damage %s", name)
		}
		image, g := d.Build(t)
		diff, err := sparse.Diff(g.Build(t), image, 100)
		if err != nil || len(diff) == 0 || len(diff) > most {
			t.Errorf("%s changed %d sectors (%v); want 1 to %d", name, len(diff), err, most)
		}
	}
}

func TestCutImageIsShort(t *testing.T) {
	d, _ := Find("partition-beyond-disk")
	image, g := d.Build(t)
	st, err := os.Stat(image)
	if p := g.Partition(2); err != nil || st.Size() >= p.Start+p.Size {
		t.Fatalf("image of %d bytes, partition of %d at %d: %v", st.Size(), p.Size, p.Start, err)
	}
}

func TestInNTFSChangesOnlyItsVolume(t *testing.T) {
	g := guests.MustLoad(t, "win2003-system-c")
	image := g.Build(t)
	p := g.Partition(2)
	if err := InNTFS(image, *p, `echo "$1" > marker.txt`, "seen"); err != nil {
		t.Fatal(err)
	}
	diff, err := sparse.Diff(g.Build(t), image, 1000)
	if err != nil || len(diff) == 0 {
		t.Fatalf("nothing changed: %v", err)
	}
	for _, off := range diff {
		if off < p.Start || off >= p.Start+p.Size {
			t.Errorf("byte %#x outside the partition changed", off)
		}
	}
	data, err := oracle.NTFSFile(oracle.Volume(t, image, p), "/marker.txt")
	if err != nil || strings.TrimSpace(string(data)) != "seen" {
		t.Errorf("marker.txt holds %q, %v", data, err)
	}
}

func hasChannelFile(t *testing.T, v string) {
	if data, err := oracle.NTFSFile(v, "/"+channelFile); err != nil || len(data) != 40960 {
		t.Errorf("channel file of %d bytes, %v", len(data), err)
	}
}

func largeButWhole(root string, size int) func(*testing.T, string) {
	return func(t *testing.T, v string) {
		data, err := oracle.NTFSFile(v, root+"/system32/config/system")
		if err != nil || len(data) < size {
			t.Fatalf("hive of %d bytes, %v", len(data), err)
		}
		if _, err := oracle.RegExport(oracle.HiveFile(t, data)); err != nil {
			t.Errorf("hivexregedit: %v", err)
		}
	}
}

package v2v

import (
	_ "embed"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/bootmend/bootmend/tests/command"
	"github.com/bootmend/bootmend/tests/guests"
	"github.com/bootmend/bootmend/tests/judge"
	"github.com/bootmend/bootmend/tests/oracle"
	"github.com/bootmend/bootmend/tests/realdata"
	"github.com/bootmend/bootmend/tests/sparse"
	"github.com/bootmend/bootmend/tests/tool"
)

var bootmend command.Binary

func TestMain(m *testing.M) { os.Exit(command.Main(m, &bootmend)) }

// virtioBlk is what QEMU's virtio-blk-pci presents on an i440FX machine.
var virtioBlk = judge.Controller{Vendor: 0x1AF4, Device: 0x1001, SubVendor: 0x1AF4, SubDevice: 0x0002, Class: 0x010000}

// converted are the editions that both convert, one of each way of binding and
// the real hives.
var converted = []string{"xp-x86", "2003-x86", "7-x86", "2008r2", "8.1-x64", "10-x64", "2022"}

// theirFaults are the links at which the judge finds virt-v2v's result broken: on
// a Server 2003 whose storport.sys is in the driver cabinet only it puts in a
// viostor that imports storport.sys, and not that.
var theirFaults = map[string]string{"2003-x86": "storport.sys"}

func TestAgainstVirtV2V(t *testing.T) {
	if os.Getenv("BOOTMEND_CAMPAIGN") != "1" {
		t.Skip("SKIP-CAMPAIGN: only with BOOTMEND_CAMPAIGN=1")
	}
	tool.Need(t, "virt-v2v-in-place", "nbdkit")
	virtio := unpack(t, "drivers/virtio-win-0.1.240-storage-shared.tar.xz")
	needAppliance(t)
	editions, err := guests.Editions()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range editions {
		if slices.Contains(converted, e.Name) {
			t.Run(e.Name, func(t *testing.T) { compare(t, e, virtio) })
		}
	}
}

// servers are the folders of virtio-win that the collection leaves out because
// they hold the same files as those of the desktop editions.
var servers = map[string]string{"2k8R2": "w7", "2k12R2": "w8.1", "2k16": "w10", "2k19": "w10", "2k22": "w10", "w11": "w10"}

// unpack gives the root of virtio-win, complete.
func unpack(t *testing.T, name string) string {
	t.Helper()
	dir := t.TempDir()
	tool.Must(t, "tar", "-xf", realdata.File(t, name), "-C", dir)
	root := filepath.Join(dir, "win10", "drv", "virtio-win-0.1.240")
	for _, driver := range []string{"viostor", "vioscsi"} {
		for server, desktop := range servers {
			tool.Must(t, "cp", "-r", filepath.Join(root, driver, desktop), filepath.Join(root, driver, server))
		}
	}
	return root
}

// needAppliance skips where libguestfs has no kernel to start.
func needAppliance(t *testing.T) {
	t.Helper()
	cmd := exec.Command("libguestfs-test-tool")
	cmd.Env = v2vEnv("")
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "supermin exited with error") {
		t.Skip("SKIP-TOOL virt-v2v-in-place: supermin finds no kernel (Debian: apt install linux-image-amd64)")
	}
	if err != nil {
		t.Fatalf("libguestfs-test-tool: %v\n%s", err, tail(string(out)))
	}
}

func v2vEnv(virtio string) []string {
	return append(os.Environ(), "LIBGUESTFS_BACKEND=direct", "LIBGUESTFS_BACKEND_SETTINGS=force_tcg", "VIRTIO_WIN="+virtio)
}

// guest builds the edition, around its real hive where the collection has it.
func guest(t *testing.T, e guests.Edition) *guests.Guest {
	t.Helper()
	g, err := e.Guest()
	if e.Real != "" {
		var files []string
		for _, name := range append([]string{e.Real}, e.Logs...) {
			files = append(files, realdata.File(t, name))
		}
		if len(e.Logs) == 0 {
			if _, err := tool.Env(nil).Feed("commit\n", "hivexsh", "-w", files[0]); err != nil {
				t.Fatal(err)
			}
		} else {
			// hivex, which virt-v2v edits with, ignores logs and then leaves them
			// to be replayed over its changes: it is given a hive without.
			files = files[:1]
			if _, err := tool.Env(nil).Feed("commit\n", "hivexsh", "-w", files[0]); err != nil {
				t.Fatal(err)
			}
		}
		g, err = e.Around(files[0], files[1:]...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func compare(t *testing.T, e guests.Edition, virtio string) {
	g := guest(t, e)
	before := g.Build(t)
	theirs, ours := filepath.Join(t.TempDir(), "theirs.img"), filepath.Join(t.TempDir(), "ours.img")
	for _, dst := range []string{theirs, ours} {
		if err := sparse.CopyFile(dst, before); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	cmd := exec.Command("virt-v2v-in-place", "-i", "disk", theirs)
	cmd.Env = v2vEnv(virtio)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("virt-v2v-in-place: %v\n%s", err, tail(string(out)))
	}
	theirTime := time.Since(start)
	start = time.Now()
	if r := bootmend.Run(t, "repair", "--yes", "--machine", "qemu-virtio-blk", "--drivers", virtio, ours); r.Code != command.ExitOK {
		t.Fatalf("%v", r)
	}
	t.Logf("%s: virt-v2v-in-place %.1f s, bootmend %.1f s", e.Title, theirTime.Seconds(), time.Since(start).Seconds())
	if s, err := judge.Open(t, ours, g, e).Boots(virtioBlk); err != nil || s != "viostor" {
		t.Errorf("bootmend: the judge: %q, %v", s, err)
	}
	switch s, err := judge.Open(t, theirs, g, e).Boots(virtioBlk); {
	case err == nil && s == "viostor" && theirFaults[e.Name] == "":
	case err != nil && theirFaults[e.Name] != "" && strings.Contains(err.Error(), theirFaults[e.Name]):
		t.Logf("virt-v2v-in-place's result does not boot: %v", err)
	default:
		t.Errorf("virt-v2v-in-place: the judge: %q, %v; want a fault with %q", s, err, theirFaults[e.Name])
	}
	base := export(t, before, g)
	explain(t, base, export(t, theirs, g), export(t, ours, g))
}

// export is the SYSTEM hive of an image as text.
func export(t *testing.T, image string, g *guests.Guest) []string {
	t.Helper()
	number, entry := g.SystemHive()
	data, err := oracle.NTFSFile(oracle.Volume(t, image, g.Partition(number)), entry.Path)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := oracle.RegExport(oracle.HiveFile(t, data))
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// difference is a line of differences.txt.
type difference struct {
	who  string // v2v or ours: who alone changed it
	line *regexp.Regexp
	why  string
	seen int
}

//go:embed differences.txt
var differencesText string

func differences() ([]*difference, error) {
	var all []*difference
	for n, line := range strings.Split(differencesText, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, " | ", 3)
		if len(f) != 3 {
			return nil, fmt.Errorf("differences.txt:%d: want who | pattern | why", n+1)
		}
		re, err := regexp.Compile(`(?i)` + strings.TrimSpace(f[1]))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("differences.txt:%d", n+1), err)
		}
		all = append(all, &difference{who: strings.TrimSpace(f[0]), line: re, why: strings.TrimSpace(f[2])})
	}
	return all, nil
}

// explain fails for every line that only one of both changed and for which there
// is no explanation.
func explain(t *testing.T, before, theirs, ours []string) {
	t.Helper()
	known, err := differences()
	if err != nil {
		t.Fatal(err)
	}
	theirGone, theirAdded := oracle.RegChanges(before, theirs)
	ourGone, ourAdded := oracle.RegChanges(before, ours)
	onlyTheirs, _ := oracle.RegChanges(fold(theirGone, theirAdded), fold(ourGone, ourAdded))
	_, onlyOurs := oracle.RegChanges(fold(theirGone, theirAdded), fold(ourGone, ourAdded))
	same := len(theirGone) + len(theirAdded) - len(onlyTheirs)
	unexplained := 0
	for who, lines := range map[string][]string{"v2v": onlyTheirs, "ours": onlyOurs} {
		for _, line := range lines {
			i := slices.IndexFunc(known, func(d *difference) bool { return d.who == who && d.line.MatchString(line) })
			if i < 0 {
				unexplained++
				t.Errorf("only %s, unexplained: %s", who, line)
				continue
			}
			known[i].seen++
		}
	}
	t.Logf("registry: %d lines changed alike, %d by virt-v2v alone, %d by bootmend alone, %d unexplained", same, len(onlyTheirs), len(onlyOurs), unexplained)
	for _, d := range known {
		if d.seen > 0 {
			t.Logf("  %s, %d lines: %s", map[string]string{"v2v": "virt-v2v alone", "ours": "bootmend alone"}[d.who], d.seen, d.why)
		}
	}
}

// fold makes one list of changes. Strings become text, and case does not count:
// neither names nor paths of Windows depend on it.
func fold(gone, added []string) []string {
	var all []string
	for _, l := range gone {
		all = append(all, "- "+strings.ToLower(readable(l)))
	}
	for _, l := range added {
		all = append(all, "+ "+strings.ToLower(readable(l)))
	}
	return all
}

var hexString = regexp.MustCompile(`=hex\(([127])\):([0-9a-f,]+)$`)

// readable turns REG_SZ, REG_EXPAND_SZ and REG_MULTI_SZ of an export into text.
func readable(line string) string {
	m := hexString.FindStringSubmatchIndex(line)
	if m == nil {
		return line
	}
	data, err := hex.DecodeString(strings.ReplaceAll(line[m[4]:m[5]], ",", ""))
	if err != nil || len(data)%2 != 0 {
		return line
	}
	var units []uint16
	for i := 0; i < len(data); i += 2 {
		units = append(units, binary.LittleEndian.Uint16(data[i:]))
	}
	text := strings.TrimRight(string(utf16.Decode(units)), "\x00")
	return line[:m[0]] + "=" + line[m[2]:m[3]] + ":" + strings.ReplaceAll(text, "\x00", "|")
}

func tail(s string) string {
	const n = 3000
	if len(s) > n {
		s = s[len(s)-n:]
	}
	return s
}

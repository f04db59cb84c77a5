package hivefile_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/hivefile"
	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/hivelog"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
	"github.com/google/go-cmp/cmp"
)

func sample() regftest.Key {
	values := []regftest.Value{regftest.SZ("text", "ü"), regftest.MultiSZ("none"), regftest.MultiSZ("two", "a", "b"), regftest.DWORD("n", 7), regftest.Binary("", 1, 2),
		{Name: "open", Type: 1, Data: []byte("a\x00")}, {Name: "odd", Type: 7, Data: []byte("a\x00\x00")}, {Name: "q", Type: 11, Data: []byte{1, 0, 0, 0, 0, 0, 0, 0x80}}}
	set := func(name string) regftest.Key {
		return regftest.Key{Name: name, Keys: []regftest.Key{{Name: "Services", Keys: []regftest.Key{{Name: "Disk", Values: values}}}}}
	}
	return regftest.Key{Name: "root", Keys: []regftest.Key{set("ControlSet001"), set("ControlSet002"),
		{Name: "Select", Values: []regftest.Value{regftest.DWORD("Default", 1)}}}}
}

func source(opt regftest.Options, root regftest.Key) hivefile.Source {
	b := regftest.Build(root, opt)
	return hivefile.Source{Name: "hive", Hive: bytes.NewReader(b), Size: int64(len(b))}
}

func open(t *testing.T, src hivefile.Source) *hivefile.File {
	t.Helper()
	f, err := hivefile.Open(src)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestPaths(t *testing.T) {
	f := open(t, source(regftest.Options{}, sample()))
	both := []string{`ControlSet001\x`, `ControlSet002\x`}
	for path, want := range map[string][]string{
		"": {""}, `\`: {""}, "Select": {"Select"}, `\Select\`: {"Select"}, `CurrentControlSet\x`: both, `HKLM\SYSTEM\CurrentControlSet\x`: both,
		`HKEY_LOCAL_MACHINE\system`: {""}, `HKLM\server1\ControlSet002\x`: {`ControlSet002\x`}, `HKEY name`: {"HKEY name"},
	} {
		if got, err := f.Paths(path, nil); err != nil || !slices.EqualFunc(got, want, regf.EqualFold) {
			t.Errorf("%q: %q, %v; want %q", path, got, err, want)
		}
	}
	if got, err := f.Paths(`odd root\y`, []regtext.Mapping{{From: "odd root", To: "CurrentControlSet"}}); err != nil || len(got) != 2 {
		t.Errorf("%q, %v", got, err)
	}
	for _, path := range []string{`HKLM\SOFTWARE\x`, `ControlSet009\x`, `a\\b`} {
		if _, err := f.Paths(path, nil); !errors.Is(err, regtext.ErrMapping) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

// TestDecodedData: data has a meaning only where the meaning gives the bytes
// back.
func TestDecodedData(t *testing.T) {
	f := open(t, source(regftest.Options{}, sample()))
	l, err := f.List(`ControlSet002\Services\Disk`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"text": "ü", "none": []string{}, "two": []string{"a", "b"}, "n": uint64(7), "": nil, "open": nil, "odd": nil, "q": uint64(1<<63 | 1)}
	for _, v := range l[0].List {
		if !cmp.Equal(v.Data, want[v.Name]) {
			t.Errorf("%s: %v; want %v", v.Name, v.Data, want[v.Name])
		}
	}
	if len(l[0].List) != len(want) {
		t.Errorf("%d values; want %d", len(l[0].List), len(want))
	}
}

// TestContent: however it is read, the new content is the file with the patches
// applied, and a hive that holds the change.
func TestContent(t *testing.T) {
	const seed = 3
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewSource(seed))
	for round := range 20 {
		src := source(regftest.Options{Tail: 100 * (round % 3)}, sample())
		f := open(t, src)
		data := make([]byte, rnd.Intn(40_000))
		rnd.Read(data)
		c, paths, err := f.Set(`CurrentControlSet\Services\New`, "v", regf.RegBinary, data, true, hivefile.EditOptions{})
		if err != nil || len(paths) != 2 || c.Empty() || c.Replays() {
			t.Fatalf("%q, %v", paths, err)
		}
		want := make([]byte, c.Size)
		if _, err := src.Hive.ReadAt(want[:src.Size], 0); err != nil {
			t.Fatal(err)
		}
		var last regf.Patch
		err = c.EachPatch(func(p regf.Patch) error {
			if p.Old != nil && !bytes.Equal(want[p.Off:p.Off+int64(len(p.Old))], p.Old) {
				return fmt.Errorf("patch at %#x: other bytes are there", p.Off)
			}
			copy(want[p.Off:], p.New)
			last = p
			return nil
		})
		if err != nil || last.Off != 0 {
			t.Fatalf("%v; the last patch is at %#x", err, last.Off)
		}
		got, err := io.ReadAll(io.NewSectionReader(c.Content(), 0, c.Size))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("the content is another one: %v", err)
		}
		for range 200 {
			off := rnd.Int63n(c.Size + 10)
			b := make([]byte, rnd.Intn(9000))
			n, err := c.Content().ReadAt(b, off)
			if off+int64(len(b)) > c.Size != (err == io.EOF) || off < c.Size && !bytes.Equal(b[:n], want[off:off+int64(n)]) {
				t.Fatalf("%d bytes at %d: %d, %v", len(b), off, n, err)
			}
		}
		again := open(t, hivefile.Source{Name: "new", Hive: bytes.NewReader(got), Size: c.Size})
		kv, err := again.Get(`CurrentControlSet\Services\New`, "V")
		if err != nil || len(kv) != 2 || !bytes.Equal(kv[1].Raw, data) {
			t.Fatalf("%v, %v", kv, err)
		}
	}
}

func TestNothingToChange(t *testing.T) {
	f := open(t, source(regftest.Options{}, sample()))
	c, _, err := f.Set(`CurrentControlSet\Services\Disk`, "n", regf.RegDWORD, registry.DWORD(7), false, hivefile.EditOptions{})
	if err != nil || !c.Empty() || c.Bytes() != 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	if err := c.EachPatch(func(regf.Patch) error { return errors.New("called") }); err != nil {
		t.Error(err)
	}
	if _, _, err := f.Set(`CurrentControlSet\none`, "n", regf.RegDWORD, registry.DWORD(7), false, hivefile.EditOptions{}); !errors.Is(err, regf.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// TestNotUsable: what is not whole is shown with a warning, and not edited.
func TestNotUsable(t *testing.T) {
	src := source(regftest.Options{Seq1: 5, Seq2: 4}, sample())
	f := open(t, src)
	if f.Warning() == "" {
		t.Error("no warning")
	}
	if _, err := f.List("Select"); err != nil {
		t.Error(err)
	}
	if _, err := f.Edit(hivefile.EditOptions{}, nil); !errors.Is(err, hivefile.ErrNotUsable) {
		t.Errorf("%v", err)
	}
	c, did, err := hivefile.Repair(src, hivefile.RepairOptions{})
	if err != nil || c.Empty() || len(did) > 0 {
		t.Fatalf("%v, %v", did, err)
	}
	fixed := open(t, hivefile.Source{Name: "fixed", Hive: c.Content(), Size: c.Size})
	if fixed.Warning() != "" || fixed.Hive.Header().Seq1 <= 5 {
		t.Errorf("%q, %+v", fixed.Warning(), fixed.Hive.Header())
	}
}

func TestFindEverywhere(t *testing.T) {
	f := open(t, source(regftest.Options{}, sample()))
	for _, tt := range []struct {
		q    hivefile.Query
		want string
	}{
		{hivefile.Query{Text: "DISK"}, `key:ControlSet001\Services\Disk key:ControlSet002\Services\Disk`},
		{hivefile.Query{Text: "Ü", Below: "ControlSet002"}, `data:ControlSet002\Services\Disk:text`},
		{hivefile.Query{Text: "tex", Below: `HKLM\SYSTEM\CurrentControlSet`}, `value:ControlSet001\Services\Disk:text value:ControlSet002\Services\Disk:text`},
		{hivefile.Query{Bytes: []byte{1, 2}, Below: "ControlSet001"}, `data:ControlSet001\Services\Disk:`},
		{hivefile.Query{Text: "select", Values: true}, ""},
		{hivefile.Query{}, ""},
	} {
		var got []string
		err := f.Find(tt.q, func(h hivefile.Hit) error {
			s := h.In + ":" + h.Key
			if h.Value != nil {
				s += ":" + h.Value.Name
			}
			got = append(got, s)
			return nil
		})
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%+v: %q, %v; want %q", tt.q, got, err, tt.want)
		}
	}
	stop := errors.New("stop")
	if err := f.Find(hivefile.Query{Text: "disk"}, func(hivefile.Hit) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

func TestTransactionFiles(t *testing.T) {
	for name, want := range map[string]bool{"SYSTEM{6cced301-6e01}.TM.blf": true, "system{6}.TxR.0.regtrans-ms": true, "SYSTEM.LOG1": false, "SYSTEM.blf": true,
		"SYSTEM": false, "SYSTEMX{6}.TM.blf": false, "SOFTWARE{6}.TM.blf": false} {
		if got := hivefile.IsTransactionFile("SYSTEM", name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
	src := source(regftest.Options{}, sample())
	src.Transactions = func() ([]hivelog.TransactionFile, error) { return nil, errors.New("unreadable") }
	f := open(t, src)
	if _, err := f.Pending(); err == nil {
		t.Error("no error")
	}
	if i, err := f.Info(); err != nil || !i.Transactions.MayBePending || !strings.Contains(i.Transactions.Reason, "unreadable") {
		t.Errorf("%+v, %v", i, err)
	}
}

// TestLostWithLogs: a hive that cannot be mended does not ask for --drop-logs first.
func TestLostWithLogs(t *testing.T) {
	src := source(regftest.Options{}, sample())
	b := make([]byte, src.Size)
	if _, err := src.Hive.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	log := bytes.Clone(b[:512])
	log[0x1c] = 1 // a DIRT log, newer than the hive, without a dirty page
	log[0x12] ^= 1
	regftest.Seal(log)
	log = append(log, make([]byte, 512)...)
	copy(log[512:], "DIRT")
	b[4]++
	regftest.Seal(b)
	for cut, want := range map[int]error{len(b): hivefile.ErrDropsLogs, 4096: hivefile.ErrNotMended} {
		_, did, err := hivefile.Repair(hivefile.Source{Name: "hive", Hive: bytes.NewReader(b[:cut]), Size: int64(cut),
			Logs: []hivelog.Log{{Name: "hive.LOG1", R: bytes.NewReader(log), Size: int64(len(log))}}}, hivefile.RepairOptions{})
		if !errors.Is(err, want) || len(did) == 0 || did[0].Kind != hivefile.UnusedEntries {
			t.Errorf("%d bytes: %v, %v", cut, did, err)
		}
	}
}

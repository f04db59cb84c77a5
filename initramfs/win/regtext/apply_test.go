package regtext_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/initramfs/win/regf"
	"github.com/bootmend/bootmend/initramfs/win/regf/regftest"
	"github.com/bootmend/bootmend/initramfs/win/registry"
	"github.com/bootmend/bootmend/initramfs/win/regtext"
	"github.com/google/go-cmp/cmp"
)

// recorder is a target that writes down what it is asked for. Nothing with
// "gone" in its name is there to be deleted.
type recorder struct{ orders []string }

func (r *recorder) order(format string, args ...any) error {
	s := fmt.Sprintf(format, args...)
	r.orders = append(r.orders, s)
	if strings.HasPrefix(s, "-") && strings.Contains(s, "gone") {
		return fmt.Errorf("%s: %w", s, regf.ErrNotExist)
	}
	return nil
}

func (r *recorder) CreateKey(path string) error { return r.order("+%s", path) }
func (r *recorder) DeleteKey(path string, recursive bool) error {
	return r.order("-%s %v", path, recursive)
}
func (r *recorder) SetValue(key, name string, typ regf.Type, data []byte) error {
	return r.order("%s:%s %v % x", key, name, typ, data)
}
func (r *recorder) DeleteValue(key, name string) error { return r.order("-%s:%s", key, name) }

func keys(names ...string) (list []regftest.Key) {
	for _, n := range names {
		list = append(list, regftest.Key{Name: n})
	}
	return list
}

func system(extra ...regftest.Key) regftest.Key {
	sel := regftest.Key{Name: "Select", Values: []regftest.Value{regftest.DWORD("Current", 1), regftest.DWORD("Default", 1)}}
	return regftest.Key{Name: "root", Keys: slices.Concat(keys("ControlSet001", "ControlSet003", "MountedDevices"), []regftest.Key{sel}, extra)}
}

// apply runs the text against a hive.
func apply(t *testing.T, root regftest.Key, text string, opt regtext.ApplyOptions, maps ...string) ([]string, regtext.Applied, error) {
	t.Helper()
	var list []regtext.Mapping
	for _, s := range maps {
		m, err := regtext.ParseMapping(s)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, m)
	}
	m, err := regtext.NewMount(open(t, root), list)
	if err != nil {
		t.Fatal(err)
	}
	r, err := regtext.NewReader(strings.NewReader(five+text), regtext.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var rec recorder
	done, err := regtext.Apply(r, m, &rec, opt)
	return rec.orders, done, err
}

func TestApply(t *testing.T) {
	const lm = `HKEY_LOCAL_MACHINE\`
	software := regftest.Key{Keys: []regftest.Key{{Name: "Microsoft", Keys: []regftest.Key{{Name: "Windows NT", Keys: keys("CurrentVersion")}}}}}
	user := regftest.Key{Keys: keys("Software", "Control Panel")}
	for name, tt := range map[string]struct {
		root regftest.Key
		text string
		maps []string
		want []string
	}{
		"every control set": {system(), "[" + lm + "SYSTEM\\CurrentControlSet\\Services\\a]\n\"Start\"=dword:0\n\"gone\"=-\n[-" + lm + "SYSTEM\\CurrentControlSet\\b]\n", nil,
			[]string{`+ControlSet001\Services\a`, `+ControlSet003\Services\a`, `ControlSet001\Services\a:Start REG_DWORD 00 00 00 00`, `ControlSet003\Services\a:Start REG_DWORD 00 00 00 00`,
				`-ControlSet001\Services\a:gone`, `-ControlSet003\Services\a:gone`, `-ControlSet001\b true`, `-ControlSet003\b true`}},
		"one control set":          {system(), "[hklm\\system\\controlset001\\x]\n", nil, []string{`+ControlSet001\x`}},
		"new key at the root":      {system(), "[" + lm + "SYSTEM\\new]\n", nil, []string{`+new`}},
		"the root itself":          {system(), "[" + lm + "SYSTEM]\n\"a\"=dword:1\n", nil, []string{`:a REG_DWORD 01 00 00 00`}},
		"loaded hive":              {system(), "[" + lm + "server1]\n[" + lm + "server1\\ControlSet003\\x]\n", nil, []string{`+ControlSet003\x`}},
		"loaded hive, all sets":    {system(), "[" + lm + "server1\\CurrentControlSet\\x]\n", nil, []string{`+ControlSet001\x`, `+ControlSet003\x`}},
		"superfluous system":       {system(), "[" + lm + "server1\\system\\ControlSet003\\x]\n", nil, []string{`+ControlSet003\x`}},
		"superfluous system twice": {system(), "[" + lm + "SYSTEM\\System\\MountedDevices\\x]\n", nil, []string{`+MountedDevices\x`}},
		"mapped":                   {system(), "[" + lm + "server1\\x]\n", []string{lm + "server1=CurrentControlSet"}, []string{`+ControlSet001\x`, `+ControlSet003\x`}},
		"mapped, superfluous system": {system(), "[" + lm + "server1\\system\\ControlSet001\\x]\n[" + lm + "server1\\SYSTEM\\CurrentControlSet\\y]\n[" + lm + "server1\\system]\n", []string{lm + "server1="},
			[]string{`+ControlSet001\x`, `+ControlSet001\y`, `+ControlSet003\y`}},
		"mapped, system is a key": {system(keys("system")...), "[" + lm + "server1\\system\\ControlSet001\\x]\n", []string{lm + "server1="}, []string{`+system\ControlSet001\x`}},
		"longest mapping":         {system(), "[" + lm + "s\\a\\x]\n[" + lm + "s\\b]\n", []string{lm + `s=MountedDevices`, `HKLM\S\A=Select`}, []string{`+Select\x`, `+MountedDevices\b`}},
		"mapped control set":      {system(), "[" + lm + "SYSTEM\\ControlSet002\\x]\n", []string{lm + `SYSTEM\ControlSet002=ControlSet001`}, []string{`+ControlSet001\x`}},
		"from the root":           {system(), "[\\]\n[\\ControlSet001\\x]\n", nil, []string{`+ControlSet001\x`}},
		"software":                {software, "[" + lm + "SOFTWARE\\New Vendor]\n[" + lm + "W\\Microsoft\\x]\n[" + lm + "W\\Software\\Microsoft\\y]\n", nil, []string{`+New Vendor`, `+Microsoft\x`, `+Microsoft\y`}},
		"classes":                 {software, "[HKEY_CLASSES_ROOT\\.x]\n", []string{`HKCR=Classes`}, []string{`+Classes\.x`}},
		"user":                    {user, "[HKEY_CURRENT_USER\\New]\n[HKEY_USERS\\.DEFAULT\\New]\n[HKU\\S-1-5-21-1\\Software\\x]\n", nil, []string{`+New`, `+New`, `+Software\x`}},
		"unknown hive":            {regftest.Key{Keys: keys("a")}, "[" + lm + "x\\a\\b]\n[" + lm + "OFFLINE\\c]\n", nil, []string{`+a\b`, `+c`}},
	} {
		t.Run(name, func(t *testing.T) {
			got, _, err := apply(t, tt.root, tt.text, regtext.ApplyOptions{}, tt.maps...)
			fold := cmp.Comparer(regf.EqualFold)
			if err != nil || !cmp.Equal(got, tt.want, fold) {
				t.Errorf("%v %s", err, cmp.Diff(tt.want, got, fold))
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	const lm = `HKEY_LOCAL_MACHINE\`
	for _, tt := range []struct {
		root  regftest.Key
		text  string
		class error
		want  string // part of the message
	}{
		{system(), "[" + lm + "server1\\Services\\x]\n", regtext.ErrMapping, `line 3: HKEY_LOCAL_MACHINE\server1\Services\x: path cannot be mapped to the hive: the hive has no key Services, so that it is not certain that server1 means this hive; map it, e.g. --map HKEY_LOCAL_MACHINE\server1=`},
		{system(keys("system")...), "[" + lm + "server1\\system\\ControlSet001]\n", regtext.ErrMapping, "both system and ControlSet001"},
		{system(), "[" + lm + "SOFTWARE\\x]\n", regtext.ErrOtherHive, "SOFTWARE"},
		{system(), "[HKEY_CURRENT_USER\\x]\n", regtext.ErrOtherHive, "another hive"},
		{system(), "[HKEY_CLASSES_ROOT\\x]\n", regtext.ErrMapping, "--map HKEY_CLASSES_ROOT"},
		{system(), "[HKEY_CURRENT_CONFIG\\x]\n", regtext.ErrMapping, "profile"},
		{system(), "[" + lm + "SYSTEM\\CurrentControlSet\\Hardware Profiles\\Current\\x]\n", regtext.ErrLink, "profile"},
		{system(), "[" + lm + "SYSTEM\\ControlSet002\\x]\n", regtext.ErrMapping, `"ControlSet001" "ControlSet003"`},
		{system(), "[HKEY_LOCAL_MACHINE]\n", regtext.ErrMapping, "no key of any hive"},
		{system(), "[HKEY_NOWHERE\\x]\n", regtext.ErrMapping, "no root key"},
		{system(), "[" + lm + "SYSTEM\\a\\\\b]\n", regtext.ErrMapping, "empty"},
		{system(), "[" + lm + "server1]\n\"a\"=dword:1\n", regtext.ErrMapping, "line 4"},
		{system(), "[-" + lm + "server1]\n", regtext.ErrMapping, "no key in it"},
		{system(), "[-" + lm + "SYSTEM]\n", regtext.ErrMapping, "root of a hive"},
		{system(), "[" + lm + "SYSTEM\\x]\n\"SymbolicLinkValue\"=hex(6):00,00\n", regtext.ErrLink, "line 4"},
		{system(), "[" + lm + "SYSTEM\\x]\n\"a\"=what\n", regtext.ErrSyntax, "line 4"},
		{regftest.Key{}, "[" + lm + "SYSTEM\\x]\n", regtext.ErrOtherHive, "SYSTEM"},
	} {
		_, _, err := apply(t, tt.root, tt.text, regtext.ApplyOptions{})
		if !errors.Is(err, tt.class) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v; want %v with %q", tt.text, err, tt.class, tt.want)
		}
	}
}

// TestMappedRefuses: a mapping to the root does not make a key with the hive's own name.
func TestMappedRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`server1\system\z]` + "\n":              `--map HKEY_LOCAL_MACHINE\server1\system=`,
		`server1\system]` + "\n\"a\"=dword:1\n": "no key in it",
	} {
		orders, _, err := apply(t, system(), `[HKEY_LOCAL_MACHINE\`+text, regtext.ApplyOptions{}, `HKEY_LOCAL_MACHINE\server1=`)
		if !errors.Is(err, regtext.ErrMapping) || !strings.Contains(err.Error(), want) || len(orders) > 0 {
			t.Errorf("%q: %q, %v; want %q", text, orders, err, want)
		}
	}
}

func TestSkipOtherHives(t *testing.T) {
	got, done, err := apply(t, system(), `[HKEY_LOCAL_MACHINE\SOFTWARE\x]
"a"=dword:1
[HKEY_LOCAL_MACHINE\SYSTEM\Select]
"gone"=-
`, regtext.ApplyOptions{SkipOtherHives: true})
	want := regtext.Applied{Keys: 1, Absent: 1, Skipped: 2}
	if err != nil || len(got) != 2 || done != want {
		t.Errorf("%q, %+v, %v", got, done, err)
	}
}

// TestLinksAreNotFollowed: the builder of test hives makes no links, so the
// flag is set by hand.
func TestLinksAreNotFollowed(t *testing.T) {
	root := system(regftest.Key{Name: "alias", Keys: keys("x")})
	b := regftest.Build(root, regftest.Options{})
	at := bytes.Index(b, []byte("alias")) - 76
	if at < 0 || string(b[at:at+2]) != "nk" {
		t.Fatal("no such key")
	}
	b[at+2] |= 0x10
	h, err := regf.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	m, err := regtext.NewMount(h, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{`alias`, `Alias\x`, `alias\new`} {
		for _, form := range []string{"[%s]\n", "[-%s]\n"} {
			text := five + fmt.Sprintf(form, `HKEY_LOCAL_MACHINE\SYSTEM\`+path)
			r, err := regtext.NewReader(strings.NewReader(text), regtext.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var rec recorder
			if _, err := regtext.Apply(r, m, &rec, regtext.ApplyOptions{}); !errors.Is(err, regtext.ErrLink) || len(rec.orders) > 0 {
				t.Errorf("%q: %v, %q", text, err, rec.orders)
			}
		}
	}
}

func TestParseMapping(t *testing.T) {
	got, err := regtext.ParseMapping(`HKLM\a=b\=\ControlSet001\`)
	if want := (regtext.Mapping{From: `HKLM\a=b`, To: "ControlSet001"}); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range []string{"", "=x", "x"} {
		if _, err := regtext.ParseMapping(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestHives(t *testing.T) {
	text := five + "[HKLM\\system\\CurrentControlSet\\a]\n\"x\"=dword:1\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\b]\n[-HKEY_CURRENT_USER\\c]\n[HKU\\.default\\d]\n" +
		"[HKEY_LOCAL_MACHINE\\server1\\e]\n[HKEY_CLASSES_ROOT\\f]\n[nonsense]\n[a\\\\b]\n"
	r, err := regtext.NewReader(strings.NewReader(text), regtext.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := regtext.Hives(r)
	want := map[registry.Kind]int{registry.KindSystem: 2, registry.KindSoftware: 1, registry.KindUser: 2, registry.KindUnknown: 4}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

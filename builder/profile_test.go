package builder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const someProfile = `
arch: i386
append: bootmend.mode=ask
drivers: [virtio.iso, /abs]
answers: a.yaml
ssh-keys: [id.pub]
bitlocker-keys: [111111-222222-333333-444444-555555-666666-777777-888888]
files:
  - {from: fix.reg, to: /root/fix.reg}
  - {from: /x/tool, to: /bin/tool, mode: "0755"}
modules: [ext4, -floppy]
leave-out: [nano]
`

func TestProfile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "p.yaml")
	if err := os.WriteFile(file, []byte(someProfile), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := ReadProfile(file)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Append: "x=1", Drivers: []string{"flag"}, LeaveOut: []string{"wget"}}
	p.Apply(&o)
	key := "111111-222222-333333-444444-555555-666666-777777-888888"
	want := Options{Arch: I386, Append: "bootmend.mode=ask x=1", Drivers: []string{dir + "/virtio.iso", "/abs", "flag"},
		Answers: dir + "/a.yaml", SSHKeys: []string{dir + "/id.pub"}, BitLockerKeys: []string{key},
		Extra:       []ExtraFile{{dir + "/fix.reg", "/root/fix.reg", 0}, {"/x/tool", "/bin/tool", 0o755}},
		MoreModules: []string{"ext4", "-floppy"}, LeaveOut: []string{"wget", "nano"}}
	if diff := cmp.Diff(want, o, cmpopts.IgnoreUnexported(Options{})); diff != "" {
		t.Error(diff)
	}
	text, err := o.Dump()
	if err != nil || strings.Contains(string(text), key) {
		t.Errorf("%v: a dump with a key:\n%s", err, text)
	}
	// What is dumped can be read, and says the same.
	again, err := ParseProfile(text)
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	var o2 Options
	again.Apply(&o2)
	o.BitLockerKeys = nil
	if diff := cmp.Diff(o, o2, cmpopts.IgnoreUnexported(Options{})); diff != "" {
		t.Error(diff)
	}
	// A flag goes before the profile.
	o3 := Options{Arch: AMD64, Answers: "mine"}
	p.Apply(&o3)
	if o3.Arch != AMD64 || o3.Answers != "mine" {
		t.Errorf("%s, %s: the profile went before the flags", o3.Arch, o3.Answers)
	}
}

// TestProfileRefused: what is not understood is told, with the line where there is one.
func TestProfileRefused(t *testing.T) {
	for text, says := range map[string]string{
		"arch: amd64\ndriver: [x]":                    "driver",
		"arch: amd64\nArch: i386":                     "Arch",
		"arch: amd64\narch: i386":                     "already defined",
		"append: [a]":                                 "want a text",
		"append: {a: b}":                              "want a text",
		"drivers-in-memory: 7":                        "want true or false",
		"arch: arm64":                                 "arm64",
		"arch: [1]":                                   "line 1: a list: want amd64, i386 or universal",
		"arch: {a: b}":                                "line 1: names with values: want amd64",
		"files: [a, 7]":                               "the number `7`: want {from:",
		"drivers: {a: b}":                             "line 1",
		"files: [{from: a}]":                          "to:",
		"files: [{from: a, to: /b, owner: me}]":       "owner",
		"files: [{from: a, to: /b, mode: rw}]":        "rw",
		"files: [{from: a, to: /b, mode: \"99999\"}]": "99999",
		"arch: amd64\n---\narch: i386":                "first document",
		"- a\n- b":                                    "line 1",
		"\tarch: amd64":                               "yaml",
		"drivers: [" + strings.Repeat("x,", 10) + "\nappend": "line",
	} {
		p, err := ParseProfile([]byte(text))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %+v, %v; want an error with %q", text, p, err, says)
		}
		if err != nil && (strings.Contains(err.Error(), "builder.") || strings.Contains(err.Error(), "!!") || strings.Contains(err.Error(), "seq")) {
			t.Errorf("%q: %v: a name of the program's own", text, err)
		}
	}
	if p, err := ParseProfile(nil); err != nil {
		t.Errorf("an empty profile: %+v, %v", p, err)
	}
	if _, err := ReadProfile(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a profile that is not there is read")
	}
}

// TestRefusedInWords: what the image would not do is said with the place of the mistake and
// what to do.
func TestRefusedInWords(t *testing.T) {
	answers := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(answers, []byte("mode: atuo\ntea: 1\nafter: {a: b}\nbitlocker-key: 1-2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []Options{{Answers: answers}, {Append: "bootmend.mode=atuo bootmend.tea=1 bootmend.bitlocker-key=1-2"}} {
		err := o.Check()
		if err == nil {
			t.Fatalf("%+v: no error", o)
		}
		for _, want := range []string{"mode=atuo: want auto, scan, ask or shell", "tea: unknown", "bitlocker-key: ignored", "correct", "README.md"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("the error lacks %q: %v", want, err)
			}
		}
		if o.Answers != "" && !strings.Contains(err.Error(), answers+": line 3: after: want a text") {
			t.Errorf("the error lacks the line: %v", err)
		}
	}
}

func FuzzParseProfile(f *testing.F) {
	f.Add([]byte(someProfile))
	f.Add([]byte("a: &x [*x]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ParseProfile(b)
		if err != nil {
			return
		}
		var o Options
		p.Apply(&o)
		if _, err := o.Dump(); err != nil {
			t.Error(err)
		}
	})
}

// TestCheck: what is wrong with a call is told before anything is built.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		return put(t, path, []byte(text))
	}
	good := Options{Answers: file("a", "mode: auto\n"), Extra: []ExtraFile{{file("x", "x"), "/root/x", 0}}, LeaveOut: []string{"nano", "wget"},
		BitLockerKeys: []string{"000011-000022-000033-000044-000055-000066-000077-000088"}}
	if err := good.Check(); err != nil {
		t.Errorf("Check = %v", err)
	}
	for name, bad := range map[string]Options{
		"architecture":        {Arch: "arm64"},
		"two kernels":         {Arch: Universal, Kernel: "k", Modules: "m"},
		"no such command":     {LeaveOut: []string{"nanoo"}},
		"needed command":      {LeaveOut: []string{"bootmend"}},
		"out of an image":     {LeaveOut: []string{"nano"}, From: "x.iso"},
		"place of a file":     {Extra: []ExtraFile{{good.Extra[0].From, "root/x", 0}}},
		"root as a file":      {Extra: []ExtraFile{{good.Extra[0].From, "/", 0}}},
		"in place of init":    {Extra: []ExtraFile{{good.Extra[0].From, "/init", 0}}},
		"in place of sh":      {Extra: []ExtraFile{{good.Extra[0].From, "/bin/sh", 0}}},
		"in place of nano":    {Extra: []ExtraFile{{good.Extra[0].From, "/bin/../bin/nano", 0}}},
		"as a module":         {Extra: []ExtraFile{{good.Extra[0].From, "/lib/modules/6.1/x.ko", 0}}},
		"as answers":          {Extra: []ExtraFile{{good.Extra[0].From, "/etc/bootmend/answers.yaml", 0}}},
		"in place of /root":   {Extra: []ExtraFile{{good.Extra[0].From, "/root", 0}}},
		"twice":               {Extra: []ExtraFile{{good.Extra[0].From, "/x", 0}, {good.Extra[0].From, "/x", 0}}},
		"below another":       {Extra: []ExtraFile{{good.Extra[0].From, "/x", 0}, {good.Extra[0].From, "/x/y", 0}}},
		"other arch of image": {From: file("i", "x"), Arch: I386},
		"no such file":        {Extra: []ExtraFile{{dir + "/none", "/x", 0}}},
		"file is a folder":    {Extra: []ExtraFile{{dir, "/x", 0}}},
		"too large":           {Extra: []ExtraFile{{file("large", strings.Repeat("x", maxExtra+1)), "/x", 0}}},
		"no answers":          {Answers: dir + "/none"},
		"answers, no YAML":    {Answers: file("b", "- [")},
		"answers, a twice":    {Answers: file("c", "mode: auto\nmode: ask\n")},
		"BitLocker key":       {BitLockerKeys: []string{"123"}},
		"answers, a value":    {Answers: file("d", "mode: atuo\n")},
		"answers, another":    {Answers: file("g", "mode: auto\nanswers: /etc/more.yaml\n")},
		"answers, two":        {Answers: file("h", "mode: auto\n"), Append: "bootmend.answers=http://x/a.yaml"},
		"answers, a name":     {Answers: file("e", "tea: 1\n")},
		"answers, only":       {Answers: file("f", "only: [storage-driver-missing, no-such]\n")},
		"our arguments":       {Append: "bootmend.mode=atuo"},
		"our name":            {Append: "bootmend.mod=scan"},
		"modules, an image":   {MoreModules: []string{"ext4"}, From: "x.iso"},
		"modules, no line":    {MoreModules: []string{"two words"}},
		"modules, no kernel":  {MoreModules: []string{"ext4"}, Offline: true, Cache: dir},
		"drivers not there":   {Drivers: []string{dir + "/none"}},
		"no driver in it":     {Drivers: []string{filepath.Dir(file("folder/readme.txt", "no driver"))}},
		"no container":        {Drivers: []string{file("scsiport.sys", "MZ")}},
		"kernel arguments":    {Append: "a;b"},
	} {
		ended := 0
		bad.Done = func() { ended++ }
		if err := bad.Check(); err == nil || ended != 1 {
			t.Errorf("%s: Check = %v, and says %d times that it ended", name, err, ended)
		}
	}
}

package inf_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"

	"github.com/bootmend/bootmend/drivers/inf"
)

const version = "[Version]\r\nSignature=\"$Windows NT$\"\r\n"

func parse(t *testing.T, text string) *inf.File {
	t.Helper()
	f, err := inf.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// xp is a target that needs no decorations.
var xp = inf.Target{Major: 5, Minor: 1, Build: 2600, Arch: inf.X86, Product: inf.Workstation}

// one wraps an AddReg line so that its fields can be looked at.
func one(t *testing.T, line, rest string) inf.Registry {
	t.Helper()
	f := parse(t, version+"[Manufacturer]\nm=M\n[M]\nd=I,id\n[I]\nAddReg=R\n[R]\n"+line+"\n"+rest)
	models, err := f.Models(xp)
	if err != nil || len(models) != 1 {
		t.Fatalf("%v, %v", models, err)
	}
	do, err := f.Install(models[0], xp)
	if err != nil {
		t.Fatal(err)
	}
	if len(do.Registry) != 1 {
		t.Fatalf("%+v", do.Registry)
	}
	return do.Registry[0]
}

func TestFields(t *testing.T) {
	for in, want := range map[string]string{
		`HKR,a,b`:                   `a|b`,
		` HKR ,	a b , b	 ; comment`: `a b|b`,
		`HKR,"a;b","c,d"`:           `a;b|c,d`,
		`HKR," a ",""`:              ` a |`,
		`HKR,"say ""a""",b`:         `say "a"|b`,
		`HKR,x"y z"w,b`:             `xy zw|b`,
		`HKR,"open,b`:               `open,b|`,
		`HKR,a=b,c`:                 `a=b|c`,
		`HKR,100%%,%s%`:             `100%|string`,
		`HKR,%S%%s%,%12%\x`:         `stringstring|%12%\x`,
		`HKR,%none%,%s`:             `%none%|%s`,
		`HKR,%none%s%,50%`:          `%nonestring|50%`,
		`HKR,"%s%",b`:               `string|b`,
		`HKR,%tricky%,b`:            `%s%|b`,
		"HKR,\\ ; comment\r\n  a,b": `a|b`,
		"HKR,a\\\nb,c":              `ab|c`,
		`HKR,a\b,c\`:                `a\b|c\`, // the next line is a section
		"HKR,\"a\\\",c":             `a|c`,    // outer backslashes of keys go
	} {
		r := one(t, in, "[Strings]\ns=string\ntricky=\"%s%\"\n")
		if got := r.Key + "|" + r.Name; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSections(t *testing.T) {
	f := parse(t, "; comment\n\x00\n[ VERSION ] signature = $CHICAGO$\nClass=hdc\r\rProvider=%p%\n[strings]\np=\"P\"\n"+
		"[version]\nClassGuid={1}\nClass=later\nDriverVer=01/02/2003\nPnpLockdown=0x1\nCatalogFile.NTamd64=a.cat\nCatalogFile.nt=n.cat\n\x1a[after]\n")
	v := f.Version
	if v.Class != "hdc" || v.ClassGUID != "{1}" || v.Provider != "P" || v.DriverVer != (inf.DriverVer{Date: "01/02/2003"}) || !v.PnpLockdown {
		t.Errorf("%+v", v)
	}
	if got := strings.Join(f.Sections(), ","); got != "VERSION,strings" {
		t.Errorf("sections %s", got)
	}
	amd64 := inf.Target{Major: 6, Arch: inf.AMD64}
	if a, n := v.Catalog(amd64), v.Catalog(xp); a != "a.cat" || n != "n.cat" {
		t.Errorf("catalogs %q, %q", a, n)
	}
}

func TestEncodings(t *testing.T) {
	text := version + "Provider=\u017dlu\u0165"
	le, be := "", ""
	for _, u := range utf16.Encode([]rune(text)) {
		le += string([]byte{byte(u), byte(u >> 8)})
		be += string([]byte{byte(u >> 8), byte(u)})
	}
	ansi, err := charmap.Windows1250.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{"UTF-16": "\xff\xfe" + le, "no mark": le, "big-endian": "\xfe\xff" + be, "UTF-8": "\xef\xbb\xbf" + text, "ANSI": ansi} {
		f, err := inf.ParseANSI(strings.NewReader(in), charmap.Windows1250)
		if err != nil || f.Version.Provider != "\u017dlu\u0165" {
			t.Errorf("%s: %v, %v", name, f, err)
		}
	}
}

func TestRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		in, text string
		want     error
	}{
		"empty":            {"", "[Version]", inf.ErrNotINF},
		"program":          {"MZ\x90\x00" + strings.Repeat("\x00", 100), "[Version]", inf.ErrNotINF},
		"text":             {"Some text\nand more", "[Version]", inf.ErrNotINF},
		"ini":              {"[boot loader]\ntimeout=30", "[Version]", inf.ErrNotINF},
		"signature":        {"[Version]\nSignature=$Windows$", "$Windows$", inf.ErrNotINF},
		"no bracket":       {version + "[abc\nx=y", "line 3, [Version]: a section's name without ]", inf.ErrSyntax},
		"long name":        {version + "[" + strings.Repeat("x", 300) + "]", "300", inf.ErrSyntax},
		"long value":       {version + "a=" + strings.Repeat("x", 5000), "4096", inf.ErrSyntax},
		"many values":      {version + "a=" + strings.Repeat(",", 1<<20), "values", inf.ErrSyntax},
		"many lines":       {version + strings.Repeat("a\n", 1<<18), "lines", inf.ErrSyntax},
		"many sections":    {version + sections(40000), "sections", inf.ErrSyntax},
		"large":            {version + strings.Repeat(";", 9<<20), "8 MiB", inf.ErrNotINF},
		"bad and no INF":   {"[abc\n", "without ]", inf.ErrNotINF},
		"only a signature": {"Signature=\"$Windows NT$\"", "[Version]", inf.ErrNotINF},
	} {
		_, err := inf.Parse(strings.NewReader(c.in))
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: got %v, want %v with %q", name, err, c.want, c.text)
		}
	}
	if f := parse(t, "junk\nmore junk\n"+version); len(f.Notes) != 1 || f.Notes[0].Line != 1 {
		t.Errorf("%v", f.Notes)
	}
}

func sections(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "[s%d]\n", i)
	}
	return b.String()
}

// FuzzParse: no panic, typed errors, and all that is said of devices can be asked
// for.
func FuzzParse(f *testing.F) {
	f.Add([]byte(version + sample))
	f.Add([]byte("\xff\xfe[\x00v\x00"))
	f.Add([]byte(version + "[Manufacturer]\nm=M,NTx86.5.1,NTamd64.10.0...14393\n[M.NTx86.5.1]\n%12%=I,\\\nid ; x\n[I.NT]\nCopyFiles=@a,b\nAddReg=I.NT\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := inf.Parse(strings.NewReader(string(b)))
		check(t, err)
		if err != nil {
			return
		}
		file.Decorations()
		for _, target := range []inf.Target{xp, {Major: 10, Build: 19045, Arch: inf.AMD64, Product: inf.Server, Language: 0x407, Root: `C:\W`}} {
			file.Version.Catalog(target)
			models, err := file.Models(target)
			check(t, err)
			for _, m := range models[:min(len(models), 20)] {
				do, err := file.Install(m, target)
				if check(t, err); err == nil && len(do.Files)+len(do.Registry) > len(b)*len(b) {
					t.Fatalf("%d files, %d values", len(do.Files), len(do.Registry))
				}
			}
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, inf.ErrNotINF) && !errors.Is(err, inf.ErrSyntax) {
		t.Fatal(err)
	}
}

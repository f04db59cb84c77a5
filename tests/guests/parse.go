package guests

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

//go:embed testdata
var testdata embed.FS

// Names lists the descriptions that Load knows.
func Names() []string {
	all, _ := fs.Glob(testdata, "testdata/*.guest")
	for i, n := range all {
		all[i] = strings.TrimSuffix(strings.TrimPrefix(n, "testdata/"), ".guest")
	}
	return all
}

// Load parses testdata/NAME.guest, or makes one of RealNames.
func Load(name string) (*Guest, error) {
	if strings.HasSuffix(name, realSuffix) {
		return loadReal(name)
	}
	text, err := testdata.ReadFile("testdata/" + name + ".guest")
	if err != nil {
		return nil, fmt.Errorf("guest %q: no such description; there are %v", name, Names())
	}
	return Parse(name, string(text))
}

// Parse reads a description in the format of the package comment.
func Parse(name, text string) (*Guest, error) {
	p := parser{g: &Guest{Name: name}}
	if err := p.lines(name, text, nil); err != nil {
		return nil, err
	}
	if p.g.Size == 0 {
		return nil, fmt.Errorf("%s: no disk line", name)
	}
	return p.g, nil
}

type parser struct {
	g    *Guest
	part *Partition // the one being filled
}

// lines runs every line of text; vars replaces $NAME in it.
func (p *parser) lines(from, text string, vars map[string]string) error {
	for n, line := range strings.Split(text, "\n") {
		content, isContent := strings.CutPrefix(line, "|")
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		var err error
		if isContent {
			err = p.content(strings.TrimPrefix(content, " "))
		} else {
			err = p.verb(expand(line, vars))
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", from, n+1, err)
		}
	}
	return nil
}

// expand replaces $NAME; an unknown name stays and fails later as a word.
// Longer names go first, so that $arch does not eat $archive.
func expand(line string, vars map[string]string) string {
	names := slices.SortedFunc(maps.Keys(vars), func(a, b string) int { return len(b) - len(a) })
	for _, n := range names {
		line = strings.ReplaceAll(line, "$"+n, vars[n])
	}
	return line
}

func (p *parser) content(line string) error {
	if p.part == nil || len(p.part.Entries) == 0 {
		return fmt.Errorf("content without a text line before it")
	}
	switch e := &p.part.Entries[len(p.part.Entries)-1]; e.Kind {
	case Text:
		e.Data = append(e.Data, line+"\r\n"...)
	case Hive:
		e.Reg += line + "\n"
	default:
		return fmt.Errorf("content after %s, which takes none", e.Kind)
	}
	return nil
}

func (p *parser) verb(line string) error {
	words := strings.Fields(line)
	verb, words := words[0], words[1:]
	plain, named := arguments(words)
	switch verb {
	case "disk":
		return p.disk(named)
	case "partition":
		return p.partition(plain, named)
	case "mounted":
		return p.mounted(plain)
	case "broken", "healthy":
		return p.expect(verb, named)
	case "nls":
		if p.part == nil || len(plain) == 0 {
			return fmt.Errorf("nls takes a path and the number of a code page, after a partition")
		}
		page, _ := strconv.Atoi(append(plain, "")[1])
		p.part.Entries = append(p.part.Entries, Table(plain[0], page))
		return nil
	case "tree":
		text, err := testdata.ReadFile("testdata/" + plain[0] + ".tree")
		if err != nil {
			return err
		}
		return p.lines(plain[0]+".tree", string(text), named)
	}
	if err := p.entry(Kind(verb), plain); err != nil {
		return err
	}
	e := &p.part.Entries[len(p.part.Entries)-1]
	e.NoSecurity = named["security"] == "none"
	if e.Kind == PE {
		e.Original = named["original"]
		if names := named["imports"]; names != "" {
			e.Imports = strings.Split(names, ",")
		}
	}
	return nil
}

// arguments separates NAME=VALUE from plain words.
func arguments(words []string) (plain []string, named map[string]string) {
	named = map[string]string{}
	for _, w := range words {
		w = strings.ReplaceAll(w, "%20", " ")
		if k, v, ok := strings.Cut(w, "="); ok {
			named[k] = v
		} else {
			plain = append(plain, w)
		}
	}
	return plain, named
}

func (p *parser) disk(named map[string]string) (err error) {
	p.g.GPT = named["table"] == "gpt"
	p.g.ID = named["signature"] + named["guid"]
	p.g.NoMBRCode = named["code"] == "none"
	p.g.Size, err = size(named["size"])
	return err
}

func (p *parser) partition(plain []string, named map[string]string) (err error) {
	part := Partition{
		Type: named["type"], GUID: named["guid"], Name: named["name"],
		Attributes: named["attributes"],
		FS:         named["fs"], Label: named["label"], Active: slices.Contains(plain, "active"),
	}
	if part.Number, err = strconv.Atoi(plain[0]); err != nil {
		return err
	}
	start := named["start"]
	if strings.Trim(start, "0123456789") == "" {
		start += "s"
	}
	if part.Start, err = size(start); err != nil {
		return err
	}
	if part.Size, err = size(named["size"]); err != nil {
		return err
	}
	if part.Start+part.Size > p.g.Size {
		return fmt.Errorf("partition %d ends at %d, the disk at %d", part.Number, part.Start+part.Size, p.g.Size)
	}
	p.g.Parts = append(p.g.Parts, part)
	p.part = &p.g.Parts[len(p.g.Parts)-1]
	return nil
}

func (p *parser) expect(verb string, named map[string]string) error {
	e := Expect{Machine: named["machine"], Controller: named["controller"], Driver: named["driver"]}
	for _, n := range strings.FieldsFunc(named["sets"], func(r rune) bool { return r == ',' }) {
		e.ControlSets = append(e.ControlSets, "ControlSet00"+n)
	}
	if verb == "healthy" {
		p.g.Healthy = append(p.g.Healthy, e)
		return nil
	}
	if e.Driver == "" || len(e.ControlSets) == 0 {
		return fmt.Errorf("broken needs driver= and sets=")
	}
	p.g.Broken = append(p.g.Broken, e)
	return nil
}

// mounted gives the partition being filled a drive letter in the SYSTEM hive
// before it: 12 bytes of signature and offset, or 24 of "DMIO:ID:" and GUID.
func (p *parser) mounted(plain []string) error {
	if len(plain) != 1 || p.part == nil {
		return fmt.Errorf("mounted takes a drive letter, after a SYSTEM hive")
	}
	id, err := p.g.identity(p.part)
	if err != nil {
		return err
	}
	_, e := p.g.Find(p.part.Number, `\WINDOWS\system32\config\system`)
	if e == nil {
		return fmt.Errorf("mounted: there is no SYSTEM hive yet")
	}
	e.Reg += fmt.Sprintf("\n[%s\\MountedDevices]\n\"\\\\DosDevices\\\\%s:\"=hex:%s\n", e.Prefix, plain[0], id)
	return nil
}

func (p *parser) entry(kind Kind, plain []string) error {
	if p.part == nil {
		return fmt.Errorf("%s before any partition", kind)
	}
	want := map[Kind]int{Dir: 1, Text: 1, PE: 3, Cab: 3, Zero: 2, Hive: 4}[kind]
	if want == 0 {
		return fmt.Errorf("unknown verb %q", kind)
	}
	if len(plain) != want {
		return fmt.Errorf("%s takes %d arguments, not %d", kind, want, len(plain))
	}
	e := Entry{Kind: kind, Path: plain[0]}
	switch kind {
	case PE, Cab:
		e.Arg, e.Version = plain[1], plain[2]
	case Zero:
		e.Arg = plain[1]
	case Hive:
		e.Arg, e.Prefix, e.Version = plain[1], plain[2], plain[3]
	}
	p.part.Entries = append(p.part.Entries, e)
	return nil
}

// size reads "512", "63s", "100M" as bytes.
func size(s string) (int64, error) {
	unit := int64(1)
	for suffix, u := range map[string]int64{"s": SectorSize, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			s, unit = rest, u
			break
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is no size", s)
	}
	return n * unit, nil
}

// regText is the text of a hive named in a description: testdata/NAME.reg, or
// nothing for "-".
func regText(name string) (string, error) {
	if name == "-" {
		return "", nil
	}
	text, err := testdata.ReadFile("testdata/" + name + ".reg")
	if os.IsNotExist(err) {
		return "", fmt.Errorf("no testdata/%s.reg", name)
	}
	return string(text), err
}

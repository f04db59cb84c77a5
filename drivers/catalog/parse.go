package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bootmend/bootmend/drivers/inf"
)

// Kinds of records, the first word of a line.
const (
	kindDevice   = "device"
	kindService  = "service"
	kindCritical = "critical"
	kindNeeds    = "needs"
	kindSame     = "same"
)

// record is a line of the data:
//
//	device   IDS   | VERSIONS | PROCESSORS | SERVICES            | SOURCE
//	service  NAME  | VERSIONS | PROCESSORS | VALUES              | SOURCE
//	critical IDS   | VERSIONS | PROCESSORS | SERVICE CLASS       | SOURCE
//	needs    IDS   | VERSIONS | PROCESSORS | SERVICES | PACKAGE | NOTES | SOURCE
//	same     IDS   | VERSIONS | PROCESSORS | IDS                 | SOURCE
//
// IDS are parted by blanks; "A<x,y>B" stands for AxB and AyB. VERSIONS: see
// parseSpans. PROCESSORS: "x86,amd64", or "*". SERVICES: parted by commas; "-" is
// none, and in a device line says that Windows leaves this device out on purpose.
// VALUES: see parseService. PACKAGE and NOTES may hold {arch}; a PACKAGE that
// starts with "!" is none but what to do instead. "same" devices are shown to Windows
// as another one too, which it starts from. A source with [U] makes the line
// unproved.
type record struct {
	kind     string
	file     string
	line     int
	ids      []string
	spans    []span
	archs    []inf.Arch // empty for any
	names    []string   // of services; ids of same
	service  Service
	class    string
	text     string // of needs
	none     bool   // no such package
	notes    string
	source   string
	unproved bool
}

// spanOf is the range that has the Windows.
func (r *record) spanOf(w Windows) (span, bool) {
	if w.Arch != "" && len(r.archs) > 0 && !slices.Contains(r.archs, w.Arch) {
		return span{}, false
	}
	for _, s := range r.spans {
		if s.has(w) {
			return s, true
		}
	}
	return span{}, false
}

// parse adds the lines of a file. Empty ones and those that start with # are for
// people; a line that ends with a backslash goes on in the next.
func (c *Catalog) parse(file, text string) error {
	var joined string
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if joined == "" && (line == "" || line[0] == '#') {
			continue
		}
		if head, more := strings.CutSuffix(line, ` \`); more {
			joined += head + " "
			continue
		}
		r := &record{file: file, line: i + 1}
		if err := r.parse(joined + line); err != nil {
			return r.errorf("%w", err)
		}
		joined = ""
		c.add(r)
	}
	if joined != "" {
		return fmt.Errorf("%s: ends within a line", file)
	}
	return nil
}

func (c *Catalog) add(r *record) {
	c.records = append(c.records, r)
	switch r.kind {
	case kindService:
		c.services[strings.ToLower(r.service.Name)] = append(c.services[strings.ToLower(r.service.Name)], r)
	case kindCritical:
		c.critical = append(c.critical, r)
	case kindDevice, kindNeeds, kindSame:
		index := map[string]map[string][]*record{kindDevice: c.devices, kindNeeds: c.needs, kindSame: c.same}[r.kind]
		for _, id := range r.ids {
			id = strings.ToUpper(id)
			index[id] = append(index[id], r)
		}
	}
}

func (r *record) parse(line string) error {
	f := strings.Split(line, "|")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	kind, subject, _ := strings.Cut(f[0], " ")
	want := map[string]int{kindDevice: 5, kindService: 5, kindCritical: 5, kindNeeds: 7, kindSame: 5}[kind]
	if len(f) != want {
		return fmt.Errorf("%q has %d columns, want %d", kind, len(f), want)
	}
	r.kind, r.source = kind, f[len(f)-1]
	r.unproved = strings.Contains(r.source, "[U]")
	if subject == "" || strings.TrimSpace(strings.ReplaceAll(r.source, "[U]", "")) == "" {
		return fmt.Errorf("no subject or no source")
	}
	var err error
	if r.spans, err = parseSpans(f[1]); err != nil {
		return err
	}
	if r.archs, err = parseArchs(f[2]); err != nil {
		return err
	}
	if kind == kindService {
		r.service, err = parseService(strings.TrimSpace(subject), f[3])
		return err
	}
	if r.ids, err = expandAll(subject); err != nil {
		return err
	}
	names := f[3]
	switch kind {
	case kindCritical:
		var class string
		names, class, _ = strings.Cut(names, " ")
		if r.class, err = parseClass(strings.TrimSpace(class)); err != nil {
			return err
		}
	case kindSame:
		r.names = strings.Fields(names)
		return nil
	case kindNeeds:
		r.text, r.none = strings.CutPrefix(f[4], "! ")
		r.notes = f[5]
		if r.text == "" {
			return fmt.Errorf("no package")
		}
	}
	if names == "" {
		return fmt.Errorf("no service")
	}
	r.names = strings.Split(names, ",")
	return nil
}

func parseArchs(s string) ([]inf.Arch, error) {
	if s == "*" {
		return nil, nil
	}
	var all []inf.Arch
	for _, a := range strings.Split(s, ",") {
		switch a := inf.Arch(a); a {
		case inf.X86, inf.AMD64, inf.ARM64, inf.IA64:
			all = append(all, a)
		default:
			return nil, fmt.Errorf("processor %q", a)
		}
	}
	return all, nil
}

func expandAll(s string) ([]string, error) {
	var all []string
	for _, f := range strings.Fields(s) {
		ids, err := expand(f)
		if err != nil {
			return nil, err
		}
		all = append(all, ids...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no ids")
	}
	return all, nil
}

const maxIDs = 1 << 10 // of one word of a line

// expand writes "A<x,y>B" out; ids have braces of their own.
func expand(s string) ([]string, error) {
	head, rest, ok := strings.Cut(s, "<")
	if !ok {
		return []string{s}, nil
	}
	list, tail, ok := strings.Cut(rest, ">")
	if !ok {
		return nil, fmt.Errorf("%q: < without >", s)
	}
	tails, err := expand(tail)
	if err != nil {
		return nil, err
	}
	members := strings.Split(list, ",")
	if len(members)*len(tails) > maxIDs {
		return nil, fmt.Errorf("%q: too many ids", s)
	}
	var all []string
	for _, m := range members {
		for _, t := range tails {
			all = append(all, head+m+t)
		}
	}
	return all, nil
}

package catalog

import (
	"slices"
	"strings"
	"testing"

	"github.com/bootmend/bootmend/drivers/inf"
)

// points are a Windows of each version and build that a line may name, for the
// checks of all lines.
func points(c *Catalog) []Windows {
	versions := map[version]bool{}
	for _, nt := range []NT{400, 500, 501, 502, 600, 601, 602, 603, 1000} {
		versions[version{nt, 0}] = true
	}
	for _, r := range c.records {
		for _, s := range r.spans {
			versions[s.from] = true
			if s.to.build != lastBuild {
				versions[s.to] = true
				versions[version{s.to.nt, s.to.build + 1}] = true
			}
		}
	}
	var all []Windows
	for v := range versions {
		for _, a := range []inf.Arch{inf.X86, inf.AMD64, inf.ARM64} {
			all = append(all, Windows{v.nt, v.build, a})
		}
	}
	return all
}

func TestEveryLineHasASource(t *testing.T) {
	c := load(t)
	kinds, unproved := map[string]int{}, map[string]int{}
	ids := 0
	for _, r := range c.records {
		kinds[r.kind]++
		if r.kind == kindDevice {
			ids += len(r.ids)
		}
		open := r.unproved
		for _, s := range r.spans {
			open = open || s.unproved
		}
		if open {
			unproved[r.kind]++
		}
		if r.source == "" {
			t.Errorf("%s line %d has no source", r.file, r.line)
		}
	}
	t.Logf("%d lines %v, with something unproved %v; %d device ids", len(c.records), kinds, unproved, ids)
	if len(c.records) < 200 || ids < 1000 {
		t.Errorf("only %d lines, %d ids", len(c.records), ids)
	}
}

// TestOneAnswer: for no Windows do two lines of a kind speak of the same id.
func TestOneAnswer(t *testing.T) {
	c := load(t)
	n := 0
	for kind, index := range map[string]map[string][]*record{kindDevice: c.devices, kindService: c.services, kindNeeds: c.needs, kindSame: c.same} {
		for id, list := range index {
			if len(list) < 2 {
				continue
			}
			for _, w := range points(c) {
				var hits []*record
				for _, r := range list {
					for _, s := range r.spans {
						if _, ok := r.spanOf(w); ok && s.has(w) {
							hits = append(hits, r)
						}
					}
				}
				n++
				if len(hits) > 1 {
					t.Fatalf("%s %s in %s %s: %s line %d and %s line %d", kind, id, w.Name(), w.Arch, hits[0].file, hits[0].line, hits[1].file, hits[1].line)
				}
			}
		}
	}
	t.Logf("%d comparisons", n)
}

// TestEveryServiceIsDefined wherever a line names it, with the values that a boot
// driver must have.
func TestEveryServiceIsDefined(t *testing.T) {
	c := load(t)
	n := 0
	for _, r := range c.records {
		if r.kind != kindDevice && r.kind != kindCritical || r.names[0] == "-" {
			continue
		}
		for _, w := range points(c) {
			if _, ok := r.spanOf(w); !ok {
				continue
			}
			for _, name := range r.names {
				v, ok := c.Service(name, w)
				n++
				if !ok {
					t.Errorf("%s line %d: no service %s for %s build %d %s", r.file, r.line, name, w.Name(), w.Build, w.Arch)
					continue
				}
				if v.Type != 1 || v.Start != 0 || v.ErrorControl > 3 || len(v.Files) == 0 || !strings.HasPrefix(v.ImagePath, `system32\drivers\`) {
					t.Errorf("service %s: %+v", name, v)
				}
			}
		}
	}
	t.Logf("%d services looked up", n)
}

// TestIDsAreOnesThatDevicesHave: an id that no device makes up is never found.
func TestIDsAreOnesThatDevicesHave(t *testing.T) {
	c := load(t)
	for _, r := range c.records {
		if r.kind != kindDevice && r.kind != kindNeeds && r.kind != kindSame {
			continue
		}
		for _, id := range r.ids {
			if d, ok := deviceOf(id); !ok || !slices.ContainsFunc(d.IDs(), func(x string) bool { return strings.EqualFold(x, id) }) {
				t.Errorf("%s line %d: no device has the id %s (%+v)", r.file, r.line, id, d)
			}
		}
	}
}

func TestLinesThatAreRefused(t *testing.T) {
	for _, line := range []string{
		"device PCI\\CC_0101 | 5.0 | * | x",
		"device PCI\\CC_0101 | 5.0 | * | x | ",
		"device PCI\\CC_0101 | 5.0 | * | x | [U]",
		"device PCI\\CC_0101 | 5 | * | x | source",
		"device PCI\\CC_0101 | 5.2-5.0 | * | x | source",
		"device PCI\\CC_0101 | 5.x | * | x | source",
		"device PCI\\CC_0101 | | * | x | source",
		"device PCI\\CC_0101 | 5.0 | mips | x | source",
		"device PCI\\CC_0101 | 5.0 | * | | source",
		"device | 5.0 | * | x | source",
		"device PCI\\DEV_<1,2 | 5.0 | * | x | source",
		"service x | 5.0 | * | group=y | source",
		"service x | 5.0 | * | class=nosuch | source",
		"service x | 5.0 | * | class=hdc; tag=a | source",
		"service x | 5.0 | * | class=hdc; Parameters:5=qword:1 | source",
		"service x | 5.0 | * | class=hdc; colour=red | source",
		"critical gendisk | 5.0 | * | disk | source",
		"needs PCI\\CC_0101 | 5.0 | * | x | | | source",
		"other x | 5.0 | * | x | source",
		"device PCI\\CC_0101 | 5.0 | * | x \\",
	} {
		if err := newCatalog().parse("test", line); err == nil {
			t.Errorf("accepted: %s", line)
		}
	}
}

func FuzzParse(f *testing.F) {
	names, _ := data.ReadDir("data")
	for _, n := range names {
		text, err := data.ReadFile("data/" + n.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text[:2000]))
	}
	f.Add("service x | 5.0-10.0.2[U] 10.0.3- | x86,arm64 | class=hdc; a:b=multi:c,d; a:e=hex:0001 | s\ndevice a<b,c><d> | 4.0 | * | x,y | s\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4096 {
			return
		}
		c := newCatalog()
		if c.parse("fuzz", text) != nil {
			return
		}
		for _, r := range c.records {
			w := Windows{NT: r.spans[0].from.nt, Build: r.spans[0].from.build}
			if _, ok := r.spanOf(w); !ok {
				t.Errorf("%+v is not in its own range", w)
			}
		}
		c.CriticalDevices(Windows{NT: 501})
	})
}
